/* refusal.h: telling of a request that an engine refuses: the counter of its code, one line of log
 * with what an operator needs, and the application's connection_error. */
#ifndef SERVER_ENGINE_REFUSAL_H
#define SERVER_ENGINE_REFUSAL_H

#include "server/engine/engine.h"

/* hint: what was wrong and what may be behind it.  Calls the application's hook. */
void sio__refusal_tell(const struct sio__engine *engine, struct sio__worker *worker,
                       struct sio__request *request, enum sio__refusal why, const char *hint);

#endif
