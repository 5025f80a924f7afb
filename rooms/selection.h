/* selection.h: rooms, exceptions and a sender resolved to members, each exactly once.
 *
 * A selection allocates nothing: members carry the epoch of the latest selection that has seen
 * them. Hence one selection at a time for each index; starting another ends the first (asserted).
 * The whole namespace and a single room are walked without touching the marks.  What it costs is
 * bounded by the members of rooms: an exception with more of them is asked, not walked. */
#ifndef ROOMS_SELECTION_H
#define ROOMS_SELECTION_H

#include "rooms/room_index.h"

/* Who is meant.  Everything is borrowed; sio__op_new() makes a lasting copy. */
struct sio__target {
    const struct sio__slice *rooms; /* their union; none: the whole namespace */
    size_t room_count;
    const struct sio__slice *except; /* everybody in one of them is left out, whatever rooms says */
    size_t except_count;
    struct sio__slice sender; /* id: one more name in except; ptr NULL: nobody */
};

/* At most so many members are meant: some may be counted more than once, or left out in the end. */
size_t sio__target_most(const struct sio__target *target, const struct sio__room_index *index);

enum { SIO__SELECTION_ASKED = 4 }; /* such exceptions; what is over them is walked */

/* Fields are private. */
struct sio__selection {
    struct sio__room_index *index;
    const struct sio__target *target;
    struct sio__room *room;                              /* being walked */
    const struct sio__room *asked[SIO__SELECTION_ASKED]; /* their members are left out */
    unsigned asked_count;
    uint64_t epoch;
    size_t next_room;
    uint32_t left; /* members of the room, or of the namespace, not yet seen */
    bool is_whole, is_union, is_choosy;
};

/**
 * Starts a walk.
 * index, target and what target points to must stay until the walk is over.
 */
void sio__selection_init(struct sio__selection *selection, struct sio__room_index *index,
                         const struct sio__target *target);

/**
 * The next member, NULL at the end.
 *
 * Between two calls the member just returned may join and leave any rooms and may be removed from
 * the index; memberships of others and the set of members must not change otherwise, so no user
 * code may run.  What joins during a walk may or may not be visited.
 */
struct sio__member *sio__selection_next(struct sio__selection *selection);

#endif
