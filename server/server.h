/* server.h: what a server is inside; shared by all workers, unchanging while they run but for the
 * counters.  Parts: server.c (life), config.c (options), routes.c (which path is whose). */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <sio/sio.h>
#include <stdatomic.h>
#include <uv.h>

#include "protocol/sio_packet.h"
#include "server/engine/engine.h"
#include "server/log.h"
#include "server/net/files.h"
#include "server/worker.h"

/* A folder that is served, with the headers that go with each of its files. */
struct sio__site {
    struct sio__site *next;
    struct sio__files files;
    size_t field_count;
    struct sio__field fields[];
};

struct sio__http_handler {
    struct sio__http_handler *next;
    sio_http_cb cb;
    void *user;
    char path[];
};

struct sio_server {
    sio_config config; /* strings are ours */
    struct sio__log log;
    struct sio__registry *registry; /* server/io/registry.h: the namespaces */
    struct sio__adapter *adapter;   /* rooms/adapter.h */
    struct sio__census *census;     /* the adapter's (rooms/census.h); NULL: it asks none */
    struct sio__recovery *recovery; /* server/io/recovery.h; NULL: connections are not recovered */
    struct sio__engine *engines;    /* list: Socket.IO's first, then the attached ones */
    uv_mutex_t naming;              /* server/engine/naming.c: taken for ids of the application */
    struct sio__files bundles;      /* of the client */
    struct sio__tls_context *tls;   /* NULL: there is no TLS */
    atomic_size_t tls_descriptors;  /* that TLS connections have beside one for each */
    bool counts_descriptors;        /* the limit of connections is one of descriptors */
    struct sio__site *sites;
    struct sio__http_handler *http_handlers;
    struct sio__worker *workers; /* as many as the configuration says; see worker.h */
    unsigned worker_count;
    _Atomic uint16_t port;
    _Atomic uint32_t survey_ids;          /* server/io/survey.h: made so far */
    _Atomic size_t surveys, survey_bytes; /* that wait, and what their replies hold */
    atomic_bool is_running;
    atomic_bool is_closing;
    struct closing *closing; /* server.c: on an application's loop, what is to be told then */
};

extern const struct sio__routes sio__server_routes; /* routes.c */

/* How it talks to its clients. */
static inline enum sio__parser sio__server_parser(const struct sio_server *server)
{
    return server->config.parser == SIO_PARSER_MSGPACK ? SIO__PARSER_MSGPACK : SIO__PARSER_JSON;
}

/* config.c: checks and copies; SIO_EINVAL with a line in the log. */
sio_err sio__config_copy(sio_config *copy, const sio_config *config, const struct sio__log *log);
void sio__config_fini(sio_config *config);

/* http.c: files and handlers for a request that no engine takes. */
void sio__web_request(struct sio_server *server, struct sio__exchange *x);
void sio__web_file(struct sio__exchange *x, struct sio__file *file, const struct sio__field *fields,
                   size_t field_count);
void sio__web_fini(struct sio_server *server);

#endif
