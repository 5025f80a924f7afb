/* event.h: the arguments of a received packet.  Home thread of the socket. */
#ifndef SERVER_IO_EVENT_H
#define SERVER_IO_EVENT_H

#include <sio/sio.h>

#include "protocol/sio_packet.h"

struct sio__unescaped;

struct sio_args {
    const struct sio__packet *packet;
    struct sio__unescaped *unescaped; /* list: strings that were asked for and held escapes */
};

static inline void sio__args_init(struct sio_args *args, const struct sio__packet *packet)
{
    *args = (struct sio_args){packet, NULL};
}

void sio__args_fini(struct sio_args *args);

#endif
