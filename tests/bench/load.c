#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "deflate.h"

/* The load generator: one scenario against one server, one line of JSON. */

enum { LIFE_S = 600 }; /* whatever happens, it ends */

static const struct scenario {
    const char *name;
    scenario_fn *run;
} scenarios[] = {
    {"connect", run_connect}, {"churn", run_churn},     {"emit", run_emit},
    {"json", run_json},       {"binary", run_binary},   {"broadcast", run_broadcast},
    {"rooms", run_rooms},     {"polling", run_polling}, {"calm in crowd", run_calm_in_crowd},
};

static const struct option names[] = {
    {"port", required_argument, NULL, 'p'},    {"pid", required_argument, NULL, 'P'},
    {"clients", required_argument, NULL, 'c'}, {"in-flight", required_argument, NULL, 'f'},
    {"bytes", required_argument, NULL, 'b'},   {"rooms", required_argument, NULL, 'r'},
    {"waves", required_argument, NULL, 'w'},   {"ms", required_argument, NULL, 'm'},
    {"warm-ms", required_argument, NULL, 'W'}, {"deflate", no_argument, NULL, 'd'},
    {"tls", no_argument, NULL, 's'},           {NULL},
};

static void usage(void)
{
    fputs("usage: bench-load SCENARIO --port N --pid N [--clients N] [--in-flight N] [--bytes N]\n"
          "                  [--rooms N] [--waves N] [--ms N] [--warm-ms N] [--deflate] [--tls]\n"
          "scenarios:",
          stderr);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        fprintf(stderr, " '%s'", scenarios[i].name);
    fputc('\n', stderr);
    exit(2);
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {
        .clients = 50,
        .in_flight = 1,
        .bytes = 32,
        .rooms = 100,
        .waves = 10,
        .warm_ms = 200,
        .run_ms = 1000,
    };
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        unsigned long value = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;

        switch (option) {
        case 'p':
            options.port = value;
            break;
        case 'P':
            options.pid = value;
            break;
        case 'c':
            options.clients = value;
            break;
        case 'f':
            options.in_flight = value;
            break;
        case 'b':
            options.bytes = value;
            break;
        case 'r':
            options.rooms = value;
            break;
        case 'w':
            options.waves = value;
            break;
        case 'm':
            options.run_ms = value;
            break;
        case 'W':
            options.warm_ms = value;
            break;
        case 'd':
            deflate_is_offered = true;
            break;
        case 's':
            conn_with_tls = true;
            break;
        default:
            usage();
        }
    }
    if (optind != argc - 1 || options.port == 0 || options.in_flight == 0 ||
        options.in_flight > CONN_SLOTS || options.clients == 0 || options.rooms == 0)
        usage();
    options.scenario = argv[optind];
    return options;
}

static void print_figure(const char *name, double value)
{
    if (value >= 0)
        printf(",\"%s\":%.3f", name, value);
}

static void print_result(const struct options *options, const struct result *result)
{
    printf("{\"scenario\":\"%s\",\"clients\":%zu,\"in_flight\":%zu,\"bytes\":%zu,\"messages\":%ju",
           options->scenario, options->clients, options->in_flight, options->bytes,
           (uintmax_t)result->messages);
    print_figure("seconds", result->seconds);
    print_figure("per_second", result->messages / result->seconds);
    print_figure("cpu_us", result->cpu_us);
    print_figure("load_us", result->load_us);
    print_figure("p50_us", histogram_us(&result->latency, 0.5));
    print_figure("p99_us", histogram_us(&result->latency, 0.99));
    print_figure("p999_us", histogram_us(&result->latency, 0.999));
    print_figure("quiet_p99_us", result->quiet_p99_us);
    print_figure("rss_kib", result->rss_kib);
    print_figure("rss_first_kib", result->rss_first_kib);
    print_figure("rss_last_kib", result->rss_last_kib);
    print_figure("idle_cpu_us", result->idle_cpu_us);
    puts("}");
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    static struct result result = {
        .rss_kib = -1,
        .rss_first_kib = -1,
        .rss_last_kib = -1,
        .quiet_p99_us = -1,
        .idle_cpu_us = -1,
    };

    alarm(LIFE_S);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptors();
    loop_init();
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, options.scenario) == 0) {
            scenarios[i].run(&options, &result);
            print_result(&options, &result);
            return 0;
        }
    usage();
}
