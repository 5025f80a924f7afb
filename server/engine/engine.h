/* engine.h: an Engine.IO server at a path: admits handshakes, finds sessions, refuses with the
 * reference's codes.  One for Socket.IO, one for each sio_engine_attach().
 * Unchanging while the server runs, but for the count of its clients; shared by all workers. */
#ifndef SERVER_ENGINE_ENGINE_H
#define SERVER_ENGINE_ENGINE_H

#include <sio/config.h>
#include <sio/engine.h>
#include <stdatomic.h>

#include "server/engine/session.h"

/* Asked about requests: a middleware, or allow_request. */
struct sio__gatekeeper {
    struct sio__gatekeeper *next;
    sio_gatekeeper_cb cb;
    void *user;
};

struct sio__engine {
    struct sio__engine *next;
    const struct sio__session_events *events;
    sio_engine_handlers handlers; /* of a raw engine */
    sio_engine_hooks hooks;
    struct sio__gatekeeper *middlewares; /* list, in their order */
    struct sio__gatekeeper allow;        /* allow_request; cb NULL: none */
    _Atomic size_t clients;              /* sessions that are open */
    const sio_config *config;            /* the server's */
    struct sio__slice path;              /* with a trailing '/', if add_trailing_slash */
    char path_text[];
};

/* Codes and messages of refusals: docs of the reference, section "error codes". */
enum sio__refusal {
    SIO__UNKNOWN_TRANSPORT,
    SIO__UNKNOWN_SID,
    SIO__BAD_HANDSHAKE_METHOD,
    SIO__BAD_REQUEST,
    SIO__FORBIDDEN,
    SIO__UNSUPPORTED_PROTOCOL_VERSION,
};

/* NULL: out of memory. */
struct sio__engine *sio__engine_new(struct sio__slice path, const sio_config *config,
                                    const struct sio__session_events *events);

void sio__engine_free(struct sio__engine *engine);

/* The one at this path, with or without its last '/'; NULL: Socket.IO's.  NULL: there is none. */
struct sio__engine *sio__engine_at(const struct sio_server *server, const char *path);

/* The raw path's prefix test: is this request ours? */
bool sio__engine_matches(const struct sio__engine *engine, struct sio__slice path);

/* The four entries of struct sio__routes, for requests that match. */
void sio__engine_request(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__exchange *x);
enum sio__upgrade sio__engine_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                      struct sio__request *request, struct sio__answer *accept,
                                      struct sio__answer *refusal);
void sio__engine_held(struct sio__exchange *x);
void sio__engine_opened(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__link *link);

/* The same for what another worker has looked at and relayed to its session's home. */
void sio__engine_relayed_request(struct sio__engine *engine, struct sio__worker *worker,
                                 struct sio__exchange *x);
void sio__engine_relayed_link(struct sio__engine *engine, struct sio__worker *worker,
                              struct sio__link *link);

/* Events of raw connections (api.c). */
extern const struct sio__session_events sio__conn_events;

#endif
