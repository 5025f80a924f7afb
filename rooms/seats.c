#include "rooms/seats.h"

#include "protocol/mem.h"

enum { MIN_CAPACITY = 16 };

/* Addresses are not for a peer to choose, so mixing them well is enough. */
static uint32_t home_of(const struct sio__seats *seats, const struct sio__room *room,
                        const struct sio__member *member)
{
    uint64_t h = (uint64_t)(uintptr_t)room * UINT64_C(0x9e3779b97f4a7c15);

    h = (h ^ h >> 32 ^ (uint64_t)(uintptr_t)member) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(h >> 32) & (seats->capacity - 1);
}

static struct sio__seat *slot_for(const struct sio__seats *seats, const struct sio__room *room,
                                  const struct sio__member *member)
{
    uint32_t i = home_of(seats, room, member);

    while (seats->slots[i].room != NULL &&
           (seats->slots[i].room != room || seats->slots[i].member != member))
        i = (i + 1) & (seats->capacity - 1);
    return &seats->slots[i];
}

static bool resize(struct sio__seats *seats, uint32_t capacity)
{
    struct sio__seats next = {.capacity = capacity};

    if ((next.slots = sio__calloc(capacity, sizeof *next.slots)) == NULL)
        return false;
    for (uint32_t i = 0; i < seats->capacity; i++)
        if (seats->slots[i].room != NULL)
            sio__seats_put(&next, seats->slots[i]);
    sio__free(seats->slots);
    *seats = next;
    return true;
}

void sio__seats_fini(struct sio__seats *seats)
{
    sio__free(seats->slots);
    *seats = (struct sio__seats){0};
}

bool sio__seats_reserve(struct sio__seats *seats)
{
    if (seats->capacity == 0)
        return resize(seats, MIN_CAPACITY);
    if (seats->count < seats->capacity - seats->capacity / 4)
        return true;
    return seats->capacity <= UINT32_MAX / 2 && resize(seats, seats->capacity * 2);
}

struct sio__seat *sio__seats_find(const struct sio__seats *seats, const struct sio__room *room,
                                  const struct sio__member *member)
{
    struct sio__seat *slot;

    if (seats->count == 0)
        return NULL;
    slot = slot_for(seats, room, member);
    return slot->room != NULL ? slot : NULL;
}

void sio__seats_put(struct sio__seats *seats, struct sio__seat seat)
{
    *slot_for(seats, seat.room, seat.member) = seat;
    seats->count++;
}

/* Closes the gap: each seat after it that may lie in it, seen from its home, moves there. */
static void close_gap(struct sio__seats *seats, uint32_t gap)
{
    uint32_t mask = seats->capacity - 1;

    for (uint32_t i = (gap + 1) & mask; seats->slots[i].room != NULL; i = (i + 1) & mask) {
        uint32_t home = home_of(seats, seats->slots[i].room, seats->slots[i].member);

        if (((i - home) & mask) < ((i - gap) & mask))
            continue;
        seats->slots[gap] = seats->slots[i];
        gap = i;
    }
    seats->slots[gap] = (struct sio__seat){0};
}

void sio__seats_erase(struct sio__seats *seats, struct sio__seat *seat)
{
    close_gap(seats, (uint32_t)(seat - seats->slots));
    seats->count--;
    /* Without memory for the smaller one the larger one stays. */
    if (seats->count == 0)
        sio__seats_fini(seats);
    else if (seats->capacity > MIN_CAPACITY && seats->count < seats->capacity / 8)
        (void)resize(seats, seats->capacity / 2);
}
