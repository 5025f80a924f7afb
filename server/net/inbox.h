/* inbox.h: letters from any thread to one worker.
 *
 * Many producers, one consumer (the thread of the loop).  The consumer takes all letters in one go
 * and delivers them in the order of their pushes, so those of one producer keep their order.  Only
 * a push into an empty inbox wakes the loop.  No locks; a push is one compare-and-swap.
 *
 * Life: init, any number of pushes, close (consumer), then the loop runs until the handle's close
 * callback; then init again, if wanted.  The storage must stay until that, and until no thread can
 * push any more: a push into a closed inbox is allowed and refused. */
#ifndef SERVER_NET_INBOX_H
#define SERVER_NET_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

/* First or any other field of a message; belongs to the inbox from a successful push on. */
struct sio__letter {
    struct sio__letter *next;

    /* On the worker's thread, once; owns the letter from here on: may free it or push it again. */
    void (*deliver)(struct sio__letter *letter, void *worker);

    /* Instead of deliver(), when the inbox is closed first; on the worker's thread; frees it. */
    void (*drop)(struct sio__letter *letter);
};

/* Fields are private. */
struct sio__inbox {
    _Atomic(struct sio__letter *) newest; /* a stack; a mark of its own when closed */
    atomic_uint wakes_done;               /* by producers, after uv_async_send() returned */
    unsigned wakes_seen;                  /* by the consumer */
    bool is_closed;                       /* consumer's copy */
    void *worker;
    uv_async_t async;
    void (*on_closed)(void *user);
    void *user;
};

/* Makes zeroed storage a closed inbox. */
void sio__inbox_seal(struct sio__inbox *inbox);

/**
 * The storage is zeroed or a closed inbox, into which others may be pushing.
 *
 * worker  given to each letter's deliver().
 * Returns 0 or libuv's error (negative); after an error the storage is as it was.
 */
int sio__inbox_init(struct sio__inbox *inbox, uv_loop_t *loop, void *worker);

/**
 * Any thread, also the consumer's own: then it is delivered in a later turn of the loop.
 * True: the letter is delivered or dropped later, exactly one of the two.
 * False: the inbox is closed and the letter still the caller's; whatever the consumer did before it
 * closed it has happened for the caller, who may free what both used.
 */
bool sio__inbox_push(struct sio__inbox *inbox, struct sio__letter *letter);

/**
 * Consumer, once; may be called by a letter's deliver().  From its return on pushes are refused;
 * the letters left are dropped before it returns (those of a batch being delivered, right after the
 * running deliver()).
 * on_closed, may be NULL, is called from the loop when the handle is closed.
 */
void sio__inbox_close(struct sio__inbox *inbox, void (*on_closed)(void *user), void *user);

#endif
