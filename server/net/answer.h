/* answer.h: an answer that outlives the call: copied to go from one worker to another. */
#ifndef SERVER_NET_ANSWER_H
#define SERVER_NET_ANSWER_H

#include "server/net/exchange.h"

/* A copy in one allocation.  A body with a release changes hands instead of being copied.
 * NULL: out of memory; then the body has been released. */
struct sio__answer *sio__answer_copy(const struct sio__answer *answer);

/* The copy was given to answer(), which takes care of the body's release. */
void sio__answer_sent(struct sio__answer *copy); /* NULL is allowed */

/* Releases the body if it was not sent, and frees.  NULL is allowed. */
void sio__answer_free(struct sio__answer *copy);

#endif
