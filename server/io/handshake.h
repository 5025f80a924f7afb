/* handshake.h: what is read of a session's first request, for sockets and their snapshots.
 * Pure functions; the contracts are those of their public callers in sio/socket.h.  Any thread. */
#ifndef SERVER_IO_HANDSHAKE_H
#define SERVER_IO_HANDSHAKE_H

#include <sio/sio.h>

#include "server/net/request.h"

typedef void sio__each_pair_fn(sio_str name, sio_str value, void *user);

static inline sio_str sio__str_of(struct sio__slice slice)
{
    return (sio_str){slice.ptr, slice.len};
}

void sio__handshake_each_header(const struct sio__request *request, sio__each_pair_fn *each,
                                void *user);
bool sio__handshake_each_query(const struct sio__request *request, sio__each_pair_fn *each,
                               void *user);
bool sio__handshake_xdomain(const struct sio__request *request);

#endif
