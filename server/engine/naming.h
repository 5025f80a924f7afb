/* naming.h: what a session is called, and which worker it lives on.  Ids of ours say it (id.h);
 * those that the application makes (generate_id) are looked for in every worker's table. */
#ifndef SERVER_ENGINE_NAMING_H
#define SERVER_ENGINE_NAMING_H

#include "server/engine/engine.h"

/* Asks the application for an id, if it makes them: *id is then room, else NULL.  False: it made
 * none, one that is not fit for a URL, or one that is taken. */
bool sio__name_session(const struct sio__engine *engine, const struct sio__worker *worker,
                       const struct sio__request *request, char room[SIO__SID_MAX + 1],
                       const char **id);

/* The worker on which this session lives, or would live: `here` for what is no id. */
struct sio__worker *sio__home_of(const struct sio__engine *engine, struct sio__worker *here,
                                 struct sio__slice sid);

#endif
