/* adapter_workers.h: the adapter of a server on its own: every op reaches all of its workers. */
#ifndef SERVER_IO_ADAPTER_WORKERS_H
#define SERVER_IO_ADAPTER_WORKERS_H

#include "rooms/adapter.h"
#include "server/server.h"

/* NULL: out of memory. */
struct sio__adapter *sio__adapter_workers_new(sio_server *server);

#endif
