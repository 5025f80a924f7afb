/* visit.h: whom a target means, when there is not time for all of them at once: the members are
 * visited in steps, and rooms and members may change between these.  See selection.h for a walk
 * that is done in one. */
#ifndef ROOMS_VISIT_H
#define ROOMS_VISIT_H

#include "rooms/selection.h"

/* Whether a member is meant now.  O(names of the target). */
bool sio__target_means(const struct sio__target *target, const struct sio__member *member);

/* Fields are private. */
struct sio__visit {
    struct sio__room_index *index;
    const struct sio__target *target;
    const struct sio__room *room; /* being walked, valid within a step; NULL: there is none */
    size_t next_room;
    uint32_t left; /* members of the room, or of the namespace, not yet seen */
};

/* Index and target must stay until the visit is over. */
void sio__visit_init(struct sio__visit *visit, struct sio__room_index *index,
                     const struct sio__target *target);

/* Begins a step.  Until its end nothing may change. */
void sio__visit_resume(struct sio__visit *visit);

/**
 * The next member, NULL at the end.
 *
 * Everybody is visited who was in the namespace, or in one of the target's rooms, at the init and
 * is there until the visit; somebody may be visited more than once, or be left out by the target's
 * exceptions, or have come later.
 */
struct sio__member *sio__visit_next(struct sio__visit *visit);

#endif
