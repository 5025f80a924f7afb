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
 * Returns SIO_OK; SIO_EINVAL when a field is out of its range, SIO_EIO when a file that it names
 * cannot be read or is not what it should be (the reason goes to the log); SIO_ENOMEM.
 */
SIO_API sio_err sio_server_new(sio_server **out, const sio_config *config);

/**
 * The namespace of this name, made if there is none.  "/" is the main namespace and always exists;
 * a missing leading '/' is added.  Any thread.  Handlers are given to it before the start; to one
 * that is made later by sio_of_new() (namespace.h).
 *
 * Returns NULL when out of memory.  The server owns it, and it lives as long as the server.
 */
SIO_API sio_ns *sio_of(sio_server *server, const char *name);

/* A server runs on threads of its own or, with config.loop, on a loop of the application: then
 * sio_server_start(), sio_server_stop() and sio_server_free() are for the thread of that loop. */

/**
 * Starts the workers and listens; returns when the server accepts connections.  On a loop of the
 * application it only puts its handles there: they keep the loop alive until the server is closed.
 *
 * Returns SIO_OK; SIO_EADDRINUSE; SIO_EINVAL (the host does not resolve, or already started);
 * SIO_EIO; SIO_ENOMEM (on the application's loop, this has been run a few turns after the last two,
 * to get rid of handles).  After an error nothing runs and nothing is open.
 */
SIO_API sio_err sio_server_start(sio_server *server);

/* The port that it listens on, also when the configuration says 0; 0 before the start.  Any thread.
 */
SIO_API uint16_t sio_server_port(const sio_server *server);

/* The server has ended: nothing of it is on the application's loop any more, and it may be started
 * again or freed within the call. */
typedef void (*sio_closed_cb)(sio_server *server, void *user);

/**
 * Ends service as the reference's io.close() does: stops accepting, tells every socket
 * "server shutting down" (but not the clients, who find their connection closed and come back),
 * closes every session, waits until all is written, at most grace_ms, and cuts the rest.
 * Returns at once.  Any thread, also in a handler.  Until cb is called the server must not be
 * started, and not be stopped or freed but on its loop, outside of callbacks.
 *
 * cb  may be NULL; called once: on the loop's thread, from the loop, or for a server with threads
 *     of its own on one more thread, which ends afterwards.
 *
 * Returns SIO_OK; SIO_ECLOSED: it does not run; SIO_EBUSY: it is being closed; SIO_ENOMEM: it goes
 * on.  After an error cb is not called.
 */
SIO_API sio_err sio_server_close(sio_server *server, uint32_t grace_ms, sio_closed_cb cb,
                                 void *user);

/**
 * sio_server_close() that waits for the end.  Not from a handler.  On the application's loop it
 * runs this loop until the server has ended, with all that the application has there: not from a
 * callback of the loop.
 * Does nothing on a server that does not run.  Calls of other threads meanwhile, and until it is
 * started again, are refused (SIO_ECLOSED).
 */
SIO_API void sio_server_stop(sio_server *server, uint32_t grace_ms);

/* Stops at once if it runs, and frees.  NULL is allowed.  Where sio_server_stop() is; no other
 * thread may be using the server. */
SIO_API void sio_server_free(sio_server *server);

/**
 * Reads the files of config.tls again: connections that come from now on have the new certificates,
 * those that are open are not touched.  Reads files: not for a handler.  Any thread.
 *
 * Returns SIO_OK; SIO_EIO when a file cannot be read or is not what it should be, SIO_EINVAL when
 * certificate and key do not belong together, SIO_ENOMEM (the reason goes to the log): then the old
 * ones stay; SIO_EUNSUPPORTED: the server has no TLS.
 */
SIO_API sio_err sio_server_reload_tls(sio_server *server);

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
