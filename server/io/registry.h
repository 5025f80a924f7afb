/* registry.h: all namespaces of a server, and which of them are parents of others.
 *
 * Namespaces made by name stay.  Those made before the start are in a list and a tree too, which
 * are only added to and read without a lock, since applications ask for them when they emit.  A
 * child that was made for a client goes with its last space (space.h), if it is counted: each
 * worker's space of it is one use, so a worker that joins and another that leaves meet at the lock.
 *
 * Two locks: one is held for a look at the table; the other, for as long as a namespace is made,
 * with the application's functions that set it up.  Any thread, unless said. */
#ifndef SERVER_IO_REGISTRY_H
#define SERVER_IO_REGISTRY_H

#include <sio/sio.h>
#include <stdatomic.h>

#include "protocol/slice.h"
#include "server/io/ears.h"

struct sio__parent;

enum { SIO__NS_BELOW = 4 };

struct sio_ns {
    UT_hash_handle hh;                           /* in registry->by_name */
    struct sio_ns *_Atomic next;                 /* in registry->fixed */
    struct sio_ns *_Atomic below[SIO__NS_BELOW]; /* in its tree; by two more bits of the hash */
    struct sio_ns *sibling, **link;              /* in parent->children; under the lock */
    sio_server *server;
    struct sio__parent *parent;    /* whose child it is; NULL: of nobody */
    struct sio__parent *as_parent; /* what makes it one; NULL: it is none */
    _Atomic uint32_t refs;         /* if it is counted: the registry's, spaces', acks', ... */
    uint32_t uses;                 /* spaces of it, if it is counted; under the lock */
    bool is_counted;               /* a child that goes when it is empty */
    bool is_pinned;                /* but the application has taken it by name; under the lock */
    bool is_new; /* being set up; seen by the thread that makes it alone; both locks */
    struct sio__ears ears;
    struct sio__ears server_side; /* events only */
    _Atomic size_t socket_count;  /* connected, of all workers */
    size_t name_len;
    char name[]; /* with its '/', NUL-terminated */
};

static inline struct sio__slice sio__ns_name(const struct sio_ns *ns)
{
    return sio__slice_make(ns->name, ns->name_len);
}

/* In no table, with one reference if it is counted; bare: the name without its '/'.  NULL: out of
 * memory. */
struct sio_ns *sio__ns_new(sio_server *server, struct sio__slice bare, bool is_counted);

/* For one that is not counted, and was not given to others. */
void sio__ns_free(struct sio_ns *ns);

/* --- the registry -------------------------------------------------------------------------- */

struct sio__registry;

/* With "/".  NULL: out of memory. */
struct sio__registry *sio__registry_new(sio_server *server);

/* Frees all namespaces.  The workers have ended.  NULL is taken. */
void sio__registry_free(struct sio__registry *registry);

/* The first of those made before the start; sio_ns.next leads on. */
struct sio_ns *sio__registry_fixed(const struct sio__registry *registry);

/* The namespace of a name with its '/', for a space of it (one use); NULL: there is none. */
struct sio_ns *sio__registry_enter(struct sio__registry *registry, struct sio__slice name);

/* The same for a child, which is made if there is none of that name.  Runs the application's
 * functions.  SIO_OK; SIO_ELIMIT: too many children; SIO_ENOMEM. */
sio_err sio__registry_enter_child(struct sio__registry *registry, struct sio__parent *parent,
                                  struct sio__slice name, struct sio_ns **ns);

/* The space is no more: drops its use. */
void sio__registry_leave(struct sio__registry *registry, struct sio_ns *ns);

/* No namespace is made while it is locked.  Again on the same thread: fine. */
void sio__registry_lock(struct sio__registry *registry);
void sio__registry_unlock(struct sio__registry *registry);

/* The first parent, in their order; with sio__parent_next().  NULL: there is none. */
struct sio__parent *sio__registry_parents(const struct sio__registry *registry);

/* Puts it behind the others. */
void sio__registry_add_parent(struct sio__registry *registry, struct sio__parent *parent);

/* References to all children of a parent that are there now.  False: out of memory. */
bool sio__registry_children(struct sio__registry *registry, const struct sio__parent *parent,
                            struct sio_ns ***children, size_t *count);

#endif
