/* namespace.h: namespaces that come into being while a server runs: by name, or as children of a
 * parent when a client asks for one.
 *
 * A namespace may be made at any time, on any thread.  Once the server runs it is served as soon as
 * the call that makes it returns, so its handlers are set before: by the function that
 * sio_of_new() is given, or by one of sio_server_on_new_namespace().  These run on the thread that
 * makes it, which may be a worker's; meanwhile no other one is made, so they must not wait for
 * another thread that might make one.  They may call sio_of(). */
#ifndef SIO_NAMESPACE_H
#define SIO_NAMESPACE_H

#include <sio/err.h>
#include <sio/export.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*sio_ns_cb)(sio_ns *ns, void *user);

/* sio_of() which, if the namespace is new, calls set_up before anybody can join it: there handlers
 * may be added to it at any time. */
SIO_API sio_ns *sio_of_new(sio_server *server, const char *name, sio_ns_cb set_up, void *user);

/* Calls back for each namespace that is made, by name or as a child, "/" not; handlers may be added
 * to it in the call (the reference's event `new_namespace`).  Before sio_server_start(), else
 * SIO_EBUSY; SIO_ENOMEM. */
SIO_API sio_err sio_server_on_new_namespace(sio_server *server, sio_ns_cb cb, void *user);

/* --- Parents ------------------------------------------------------------------------------- */

/* A parent answers for the names of namespaces that do not exist.  When a client asks for one, the
 * parents are asked in the order they were made; the first that allows it makes the namespace, as
 * a child with copies of what the parent has at that time: middlewares, listeners and all else that
 * is set with sio_ns_*().  What the client sends meanwhile is kept, as while middlewares run.  If
 * all say no the client gets connect_error, "Invalid namespace".
 *
 * A parent is a sio_ns of its own with a name that tells nothing ("/_0"), which no client can join.
 * Its handlers may be added at any time, on any thread, for children that are made afterwards.
 * Emitting to it, and changing rooms or disconnecting, reaches all its children (SIO_ENOMEM: maybe
 * not all); what needs answers does not work on it: SIO_EUNSUPPORTED.
 * Parents may be made at any time, on any thread.  The server owns them. */

/**
 * A parent for the names that a pattern matches: a POSIX extended regular expression, matched by
 * the C library (regcomp(3)), with its '/' ("^/room-[0-9]+$").  Unlike in JavaScript: no \d, \w or
 * \b, no lookahead, no lazy quantifiers and no named groups; [[:digit:]] is what \d is there; the
 * locale counts, and without one a character is a byte.  As there a match anywhere in the name is
 * one: ^ and $ say the whole.
 * A namespace that is made by name becomes a child of the first such parent that matches.
 *
 * parent  out; written only on success.
 *
 * SIO_OK; SIO_EINVAL: no regular expression (what is wrong with it goes to the log); SIO_ENOMEM.
 */
SIO_API sio_err sio_of_pattern(sio_ns **parent, sio_server *server, const char *pattern);

/* The same for all names that begin so ("/room-", with its '/').  NULL: out of memory. */
SIO_API sio_ns *sio_of_prefix(sio_server *server, const char *prefix);

/* Decides on a name, now or later, on any thread: sio_next_accept() allows it, sio_next_refuse()
 * leaves it to the next parent (its message is not used).  name has its '/'; auth is what the
 * client gave, a JSON object's text, "{}" if it gave none; both are borrowed for the call.  Called
 * on the client's worker, by several workers at a time. */
typedef void (*sio_parent_cb)(sio_str name, sio_str auth, sio_next *next, void *user);

/* A parent for the names that a function allows.  NULL: out of memory. */
SIO_API sio_ns *sio_of_fn(sio_server *server, sio_parent_cb cb, void *user);

/* --- The end of a namespace ---------------------------------------------------------------- */

/* A namespace lives as long as the server, but for children with
 * config.cleanup_empty_child_namespaces: such a one goes when its last socket has left, also one
 * that a middleware has refused, unless the application has taken it with sio_of(): that one stays.
 * Inside the handlers of its sockets it is there. */

/* The namespace of this name, if it exists: a reference, which sio_ns_rele() drops.  It may go
 * meanwhile: an emit to it then reaches nobody, or a new one of its name.  Any thread. */
SIO_API sio_ns *sio_ns_find(sio_server *server, const char *name);

/* A reference to a namespace, to use it beyond the handler that was given it.  To be dropped before
 * the server is freed.  Any thread.  NULL is allowed. */
SIO_API sio_ns *sio_ns_hold(sio_ns *ns);
SIO_API void sio_ns_rele(sio_ns *ns);

#ifdef __cplusplus
}
#endif

#endif
