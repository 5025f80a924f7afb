/* cluster.h: asking many: what reaches across workers and, with a networked adapter, across
 * servers, and is answered: the sockets of a target, and events from server to server.  (Events
 * with acks to many clients: sio_emit_ack() in emit.h.)
 *
 * Callbacks.  Each is called exactly once after its function has returned SIO_OK, never from within
 * it: at the end of a turn of the worker that called or, if a thread of the application did, of one
 * of the workers.  What it is given is borrowed for the call.  Its err is
 *     SIO_OK         everybody has answered
 *     SIO_ETIMEDOUT  not everybody did in time
 *     SIO_ELIMIT     the answers hold more than config.max_survey_bytes together
 *     SIO_ENOMEM     a worker had no memory for its part
 *     SIO_ECLOSED    the server stops
 * and whatever it is, what has come until then is given. */
#ifndef SIO_CLUSTER_H
#define SIO_CLUSTER_H

#include <jansson.h>
#include <sio/emit.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Sockets of a target ------------------------------------------------------------------- */

typedef void (*sio_sockets_cb)(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                               void *user);

/**
 * Gives a snapshot of every socket of a target, in no particular order (fetchSockets, and what
 * allSockets, `nsp.sockets` and the adapter's `sids` are for).
 *
 * target      with sio_local(): of this server only.
 * timeout_ms  for other workers and servers; 0: 5000.
 *
 * Returns SIO_OK; SIO_EINVAL (no callback, a bad target); SIO_ELIMIT (config.max_pending_surveys);
 * SIO_ECLOSED (the server does not run); SIO_ENOMEM.  After an error the callback is not called.
 * Any thread.
 */
SIO_API sio_err sio_fetch_sockets(sio_target target, uint32_t timeout_ms, sio_sockets_cb cb,
                                  void *user);

/* What a snapshot shows as a socket's data: a new reference, which the library releases; NULL: {}.
 * Runs on the socket's worker, for a connected socket; it must not disconnect anybody. */
typedef json_t *(*sio_describe_cb)(sio_socket *socket, void *user);

/* Sets it; before the start like all handlers (socket.h), the last one counts.  Without one the
 * data are {}. */
SIO_API sio_err sio_ns_describe_data(sio_ns *ns, sio_describe_cb cb, void *user);

/* The socket as a target, to act on it from anywhere: emit, emit with ack (of which there is one
 * answer then), join, leave, disconnect.  Borrows the snapshot; sio_to(sio_all(ns), id) is the
 * same.
 */
SIO_API sio_target sio_remote_socket_target(const sio_remote_socket *socket);

/* As their like in socket.h. */
SIO_API const char *sio_remote_socket_id(const sio_remote_socket *socket);
SIO_API sio_ns *sio_remote_socket_ns(const sio_remote_socket *socket);
SIO_API bool sio_remote_socket_in_room(const sio_remote_socket *socket, const char *room);
SIO_API void sio_remote_socket_each_room(const sio_remote_socket *socket,
                                         void (*each)(sio_str room, void *user), void *user);

/* The described data as JSON text, and as a new reference (NULL: out of memory). */
SIO_API sio_str sio_remote_socket_data_raw(const sio_remote_socket *socket);
SIO_API json_t *sio_remote_socket_data(const sio_remote_socket *socket);

SIO_API sio_str sio_remote_socket_auth_raw(const sio_remote_socket *socket);
SIO_API json_t *sio_remote_socket_auth(const sio_remote_socket *socket);
SIO_API sio_str sio_remote_socket_header(const sio_remote_socket *socket, const char *name);
SIO_API void sio_remote_socket_each_header(const sio_remote_socket *socket,
                                           void (*each)(sio_str name, sio_str value, void *user),
                                           void *user);
SIO_API bool sio_remote_socket_query(const sio_remote_socket *socket, const char *name, char *buf,
                                     size_t size, size_t *len);
SIO_API bool sio_remote_socket_each_query(const sio_remote_socket *socket,
                                          void (*each)(sio_str name, sio_str value, void *user),
                                          void *user);
SIO_API sio_str sio_remote_socket_url(const sio_remote_socket *socket);
SIO_API sio_str sio_remote_socket_address(const sio_remote_socket *socket);
SIO_API bool sio_remote_socket_secure(const sio_remote_socket *socket);
SIO_API bool sio_remote_socket_xdomain(const sio_remote_socket *socket);
SIO_API int64_t sio_remote_socket_issued_ms(const sio_remote_socket *socket);

/* --- Rooms --------------------------------------------------------------------------------- */

/* What happens to rooms (the adapter's events create-room, join-room, leave-room, delete-room).  A
 * room is created when the first socket joins it and deleted when the last one has left it. */
typedef enum sio_room_change {
    SIO_ROOM_CREATED, /* before its first join */
    SIO_ROOM_JOINED,  /* not when a socket joins again */
    SIO_ROOM_LEFT,
    SIO_ROOM_DELETED, /* after the last one has left */
} sio_room_change;

/* id: of the socket; empty for SIO_ROOM_CREATED and SIO_ROOM_DELETED.  Both borrowed for the call.
 */
typedef void (*sio_room_cb)(sio_ns *ns, sio_room_change change, sio_str room, sio_str id,
                            void *user);

/**
 * Adds a function that hears of every change; before the start like all handlers (socket.h).  Where
 * there is none, nothing is done for it.
 *
 * It runs on the worker where it happens, at the end of the turn, in the order of the changes.
 * Workers are apart in this as servers of a cluster are: each creates a room for sockets of its
 * own. A socket's own id is a room too, from its connection on.  Out of memory a change is not told
 * and counted in out_of_memory.
 */
SIO_API sio_err sio_ns_on_room_change(sio_ns *ns, sio_room_cb cb, void *user);

/* --- Events from server to server ---------------------------------------------------------- */

/**
 * Sends an event to the other workers and servers (serverSideEmit): the handlers of
 * sio_ns_on_server_side() run once on each of them, not on the calling worker.  A thread of the
 * application is none of the workers, so all of them get it.  A child that goes when it is empty
 * (namespace.h) is only on the workers where somebody is in it.
 *
 * event   UTF-8, not connect, connection or new_namespace.
 * format  as in emit.h.
 *
 * Returns SIO_OK; SIO_EINVAL; SIO_ENOMEM; SIO_ECLOSED.  Any thread.
 */
SIO_API sio_err sio_server_side_emit(sio_ns *ns, const char *event, const char *format, ...);

/**
 * The same, and awaits an answer of each: the first argument of each sio_ack_send(), in the order
 * of their arrival.  With one worker and no cluster there is nobody to ask: the answers are empty.
 *
 * timeout_ms  0: 5000.
 *
 * Returns also SIO_ELIMIT.  After an error the callback is not called.
 */
SIO_API sio_err sio_server_side_emit_ack(sio_ns *ns, const char *event, uint32_t timeout_ms,
                                         sio_answers_cb cb, void *user, const char *format, ...);

/* An event of another worker or server came.  ack is NULL if none is asked for; it can be answered
 * later, and on any thread, if it is held (event.h).  Unanswered, the sender waits for its timeout.
 */
typedef void (*sio_server_side_cb)(sio_ns *ns, const sio_args *args, sio_ack *ack, void *user);

/* Adds a handler; before the start like all handlers (socket.h). */
SIO_API sio_err sio_ns_on_server_side(sio_ns *ns, const char *event, sio_server_side_cb cb,
                                      void *user);

#ifdef __cplusplus
}
#endif

#endif
