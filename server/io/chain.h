/* chain.h: middlewares one after another, each of which accepts or refuses, now or later, on any
 * thread.
 *
 *   calling --accepted--> calling the next one ... --> passed
 *     | \--refused--> refused
 *     \--returned without a decision--> waiting --decided--> as above
 *
 * Whoever waits for them has a chain as its first field: a join (middleware.c), an event
 * (incoming.c).  Home thread, but for the decisions (sio_next_accept() and others). */
#ifndef SERVER_IO_CHAIN_H
#define SERVER_IO_CHAIN_H

#include "rooms/cargo.h"
#include "server/io/ears.h"
#include "server/io/rejection.h"
#include "server/io/socket.h"

struct sio__chain;

struct sio__chain_ops {
    /* Calls one. */
    void (*call)(struct sio__chain *chain, const struct sio__ear *ear, struct sio_next *next);
    /* It has returned and will decide later: what is borrowed has to be kept.  May end the chain.
     * NULL: nothing is. */
    void (*wait)(struct sio__chain *chain);
    /* It has accepted with other arguments, for those that follow; borrowed.  False: out of memory.
     * NULL: there are no arguments. */
    bool (*replace)(struct sio__chain *chain, const struct sio__cargo *args);
    /* All have accepted.  Ends the chain. */
    void (*passed)(struct sio__chain *chain);
    /* One has not.  Ends the chain.  The rejection is borrowed. */
    void (*refused)(struct sio__chain *chain, const struct sio__rejection *rejection);
    void (*free)(struct sio__chain *chain);
};

struct sio__chain {
    const struct sio__chain_ops *ops;
    struct sio_socket *socket;
    const struct sio__ear *step, *rest; /* the next one; then the first of the second list */
    size_t left;                        /* that are still to accept */
    struct sio_next *next;              /* the decision that is awaited */
    bool is_calling;
    bool is_ended; /* while it was calling */
};

/* The middlewares that are there now, of both lists; rest may be NULL. */
void sio__chain_init(struct sio__chain *chain, const struct sio__chain_ops *ops,
                     struct sio_socket *socket, const struct sio__ear_list *first,
                     const struct sio__ear_list *rest);

/* Calls them.  Without memory the client is discarded.  Runs middlewares and handlers. */
void sio__chain_run(struct sio__chain *chain);

/* Nobody waits any more: a decision that still comes is ignored.  Frees the chain, now or when the
 * middleware that is being called has returned. */
void sio__chain_end(struct sio__chain *chain);

/* Goes on with the first of spaces->decided.  Runs middlewares and handlers. */
void sio__chain_resume(struct sio__spaces *spaces);

#endif
