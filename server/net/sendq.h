/* sendq.h: the packets one session has still to send, bounded in bytes.
 *
 * An entry is a whole packet: a sealed frame with its chain of attachments, which stay together.
 * Bytes are counted as a WebSocket sends them, frame headers included, whatever the transport;
 * what goes out deflated is counted with all its bytes until the whole frame is out.
 * The queue keeps how much of its first packet is out already, so a write may end anywhere.
 * One thread.  An empty queue holds no memory of its own. */
#ifndef SERVER_NET_SENDQ_H
#define SERVER_NET_SENDQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "protocol/frame.h"
#include "protocol/slice.h"

enum sio__sendq_result {
    SIO__SENDQ_OK,
    SIO__SENDQ_FULL, /* over the limit; what that means is the caller's policy */
    SIO__SENDQ_NOMEM,
};

enum { SIO__SENDQ_INLINE = 2 }; /* packets that need no ring; a heartbeat and an answer */

/* Read count and bytes; the rest is private. */
struct sio__sendq {
    size_t bytes; /* not yet sent */
    size_t limit_bytes;
    uint32_t count;    /* packets not yet wholly sent */
    uint32_t head;     /* of the ring */
    uint32_t capacity; /* of the ring; 0: inline */
    /* Frames of at most so many payload bytes go out as their deflated twins (sio__frame_for());
     * 0: none.  Set by the link that flushes it, before it writes; what is next must be settled. */
    uint32_t deflate_most_bytes;
    struct sio__frame *part; /* of the first packet, to go on with; NULL when it is untouched */
    size_t offset;           /* into part */
    union {
        struct sio__frame *few[SIO__SENDQ_INLINE];
        struct sio__frame **ring;
    } slots;
};

/* Allocates nothing. */
void sio__sendq_init(struct sio__sendq *queue, size_t limit_bytes);

/* Drops what is left.  The queue can be used again. */
void sio__sendq_drop_all(struct sio__sendq *queue);

/**
 * Appends a packet; the queue takes a reference of its own.
 * An empty queue takes a packet of any size; otherwise FULL when it would pass the limit.
 * After FULL and NOMEM the queue is unchanged.
 */
enum sio__sendq_result sio__sendq_push(struct sio__sendq *queue, struct sio__frame *packet);

/* Appends whatever the limit says: for packets that must not be lost to it (a close, a heartbeat).
 * OK or NOMEM. */
enum sio__sendq_result sio__sendq_push_always(struct sio__sendq *queue, struct sio__frame *packet);

static inline bool sio__sendq_is_empty(const struct sio__sendq *queue)
{
    return queue->count == 0;
}

/* The next wire bytes that lie together in memory, to be sent without a copy; empty when the queue
 * is.  Valid until the queue is changed. */
struct sio__slice sio__sendq_peek(const struct sio__sendq *queue);

/* The next wire bytes piece by piece, for one writev() without a copy; returns how many of the
 * pieces were filled.  Valid until the queue is changed. */
size_t sio__sendq_pieces(const struct sio__sendq *queue, struct iovec *pieces, size_t most);

/* The frames of these pieces, in the same order; returns how many.  Borrowed until the queue is
 * changed. */
size_t sio__sendq_frames(const struct sio__sendq *queue, struct sio__frame **frames, size_t most);

/* Counts the next n bytes as sent, at most what the pieces have; packets that are out wholly are
 * released.
 */
void sio__sendq_advance(struct sio__sendq *queue, size_t n);

/* The first packet, NULL if there is none.  Borrowed until the queue is changed. */
struct sio__frame *sio__sendq_first(const struct sio__sendq *queue);

/* True: part of the first packet is out, so it has to be finished where it was begun. */
static inline bool sio__sendq_is_midway(const struct sio__sendq *queue)
{
    return queue->part != NULL;
}

/* Takes the first packet out, with the queue's reference; NULL if there is none.
 * Not while midway (asserted). */
struct sio__frame *sio__sendq_pop(struct sio__sendq *queue);

#endif
