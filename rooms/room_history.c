#include "rooms/room_history.h"

#include "protocol/mem.h"

struct sio__room_change {
    struct sio__room_change *next; /* older */
    uint64_t place;
    bool joined;
    size_t len;
    char name[];
};

/* Forgets a change and all that are older. */
static void forget(struct sio__room_history *history, struct sio__room_change **link)
{
    struct sio__room_change *change = *link;

    *link = NULL;
    if (change != NULL && change->place > history->floor)
        history->floor = change->place;
    while (change != NULL) {
        struct sio__room_change *next = change->next;

        sio__free(change);
        change = next;
        history->count--;
    }
}

void sio__room_history_fini(struct sio__room_history *history)
{
    forget(history, &history->newest);
}

static void forget_half(struct sio__room_history *history)
{
    struct sio__room_change **link = &history->newest;

    for (uint32_t i = 0; i < SIO__ROOM_CHANGES / 2; i++)
        link = &(*link)->next;
    forget(history, link);
}

void sio__room_history_add(struct sio__room_history *history, struct sio__slice room, bool joined,
                           uint64_t place)
{
    struct sio__room_change *change = sio__malloc(sizeof *change + room.len);

    if (change == NULL) {
        history->floor = place;
        return;
    }
    if (history->count == SIO__ROOM_CHANGES)
        forget_half(history);
    change->next = history->newest;
    change->place = place;
    change->joined = joined;
    change->len = room.len;
    if (room.len > 0)
        memcpy(change->name, room.ptr, room.len);
    history->newest = change;
    history->count++;
}

bool sio__room_history_was_in(const struct sio__room_history *history, struct sio__slice room,
                              bool is_in, uint64_t op)
{
    const struct sio__room_change *change = history->newest;

    for (; change != NULL && change->place >= op; change = change->next)
        if (sio__slice_eq(sio__slice_make(change->name, change->len), room))
            is_in = !change->joined;
    return is_in;
}
