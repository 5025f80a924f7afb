/* sio-conformance: a small server on libsio's public API whose behaviour is a contract, for tests.
 * docs/CONFORMANCE.md */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "options.h"
#include "serve.h"

enum { GRACE_MS = 1000 };

static bool has_hooks, has_engine_app;

static const struct option options[] = {
    {"port", required_argument, NULL, 'p'},
    {"workers", required_argument, NULL, 'w'},
    {"ping-interval", required_argument, NULL, 'i'},
    {"ping-timeout", required_argument, NULL, 't'},
    {"max-payload", required_argument, NULL, 'm'},
    {"connect-timeout", required_argument, NULL, 'c'},
    {"upgrade-timeout", required_argument, NULL, 'u'},
    {"max-queue", required_argument, NULL, 'q'},
    {"header-timeout", required_argument, NULL, 'H'},
    {"body-timeout", required_argument, NULL, 'B'},
    {"idle-timeout", required_argument, NULL, 'I'},
    {"attachment-wait", required_argument, NULL, 'A'},
    {"max-connections", required_argument, NULL, 'C'},
    {"http-descriptors", required_argument, NULL, 'D'},
    {"client-dir", required_argument, NULL, 'd'},
    {"eio3", no_argument, NULL, '3'},
    {"cors", required_argument, NULL, 'o'},
    {"origin-check", no_argument, NULL, 'O'},
    {"options", required_argument, NULL, 'j'},
    {"hooks", no_argument, NULL, 'h'},
    {"engine-app", no_argument, NULL, 'e'},
    {"log-level", required_argument, NULL, 'l'},
    {"parser", required_argument, NULL, 'P'},
    {"recovery", required_argument, NULL, 'r'},
    {"recovery-bytes", required_argument, NULL, 'b'},
    {"recovery-middlewares", no_argument, NULL, 'M'},
    {"tls-cert", required_argument, NULL, 's'},
    {"tls-key", required_argument, NULL, 'k'},
    {NULL, 0, NULL, 0},
};

static uint32_t number(const char *text, uint32_t max)
{
    char *end;
    uintmax_t value;

    errno = 0;
    value = strtoumax(text, &end, 10);
    if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && value <= max)
        return (uint32_t)value;
    fprintf(stderr, "sio-conformance: %s is not a number from 0 to %" PRIu32 "\n", text, max);
    exit(2);
}

static void give_up(const char *option, const char *value)
{
    fprintf(stderr, "sio-conformance: %s takes no %s\n", option, value);
    exit(2);
}

/* A list with commas; "true" reflects every origin. */
static void set_cors(sio_cors *cors, char *list)
{
    static const char *origins[16];

    cors->enabled = true;
    cors->reflect_origin = strcmp(list, "true") == 0;
    cors->origins = origins;
    for (char *one = strtok(list, ","); one != NULL && cors->origin_count < 16;
         one = strtok(NULL, ","))
        origins[cors->origin_count++] = one;
}

static void configure(sio_config *config, int argc, char **argv)
{
    int option;

    config->origin_check = SIO_ORIGIN_NO_CHECK; /* as the reference */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p':
            config->port = (uint16_t)number(optarg, UINT16_MAX);
            break;
        case 'w':
            config->workers = number(optarg, 256);
            break;
        case 'i':
            config->ping_interval_ms = number(optarg, UINT32_MAX);
            break;
        case 't':
            config->ping_timeout_ms = number(optarg, UINT32_MAX);
            break;
        case 'm':
            config->max_http_buffer_size = number(optarg, UINT32_MAX);
            break;
        case 'c':
            config->connect_timeout_ms = number(optarg, UINT32_MAX);
            break;
        case 'u':
            config->upgrade_timeout_ms = number(optarg, UINT32_MAX);
            break;
        case 'q':
            config->max_queue_bytes = number(optarg, UINT32_MAX);
            break;
        case 'H':
            config->header_timeout_ms = number(optarg, UINT32_MAX);
            break;
        case 'B':
            config->body_timeout_ms = number(optarg, UINT32_MAX);
            break;
        case 'I':
            config->idle_timeout_ms = number(optarg, UINT32_MAX);
            break;
        case 'A':
            config->attachment_wait_ms = number(optarg, UINT32_MAX);
            break;
        case 'C':
            config->max_connections = number(optarg, UINT32_MAX);
            break;
        case 'D':
            config->http_descriptors = number(optarg, UINT32_MAX);
            break;
        case 'd':
            config->client_dir = optarg;
            break;
        case '3':
            config->allow_eio3 = true;
            break;
        case 'o':
            set_cors(&config->cors, optarg);
            break;
        case 'O':
            config->origin_check = SIO_ORIGIN_CHECK;
            break;
        case 'j':
            if (!options_read(config, optarg))
                give_up("--options", optarg);
            break;
        case 'h':
            has_hooks = true;
            break;
        case 'e':
            has_engine_app = true;
            break;
        case 'l':
            if (!options_log_level(config, optarg))
                give_up("--log-level", optarg);
            break;
        case 'P':
            if (!options_parser(config, optarg))
                give_up("--parser", optarg);
            break;
        case 'r':
            config->connection_state_recovery.enabled = true;
            config->connection_state_recovery.max_disconnection_ms = number(optarg, UINT32_MAX);
            break;
        case 'b':
            config->connection_state_recovery.max_bytes = number(optarg, UINT32_MAX);
            break;
        case 'M':
            config->connection_state_recovery.skip_middlewares = false;
            break;
        case 's':
            config->tls.cert_file = optarg;
            break;
        case 'k':
            config->tls.key_file = optarg;
            break;
        default:
            exit(2);
        }
    }
}

static void log_line(sio_log_level level, const char *line, void *user)
{
    (void)level, (void)user;
    fprintf(stderr, "sio-conformance: %s\n", line);
}

static void echo(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    sio_conn_send(conn, binary, ptr, len);
}

static sio_err set_up(sio_server *server)
{
    const sio_engine_handlers handlers = {.message = echo};
    sio_err err = sio_engine_attach(server, "/engine.io", &handlers);

    if (err == SIO_OK && !serve(server))
        err = SIO_ENOMEM;
    if (err == SIO_OK && has_hooks)
        err = engine_hooks(server);
    if (err == SIO_OK && has_engine_app)
        err = engine_app(server);
    return err == SIO_OK ? sio_server_start(server) : err;
}

/* Waits for the first signal to stop; a second one then ends the process at once.  SIGHUP reads the
 * certificates again. */
static void await_signal(sio_server *server, const sigset_t *set)
{
    int signal_number;

    while (sigwait(set, &signal_number) == 0 && signal_number == SIGHUP) {
        printf("certificates: %s\n", sio_strerror(sio_server_reload_tls(server)));
        fflush(stdout);
    }
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server = NULL;
    sigset_t set;
    sio_err err;

    sio_config_init(&config);
    config.host = "127.0.0.1";
    config.log = log_line;
    configure(&config, argc, argv);

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* for the workers too */

    if ((err = sio_server_new(&server, &config)) == SIO_OK)
        err = set_up(server);
    if (err != SIO_OK) {
        fprintf(stderr, "sio-conformance: %s\n", sio_strerror(err));
        sio_server_free(server);
        return 1;
    }
    printf("listening on %s://127.0.0.1:%u\n", config.tls.cert_file != NULL ? "https" : "http",
           (unsigned)sio_server_port(server));
    fflush(stdout);
    await_signal(server, &set);
    sio_server_stop(server, GRACE_MS);
    sio_server_free(server);
    return 0;
}
