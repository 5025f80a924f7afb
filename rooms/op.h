/* op.h: what is to happen to a selection of sockets, on every worker that has some of them.
 * Immutable, counted, one allocation (the frame aside), so one op is shared by all workers.
 * References may be taken and dropped on any thread. */
#ifndef ROOMS_OP_H
#define ROOMS_OP_H

#include <stdatomic.h>

#include "protocol/frame.h"
#include "rooms/selection.h"

enum sio__op_kind {
    SIO__OP_EMIT,       /* queue the packet for each */
    SIO__OP_JOIN,       /* each joins the names */
    SIO__OP_LEAVE,      /* each leaves the names */
    SIO__OP_DISCONNECT, /* each leaves its namespace; with close its session ends */
    /* Later kinds (emit with ack, fetch sockets, server-side emit) need an id to answer to; they
     * are added here with fields of their own, and a worker ignores a kind it does not know. */
};

/* The content of an op.  As an argument everything in it is borrowed. */
struct sio__op_spec {
    enum sio__op_kind kind;
    bool is_local;         /* this server only, not the cluster */
    bool is_volatile;      /* EMIT: dropped for those who cannot take it now */
    bool close;            /* DISCONNECT */
    struct sio__slice nsp; /* name of the namespace, with its '/' */
    struct sio__target target;
    const struct sio__slice *names; /* JOIN, LEAVE: rooms */
    size_t name_count;
    struct sio__frame *packet; /* EMIT: a sealed packet with its chain; else NULL */
};

/* Read only. */
struct sio__op {
    _Atomic uint32_t refs;
    struct sio__op_spec spec;
};

/* A copy of the spec with one reference, which the caller releases.  Each copied name has a NUL
 * after it, beyond its length.  The op takes a reference of its own to the packet.
 * NULL: out of memory. */
struct sio__op *sio__op_new(const struct sio__op_spec *spec);

struct sio__op *sio__op_hold(struct sio__op *op);
void sio__op_rele(struct sio__op *op); /* NULL is allowed */

#endif
