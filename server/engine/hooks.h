/* hooks.h: calling the application's hooks (sio/engine.h). */
#ifndef SERVER_ENGINE_HOOKS_H
#define SERVER_ENGINE_HOOKS_H

#include "server/engine/cors.h"
#include "server/engine/engine.h"

/* Has the hooks add their headers to an answer of a session.  What they add lives as long as the
 * request. */
void sio__hooks_headers(const struct sio__engine *engine, struct sio__request *request,
                        bool is_first, struct sio__fields *fields);

/* Tells of a refusal. */
void sio__hooks_error(const struct sio__engine *engine, struct sio__request *request,
                      enum sio__refusal why, const char *context);

#endif
