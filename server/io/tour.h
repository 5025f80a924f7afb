/* tour.h: emits to many, carried out for some sockets in each turn of the loop, so that whoever
 * else asks something is answered in between.
 *
 * A tour visits the sockets that were meant when it began.  What a client is sent stays in the
 * order in which it was emitted: before anything else is queued for a client, or one of its sockets
 * changes its rooms, it is brought up to date (sio__tours_catch_up()), which gives it what all
 * tours still have for it, oldest first.  So a client cannot tell a tour from an emit done at once.
 * One thread, that of the worker.  Nothing here calls a handler. */
#ifndef SERVER_IO_TOUR_H
#define SERVER_IO_TOUR_H

#include "server/io/client.h"
#include "server/io/space.h"

enum {
    SIO__TOUR_LEAST = 16,     /* sockets; for fewer it is not worth it */
    SIO__TOUR_NAMES_MOST = 8, /* rooms and exceptions, which are asked for each client */
    SIO__TOUR_STEP = 8,       /* clients that are given something, */
    SIO__TOUR_LOOKS = 256,    /* and those that are looked at, in one step */
};

/* Makes a tour of an emit to more than SIO__TOUR_LEAST sockets of the space.  False: it is to be
 * done at once, since it is for few, names many rooms, has a place in an order (recovery), tours
 * together have as much for a client as its queue may hold, or there is no memory. */
bool sio__tours_take(struct sio__space *space, struct sio__op *op);

/* The next step of the oldest tour.  True: something was done. */
bool sio__tours_turn(struct sio__spaces *spaces);

/* Ends them all at once: their packets are queued. */
void sio__tours_finish(struct sio__spaces *spaces);

/* Only for sio__tours_catch_up(). */
void sio__tours_bring(struct sio__client *client);

/* Queues for a client what tours still have for it. */
static inline void sio__tours_catch_up(struct sio__client *client)
{
    if (client->toured != client->spaces->tours.latest)
        sio__tours_bring(client);
}

#endif
