/* ears.h: the functions that an application has added to a namespace or to one socket: its
 * middlewares and listeners, in lists that keep the order of the additions.
 *
 * A namespace's set is fixed while it is served, and read by all workers.  A socket's own set is
 * its home thread's, and may change while one of its lists is walked: what is added meanwhile is
 * not met by that walk, what is removed is not met any more and stays in memory until no walk is
 * on.  Nothing here calls a function of the application. */
#ifndef SERVER_IO_EARS_H
#define SERVER_IO_EARS_H

#include <sio/sio.h>

#include "protocol/slice.h"
#include "protocol/table.h"

enum sio__ear_kind {
    SIO__EAR_USE,        /* middlewares of a join; of namespaces only, as the next two */
    SIO__EAR_CONNECTION, /* listeners */
    SIO__EAR_OTHER,      /* listeners to events that no other one is for */
    SIO__EAR_ANY,
    SIO__EAR_USE_EVENT, /* middlewares of events; they are never removed */
    SIO__EAR_ERROR,
    SIO__EAR_ANY_OUTGOING,
    SIO__EAR_DISCONNECTING,
    SIO__EAR_DISCONNECT,
    SIO__EAR_ROOM,     /* what happens to rooms; of namespaces only, as the next one */
    SIO__EAR_DESCRIBE, /* of a socket's data; the last one counts */
    SIO__EAR_KINDS,
    SIO__EAR_EVENT = SIO__EAR_KINDS, /* of one name: not in lists[] but in the table */
};

/* A function and what is handed to it. */
struct sio__call {
    union {
        void (*any)(void); /* to compare */
        sio_use_cb use;
        sio_use_event_cb use_event;
        sio_connection_cb connection;
        sio_event_cb event;
        sio_outgoing_cb outgoing;
        sio_error_cb error;
        sio_disconnect_cb disconnect;
        sio_server_side_cb server_side; /* in a namespace's other set */
        sio_room_cb room;
        sio_describe_cb describe;
    };
    void *user;
};

struct sio__ear {
    struct sio__ear *next;
    struct sio__call call;
    bool is_once; /* is removed before it is called */
    bool is_off;  /* was removed during a walk */
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
    uint32_t walks;            /* that are on; never in a namespace's set */
    bool has_off;              /* some wait for the end of the walks to be freed */
};

void sio__ears_fini(struct sio__ears *ears);

/* Where a function goes. */
struct sio__ear_place {
    enum sio__ear_kind kind;
    struct sio__slice event; /* SIO__EAR_EVENT */
    bool is_once;
    bool is_first; /* before those that are there */
};

/* False: out of memory, nothing changed. */
bool sio__ears_add(struct sio__ears *ears, struct sio__ear_place place, struct sio__call call);

/* Removes the one that was added last (of ANY and ANY_OUTGOING: that stands first), as the
 * reference does; call.any NULL: all of them.  False: there was none. */
bool sio__ears_remove(struct sio__ears *ears, struct sio__ear_place place, struct sio__call call);

/* Removes the listeners of all events, and those of ERROR, DISCONNECTING and DISCONNECT. */
void sio__ears_remove_all(struct sio__ears *ears);

/* Adds all of from's to a set that is empty.  False: out of memory, and it is empty again. */
bool sio__ears_copy(struct sio__ears *ears, const struct sio__ears *from);

/* May a listener be for this event: a name that is given, can come and has no kind of its own. */
bool sio__ear_name_is_fine(const char *event);

/* The listeners of an event; NULL: there have been none. */
const struct sio__ear_list *sio__ears_of(const struct sio__ears *ears, struct sio__slice event);

/* How many a list holds. */
size_t sio__ear_list_count(const struct sio__ear_list *list);

/* --- walks --------------------------------------------------------------------------------- */

/* A walk over a list of a namespace, then one of a socket.  The fields are private. */
struct sio__walk {
    const struct sio__ear *shared;   /* next of the namespace's */
    struct sio__ear *own, *own_last; /* next of the socket's; the last one that was there */
    struct sio__ears *ears;          /* the socket's; NULL: it has none */
};

/* own is a list of ears, or NULL as ears is. */
static inline void sio__walk_init(struct sio__walk *walk, const struct sio__ear_list *shared,
                                  struct sio__ears *ears, const struct sio__ear_list *own)
{
    walk->shared = shared != NULL ? shared->first : NULL;
    walk->own = walk->own_last = NULL;
    walk->ears = ears;
    if (ears != NULL)
        ears->walks++;
    if (own != NULL) {
        walk->own = own->first;
        walk->own_last = own->last;
    }
}

/* For the two below. */
const struct sio__ear *sio__walk_own(struct sio__walk *walk);
void sio__walk_end(struct sio__ears *ears);

/* NULL: that was all.  Stays valid until the walk is over. */
static inline const struct sio__ear *sio__walk_next(struct sio__walk *walk)
{
    const struct sio__ear *ear = walk->shared;

    if (ear == NULL)
        return walk->own != NULL ? sio__walk_own(walk) : NULL;
    walk->shared = ear->next;
    return ear;
}

/* Each walk ends with this. */
static inline void sio__walk_fini(const struct sio__walk *walk)
{
    if (walk->ears != NULL)
        sio__walk_end(walk->ears);
}

#endif
