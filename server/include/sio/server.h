/* server.h: a server's life: new, start, stop, free; and its namespaces and counters. */
#ifndef SIO_SERVER_H
#define SIO_SERVER_H

#include <sio/config.h>
#include <sio/err.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes a server.  Nothing is opened yet.
 *
 * out     written only on success; freed with sio_server_free().
 * config  borrowed for the call.
 *
 * Returns SIO_OK; SIO_EINVAL when a field is out of its range (the reason goes to the log);
 * SIO_ENOMEM.
 */
SIO_API sio_err sio_server_new(sio_server **out, const sio_config *config);

/**
 * The namespace of this name, made if there is none.  "/" is the main namespace and always exists;
 * a missing leading '/' is added.  Before sio_server_start() only for new names; at any time, on
 * any thread, for existing ones.
 *
 * Returns NULL when out of memory, or for a new name after the start.  The server owns it.
 */
SIO_API sio_ns *sio_of(sio_server *server, const char *name);

/**
 * Starts the workers and listens; returns when the server accepts connections.
 *
 * Returns SIO_OK; SIO_EADDRINUSE; SIO_EINVAL (the host does not resolve, or already started);
 * SIO_EIO; SIO_ENOMEM.  After an error nothing runs and nothing is open.
 */
SIO_API sio_err sio_server_start(sio_server *server);

/* The port that it listens on, also when the configuration says 0; 0 before the start. */
SIO_API uint16_t sio_server_port(const sio_server *server);

/**
 * Ends service as the reference's io.close() does: stops accepting, tells every socket
 * "server shutting down", closes every session, waits until all is written, at most grace_ms, and
 * cuts the rest.  Blocks until the workers have ended.  Not from a handler.
 * Does nothing on a server that does not run.  Calls of other threads meanwhile are refused
 * (SIO_ECLOSED).  It may be started again when no other thread is using it.
 */
SIO_API void sio_server_stop(sio_server *server, uint32_t grace_ms);

/* Stops at once if it runs, and frees.  NULL is allowed.  Not from a handler. */
SIO_API void sio_server_free(sio_server *server);

/* Open Engine.IO sessions of all workers (the reference's engine.clientsCount).  Any thread. */
SIO_API size_t sio_server_clients_count(const sio_server *server);

/* One counter, summed over the workers. */
typedef void (*sio_stat_cb)(const char *name, const char *unit, const char *help, uint64_t value,
                            void *user);

/* Calls back for each counter, on the calling thread.  Any thread. */
SIO_API void sio_server_stats(const sio_server *server, sio_stat_cb each, void *user);

#ifdef __cplusplus
}
#endif

#endif
