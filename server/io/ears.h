/* ears.h: the functions that an application has added to a namespace or to one socket: its
 * middlewares and listeners, in lists that keep the order of the additions.
 *
 * A namespace's set is fixed while it is served, and read by all workers.  Nothing here calls a
 * function of the application. */
#ifndef SERVER_IO_EARS_H
#define SERVER_IO_EARS_H

#include <sio/sio.h>

#include "protocol/slice.h"
#include "protocol/table.h"

enum sio__ear_kind {
    SIO__EAR_USE,        /* middlewares of a join; of namespaces only, as the next two */
    SIO__EAR_CONNECTION, /* listeners from here on */
    SIO__EAR_OTHER,      /* events that no listener is for */
    SIO__EAR_DISCONNECTING,
    SIO__EAR_DISCONNECT,
    SIO__EAR_KINDS,
    SIO__EAR_EVENT = SIO__EAR_KINDS, /* of one name: not in lists[] but in the table */
};

/* A function and what is handed to it. */
struct sio__call {
    union {
        sio_use_cb use;
        sio_connection_cb connection;
        sio_event_cb event;
        sio_disconnect_cb disconnect;
    };
    void *user;
};

struct sio__ear {
    struct sio__ear *next;
    struct sio__call call;
};

struct sio__ear_list {
    struct sio__ear *first, *last;
};

/* The listeners of one event. */
struct sio__event {
    UT_hash_handle hh;
    struct sio__ear_list ears;
    size_t name_len;
    char name[];
};

/* All zero is an empty set. */
struct sio__ears {
    struct sio__ear_list lists[SIO__EAR_KINDS];
    struct sio__event *events; /* table */
};

void sio__ears_fini(struct sio__ears *ears);

/* Where a function goes. */
struct sio__ear_place {
    enum sio__ear_kind kind;
    struct sio__slice event; /* SIO__EAR_EVENT */
};

/* False: out of memory, nothing changed. */
bool sio__ears_add(struct sio__ears *ears, struct sio__ear_place place, struct sio__call call);

/* Adds all of from's to a set that is empty.  False: out of memory, and it is empty again. */
bool sio__ears_copy(struct sio__ears *ears, const struct sio__ears *from);

/* The listeners of an event; NULL: there have been none. */
const struct sio__ear_list *sio__ears_of(const struct sio__ears *ears, struct sio__slice event);

#endif
