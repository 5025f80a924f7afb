/* emit.h: sending events: to everybody, to rooms, to all but one; and acting on many sockets.
 *
 * A target is a small value that says who is meant.  It is built from a start (sio_all,
 * sio_broadcast, sio_self) and narrowed by functions that return a new one:
 *
 *     sio_emit(sio_to(sio_all(ns), "room"), "message", "{s:s}", "text", text);
 *     sio_emit(sio_except(sio_broadcast(socket), "muted"), "left", "s", name);
 *
 * It borrows the namespace, the socket and the room names until the call that uses it returns.
 *
 * Formats: each value of the format is one argument of the event.
 *     s    const char *, UTF-8            s#   const char *, size_t
 *     i    int                            I    int64_t
 *     f    double                         b    int, as true or false
 *     n    null (takes nothing)           o    json_t *, borrowed
 *     j    const char *, JSON text        j#   const char *, size_t
 *     B#   const void *, size_t: binary   {}   object of s key and value pairs, []  array
 *     A#   const void *, size_t: attachment for placeholders inside o and j; no argument of its own
 * Attachments count from 0 in the order of B# and A#.
 * After s, o and j a '?' lets NULL stand for null.  ':' ',' and blanks are for the eye.
 * NULL or "" as format means no arguments. */
#ifndef SIO_EMIT_H
#define SIO_EMIT_H

#include <sio/err.h>
#include <sio/export.h>
#include <sio/socket.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIO_TARGET_ROOMS = 8 }; /* named one by one; more go as an array */

/* Who is meant.  Fields are private; use the functions below. */
typedef struct sio_target {
    sio_ns *ns;
    sio_socket *sender; /* left out, or the only one */
    sio_str rooms[SIO_TARGET_ROOMS];
    sio_str excepts[SIO_TARGET_ROOMS];
    const sio_str *more_rooms, *more_excepts; /* arrays of the caller */
    size_t more_room_count, more_except_count;
    uint8_t room_count, except_count;
    uint8_t flags;
} sio_target;

/* Every socket of the namespace.  Any thread. */
SIO_API sio_target sio_all(sio_ns *ns);

/* Every socket of this socket's namespace but this one (socket.broadcast). */
SIO_API sio_target sio_broadcast(sio_socket *socket);

/* This socket alone, for an emit with sio_volatile() or sio_compress(); sio_socket_emit() does
 * without them.  The socket's own handlers only, and for sio_emit() only; with rooms it fails with
 * SIO_EINVAL. */
SIO_API sio_target sio_self(sio_socket *socket);

/* Only sockets in this room; several calls add up (each socket gets it once).  A socket's own id is
 * a room too.  More than SIO_TARGET_ROOMS rooms make the emit fail with SIO_EINVAL (for more:
 * sio_to_many). */
SIO_API sio_target sio_to(sio_target target, const char *room);
SIO_API sio_target sio_to_n(sio_target target, const char *room, size_t len);

/* Not the sockets in this room; exclusion wins. */
SIO_API sio_target sio_except(sio_target target, const char *room);
SIO_API sio_target sio_except_n(sio_target target, const char *room, size_t len);

/* The same for any number of rooms at once; the array and its names are borrowed like all else of a
 * target.  A second array makes the emit fail with SIO_EINVAL unless it fits into what is left of
 * SIO_TARGET_ROOMS. */
SIO_API sio_target sio_to_many(sio_target target, const sio_str *rooms, size_t count);
SIO_API sio_target sio_except_many(sio_target target, const sio_str *rooms, size_t count);

/* Only sockets of this server, when it is one of a cluster. */
SIO_API sio_target sio_local(sio_target target);

/* Not those who could not take it at once: a WebSocket that has still to write, a polling client
 * that has no request open.  For emits. */
SIO_API sio_target sio_volatile(sio_target target);

/* False: not worth compressing.  A polling answer that holds nothing else goes out as it is (of
 * WebSocket messages none is compressed).  For emits.  Default true. */
SIO_API sio_target sio_compress(sio_target target, bool compress);

/**
 * Sends an event to a target.  Encoded once; all recipients share the bytes.  Events that one
 * thread emits reach each client in that order.
 *
 * event   UTF-8, not a reserved name (connect, connect_error, disconnect, disconnecting,
 *         newListener, removeListener).
 * format  see above.
 *
 * Returns SIO_OK (queued, not yet delivered); SIO_EINVAL (reserved name, bad format or value, too
 * many rooms); SIO_ENOMEM; SIO_ECLOSED (the server does not run).  After an error nothing was
 * queued. Any thread.  Never calls back.
 */
SIO_API sio_err sio_emit(sio_target target, const char *event, const char *format, ...);

/* Sends an event with arguments as they came.  Otherwise like sio_emit(). */
SIO_API sio_err sio_emit_args(sio_target target, const char *event, const sio_args *args);

/* What came back of an event to many: the first argument of each client's ack, in the order of
 * their arrival: args 0 of each answers[i] (SIO_NONE if the client gave none).  Borrowed for the
 * call. When and with which errors it is called: cluster.h. */
typedef void (*sio_answers_cb)(sio_err err, const sio_args *const *answers, size_t count,
                               void *user);

/**
 * Sends an event to a target and awaits the acks of all (broadcast with ack).  A client that
 * disconnects, or to whom a volatile event was not sent, is not waited for.
 *
 * timeout_ms  over which the callback gets SIO_ETIMEDOUT with the answers until then; not 0.
 *
 * Returns as sio_emit(); also SIO_EINVAL (no timeout, no callback); SIO_ELIMIT
 * (config.max_pending_surveys).  After an error nothing was queued and the callback is not called.
 * Any thread.
 */
SIO_API sio_err sio_emit_ack(sio_target target, const char *event, uint32_t timeout_ms,
                             sio_answers_cb cb, void *user, const char *format, ...);

/* sio_socket_emit_ack() with flags: target is sio_self(), narrowed by sio_volatile() and
 * sio_compress() only, or it is SIO_EINVAL.  An event that is dropped is waited for all the same.
 * The socket's own handlers only. */
SIO_API sio_err sio_self_emit_ack(sio_target target, const char *event, uint32_t timeout_ms,
                                  sio_answer_cb cb, void *user, const char *format, ...);

/* Makes all sockets of the target join or leave a room, or several (socketsJoin, socketsLeave).
 * SIO_OK, SIO_EINVAL (a bad target), SIO_ENOMEM, SIO_ECLOSED.  Any thread. */
SIO_API sio_err sio_sockets_join(sio_target target, const char *room);
SIO_API sio_err sio_sockets_leave(sio_target target, const char *room);
SIO_API sio_err sio_sockets_join_many(sio_target target, const sio_str *rooms, size_t count);
SIO_API sio_err sio_sockets_leave_many(sio_target target, const sio_str *rooms, size_t count);

/* Disconnects all sockets of the target; close: their connections too.  Any thread; disconnect
 * handlers of the calling worker's own sockets run before it returns only at the end of the turn.
 */
SIO_API sio_err sio_disconnect_sockets(sio_target target, bool close);

#ifdef __cplusplus
}
#endif

#endif
