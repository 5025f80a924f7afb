/* cargo_args.h: cargo as the arguments that a callback is given, and the way from values to cargo.
 */
#ifndef SERVER_IO_CARGO_ARGS_H
#define SERVER_IO_CARGO_ARGS_H

#include "rooms/cargo.h"
#include "server/io/emit.h"
#include "server/io/event.h"

struct sio__cargo_args {
    struct sio_args args; /* first */
    struct sio__packet packet;
    struct sio__cargo *cargo;
};

/* Takes a reference of its own.  False: out of memory. */
bool sio__cargo_args_init(struct sio__cargo_args *args, struct sio__cargo *cargo);

void sio__cargo_args_fini(struct sio__cargo_args *args);

/* Makes cargo of some of a packet's arguments, with the attachments that belong to them.
 * NULL: out of memory. */
struct sio__cargo *sio__cargo_of(struct sio__slice values, const struct sio__packet *packet);

/* Makes cargo of what an application gives.  out: written only on success, a new reference. SIO_OK;
 * SIO_EINVAL (bad format or value); SIO_ENOMEM.  Any thread. */
sio_err sio__cargo_pack(const struct sio__content *content, struct sio__cargo **out);

#endif
