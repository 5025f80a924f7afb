/* room_index.h: which member is in which room, both ways, for one namespace on one worker.
 *
 * Owns the index only: a member lies in its owner's object (the socket), outlives its membership
 * and is taken out with sio__room_index_remove() before it goes. One thread.  Nothing here calls
 * back.  Names are bytes of any value and any length, also empty.
 *
 * A room exists exactly while somebody is in it.  Every member is in the room of its own id without
 * an entry for it: that room is found through the table of members by id.  Others may join a room
 * of that name too; then it holds both.
 *
 * join, leave and contains are O(1), remove is O(rooms of the member); the members of a room and
 * the rooms of a member are dense arrays, in no particular order. */
#ifndef ROOMS_ROOM_INDEX_H
#define ROOMS_ROOM_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/slice.h"
#include "protocol/table.h"
#include "rooms/census.h"
#include "rooms/seats.h"

/* Part of the object that joins rooms; all fields belong to the index. */
struct sio__member {
    struct sio__slice id; /* borrowed from sio__room_index_add() until sio__room_index_remove() */
    struct sio__room_index *index; /* NULL: in no index */
    struct sio__room **rooms;      /* dense; without the own room */
    uint64_t mark;                 /* epoch of the selection that has seen it */
    uint32_t slot;                 /* where index->members holds it */
    uint32_t room_count, room_capacity;
    bool in_own_room;
    UT_hash_handle hh; /* in index->by_id */
};

/* A room with at least one entry; read it, never write it. */
struct sio__room {
    struct sio__member **members; /* dense; without a member whose id is the name */
    uint32_t member_count, member_capacity;
    UT_hash_handle hh; /* in index->by_name */
    size_t name_len;
    char name[];
};

enum sio__room_event { SIO__ROOM_CREATED, SIO__ROOM_JOINED, SIO__ROOM_LEFT, SIO__ROOM_DELETED };

/* Hears of every change: CREATED before the first JOINED of a room, DELETED after the last LEFT.
 * The room's name is borrowed for the call, in which the index must not be touched.  Of a member's
 * own room nothing is told at its adding (see sio__room_index_tell_own()). */
struct sio__room_watch {
    void (*tell)(struct sio__room_watch *watch, enum sio__room_event change,
                 const struct sio__member *member, struct sio__slice room);
};

struct sio__room_index {
    struct sio__room_watch *watch;   /* NULL, or set by the owner after the init */
    struct sio__census_part *census; /* NULL, or set by the owner after the init: hears of rooms */
    uint32_t census_key;             /* of this index, among the others of the census */
    struct sio__member *by_id;
    struct sio__room *by_name;
    struct sio__member **members; /* everybody in the namespace, dense */
    uint32_t member_count, member_capacity;
    struct sio__seats seats; /* (room, member) to both array positions */
    uint64_t epoch;          /* of the latest selection */
};

/* Allocates nothing. */
void sio__room_index_init(struct sio__room_index *index);

/* Removes every member, then gives all memory back. */
void sio__room_index_fini(struct sio__room_index *index);

/**
 * Puts a member into the namespace and into the room of its own id.
 *
 * member  uninitialised storage, or one that was removed; borrowed until it is removed.
 * id      unique in the index; its bytes are borrowed until the member is removed.
 *
 * False: out of memory or the id is taken; member->index is NULL and nothing was changed.
 */
bool sio__room_index_add(struct sio__room_index *index, struct sio__member *member,
                         struct sio__slice id);

/* Tells the watch, if there is one, that the member is in its own room. */
void sio__room_index_tell_own(const struct sio__member *member);

/* Takes a member out of every room and of the namespace.  No effect on one that is in no index
 * (member->index NULL).  Never fails. */
void sio__room_index_remove(struct sio__member *member);

/* True: the member is in the room now, whether or not it was before.  The name is copied.
 * False: out of memory, or the member is in no index; nothing was changed. */
bool sio__room_index_join(struct sio__member *member, struct sio__slice room);

/* No effect if it is not in the room.  Its own room may be left too.  Never fails. */
void sio__room_index_leave(struct sio__member *member, struct sio__slice room);

/* Leaves every room, the own one too, and stays in the namespace.  Never fails. */
void sio__room_index_leave_all(struct sio__member *member);

bool sio__room_index_contains(const struct sio__member *member, struct sio__slice room);

/* The member with this id, NULL if there is none. */
struct sio__member *sio__room_index_member(const struct sio__room_index *index,
                                           struct sio__slice id);

/* The member who is in the room because its id is the name, NULL if there is none. */
struct sio__member *sio__room_index_owner(const struct sio__room_index *index,
                                          struct sio__slice name);

/* The entries of a room, NULL if there are none.  Valid until the room's last entry leaves.  A
 * member whose id is the name is not among them. */
struct sio__room *sio__room_index_room(const struct sio__room_index *index, struct sio__slice name);

/* Members of a room, the one whose id is the name included. */
size_t sio__room_index_room_size(const struct sio__room_index *index, struct sio__slice name);

/* Rooms of a member, the own one included. */
size_t sio__member_room_count(const struct sio__member *member);

/* The name of its i-th room (i below the count; the own room is the first, unless it was left).
 * Borrowed until the member's rooms change. */
struct sio__slice sio__member_room(const struct sio__member *member, size_t i);

/* By which the census knows a room, before the index's key is mixed in (xor). */
uint32_t sio__room_index_hash(struct sio__slice name);

#endif
