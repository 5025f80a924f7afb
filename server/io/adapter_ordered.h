/* adapter_ordered.h: the adapter of a server on its own that recovers connections.  Every op gets a
 * place in one order, all workers apply ops in that order, and the recent ones are kept in a log:
 * so each client sees ascending offsets, and what it has missed is a piece of the log.
 *
 * A worker applies its own op before the emit returns, and before that all that came earlier.  One
 * lock, held for some pointer moves; ops are encoded before and applied after it. */
#ifndef SERVER_IO_ADAPTER_ORDERED_H
#define SERVER_IO_ADAPTER_ORDERED_H

#include "rooms/adapter.h"
#include "server/net/inbox.h"
#include "server/server.h"

struct sio__ordered; /* a struct sio__adapter */

/* A worker's side, in its struct sio__spaces.  applied is for the worker's thread to read: the
 * place of the latest op that it has applied.  The rest is private. */
struct sio__op_reader {
    struct sio__letter letter; /* there is something to be taken */
    struct sio__op_reader *next_reader;
    struct sio__spaces *spaces;
    uint64_t next;
    uint64_t applied;
    uint64_t skipped; /* the place of an op of its own that is for the others */
    bool is_posted;
};

/* NULL: out of memory. */
struct sio__adapter *sio__ordered_new(sio_server *server);

/* A worker begins and ends; detach may be called for a reader of zeros too.  True: it was the last,
 * and the log is empty. */
void sio__ordered_attach(struct sio__ordered *ordered, struct sio__op_reader *reader,
                         struct sio__spaces *spaces);
bool sio__ordered_detach(struct sio__ordered *ordered, struct sio__op_reader *reader);

/* Applies, on its own worker, all that has its place by now.  Calls no handler. */
void sio__ordered_catch_up(struct sio__ordered *ordered, struct sio__op_reader *reader);

/* Gives an op its place and keeps it, but has nobody apply it: that is for the caller, next, on its
 * own worker, whose reader has taken all that came before. */
void sio__ordered_place(struct sio__ordered *ordered, struct sio__op_reader *reader,
                        struct sio__op *op);

/* The first ops kept after a place and up to another one, at most max; see op_log.h.  *is_whole:
 * none of them has been dropped. */
size_t sio__ordered_read(struct sio__ordered *ordered, uint64_t after, uint64_t until,
                         struct sio__op **ops, size_t max, bool *is_whole);

/* Drops what is too old.  Returns how many ops have ever been dropped before their time. */
uint64_t sio__ordered_expire(struct sio__ordered *ordered, uint64_t now_ms);

#endif
