/* adapter.h: the seam through which ops reach workers and, in a cluster, other servers.
 *
 * One adapter for a server, shared by its workers.  The one without a cluster hands each op to
 * every worker of this process; a networked one does the same and publishes the op besides. What
 * arrives at a worker is resolved there, against that worker's own room index. */
#ifndef ROOMS_ADAPTER_H
#define ROOMS_ADAPTER_H

#include "rooms/op.h"

struct sio__adapter;

struct sio__adapter_ops {
    /**
     * Applies an op to every worker of this server, but for those where it would do nothing, and,
     * unless op->spec.is_local, of the others.
     *
     * Any thread.  The op is borrowed: the adapter takes the references it needs.
     * When the caller is a worker, its own part is done before the return; the others get theirs
     * through their inboxes.  No user handler is called from within, so it is safe inside handlers.
     * Order: ops applied by one thread reach each worker in that order, and so do direct writes of
     * that thread to sockets of its own worker.  Between threads there is no order.
     *
     * An op with an asker: for each worker that gets it, and each other server, one part is
     * expected (sio__asker_expect()), before any of them can reply; a part that ends before it has
     * the op is given up (sio__op_give_up()).  Of SIO__OP_SERVER_EMIT the calling worker gets
     * nothing.
     *
     * True: every worker of this server has the op or will get it, unless it ends before.
     * False: out of memory, and then no worker has it.  Failures beyond this server do not show
     * here: they are counted by the adapter.
     */
    bool (*apply)(struct sio__adapter *adapter, struct sio__op *op);

    /**
     * Servers of the cluster that are known to live, this one included: 1 without a cluster.
     * Any thread, never blocks.
     */
    size_t (*server_count)(struct sio__adapter *adapter);

    /**
     * Ends the adapter and frees it.  Once, by the server, after its workers have stopped; no other
     * call runs at that time or follows.  Must not block on the network.
     */
    void (*close)(struct sio__adapter *adapter);
};

/* First field of each implementation. */
struct sio__adapter {
    const struct sio__adapter_ops *ops;
};

#endif
