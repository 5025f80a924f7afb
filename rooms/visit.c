#include "rooms/visit.h"

static bool is_in_any(const struct sio__member *member, const struct sio__slice *rooms,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sio__room_index_contains(member, rooms[i]))
            return true;
    return false;
}

bool sio__target_means(const struct sio__target *target, const struct sio__member *member)
{
    return (target->room_count == 0 || is_in_any(member, target->rooms, target->room_count)) &&
           !is_in_any(member, target->except, target->except_count) &&
           (target->sender.ptr == NULL || !sio__room_index_contains(member, target->sender));
}

void sio__visit_init(struct sio__visit *visit, struct sio__room_index *index,
                     const struct sio__target *target)
{
    *visit = (struct sio__visit){.index = index, .target = target};
    if (target->room_count == 0)
        visit->left = index->member_count;
}

static bool is_whole(const struct sio__visit *visit)
{
    return visit->target->room_count == 0;
}

/* Walked from the end: who joins is beyond those not yet seen, and the one who takes the place of
 * another that leaves has been seen, or is not yet. */
void sio__visit_resume(struct sio__visit *visit)
{
    uint32_t count = visit->index->member_count;

    if (!is_whole(visit)) {
        visit->room =
            visit->next_room == 0
                ? NULL
                : sio__room_index_room(visit->index, visit->target->rooms[visit->next_room - 1]);
        count = visit->room != NULL ? visit->room->member_count : 0;
    }
    if (visit->left > count)
        visit->left = count;
}

/* The one who is in the next room because of its id, NULL if there is none. */
static struct sio__member *enter_room(struct sio__visit *visit)
{
    struct sio__slice name = visit->target->rooms[visit->next_room++];

    visit->room = sio__room_index_room(visit->index, name);
    visit->left = visit->room != NULL ? visit->room->member_count : 0;
    return sio__room_index_owner(visit->index, name);
}

struct sio__member *sio__visit_next(struct sio__visit *visit)
{
    struct sio__member *owner;

    for (;;) {
        if (visit->left > 0)
            return (is_whole(visit) ? visit->index->members : visit->room->members)[--visit->left];
        if (visit->next_room == visit->target->room_count)
            return NULL;
        if ((owner = enter_room(visit)) != NULL)
            return owner;
    }
}
