/* naming.h: what a session is called, and which worker it lives on.  Ids of ours say it (id.h);
 * those that the application makes (generate_id) are looked for in every worker's table. */
#ifndef SERVER_ENGINE_NAMING_H
#define SERVER_ENGINE_NAMING_H

#include "server/engine/engine.h"

/* A new session as sio__session_new() makes it, on this thread's worker, under an id of the
 * application's if it makes them.  NULL: out of memory, or *is_named is false: the application made
 * no id, one that is not fit for a URL, or one that is taken. */
struct sio__session *sio__named_session_new(struct sio__engine *engine, struct sio__worker *worker,
                                            struct sio__request *request, int revision,
                                            bool *is_named);

/* The worker on which this session lives, or would live: `here` for what is no id. */
struct sio__worker *sio__home_of(const struct sio__engine *engine, struct sio__worker *here,
                                 struct sio__slice sid);

#endif
