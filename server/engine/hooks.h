/* hooks.h: calling the application's hooks (sio/engine.h). */
#ifndef SERVER_ENGINE_HOOKS_H
#define SERVER_ENGINE_HOOKS_H

#include "protocol/eio_packet.h"
#include "server/engine/cors.h"
#include "server/engine/engine.h"

/* Has the hooks add their headers to an answer of a session.  What they add lives as long as the
 * request. */
void sio__hooks_headers(const struct sio__engine *engine, struct sio__request *request,
                        bool is_first, struct sio__fields *fields);

/* The headers that an admission may add to its request's answer. */
enum { SIO__KEPT_HEADERS_MAX = 8 };

/* One of them, to be attached to the request.  SIO_EINVAL: not fit for a header line; SIO_ENOMEM.
 */
sio_err sio__kept_header_new(struct sio__attached **out, const char *name, const char *value);

/* Appends those that are attached to the request. */
void sio__kept_headers(const struct sio__request *request, struct sio__fields *fields);

/* Tells of a refusal. */
void sio__hooks_error(const struct sio__engine *engine, struct sio__request *request,
                      enum sio__refusal why, const char *context);

/* Tell of what happens to a session; nothing is done where nobody listens. */
void sio__hooks_session(const struct sio__session *session, sio_session_event event);
void sio__hooks_received(const struct sio__session *session, const struct sio__eio_packet *packet);
void sio__hooks_created(const struct sio__session *session, const struct sio__frame *packet);
void sio__hooks_closed(const struct sio__session *session, enum sio__close_reason reason);

#endif
