/* main.c: parley: a chat server on libsio. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chat.h"
#include "health.h"
#include "news.h"
#include "options.h"

enum {
    DESCRIPTORS_MAX = 1 << 20,
    QUEUE_BYTES_MAX = 4 * 1024 * 1024 /* room for the messages kept in a few rooms */
};

static const sio_http_header page_headers[] = {
    {"Content-Security-Policy",
     "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
};

static void log_line(sio_log_level level, const char *line, void *user)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    (void)user;
    fprintf(stderr, "parley: %s: %s\n", names[level], line);
}

static void set_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static sio_err make_server(sio_server **server, const struct options *options)
{
    sio_config config;

    sio_config_init(&config);
    config.host = options->host;
    config.port = options->port;
    config.workers = options->workers;
    config.client_dir = options->client_dir;
    config.tls.cert_file = options->tls_cert;
    config.tls.key_file = options->tls_key;
    config.per_message_deflate.enabled = options->deflates;
    config.max_queue_bytes = QUEUE_BYTES_MAX;
    config.log = log_line;
    config.log_level = options->is_quiet ? SIO_LOG_WARN : SIO_LOG_INFO;
    return sio_server_new(server, &config);
}

static sio_err serve_page(sio_server *server, const char *dir)
{
    if (dir == NULL)
        return SIO_OK;
    return sio_http_serve_dir(server, "/", dir, page_headers,
                              sizeof page_headers / sizeof *page_headers);
}

static void reload(sio_server *server)
{
    sio_err err = sio_server_reload_tls(server);

    if (err == SIO_OK)
        fputs("parley: info: new connections have the certificate as it is now\n", stderr);
    else if (err != SIO_EUNSUPPORTED)
        fprintf(stderr, "parley: error: the certificate stays as it was: %s\n", sio_strerror(err));
}

/* Signals wait for sigwait() in the main thread; a second one that is to end it ends the process at
 * once. */
static void wait_for_end(sio_server *server, const sigset_t *signals)
{
    int signal_number;

    while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP)
        reload(server);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

static int fail(const char *what, sio_err err)
{
    fprintf(stderr, "parley: %s: %s\n", what, sio_strerror(err));
    return 1;
}

static void announce(const struct options *options, unsigned port)
{
    const char *host = options->host != NULL ? options->host : "localhost";
    bool is_v6 = strchr(host, ':') != NULL;

    printf("listening on %s://%s%s%s:%u\n", options->tls_cert != NULL ? "https" : "http",
           is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
    fflush(stdout);
}

static int serve(sio_server *server, struct news *news, const struct options *options,
                 const sigset_t *signals)
{
    sio_err err = sio_server_start(server);

    if (err != SIO_OK)
        return fail("start", err);
    if (options->reads_news && (err = news_read_stdin(news)) != SIO_OK)
        return fail("--news-stdin", err);
    announce(options, sio_server_port(server));
    wait_for_end(server, signals);
    sio_server_stop(server, options->grace_ms);
    return 0;
}

int main(int argc, char **argv)
{
    static struct hall hall;
    static struct news news;
    struct options options;
    sio_server *server = NULL;
    sigset_t signals;
    sio_err err;
    int code = options_read(&options, argc, argv);

    if (code >= 0)
        return code;
    if (options.checks_health)
        return health_check(options.port, options.tls_cert != NULL) ? 0 : 1;
    set_descriptors();
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (options.tls_cert != NULL)
        sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread begins */
    signal(SIGPIPE, SIG_IGN);

    if ((err = make_server(&server, &options)) != SIO_OK)
        return fail("options", err);
    if ((err = serve_page(server, options.web)) != SIO_OK)
        code = fail("--web", err);
    else if ((err = health_init(server)) != SIO_OK || (err = news_init(&news, server)) != SIO_OK ||
             (err = chat_init(&hall, server)) != SIO_OK)
        code = fail("chat", err);
    if (code < 0) {
        code = serve(server, &news, &options, &signals);
        sio_server_stop(server, 0); /* nobody hands tasks over any more */
        hall_stop(&hall);
    }
    news_fini(&news);
    sio_server_free(server);
    return code;
}
