/* asker.h: whoever waits for what comes back from an op, and what comes back.
 *
 * An op that asks is handed to several parts: workers of this server and, in a cluster, other
 * servers.  The adapter says how many with expect(); each part then replies once with
 * SIO__REPLY_PART and, where it announced answers, once more for each of them.  The asker is
 * complete when no part and no answer is due; it has a deadline of its own, so a reply that is lost
 * costs only time.
 *
 * On the wire of the reference's cluster adapters a PART is the client count, the response with
 * sockets, or a server that the request was sent to; an ANSWER is an ack or a response. */
#ifndef ROOMS_ASKER_H
#define ROOMS_ASKER_H

#include <sio/err.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rooms/cargo.h"

enum sio__reply_kind {
    SIO__REPLY_PART,   /* a part has done the op, or is gone and never will */
    SIO__REPLY_ANSWER, /* one of the answers that it announced */
    SIO__REPLY_NONE,   /* one of them, which will not come */
};

/* What is told of one socket; server/io knows what is inside. */
struct sio__snapshot {
    struct sio__snapshot *next;
    size_t bytes; /* in memory */
    void (*free)(struct sio__snapshot *snapshot);
};

struct sio__reply {
    enum sio__reply_kind kind;
    sio_err err;                     /* PART, ANSWER: what it failed by; the asker is told */
    size_t answers;                  /* PART: that will follow */
    struct sio__snapshot *snapshots; /* PART: list; handed over */
    struct sio__cargo *answer;       /* ANSWER: its values; a reference is handed over */
};

struct sio__asker;

struct sio__asker_ops {
    /* Takes a reply.  Any thread of a running server; what it carries is the asker's from here on.
     * Calls nothing back, so it is safe while a set is walked. */
    void (*reply)(struct sio__asker *asker, const struct sio__reply *reply);

    /* The last reference is gone; any thread, at any time. */
    void (*free)(struct sio__asker *asker);
};

/* First field of each implementation. */
struct sio__asker {
    const struct sio__asker_ops *ops;
    _Atomic uint32_t refs;
    _Atomic size_t parts; /* that are due */
    _Atomic bool is_over; /* nobody waits any more: what still comes is of no use */
};

static inline void sio__asker_init(struct sio__asker *asker, const struct sio__asker_ops *ops)
{
    asker->ops = ops;
    atomic_init(&asker->refs, 1);
    atomic_init(&asker->parts, 0);
    atomic_init(&asker->is_over, false);
}

/* So many more parts are due.  While the op is being applied or by a part that is not done, any
 * thread. */
static inline void sio__asker_expect(struct sio__asker *asker, size_t parts)
{
    atomic_fetch_add_explicit(&asker->parts, parts, memory_order_relaxed);
}

/* Any thread; NULL is allowed. */
static inline struct sio__asker *sio__asker_hold(struct sio__asker *asker)
{
    if (asker != NULL)
        atomic_fetch_add_explicit(&asker->refs, 1, memory_order_relaxed);
    return asker;
}

static inline void sio__asker_rele(struct sio__asker *asker)
{
    if (asker != NULL && atomic_fetch_sub_explicit(&asker->refs, 1, memory_order_acq_rel) == 1)
        asker->ops->free(asker);
}

/* NULL as asker is allowed for replies that carry nothing. */
static inline void sio__asker_reply(struct sio__asker *asker, struct sio__reply reply)
{
    if (asker != NULL)
        asker->ops->reply(asker, &reply);
}

#endif
