#include "rooms/selection.h"

#include <assert.h>

/* The member who is in the room because of its id. */
static struct sio__member *owner_of(struct sio__room_index *index, struct sio__slice name)
{
    struct sio__member *member = sio__room_index_member(index, name);

    return member != NULL && member->in_own_room ? member : NULL;
}

static void leave_out(struct sio__selection *selection, struct sio__slice name)
{
    struct sio__room *room = sio__room_index_room(selection->index, name);
    struct sio__member *owner = owner_of(selection->index, name);

    if (owner != NULL)
        owner->mark = selection->epoch;
    for (uint32_t i = 0; room != NULL && i < room->member_count; i++)
        room->members[i]->mark = selection->epoch;
    selection->is_marked |= owner != NULL || room != NULL;
}

void sio__selection_init(struct sio__selection *selection, struct sio__room_index *index,
                         const struct sio__target *target)
{
    *selection = (struct sio__selection){
        .index = index,
        .target = target,
        .epoch = ++index->epoch,
        .is_whole = target->room_count == 0,
        .is_union = target->room_count > 1,
    };
    if (selection->is_whole)
        selection->left = index->member_count;
    for (size_t i = 0; i < target->except_count; i++)
        leave_out(selection, target->except[i]);
    if (target->sender.ptr != NULL)
        leave_out(selection, target->sender);
}

/* Neither left out nor seen before. */
static bool is_meant(struct sio__selection *selection, struct sio__member *member)
{
    if (!selection->is_marked && !selection->is_union)
        return true;
    if (member->mark == selection->epoch)
        return false;
    if (selection->is_union)
        member->mark = selection->epoch;
    return true;
}

/* Walked from the end, so that the current one may leave: the last one takes its place, and that
 * has been seen.  A room that vanishes with the current one has nobody left and is not looked at
 * again. */
static struct sio__member *step(struct sio__selection *selection)
{
    struct sio__member **members =
        selection->is_whole ? selection->index->members : selection->room->members;

    return members[--selection->left];
}

struct sio__member *sio__selection_next(struct sio__selection *selection)
{
    struct sio__room_index *index = selection->index;
    const struct sio__target *target = selection->target;
    struct sio__member *member;

    assert(selection->epoch == index->epoch);
    for (;;) {
        while (selection->left > 0)
            if (is_meant(selection, member = step(selection)))
                return member;
        if (selection->next_room == target->room_count)
            return NULL;
        selection->room = sio__room_index_room(index, target->rooms[selection->next_room]);
        selection->left = selection->room != NULL ? selection->room->member_count : 0;
        member = owner_of(index, target->rooms[selection->next_room++]);
        if (member != NULL && is_meant(selection, member))
            return member;
    }
}
