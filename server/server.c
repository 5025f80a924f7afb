#include "server/server.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server/io/client.h"
#include "server/io/space.h"
#include "server/net/listener.h"

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

sio_err sio_server_new(sio_server **out, const sio_config *config)
{
    struct sio__log log = {config->log, config->log_user, config->log_level};
    sio_server *server = sio__calloc(1, sizeof *server);
    sio_err err;

    if (server == NULL)
        return SIO_ENOMEM;
    server->log = log;
    if ((err = sio__config_copy(&server->config, config, &log)) != SIO_OK)
        goto free_server;
    server->engines =
        sio__engine_new(sio__slice_of(server->config.path), &server->config, &sio__client_events);
    if (server->engines == NULL) {
        err = SIO_ENOMEM;
        goto fini_config;
    }
    if ((err = load_bundles(server)) != SIO_OK || (err = sio__io_init(server)) != SIO_OK)
        goto free_engine;
    *out = server;
    return SIO_OK;

free_engine:
    sio__files_fini(&server->bundles);
    sio__engine_free(server->engines);
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

/* Consumes the sockets. */
static sio_err serve(sio_server *server, const int *fds)
{
    sio_err err = SIO_OK;

    for (unsigned i = 0; i < server->worker_count; i++) {
        if (err == SIO_OK)
            err = sio__worker_listen(&server->workers[i], fds[i]);
        else
            close(fds[i]);
    }
    return err;
}

static sio_err listen_all(sio_server *server)
{
    const sio_config *config = &server->config;
    int *fds = sio__malloc(server->worker_count * sizeof *fds), result;
    sio_err err;

    if (fds == NULL)
        return SIO_ENOMEM;
    result = sio__listen_group(config->host, config->port, (int)config->backlog,
                               server->worker_count, fds, &server->port);
    err = result == 0 ? serve(server, fds) : listen_err(server, result);
    sio__free(fds);
    return err;
}

static void abandon(sio_server *server, unsigned ready)
{
    for (unsigned i = 0; i < ready; i++)
        sio__worker_abandon(&server->workers[i]);
}

/* Their storage stays: a thread of the application that is about to emit or to answer an ack finds
 * closed inboxes there. */
static void fini_workers(sio_server *server, unsigned ready)
{
    for (unsigned i = 0; i < ready; i++)
        sio__worker_fini(&server->workers[i]);
    server->port = 0;
}

static void free_workers(sio_server *server)
{
    sio__free(server->workers);
    server->workers = NULL;
    server->worker_count = 0;
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

sio_err sio_server_start(sio_server *server)
{
    unsigned ready = 0, wanted = server->config.workers;
    sio_err err = SIO_OK;

    if (server->is_running)
        return SIO_EINVAL;
    free_workers(server);
    server->surveys = server->survey_bytes = 0;
    server->workers = sio__calloc(wanted, sizeof server->workers[0]);
    if (server->workers == NULL)
        return SIO_ENOMEM;
    while (ready < wanted &&
           (err = sio__worker_init(&server->workers[ready], server, ready)) == SIO_OK)
        ready++;
    server->worker_count = ready;
    if (err == SIO_OK)
        err = listen_all(server);
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

/* --- stop ---------------------------------------------------------------------------------- */

void sio_server_stop(sio_server *server, uint32_t grace_ms)
{
    unsigned count = server->worker_count;

    if (!server->is_running)
        return;
    join(server, count, grace_ms);
    server->is_running = false;
    fini_workers(server, count);
}

void sio_server_free(sio_server *server)
{
    if (server == NULL)
        return;
    sio_server_stop(server, 0);
    free_workers(server);
    sio__io_fini(server);
    sio__web_fini(server);
    sio__files_fini(&server->bundles);
    while (server->engines != NULL) {
        struct sio__engine *engine = server->engines;
        server->engines = engine->next;
        sio__engine_free(engine);
    }
    sio__config_fini(&server->config);
    sio__free(server);
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
