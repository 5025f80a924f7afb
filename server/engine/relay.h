/* relay.h: requests and WebSockets of a session that lives on another worker.
 *
 *     near worker                           home worker
 *     exchange  <-  near end  ~ letters ~  far end  ->  engine, session
 *
 * The far end is an exchange like any other, so the engine does not know the difference.
 * Each end outlives what it stands for until both sides know that it is over:
 *   - home says its last word once (an answer, or goodbye when near was first);
 *     on it the near end is freed;
 *   - near says its last word once (gone, or done); on it the far end is freed.
 * A letter that cannot be posted means that the other worker has ended: the end is then alone.
 * What the last words need is allocated with the end, so they cannot fail. */
#ifndef SERVER_ENGINE_RELAY_H
#define SERVER_ENGINE_RELAY_H

#include "server/engine/engine.h"

/* Hands an exchange to the engine on its session's home worker. */
void sio__relay_request(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__worker *home, struct sio__exchange *x);

/* The same for a WebSocket, within opened(): its socket moves there, and nothing is between it and
 * its session. */
void sio__relay_link(struct sio__engine *engine, struct sio__worker *worker,
                     struct sio__worker *home, struct sio__link *link);

#endif
