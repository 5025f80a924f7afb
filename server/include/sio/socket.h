/* socket.h: namespaces' handlers, and one connected client in a namespace.  Its own listeners and
 * other kinds of handlers are in listeners.h.
 *
 * Handlers are set on a namespace before the server starts and run for each of its sockets, on that
 * socket's worker.  Unless a comment says otherwise, functions on a sio_socket are for its own
 * handlers only; to reach a socket from elsewhere emit to the room of its id. */
#ifndef SIO_SOCKET_H
#define SIO_SOCKET_H

#include <sio/err.h>
#include <sio/event.h>
#include <sio/export.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Namespaces ---------------------------------------------------------------------------- */

/* A middleware: owes exactly one decision, now or later: sio_next_accept() or sio_next_refuse(). */
typedef void (*sio_use_cb)(sio_socket *socket, sio_next *next, void *user);
typedef void (*sio_connection_cb)(sio_socket *socket, void *user);
typedef void (*sio_event_cb)(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user);
typedef void (*sio_disconnect_cb)(sio_socket *socket, const char *reason, void *user);

/* All of these: before sio_server_start() or while the namespace is set up, on a parent at any time
 * (namespace.h); SIO_OK, SIO_ENOMEM, otherwise SIO_EBUSY, or SIO_EINVAL without a callback.  ns may
 * be NULL, as sio_of() gives it when out of memory: SIO_ENOMEM. */

/* Adds a connection middleware; they run in the order they were added. */
SIO_API sio_err sio_ns_use(sio_ns *ns, sio_use_cb cb, void *user);

/* A socket has connected: it is in the namespace and the client has been told. */
SIO_API sio_err sio_ns_on_connection(sio_ns *ns, sio_connection_cb cb, void *user);

/* An event of this name came.  ack is NULL if the client asked for none.  Handlers of one name run
 * in the order they were added.  SIO_EINVAL: a name that cannot come, as it is reserved, or
 * `error`: it has sio_ns_on_error(). */
SIO_API sio_err sio_ns_on(sio_ns *ns, const char *event, sio_event_cb cb, void *user);

/* An event came that no sio_ns_on(), sio_socket_on() or sio_socket_once() handler is for. */
SIO_API sio_err sio_ns_on_other(sio_ns *ns, sio_event_cb cb, void *user);

/* The socket is about to leave; its rooms are still there (the event `disconnecting`). */
SIO_API sio_err sio_ns_on_disconnecting(sio_ns *ns, sio_disconnect_cb cb, void *user);

/* The socket has left; its rooms are gone.  reason is one of the reference's (docs/CONFORMANCE.md):
 * "client namespace disconnect", "server namespace disconnect", "server shutting down",
 * "ping timeout", "transport close", "transport error", "parse error", "forced close",
 * "forced server close".  The last that is heard of this socket. */
SIO_API sio_err sio_ns_on_disconnect(sio_ns *ns, sio_disconnect_cb cb, void *user);

/* UTF-8, NUL-terminated.  Any thread. */
SIO_API const char *sio_ns_name(const sio_ns *ns);
SIO_API sio_server *sio_ns_server(const sio_ns *ns);

/* Its connected sockets on this server, of all workers (`nsp.sockets.size`).  Any thread. */
SIO_API size_t sio_ns_socket_count(const sio_ns *ns);

/* The decision of a middleware, of a connection or of an event.  Any thread, once. */
SIO_API void sio_next_accept(sio_next *next);

/* Accepts an event with other arguments, packed as in emit.h, for the middlewares that follow and
 * for the listeners; its name and its ack stay.  SIO_OK: that was the decision.  After an error it
 * is still owed: SIO_EINVAL: a bad format or value, or it is not an event that is decided on;
 * SIO_ENOMEM. */
SIO_API sio_err sio_next_accept_with(sio_next *next, const char *format, ...);

/* Refuses: the client gets connect_error with this message, and data if a format is given (one
 * value, packed as in emit.h; NULL: none); of an event the `error` listeners get them. */
SIO_API void sio_next_refuse(sio_next *next, const char *message, const char *format, ...);

/* --- A socket ------------------------------------------------------------------------------ */

/* Its public id, 20 characters, NUL-terminated, valid as long as the socket.  For a client of
 * Engine.IO 3 it is the session's own id, in another namespace than "/" as "/name#id". */
SIO_API const char *sio_socket_id(const sio_socket *socket);
SIO_API sio_ns *sio_socket_ns(const sio_socket *socket);

/* True: the client came back after its connection was lost, and this is the socket that it had:
 * the same id, rooms and user data (config's connection_state_recovery).  What it missed goes out
 * before anything that the connection handlers emit.  May be asked in middlewares too. */
SIO_API bool sio_socket_recovered(const sio_socket *socket);

/* False inside middlewares and from the disconnect handler on. */
SIO_API bool sio_socket_connected(const sio_socket *socket);

/* The application's own pointer; free_data runs when the socket is freed or data replaced.  With
 * connection_state_recovery the data of a socket that lost its connection are kept for the one that
 * comes back, which may live on another worker; free_data of one that does not come back in time
 * runs on any worker, or in sio_server_stop(). */
SIO_API void sio_socket_set_data(sio_socket *socket, void *data, void (*free_data)(void *data));
SIO_API void *sio_socket_data(const sio_socket *socket);

/* Sends an event to this client; format as in emit.h.  SIO_ECLOSED: its session has ended, or
 * ends for this: its client reads too slowly; SIO_ENOMEM. */
SIO_API sio_err sio_socket_emit(sio_socket *socket, const char *event, const char *format, ...);
SIO_API sio_err sio_socket_emit_args(sio_socket *socket, const char *event, const sio_args *args);

/* The client's answer: err is SIO_OK, SIO_ETIMEDOUT, or SIO_ECLOSED when the socket disconnected
 * first; args is NULL unless SIO_OK.  Called exactly once, on the socket's worker. */
typedef void (*sio_answer_cb)(sio_socket *socket, sio_err err, const sio_args *args, void *user);

/* Sends an event and awaits its ack.  timeout_ms 0: no timeout.  SIO_ELIMIT: too many acks are
 * awaited of this socket already. After an error the callback is not called. */
SIO_API sio_err sio_socket_emit_ack(sio_socket *socket, const char *event, uint32_t timeout_ms,
                                    sio_answer_cb cb, void *user, const char *format, ...);

/* Rooms.  Names are UTF-8.  Joining twice and leaving a room it is not in do nothing.  After the
 * disconnection joining does nothing.  SIO_ENOMEM. */
SIO_API sio_err sio_socket_join(sio_socket *socket, const char *room);
SIO_API sio_err sio_socket_join_n(sio_socket *socket, const char *room, size_t len);
SIO_API void sio_socket_leave(sio_socket *socket, const char *room);
SIO_API void sio_socket_leave_n(sio_socket *socket, const char *room, size_t len);
SIO_API bool sio_socket_in_room(const sio_socket *socket, const char *room);

/* Calls back for each room, its own id among them; the callback must not join or leave. */
SIO_API void sio_socket_each_room(const sio_socket *socket, void (*each)(sio_str room, void *user),
                                  void *user);

/* Ends it: the client is told; close: its whole connection ends, with every namespace.  Its
 * disconnect handler runs before this returns, if it was connected. */
SIO_API void sio_socket_disconnect(sio_socket *socket, bool close);

/* --- Handshake data (facts of the session's first request) --------------------------------- */

/* What the client gave as `auth`: a JSON object's text; "{}" if it gave none. */
SIO_API sio_str sio_socket_auth_raw(const sio_socket *socket);
/* New reference, caller releases; NULL when out of memory or not representable. */
SIO_API json_t *sio_socket_auth(const sio_socket *socket);

/* A header by its lower-case name; ptr is NULL if it is absent. */
SIO_API sio_str sio_socket_header(const sio_socket *socket, const char *name);

/* Calls back for each header, names in lower case. */
SIO_API void sio_socket_each_header(const sio_socket *socket,
                                    void (*each)(sio_str name, sio_str value, void *user),
                                    void *user);

/* Writes a decoded parameter of the query to buf (not NUL-terminated), its length to *len.
 * False: absent, or longer than size. */
SIO_API bool sio_socket_query(const sio_socket *socket, const char *name, char *buf, size_t size,
                              size_t *len);

/* Calls back for each parameter of the query, decoded, in order.  False: out of memory. */
SIO_API bool sio_socket_each_query(const sio_socket *socket,
                                   void (*each)(sio_str name, sio_str value, void *user),
                                   void *user);
SIO_API sio_str sio_socket_url(const sio_socket *socket);
SIO_API sio_str sio_socket_address(const sio_socket *socket);
SIO_API bool sio_socket_secure(const sio_socket *socket);
SIO_API bool sio_socket_xdomain(const sio_socket *socket);
SIO_API int64_t sio_socket_issued_ms(const sio_socket *socket);     /* since the epoch */
SIO_API const char *sio_socket_transport(const sio_socket *socket); /* "polling" or "websocket" */

/* The session's first request, for sio_request_header() and the like (sio/engine.h); as long as the
 * socket. */
SIO_API const sio_request *sio_socket_request(const sio_socket *socket);

/* Its Engine.IO session, which the client's sockets of other namespaces share: its id, revision,
 * transport and state, and data of its own (sio_conn_set_data()); see sio/engine.h.  NULL: it has
 * ended. */
SIO_API sio_conn *sio_socket_conn(const sio_socket *socket);

#ifdef __cplusplus
}
#endif

#endif
