/* sio.h: the whole public API of libsio, a Socket.IO server for C.
 *
 * A program makes a server (server.h) from a configuration (config.h), gives its namespaces
 * middlewares and handlers (socket.h, listeners.h, event.h), starts it, and emits (emit.h) or asks
 * many (cluster.h).  Namespaces that come while it runs are in namespace.h, raw Engine.IO in
 * engine.h, plain HTTP (files, small handlers) in http.h.
 *
 * Threads: a server runs `workers` threads.  Handlers of one socket never run at the same time;
 * with more than one worker, handlers of different sockets may.  A sio_socket may be touched only
 * inside its own handlers (and by code they call); everything else says in its comment from where
 * it may be called.  No function exits or prints. */
#ifndef SIO_SIO_H
#define SIO_SIO_H

#include <sio/cluster.h>
#include <sio/config.h>
#include <sio/emit.h>
#include <sio/engine.h>
#include <sio/err.h>
#include <sio/event.h>
#include <sio/http.h>
#include <sio/listeners.h>
#include <sio/namespace.h>
#include <sio/server.h>
#include <sio/socket.h>
#include <sio/types.h>
#include <sio/version.h>

#endif
