/* op_log.h: the ops of the recent past, in their order, for those who were away: bounded in age and
 * in bytes.  What does not fit is forgotten from the oldest on, and the log says how far it reaches
 * back.  No lock and no clock of its own; time never runs backwards. */
#ifndef ROOMS_OP_LOG_H
#define ROOMS_OP_LOG_H

#include "rooms/op.h"

struct sio__op_log {
    struct sio__op_entry {
        struct sio__op *op;
        uint64_t time_ms;
    } * entries;                   /* ring, ascending by op->spec.seq */
    size_t capacity, first, count; /* capacity is 0 or a power of two */
    size_t bytes;                  /* of the ops, their packets and the ring's places in use */
    size_t max_bytes;
    uint64_t max_age_ms;
    uint64_t floor;   /* every op appended after this one is here */
    uint64_t crowded; /* how many ever went before their time */
};

/* Allocates nothing. */
void sio__op_log_init(struct sio__op_log *log, size_t max_bytes, uint64_t max_age_ms);

/* Releases all ops; the log is empty and begins anew, but for what it has counted. */
void sio__op_log_clear(struct sio__op_log *log);

/* Appends an op that has its place (spec.seq, above all others), with a reference of its own.  What
 * is over the bounds goes.  Never fails: without memory the log is shorter than it should be. */
void sio__op_log_append(struct sio__op_log *log, struct sio__op *op, uint64_t now_ms);

/* Drops ops that are too old, at most `max` of them.  True: there may be more. */
bool sio__op_log_expire(struct sio__op_log *log, uint64_t now_ms, size_t max);

/* The first ops after a place, at most max, in their order, with references for the caller.
 * Returns how many; 0 if there are none after it. */
size_t sio__op_log_read(const struct sio__op_log *log, uint64_t after, struct sio__op **ops,
                        size_t max);

#endif
