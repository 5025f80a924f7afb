/* parent.h: which names a parent namespace answers for.  Unchanging once it is made, but for its
 * children (registry.h).  Any thread. */
#ifndef SERVER_IO_PARENT_H
#define SERVER_IO_PARENT_H

#include <regex.h>

#include "server/io/registry.h"

struct sio__parent {
    struct sio__parent *_Atomic next; /* of the registry's list */
    struct sio_ns *ns;                /* its own namespace */
    struct sio_ns *children;          /* list; under the registry's lock */
    size_t child_count;
    regex_t *pattern; /* one of these three */
    char *prefix;
    sio_parent_cb cb;
    void *user;
    struct sio__ear ear; /* stands for cb where a chain is made of ears (lookup.c) */
};

static inline struct sio__parent *sio__parent_next(const struct sio__parent *parent)
{
    return atomic_load_explicit(&parent->next, memory_order_acquire);
}

/* Whether a child may have this name: it is not too long, has no NUL and begins with '/'. */
bool sio__parent_takes(struct sio__slice name);

/* Whether it allows a name by itself; one with a function has to be asked. */
bool sio__parent_matches(const struct sio__parent *parent, struct sio__slice name);

/* With its namespace, not its children. */
void sio__parent_free(struct sio__parent *parent);

#endif
