/* target.h: who is meant by a sio_target (sio/emit.h), and the op that says so to the adapter.
 * Any thread. */
#ifndef SERVER_IO_TARGET_H
#define SERVER_IO_TARGET_H

#include <sio/sio.h>

#include "rooms/op.h"

/* What is in sio_target.flags. */
enum {
    SIO__TARGET_INVALID = 1, /* more rooms than it can hold */
    SIO__TARGET_LOCAL = 2,
    SIO__TARGET_VOLATILE = 4,
    SIO__TARGET_NO_COMPRESS = 8,
    SIO__TARGET_SELF = 16, /* the sender, and nobody else */
};

/* True: emits reach workers. */
bool sio__server_is_served(const sio_server *server);

/* A socket alone, and nothing that makes no sense for it. */
bool sio__target_is_self(const sio_target *target);

/* Fills in who is meant and hands the op to the adapter; of a parent once for each child.  SIO_OK;
 * SIO_EINVAL (a bad target); SIO_EUNSUPPORTED (answers of a parent's children); SIO_ECLOSED;
 * SIO_ENOMEM: no worker has it. */
sio_err sio__target_apply(const sio_target *target, struct sio__op_spec spec);

typedef sio_err sio__target_fn(const sio_target *target, void *arg);

/* A target that is a parent: does the same with each child, until one fails.  Returns that error;
 * SIO_ENOMEM. */
sio_err sio__target_each_child(const sio_target *target, sio__target_fn *each, void *arg);

#endif
