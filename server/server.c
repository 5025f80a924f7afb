#include "server/server.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "server/io/client.h"
#include "server/io/space.h"
#include "server/net/listener.h"
#include "server/net/tls/context.h"

enum { BUNDLE_BYTES_MAX = 16 * 1024 * 1024 };

static sio_err load_bundles(sio_server *server)
{
    const sio_config *config = &server->config;
    struct sio__slice path = server->engines->path;
    char prefix[1024];

    sio__files_init(&server->bundles, BUNDLE_BYTES_MAX);
    if (config->client_dir == NULL)
        return SIO_OK;
    if (path.len >= sizeof prefix)
        return SIO_EINVAL;
    if (path.ptr[path.len - 1] == '/')
        path.len--;
    memcpy(prefix, path.ptr, path.len);
    prefix[path.len] = '\0';
    if (sio__files_add_bundles(&server->bundles, prefix, config->client_dir) == 0)
        return SIO_OK;
    sio__log_line(&server->log, SIO_LOG_ERROR, "no client bundles in %s", config->client_dir);
    return SIO_EIO;
}

static sio_err load_tls(sio_server *server)
{
    if (server->config.tls.cert_file == NULL)
        return SIO_OK;
    return sio__tls_context_new(&server->tls, &server->config.tls, &server->log);
}

sio_err sio_server_new(sio_server **out, const sio_config *config)
{
    struct sio__log log = {config->log, config->log_user, config->log_level};
    sio_server *server = sio__calloc(1, sizeof *server);
    sio_err err;

    if (server == NULL)
        return SIO_ENOMEM;
    server->log = log;
    server->counts_descriptors = config->max_connections == 0;
    if ((err = sio__config_copy(&server->config, config, &log)) != SIO_OK)
        goto free_server;
    server->worker_count = server->config.workers;
    server->workers = sio__calloc(server->worker_count, sizeof server->workers[0]);
    if (server->workers == NULL) {
        err = SIO_ENOMEM;
        goto fini_config;
    }
    for (unsigned i = 0; i < server->worker_count; i++)
        sio__worker_prepare(&server->workers[i]);
    server->engines =
        sio__engine_new(sio__slice_of(server->config.path), &server->config, &sio__client_events);
    if (server->engines == NULL) {
        err = SIO_ENOMEM;
        goto free_workers;
    }
    if (uv_mutex_init(&server->naming) != 0) {
        err = SIO_ENOMEM;
        goto free_engine;
    }
    if ((err = load_tls(server)) != SIO_OK || (err = load_bundles(server)) != SIO_OK ||
        (err = sio__io_init(server)) != SIO_OK)
        goto fini_tls;
    *out = server;
    return SIO_OK;

fini_tls:
    sio__tls_context_free(server->tls);
    sio__files_fini(&server->bundles);
    uv_mutex_destroy(&server->naming);
free_engine:
    sio__engine_free(server->engines);
free_workers:
    sio__free(server->workers);
fini_config:
    sio__config_fini(&server->config);
free_server:
    sio__free(server);
    return err;
}

/* --- start --------------------------------------------------------------------------------- */

static sio_err listen_err(const sio_server *server, int negative_errno)
{
    sio__log_line(&server->log, SIO_LOG_ERROR, "cannot listen on %s port %u: %s",
                  server->config.host != NULL ? server->config.host : "any address",
                  server->config.port, strerror(-negative_errno));
    switch (negative_errno) {
    case -EADDRINUSE:
        return SIO_EADDRINUSE;
    case -EADDRNOTAVAIL:
        return SIO_EINVAL;
    default:
        return SIO_EIO;
    }
}

static void abandon(sio_server *server, unsigned ready)
{
    for (unsigned i = 0; i < ready; i++)
        sio__worker_abandon(&server->workers[i]);
}

static void fini_workers(sio_server *server, unsigned ready)
{
    for (unsigned i = 0; i < ready; i++)
        sio__worker_fini(&server->workers[i]);
    server->port = 0;
}

static void join(sio_server *server, unsigned started, uint32_t grace_ms)
{
    for (unsigned i = 0; i < started; i++)
        sio__worker_stop(&server->workers[i], grace_ms);
    for (unsigned i = 0; i < started; i++)
        sio__worker_join(&server->workers[i]);
}

static sio_err start_threads(sio_server *server)
{
    sio_err err;

    if (server->config.loop != NULL)
        return SIO_OK;
    for (unsigned i = 0; i < server->worker_count; i++) {
        if ((err = sio__worker_start(&server->workers[i])) == SIO_OK)
            continue;
        join(server, i, 0);
        for (unsigned rest = i; rest < server->worker_count; rest++)
            sio__worker_abandon(&server->workers[rest]);
        return err;
    }
    return SIO_OK;
}

/* Consumes the sockets. */
static sio_err start_workers(sio_server *server, const int *fds)
{
    unsigned ready = 0, served = 0;
    sio_err err = SIO_OK;

    while (ready < server->worker_count &&
           (err = sio__worker_init(&server->workers[ready], server, ready)) == SIO_OK)
        ready++;
    while (err == SIO_OK && served < ready)
        err = sio__worker_listen(&server->workers[served], fds[served]), served++;
    while (served < server->worker_count)
        close(fds[served++]);
    if (err != SIO_OK) {
        abandon(server, ready);
    } else {
        server->is_running = true;
        if ((err = start_threads(server)) == SIO_OK)
            return SIO_OK;
        server->is_running = false;
    }
    fini_workers(server, ready);
    return err;
}

sio_err sio_server_start(sio_server *server)
{
    const sio_config *config = &server->config;
    uint16_t port = 0;
    sio_err err;
    int *fds, result;

    if (server->is_running)
        return SIO_EINVAL;
    if ((fds = sio__malloc(server->worker_count * sizeof *fds)) == NULL)
        return SIO_ENOMEM;
    result = sio__listen_group(config->host, config->port, (int)config->backlog,
                               server->worker_count, fds, &port);
    server->port = port;
    err = result == 0 ? start_workers(server, fds) : listen_err(server, result);
    sio__free(fds);
    return err;
}

/* --- stop ---------------------------------------------------------------------------------- */

static void ended(sio_server *server)
{
    server->is_running = false;
    fini_workers(server, server->worker_count);
    server->is_closing = false;
}

/* The loop is the application's: it is the one to run it until nothing of the server is on it. */
static void run_out(sio_server *server, uint32_t grace_ms)
{
    if (!server->is_closing)
        sio_server_close(server, grace_ms, NULL, NULL);
    while (server->is_running)
        uv_run(server->config.loop, UV_RUN_ONCE);
}

void sio_server_stop(sio_server *server, uint32_t grace_ms)
{
    if (!server->is_running)
        return;
    if (server->config.loop != NULL) {
        run_out(server, grace_ms);
        return;
    }
    join(server, server->worker_count, grace_ms);
    ended(server);
}

/* What sio_server_close() leaves to be done later. */
struct closing {
    sio_server *server;
    uint32_t grace_ms;
    sio_closed_cb cb;
    void *user;
};

static void finish_close(struct closing *closing)
{
    const struct closing done = *closing;

    sio__free(closing);
    if (done.cb != NULL)
        done.cb(done.server, done.user); /* which may start it again, or free it */
}

static void close_on_thread(void *arg)
{
    struct closing *closing = arg;

    sio_server_stop(closing->server, closing->grace_ms);
    finish_close(closing);
}

static void on_worker_off(struct sio__worker *worker)
{
    struct closing *closing = worker->server->closing;

    ended(worker->server);
    finish_close(closing);
}

/* The worker is alone, its loop the application's. */
static void close_on_loop(struct closing *closing)
{
    struct sio__worker *worker = &closing->server->workers[0];

    closing->server->closing = closing;
    worker->on_off = on_worker_off;
    sio__worker_stop(worker, closing->grace_ms);
}

sio_err sio_server_close(sio_server *server, uint32_t grace_ms, sio_closed_cb cb, void *user)
{
    struct closing *closing;
    uv_thread_t thread;

    if (!server->is_running)
        return SIO_ECLOSED;
    if (atomic_exchange(&server->is_closing, true))
        return SIO_EBUSY;
    if ((closing = sio__malloc(sizeof *closing)) == NULL)
        goto fail;
    *closing = (struct closing){server, grace_ms, cb, user};
    if (server->config.loop != NULL) {
        close_on_loop(closing);
        return SIO_OK;
    }
    if (uv_thread_create(&thread, close_on_thread, closing) == 0) {
        pthread_detach(thread);
        return SIO_OK;
    }
    sio__free(closing);
fail:
    server->is_closing = false;
    return SIO_ENOMEM;
}

void sio_server_free(sio_server *server)
{
    if (server == NULL)
        return;
    sio_server_stop(server, 0);
    sio__io_fini(server);
    sio__web_fini(server);
    sio__files_fini(&server->bundles);
    while (server->engines != NULL) {
        struct sio__engine *engine = server->engines;
        server->engines = engine->next;
        sio__engine_free(engine);
    }
    uv_mutex_destroy(&server->naming);
    sio__tls_context_free(server->tls);
    sio__config_fini(&server->config);
    sio__free(server->workers);
    sio__free(server);
}

sio_err sio_server_reload_tls(sio_server *server)
{
    return server->tls != NULL ? sio__tls_context_reload(server->tls) : SIO_EUNSUPPORTED;
}

/* --- facts --------------------------------------------------------------------------------- */

uint16_t sio_server_port(const sio_server *server)
{
    return server->port;
}

size_t sio_server_clients_count(const sio_server *server)
{
    size_t count = 0;

    for (unsigned i = 0; i < server->worker_count; i++)
        count += atomic_load_explicit(&server->workers[i].sessions.count, memory_order_relaxed);
    return count;
}

void sio_server_stats(const sio_server *server, sio_stat_cb each, void *user)
{
#define TELL(field, unit, help)                                                                    \
    {                                                                                              \
        uint64_t sum = 0;                                                                          \
        for (unsigned i = 0; i < server->worker_count; i++)                                        \
            sum += atomic_load_explicit(&server->workers[i].stats.field, memory_order_relaxed);    \
        each(#field, unit, help, sum, user);                                                       \
    }
    SIO__STATS_MAP(TELL)
#undef TELL
}
