/* event.h: the arguments of a received packet.  Home thread of the socket. */
#ifndef SERVER_IO_EVENT_H
#define SERVER_IO_EVENT_H

#include <sio/sio.h>

#include "protocol/sio_packet.h"

struct sio__made;

struct sio_args {
    const struct sio__packet *packet;
    struct sio__made *made; /* list: what was made of values for the application */
};

static inline void sio__args_init(struct sio_args *args, const struct sio__packet *packet)
{
    *args = (struct sio_args){packet, NULL};
}

/* For the one below. */
void sio__args_free(struct sio_args *args);

static inline void sio__args_fini(struct sio_args *args)
{
    if (args->made != NULL)
        sio__args_free(args);
}

/* What a string with escapes means, by its text without quotes; lives as long as the arguments.
 * False: out of memory. */
bool sio__args_unescape(const sio_args *args, struct sio__slice inside, sio_str *out);

/* A value as one of jansson, by its text; lives as long as the arguments.  False: out of memory. */
bool sio__args_read(const sio_args *args, struct sio__slice value, json_t **out);

#endif
