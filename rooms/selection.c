#include "rooms/selection.h"

#include <assert.h>

enum { MARKED_LEAST = 4 }; /* members of a room that are marked without much thought */

size_t sio__target_most(const struct sio__target *target, const struct sio__room_index *index)
{
    size_t count = target->room_count; /* each may be somebody's own */

    if (count == 0)
        return index->member_count;
    for (size_t i = 0; i < target->room_count; i++) {
        const struct sio__room *room = sio__room_index_room(index, target->rooms[i]);

        count += room != NULL ? room->member_count : 0;
    }
    return count;
}

/* To ask each who is met costs less than to mark all members.  None of them is given to anybody, so
 * the room is there until the end of the walk. */
static bool is_for_asking(const struct sio__selection *selection, const struct sio__room *room)
{
    return room->member_count > MARKED_LEAST && selection->asked_count < SIO__SELECTION_ASKED &&
           room->member_count > sio__target_most(selection->target, selection->index);
}

static void leave_out_members(struct sio__selection *selection, struct sio__room *room)
{
    if (is_for_asking(selection, room)) {
        selection->asked[selection->asked_count++] = room;
        return;
    }
    for (uint32_t i = 0; i < room->member_count; i++)
        room->members[i]->mark = selection->epoch;
}

static void leave_out(struct sio__selection *selection, struct sio__slice name)
{
    struct sio__room *room = sio__room_index_room(selection->index, name);
    struct sio__member *owner = sio__room_index_owner(selection->index, name);

    if (room != NULL)
        leave_out_members(selection, room);
    if (owner != NULL)
        owner->mark = selection->epoch;
    selection->is_choosy |= owner != NULL || room != NULL;
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
        .is_choosy = target->room_count > 1,
    };
    if (selection->is_whole)
        selection->left = index->member_count;
    for (size_t i = 0; i < target->except_count; i++)
        leave_out(selection, target->except[i]);
    if (target->sender.ptr != NULL)
        leave_out(selection, target->sender);
}

static bool is_in_asked(const struct sio__selection *selection, const struct sio__member *member)
{
    for (unsigned i = 0; i < selection->asked_count; i++)
        if (sio__seats_find(&selection->index->seats, selection->asked[i], member) != NULL)
            return true;
    return false;
}

/* Not in line: most selections have nothing to look at, and are walked faster without it. */
__attribute__((noinline)) static bool is_fresh(struct sio__selection *selection,
                                               struct sio__member *member)
{
    if (member->mark == selection->epoch || is_in_asked(selection, member))
        return false;
    if (selection->is_union)
        member->mark = selection->epoch;
    return true;
}

/* Neither left out nor seen before. */
static bool is_meant(struct sio__selection *selection, struct sio__member *member)
{
    return !selection->is_choosy || is_fresh(selection, member);
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
        member = sio__room_index_owner(index, target->rooms[selection->next_room++]);
        if (member != NULL && is_meant(selection, member))
            return member;
    }
}
