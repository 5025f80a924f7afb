/* server.h: what a server is inside; shared by all workers, unchanging while they run but for the
 * counters.  Parts: server.c (life), config.c (options), routes.c (which path is whose). */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <sio/sio.h>

#include "server/engine/engine.h"
#include "server/log.h"
#include "server/net/files.h"
#include "server/worker.h"

struct sio__http_handler {
    struct sio__http_handler *next;
    sio_http_cb cb;
    void *user;
    char path[];
};

struct sio_server {
    sio_config config; /* strings are ours */
    struct sio__log log;
    struct sio_ns *namespaces; /* server/io/space.h: list; unchanging while it runs */
    struct sio__engine *engines; /* list: Socket.IO's first, then the attached ones */
    struct sio__files files;
    struct sio__http_handler *http_handlers;
    struct sio__worker *workers;
    unsigned worker_count;
    uint16_t port;
    bool is_running;
};

extern const struct sio__routes sio__server_routes; /* routes.c */

#endif
