/* home.h: the way back to a worker, for what may outlive it: the acks and decisions that an
 * application keeps.  Counted; closed by the worker when it ends.  Any thread, unless said. */
#ifndef SERVER_IO_HOME_H
#define SERVER_IO_HOME_H

#include <stdatomic.h>
#include <uv.h>

#include "server/worker.h"

struct sio__home {
    _Atomic uint32_t refs;
    uv_mutex_t lock; /* a worker does not go while a letter is being posted to it */
    _Atomic(struct sio__worker *) worker; /* NULL: it has ended */
};

/* NULL: out of memory. */
struct sio__home *sio__home_new(struct sio__worker *worker);

/* The worker ends: from here on nobody reaches it.  Drops the worker's reference. */
void sio__home_close(struct sio__home *home);

struct sio__home *sio__home_hold(struct sio__home *home);
void sio__home_rele(struct sio__home *home);

/* True: this is the worker's own thread (and it has not ended). */
bool sio__home_is_here(const struct sio__home *home);

/* False: the worker has ended and the letter is still the caller's. */
bool sio__home_post(struct sio__home *home, struct sio__letter *letter);

#endif
