/* A byte string read as the life of 8 sockets in 8 rooms, against a plain matrix of who is where.
 * After each step both directions of the index agree with it; a selection gives each recipient
 * once, also while the recipients join, leave and go. */
#include "protocol/mem.h"
#include "rooms/selection.h"
#include "tests/fuzz/fuzz.h"

enum { COUNT = 8 };

/* The first rooms have names of their own, the others are named like sockets 4 to 7. */
static const struct sio__slice ids[COUNT] = {
    SIO__SLICE_INIT("s0"), SIO__SLICE_INIT("s1"), SIO__SLICE_INIT("s2"), SIO__SLICE_INIT("s3"),
    SIO__SLICE_INIT("s4"), SIO__SLICE_INIT("s5"), SIO__SLICE_INIT("s6"), SIO__SLICE_INIT("")};
static const struct sio__slice rooms[COUNT] = {
    SIO__SLICE_INIT("r0"), SIO__SLICE_INIT("r1"), SIO__SLICE_INIT("r\0"), SIO__SLICE_INIT("r\xff"),
    SIO__SLICE_INIT("s4"), SIO__SLICE_INIT("s5"), SIO__SLICE_INIT("s6"),  SIO__SLICE_INIT("")};

struct world {
    struct sio__room_index index;
    struct sio__member members[COUNT];
    bool is_here[COUNT];
    bool is_in[COUNT][COUNT]; /* socket, room */
    bool is_failing;          /* allocations may fail at present */
    const uint8_t *data;
    size_t size;
};

static unsigned next(struct world *w)
{
    if (w->size == 0)
        return 0;
    w->size--;
    return *w->data++;
}

static bool owns(unsigned socket, unsigned room)
{
    return sio__slice_eq(ids[socket], rooms[room]);
}

static void model_add(struct world *w, unsigned socket)
{
    w->is_here[socket] = true;
    for (unsigned room = 0; room < COUNT; room++)
        w->is_in[socket][room] = owns(socket, room);
}

static void model_clear(struct world *w, unsigned socket)
{
    for (unsigned room = 0; room < COUNT; room++)
        w->is_in[socket][room] = false;
}

/* --- steps --------------------------------------------------------------------------------- */

static void add(struct world *w, unsigned socket)
{
    bool added;

    if (w->is_here[socket])
        return;
    added = sio__room_index_add(&w->index, &w->members[socket], ids[socket]);
    FUZZ_CHECK(added || w->is_failing);
    if (added)
        model_add(w, socket);
}

static void drop(struct world *w, unsigned socket)
{
    sio__room_index_remove(&w->members[socket]);
    w->is_here[socket] = false;
    model_clear(w, socket);
}

static void join(struct world *w, unsigned socket, unsigned room)
{
    bool joined = sio__room_index_join(&w->members[socket], rooms[room]);

    FUZZ_CHECK(joined == w->is_here[socket] || w->is_failing);
    if (joined)
        w->is_in[socket][room] = true;
}

static void leave(struct world *w, unsigned socket, unsigned room)
{
    sio__room_index_leave(&w->members[socket], rooms[room]);
    w->is_in[socket][room] = false;
}

static void leave_all(struct world *w, unsigned socket)
{
    sio__room_index_leave_all(&w->members[socket]);
    model_clear(w, socket);
}

/* --- selections ---------------------------------------------------------------------------- */

static bool is_in_one_of(const struct world *w, unsigned socket, unsigned set)
{
    for (unsigned room = 0; room < COUNT; room++)
        if ((set >> room & 1) != 0 && w->is_in[socket][room])
            return true;
    return false;
}

static unsigned expected_of(const struct world *w, unsigned in, unsigned except)
{
    unsigned expected = 0;

    for (unsigned socket = 0; socket < COUNT; socket++)
        if (w->is_here[socket] && (in == 0 || is_in_one_of(w, socket, in)) &&
            !is_in_one_of(w, socket, except))
            expected |= 1u << socket;
    return expected;
}

static size_t slices_of(unsigned set, struct sio__slice out[COUNT])
{
    size_t count = 0;

    for (unsigned room = 0; room < COUNT; room++)
        if ((set >> room & 1) != 0)
            out[count++] = rooms[room];
    return count;
}

/* What an op does to the recipient that a selection has just given. */
static void act(struct world *w, unsigned socket, unsigned how)
{
    switch (how % 5) {
    case 1:
        join(w, socket, how / 5 % COUNT);
        break;
    case 2:
        leave(w, socket, how / 5 % COUNT);
        break;
    case 3:
        leave_all(w, socket);
        break;
    case 4:
        drop(w, socket);
        break;
    }
}

static void select_some(struct world *w, unsigned in, unsigned except, unsigned how)
{
    struct sio__slice in_names[COUNT], except_names[COUNT];
    struct sio__target target = {in_names, slices_of(in, in_names), except_names,
                                 slices_of(except, except_names)};
    unsigned expected, seen = 0, sender = how >> 5;
    struct sio__selection selection;
    struct sio__member *member;

    /* Half of the senders are named like a room, so that their exclusion can be read off it. */
    if (sender >= 4) {
        target.sender = rooms[sender];
        except |= 1u << sender;
    }
    expected = expected_of(w, in, except);
    sio__selection_init(&selection, &w->index, &target);
    while ((member = sio__selection_next(&selection)) != NULL) {
        unsigned socket = (unsigned)(member - w->members);

        FUZZ_CHECK((seen >> socket & 1) == 0);
        seen |= 1u << socket;
        act(w, socket, how);
    }
    FUZZ_CHECK(seen == expected);
}

/* --- both directions ----------------------------------------------------------------------- */

/* The rooms of a member as it lists them, each once. */
static unsigned listed_of(const struct sio__member *member)
{
    unsigned set = 0;

    for (size_t i = 0; i < sio__member_room_count(member); i++) {
        struct sio__slice name = sio__member_room(member, i);

        for (unsigned room = 0; room < COUNT; room++)
            if (sio__slice_eq(name, rooms[room])) {
                FUZZ_CHECK((set >> room & 1) == 0);
                set |= 1u << room;
            }
    }
    return set;
}

static void check_member(const struct world *w, unsigned socket)
{
    const struct sio__member *member = &w->members[socket];
    unsigned expected = 0;

    FUZZ_CHECK((sio__room_index_member(&w->index, ids[socket]) == member) == w->is_here[socket]);
    for (unsigned room = 0; room < COUNT; room++) {
        FUZZ_CHECK(sio__room_index_contains(member, rooms[room]) == w->is_in[socket][room]);
        expected |= (unsigned)w->is_in[socket][room] << room;
    }
    FUZZ_CHECK(listed_of(member) == expected);
}

static void check_room(const struct world *w, unsigned room)
{
    const struct sio__room *entries = sio__room_index_room(&w->index, rooms[room]);
    size_t size = 0, others = 0;

    for (unsigned socket = 0; socket < COUNT; socket++) {
        size += w->is_in[socket][room];
        others += w->is_in[socket][room] && !owns(socket, room);
    }
    FUZZ_CHECK(sio__room_index_room_size(&w->index, rooms[room]) == size);
    FUZZ_CHECK((entries != NULL) == (others > 0));
    FUZZ_CHECK(entries == NULL || entries->member_count == others);
    for (size_t i = 0; i < others; i++)
        FUZZ_CHECK(w->is_in[entries->members[i] - w->members][room]);
}

static void step(struct world *w)
{
    unsigned what = next(w), socket = what >> 5, room = next(w) % COUNT;

    switch (what % 8) {
    case 0:
    case 1:
        add(w, socket);
        break;
    case 2:
    case 3:
        join(w, socket, room);
        break;
    case 4:
        leave(w, socket, room);
        break;
    case 5:
        room % 2 == 0 ? drop(w, socket) : leave_all(w, socket);
        break;
    case 6:
        select_some(w, next(w), next(w), next(w));
        break;
    case 7: /* the next allocations but this many fail, or all is well again */
        w->is_failing = room > 0;
        sio__mem_fail_nth(room, true);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;

    w = (struct world){.data = data, .size = size};
    sio__room_index_init(&w.index);
    while (w.size > 0) {
        step(&w);
        for (unsigned i = 0; i < COUNT; i++) {
            check_member(&w, i);
            check_room(&w, i);
        }
    }
    sio__mem_fail_nth(0, false);
    sio__room_index_fini(&w.index);
    FUZZ_CHECK(w.index.by_id == NULL && w.index.by_name == NULL && w.index.seats.slots == NULL);
    return 0;
}
