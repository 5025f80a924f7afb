/* listeners.h: listeners of one socket, catch-alls, middlewares of events, and errors.
 *
 * What sio_ns_...() adds is for every socket of a namespace, as if each connection handler added it
 * first: it goes before what sio_socket_...() adds to one socket.  The former is fixed while the
 * server runs, so there is no way to remove it; the latter may be added and removed at any time
 * from the socket's middlewares on: in its own handlers and callbacks only.
 *
 * A listener may remove itself and others, add some, emit, and disconnect.  One that is removed is
 * not called any more, from that moment; one that is added while an event is being handled is first
 * called for the next one.  When one has ended its socket no other is called for that event: the
 * `disconnect` listeners are the last that hear of a socket.  A listener is known by its function
 * and its user pointer together: that pair may be added several times, and is called as often. user
 * is borrowed until it is removed or the socket's `disconnect` listeners have run.
 *
 * An event from the client passes, in this order: catch-alls (on_any), middlewares of events (use),
 * listeners of its name or, if it has none, those of sio_ns_on_other(). */
#ifndef SIO_LISTENERS_H
#define SIO_LISTENERS_H

#include <sio/err.h>
#include <sio/event.h>
#include <sio/export.h>
#include <sio/socket.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Listeners of one socket --------------------------------------------------------------- */

/* An event of this name came (sio_ns_on() for one socket).  once: the first time only.
 * SIO_OK; SIO_ENOMEM; SIO_EINVAL: no callback, or a name that cannot come or has a function of its
 * own (error, disconnect, disconnecting, connect, connect_error, newListener, removeListener). */
SIO_API sio_err sio_socket_on(sio_socket *socket, const char *event, sio_event_cb cb, void *user);
SIO_API sio_err sio_socket_once(sio_socket *socket, const char *event, sio_event_cb cb, void *user);

/* Removes the one that was added last; cb NULL: all of this event.  False: there was none. */
SIO_API bool sio_socket_off(sio_socket *socket, const char *event, sio_event_cb cb, void *user);

/* Removes the listeners of every event, error, disconnecting and disconnect among them; catch-alls
 * and middlewares stay. */
SIO_API void sio_socket_off_all(sio_socket *socket);

/* How many listeners of this event the socket has, without those of its namespace. */
SIO_API size_t sio_socket_listener_count(const sio_socket *socket, const char *event);

/* Calls back for each event that the socket has listeners of (eventNames, without error,
 * disconnecting and disconnect); the callback must not add or remove any. */
SIO_API void sio_socket_each_event(const sio_socket *socket,
                                   void (*each)(sio_str event, size_t listeners, void *user),
                                   void *user);

/* As sio_ns_on_disconnecting() and sio_ns_on_disconnect(), for one socket.  SIO_EINVAL: no
 * callback; SIO_ENOMEM. */
SIO_API sio_err sio_socket_on_disconnecting(sio_socket *socket, sio_disconnect_cb cb, void *user);
SIO_API sio_err sio_socket_on_disconnect(sio_socket *socket, sio_disconnect_cb cb, void *user);
SIO_API bool sio_socket_off_disconnecting(sio_socket *socket, sio_disconnect_cb cb, void *user);
SIO_API bool sio_socket_off_disconnect(sio_socket *socket, sio_disconnect_cb cb, void *user);

/* --- Catch-alls ---------------------------------------------------------------------------- */

/* Every event that comes, before its middlewares and listeners; sio_args_event() is its name.  An
 * ack that they answer is answered.  prepend: before the other ones of that namespace, or socket.
 * sio_ns_: before the start (SIO_EBUSY), as everything of a namespace.  SIO_EINVAL: no callback;
 * SIO_ENOMEM. */
SIO_API sio_err sio_ns_on_any(sio_ns *ns, sio_event_cb cb, void *user);
SIO_API sio_err sio_ns_prepend_any(sio_ns *ns, sio_event_cb cb, void *user);
SIO_API sio_err sio_socket_on_any(sio_socket *socket, sio_event_cb cb, void *user);
SIO_API sio_err sio_socket_prepend_any(sio_socket *socket, sio_event_cb cb, void *user);

/* Removes the first one; cb NULL: all.  False: there was none. */
SIO_API bool sio_socket_off_any(sio_socket *socket, sio_event_cb cb, void *user);
SIO_API size_t sio_socket_any_count(const sio_socket *socket);

/* An event for this socket was emitted: by sio_socket_emit() or sio_emit() and their like, to it
 * alone or as one of many, also one that a full or busy connection has dropped.  Not acks, and not
 * what the protocol sends by itself. */
typedef void (*sio_outgoing_cb)(sio_socket *socket, const sio_args *args, void *user);

/* Every event that is sent.
 *
 * Emitting never calls back: listeners hear of an event after the emit has returned, at the end of
 * the turn of the socket's worker and before any further event from a client is handled; of a
 * socket's events in the order of their emits; of all of them before its `disconnecting` listeners.
 * After `disconnecting` nothing more is heard.  What a listener emits is heard too, so one that
 * answers every event with another one never ends.
 *
 * The arguments are decoded from the packet, once for all sockets of a worker that it went to, and
 * only if somebody listens.  With connection state recovery the last one is the packet's offset. */
SIO_API sio_err sio_ns_on_any_outgoing(sio_ns *ns, sio_outgoing_cb cb, void *user);
SIO_API sio_err sio_ns_prepend_any_outgoing(sio_ns *ns, sio_outgoing_cb cb, void *user);
SIO_API sio_err sio_socket_on_any_outgoing(sio_socket *socket, sio_outgoing_cb cb, void *user);
SIO_API sio_err sio_socket_prepend_any_outgoing(sio_socket *socket, sio_outgoing_cb cb, void *user);
SIO_API bool sio_socket_off_any_outgoing(sio_socket *socket, sio_outgoing_cb cb, void *user);
SIO_API size_t sio_socket_any_outgoing_count(const sio_socket *socket);

/* --- Middlewares of events ----------------------------------------------------------------- */

/* Owes exactly one decision, now or later, on any thread: sio_next_accept(), sio_next_accept_with()
 * (with other arguments), or sio_next_refuse().
 * args are borrowed until it returns. */
typedef void (*sio_use_event_cb)(sio_socket *socket, const sio_args *args, sio_next *next,
                                 void *user);

/* Adds a middleware that every event from the client has to pass (socket.use); the namespace's,
 * then the socket's, in the order they were added.  They cannot be removed.
 *
 * A refused event is dropped, the client is told nothing, and the error listeners get message and
 * data.  An event that waits for a decision does not hold up later ones.  What waits of one socket
 * is bounded by config.max_waiting_bytes; over it the client is closed. */
SIO_API sio_err sio_ns_use_event(sio_ns *ns, sio_use_event_cb cb, void *user);
SIO_API sio_err sio_socket_use(sio_socket *socket, sio_use_event_cb cb, void *user);

/* --- Errors -------------------------------------------------------------------------------- */

/* What an `error` event says; borrowed until the listener returns. */
typedef struct sio_socket_error {
    const char *message;  /* of the refusal, or what was wrong with the packet; UTF-8; NULL: none */
    sio_str data;         /* of the refusal: JSON text; empty: none */
    const sio_args *args; /* the client emitted `error` with these; NULL: it did not */
    sio_ack *ack;         /* that it asked for; NULL: none */
} sio_socket_error;

typedef void (*sio_error_cb)(sio_socket *socket, const sio_socket_error *error, void *user);

/* The event `error`: a middleware has refused an event; the client sent what is no packet, and is
 * about to be closed; or it emitted an event of that name.  Without a listener nothing happens. */
SIO_API sio_err sio_ns_on_error(sio_ns *ns, sio_error_cb cb, void *user);
SIO_API sio_err sio_socket_on_error(sio_socket *socket, sio_error_cb cb, void *user);
SIO_API bool sio_socket_off_error(sio_socket *socket, sio_error_cb cb, void *user);

#ifdef __cplusplus
}
#endif

#endif
