/* op.h: what is to happen to a selection of sockets, on every worker that has some of them.
 * Immutable, counted, one allocation (the frame aside), so one op is shared by all workers.
 * References may be taken and dropped on any thread. */
#ifndef ROOMS_OP_H
#define ROOMS_OP_H

#include <stdatomic.h>

#include "protocol/frame.h"
#include "rooms/asker.h"
#include "rooms/selection.h"

enum sio__op_kind {
    SIO__OP_EMIT,       /* queue the packet for each */
    SIO__OP_JOIN,       /* each joins the names */
    SIO__OP_LEAVE,      /* each leaves the names */
    SIO__OP_DISCONNECT, /* each leaves its namespace; with close its session ends */
    /* Those that ask: every part replies to the op's asker. */
    SIO__OP_EMIT_ACK, /* EMIT with an ack id; each client's first argument is an answer */
    SIO__OP_FETCH,    /* a snapshot of each */
    /* No sockets: the namespace's server-side handlers run, on every worker but the one that asks;
     * with an asker each of them owes an answer. */
    SIO__OP_SERVER_EMIT,
};

/* The content of an op.  As an argument everything in it is borrowed. */
struct sio__op_spec {
    enum sio__op_kind kind;
    bool is_local;         /* this server only, not the cluster */
    bool is_volatile;      /* EMIT, EMIT_ACK: dropped for those who cannot take it now */
    bool has_offset;       /* EMIT: the packet has room for an offset: sio__stamp() */
    bool is_own;           /* EMIT: for the socket whose id the only room names, and nobody else */
    bool close;            /* DISCONNECT */
    struct sio__slice nsp; /* name of the namespace, with its '/' */
    struct sio__target target;
    const struct sio__slice *names; /* JOIN, LEAVE: rooms; SERVER_EMIT: the event's one name */
    size_t name_count;
    struct sio__frame *packet; /* EMIT, EMIT_ACK: a sealed packet with its chain; else NULL */
    struct sio__cargo *cargo;  /* SERVER_EMIT: arguments; else NULL */
    struct sio__asker *asker;  /* whom to answer; NULL: nobody */
    uint32_t ack_id;           /* EMIT_ACK: in the packet; the same for all recipients */
    uint32_t timeout_ms;       /* EMIT_ACK: after which no answer is awaited */
    uint64_t seq; /* its place among the server's ops; 0: they have no order (no recovery) */
};

/* Read only, but for seq, which the adapter writes before it shares the op. */
struct sio__op {
    _Atomic uint32_t refs;
    uint32_t bytes; /* its memory, without what it holds */
    struct sio__op_spec spec;
};

/* A copy of the spec with one reference, which the caller releases.  Each copied name has a NUL
 * after it, beyond its length.  The op takes references of its own to packet, cargo and asker.
 * NULL: out of memory. */
struct sio__op *sio__op_new(const struct sio__op_spec *spec);

struct sio__op *sio__op_hold(struct sio__op *op);
void sio__op_rele(struct sio__op *op); /* NULL is allowed */

/* Tells the op's asker, if it has one, that a part will not do it: SIO_OK (it has ended), or why.
 */
void sio__op_give_up(const struct sio__op *op, sio_err err);

#endif
