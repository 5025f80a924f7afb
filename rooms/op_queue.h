/* op_queue.h: ops in one order on their way to several readers, each of which takes every op once.
 * An op leaves the queue when the last of its readers has taken it.  No lock of its own. */
#ifndef ROOMS_OP_QUEUE_H
#define ROOMS_OP_QUEUE_H

#include "rooms/op.h"

/* Positions count the ops ever pushed; a reader is the position of the next op that it takes.
 * Read end; the rest is private. */
struct sio__op_queue {
    struct sio__op_item {
        struct sio__op *op;
        unsigned left; /* readers that have still to take it */
    } * items;         /* ring */
    uint64_t first, end;
    size_t capacity; /* 0 or a power of two */
};

/* All zero is an empty one.  Releases what is left. */
void sio__op_queue_fini(struct sio__op_queue *queue);

/* Appends for so many readers (none: nothing is kept), with a reference of its own.  False: out of
 * memory, nothing changed. */
bool sio__op_queue_push(struct sio__op_queue *queue, struct sio__op *op, unsigned readers);

/* Takes at most max ops from *reader on, none beyond the position `until`; their references are the
 * caller's.  Returns how many.  A queue that is empty then gives a large ring back. */
size_t sio__op_queue_take(struct sio__op_queue *queue, uint64_t *reader, uint64_t until,
                          struct sio__op **ops, size_t max);

#endif
