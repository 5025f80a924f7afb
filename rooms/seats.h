/* seats.h: which places a member and a room have in each other's arrays, found by the pair.
 * Open addressing by value: no allocation for each membership, and all of them in one array.
 * Part of room_index.c; nobody else includes it but the index's header, for the storage. */
#ifndef ROOMS_SEATS_H
#define ROOMS_SEATS_H

#include <stdbool.h>
#include <stdint.h>

struct sio__member;
struct sio__room;

struct sio__seat {
    struct sio__room *room; /* NULL: a free slot */
    struct sio__member *member;
    uint32_t in_room;   /* room->members[in_room] is the member */
    uint32_t in_member; /* member->rooms[in_member] is the room */
};

/* All zero is an empty one. */
struct sio__seats {
    struct sio__seat *slots;
    uint32_t count, capacity; /* capacity is 0 or a power of two */
};

void sio__seats_fini(struct sio__seats *seats);

/* Makes sure that the next put succeeds.  False: out of memory, nothing changed.  Moves the slots.
 */
bool sio__seats_reserve(struct sio__seats *seats);

/* NULL: the pair has no seat.  Valid until the next reserve or erase. */
struct sio__seat *sio__seats_find(const struct sio__seats *seats, const struct sio__room *room,
                                  const struct sio__member *member);

/* Only after a reserve, and for a pair without a seat. */
void sio__seats_put(struct sio__seats *seats, struct sio__seat seat);

/* Moves other seats; gives memory back when most of it is free. */
void sio__seats_erase(struct sio__seats *seats, struct sio__seat *seat);

#endif
