/* relay_ends.h: the frame of a relay: two ends, a last word of each, and when it is over (relay.h
 * tells the story).  One allocation holds both ends. */
#ifndef SERVER_ENGINE_RELAY_ENDS_H
#define SERVER_ENGINE_RELAY_ENDS_H

#include <stdatomic.h>

#include "server/engine/relay.h"
#include "server/net/inbox.h"

struct sio__relay;

/* An end's last word; posted once. */
struct sio__last_word {
    struct sio__letter letter;
    struct sio__relay *relay;
};

struct sio__relay {
    struct sio__worker *near_worker, *home_worker;
    struct sio__last_word near_word, far_word;
    atomic_int refs;                        /* of the two ends */
    void (*fini)(struct sio__relay *relay); /* releases what it holds besides */
};

/* heard_*: read the other side's last word, on the thread of that name. */
void sio__relay_init(struct sio__relay *relay, struct sio__worker *near_worker,
                     struct sio__worker *home_worker, void (*fini)(struct sio__relay *),
                     void (*near_hears)(struct sio__letter *, void *worker),
                     void (*far_hears)(struct sio__letter *, void *worker));

/* The near or far end says its last word. */
void sio__relay_near_speaks(struct sio__relay *relay);
void sio__relay_far_speaks(struct sio__relay *relay);

/* One end is no longer needed; the last one frees the relay. */
void sio__relay_release(struct sio__relay *relay);

/* The relay of a last word. */
struct sio__relay *sio__relay_of(struct sio__letter *last_word);

/* A letter about a relay that is freed after its delivery; bytes follow it. */
struct sio__relay_letter {
    struct sio__letter letter;
    struct sio__relay *relay;
    size_t len;
    bool flag; /* too_large */
    char bytes[];
};

/* Posts a copy of the bytes.  False: out of memory, nothing was posted.  (To a worker that has
 * ended it is quietly dropped.) */
bool sio__relay_post(struct sio__relay *relay, struct sio__worker *to,
                     void (*deliver)(struct sio__letter *, void *worker), bool flag,
                     const char *ptr, size_t len);

#endif
