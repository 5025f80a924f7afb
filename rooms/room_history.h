/* room_history.h: the latest changes of one member's rooms, each at a place in the order of ops: so
 * it can be told whether an op of the past was for that member.  Bounded; how far it reaches back
 * is in `floor`.  One thread. */
#ifndef ROOMS_ROOM_HISTORY_H
#define ROOMS_ROOM_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/slice.h"

enum { SIO__ROOM_CHANGES = 64 };

struct sio__room_change;

/* All zero is an empty one. */
struct sio__room_history {
    struct sio__room_change *newest; /* list */
    uint32_t count;
    uint64_t floor; /* what is asked of ops up to this one is not known */
};

void sio__room_history_fini(struct sio__room_history *history);

/* The member has joined the room, or left it, after the op at this place and before the next.
 * Places never go down.  Without memory, and when it is full, the floor goes up. */
void sio__room_history_add(struct sio__room_history *history, struct sio__slice room, bool joined,
                           uint64_t place);

/* Was the member in the room when this op (above the floor) came, if it is (is_in) now? */
bool sio__room_history_was_in(const struct sio__room_history *history, struct sio__slice room,
                              bool is_in, uint64_t op);

#endif
