#include "protocol/mem.h"
#include "rooms/room_index.h"
#include "tests/support/check.h"

#include <limits.h>

#define S(literal) SIO__SLICE(literal)

/* Three members in one namespace. */
struct fixture {
    struct sio__room_index index;
    struct sio__member a, b, c;
};

static void set_up(struct fixture *f)
{
    sio__room_index_init(&f->index);
    CHECK(sio__room_index_add(&f->index, &f->a, S("A")));
    CHECK(sio__room_index_add(&f->index, &f->b, S("B")));
    CHECK(sio__room_index_add(&f->index, &f->c, S("C")));
}

static void tear_down(struct fixture *f)
{
    sio__room_index_fini(&f->index);
    CHECK_EQ(f->index.member_count, 0);
    CHECK(f->index.by_id == NULL && f->index.by_name == NULL);
    CHECK(f->index.members == NULL && f->index.seats.slots == NULL);
}

#define SIZE_OF(f, room) sio__room_index_room_size(&(f).index, S(room))

TEST(a_room_exists_from_the_first_join_to_the_last_leave)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_room(&f.index, S("r")) == NULL);
    CHECK(sio__room_index_join(&f.a, S("r")));
    CHECK(sio__room_index_join(&f.b, S("r")));
    CHECK_EQ(SIZE_OF(f, "r"), 2);
    sio__room_index_leave(&f.a, S("r"));
    CHECK_EQ(SIZE_OF(f, "r"), 1);
    CHECK(!sio__room_index_contains(&f.a, S("r")));
    CHECK(sio__room_index_contains(&f.b, S("r")));
    sio__room_index_leave(&f.b, S("r"));
    CHECK(sio__room_index_room(&f.index, S("r")) == NULL);
    tear_down(&f);
}

TEST(joining_twice_is_joining_once)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_join(&f.a, S("r")));
    CHECK(sio__room_index_join(&f.a, S("r")));
    CHECK_EQ(SIZE_OF(f, "r"), 1);
    CHECK_EQ(sio__member_room_count(&f.a), 2);
    sio__room_index_leave(&f.a, S("r"));
    sio__room_index_leave(&f.a, S("r"));
    CHECK_EQ(sio__member_room_count(&f.a), 1);
    tear_down(&f);
}

TEST(a_member_is_in_the_room_of_its_id_without_an_entry)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_contains(&f.a, S("A")));
    CHECK_EQ(SIZE_OF(f, "A"), 1);
    CHECK(sio__room_index_room(&f.index, S("A")) == NULL);
    CHECK(sio__room_index_member(&f.index, S("A")) == &f.a);
    CHECK(sio__slice_is(sio__member_room(&f.a, 0), "A"));
    tear_down(&f);
}

TEST(others_may_join_the_room_of_an_id)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_join(&f.b, S("A")));
    CHECK_EQ(SIZE_OF(f, "A"), 2);
    sio__room_index_remove(&f.a);
    CHECK_EQ(SIZE_OF(f, "A"), 1);
    CHECK(sio__room_index_contains(&f.b, S("A")));
    tear_down(&f);
}

TEST(the_own_room_can_be_left_and_joined_again)
{
    struct fixture f;

    set_up(&f);
    sio__room_index_leave(&f.a, S("A"));
    CHECK(!sio__room_index_contains(&f.a, S("A")));
    CHECK_EQ(SIZE_OF(f, "A"), 0);
    CHECK_EQ(sio__member_room_count(&f.a), 0);
    CHECK(sio__room_index_join(&f.a, S("A")));
    CHECK_EQ(sio__member_room_count(&f.a), 1);
    tear_down(&f);
}

TEST(names_are_bytes_of_any_value_and_length)
{
    static const char nul[] = "a\0b";
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_join(&f.a, S("a")));
    CHECK(sio__room_index_join(&f.a, sio__slice_make(nul, 3)));
    CHECK(sio__room_index_join(&f.a, sio__slice_make(NULL, 0)));
    CHECK(sio__room_index_join(&f.a, S("\xff\xfe")));
    CHECK_EQ(sio__member_room_count(&f.a), 5);
    CHECK(sio__room_index_contains(&f.a, S("a\0b")));
    CHECK(!sio__room_index_contains(&f.a, S("a\0c")));
    CHECK(sio__room_index_contains(&f.a, S("")));
    tear_down(&f);
}

TEST(leave_all_leaves_the_member_in_its_namespace)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_join(&f.a, S("r")));
    CHECK(sio__room_index_join(&f.a, S("s")));
    CHECK(sio__room_index_join(&f.b, S("s")));
    sio__room_index_leave_all(&f.a);
    CHECK_EQ(sio__member_room_count(&f.a), 0);
    CHECK(sio__room_index_member(&f.index, S("A")) == &f.a);
    CHECK(sio__room_index_room(&f.index, S("r")) == NULL);
    CHECK_EQ(SIZE_OF(f, "s"), 1);
    CHECK(sio__room_index_join(&f.a, S("r")));
    tear_down(&f);
}

TEST(remove_leaves_every_room_and_can_be_repeated)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_join(&f.a, S("r")));
    sio__room_index_remove(&f.a);
    sio__room_index_remove(&f.a);
    CHECK_EQ(f.index.member_count, 2);
    CHECK(sio__room_index_room(&f.index, S("r")) == NULL);
    CHECK(!sio__room_index_join(&f.a, S("r")));
    CHECK(!sio__room_index_contains(&f.a, S("A")));
    CHECK(sio__room_index_add(&f.index, &f.a, S("A")));
    tear_down(&f);
}

TEST(an_id_is_taken_once)
{
    struct fixture f;
    struct sio__member other;

    set_up(&f);
    CHECK(!sio__room_index_add(&f.index, &other, S("A")));
    CHECK(other.index == NULL);
    sio__room_index_remove(&other);
    CHECK(sio__room_index_member(&f.index, S("A")) == &f.a);
    tear_down(&f);
}

/* Every entry of one direction is in the other. */
static void check_consistent(const struct sio__room_index *index)
{
    struct sio__room *room, *next;
    size_t from_rooms = 0, from_members = 0;

    HASH_ITER (hh, index->by_name, room, next) {
        CHECK(room->member_count > 0 && room->member_count <= room->member_capacity);
        from_rooms += room->member_count;
        for (uint32_t i = 0; i < room->member_count; i++)
            CHECK(sio__room_index_contains(room->members[i],
                                           sio__slice_make(room->name, room->name_len)));
    }
    for (uint32_t i = 0; i < index->member_count; i++) {
        CHECK_EQ(index->members[i]->slot, i);
        from_members += index->members[i]->room_count;
    }
    CHECK_EQ(from_rooms, index->seats.count);
    CHECK_EQ(from_members, index->seats.count);
}

enum { MEMBERS = 300, ROOMS = 200 };

static struct sio__slice name_of(char *storage, size_t size, const char *prefix, unsigned n)
{
    return sio__slice_make(storage, (size_t)snprintf(storage, size, "%s%u", prefix, n));
}

TEST(many_members_in_many_rooms_stay_consistent_while_they_come_and_go)
{
    static struct sio__member members[MEMBERS];
    static char ids[MEMBERS][8];
    static bool expected[MEMBERS][ROOMS];
    struct sio__room_index index;
    unsigned random = 1;
    char name[16];

    memset(expected, 0, sizeof expected);
    sio__room_index_init(&index);
    for (unsigned i = 0; i < MEMBERS; i++)
        CHECK(sio__room_index_add(&index, &members[i], name_of(ids[i], sizeof ids[i], "m", i)));
    for (unsigned round = 0; round < 40000; round++) {
        unsigned m, r;

        random = random * 1103515245 + 12345;
        m = (random >> 8) % MEMBERS;
        r = (random >> 18) % ROOMS;
        /* The first half mostly joins, the second mostly leaves. */
        if ((random >> 4) % 8 < (round < 20000 ? 6 : 1)) {
            CHECK(sio__room_index_join(&members[m], name_of(name, sizeof name, "r", r)));
            expected[m][r] = true;
        } else {
            sio__room_index_leave(&members[m], name_of(name, sizeof name, "r", r));
            expected[m][r] = false;
        }
    }
    check_consistent(&index);
    for (unsigned m = 0; m < MEMBERS; m++)
        for (unsigned r = 0; r < ROOMS; r++)
            CHECK(sio__room_index_contains(&members[m], name_of(name, sizeof name, "r", r)) ==
                  expected[m][r]);
    for (unsigned m = 0; m < MEMBERS; m += 2)
        sio__room_index_remove(&members[m]);
    check_consistent(&index);
    sio__room_index_fini(&index);
    CHECK(index.seats.slots == NULL && index.by_name == NULL);
}

/* What a client of the index does in its life; false at the first refusal. */
static bool live(struct fixture *f)
{
    struct sio__member d;
    char name[8];
    bool ok = true;

    sio__room_index_init(&f->index);
    ok = sio__room_index_add(&f->index, &f->a, S("A")) &&
         sio__room_index_add(&f->index, &f->b, S("B")) &&
         sio__room_index_add(&f->index, &f->c, S("C")) &&
         sio__room_index_add(&f->index, &d, S("D"));
    for (unsigned i = 0; i < 40 && ok; i++) {
        struct sio__slice room = name_of(name, sizeof name, "r", i / 2);

        ok = sio__room_index_join(i % 2 == 0 ? &f->a : &d, room);
        CHECK(sio__room_index_contains(i % 2 == 0 ? &f->a : &d, room) == ok);
        check_consistent(&f->index);
    }
    for (unsigned i = 0; i < 40; i++)
        sio__room_index_leave(&f->a, name_of(name, sizeof name, "r", i));
    check_consistent(&f->index);
    sio__room_index_fini(&f->index);
    return ok;
}

TEST(out_of_memory_leaves_no_half_joined_member)
{
    struct fixture f;
    long n = 0;
    bool ok;

    for (int after = 0; after < 2; after++) {
        n = 0;
        do {
            memset(&f, 0, sizeof f);
            sio__mem_fail_nth(++n, after != 0);
            ok = live(&f);
            sio__mem_fail_nth(0, false);
            tear_down(&f);
        } while (!ok || sio__mem_count() >= n);
        CHECK(n > 20);
    }
}

/* --- the watch ----------------------------------------------------------------------------- */

static char told[512];

static void note_change(struct sio__room_watch *watch, enum sio__room_event change,
                        const struct sio__member *member, struct sio__slice room)
{
    size_t len = strlen(told);

    (void)watch;
    snprintf(told + len, sizeof told - len, "%c%.*s:%.*s ", "+jl-"[change], (int)room.len, room.ptr,
             (int)member->id.len, member->id.ptr);
}

static const char *told_now(void)
{
    static char copy[sizeof told];

    memcpy(copy, told, sizeof told);
    told[0] = '\0';
    return copy;
}

TEST(a_watch_hears_of_every_change_once)
{
    struct sio__room_watch watch = {note_change};
    struct sio__room_index index;
    struct sio__member a, b;

    sio__room_index_init(&index);
    index.watch = &watch;
    sio__room_index_add(&index, &a, SIO__SLICE("a"));
    sio__room_index_add(&index, &b, SIO__SLICE("b"));
    CHECK_STR(told_now(), "");
    sio__room_index_tell_own(&a);
    CHECK_STR(told_now(), "+a:a ja:a ");
    sio__room_index_join(&a, SIO__SLICE("r"));
    sio__room_index_join(&a, SIO__SLICE("r"));
    sio__room_index_join(&b, SIO__SLICE("r"));
    CHECK_STR(told_now(), "+r:a jr:a jr:b ");
    sio__room_index_leave(&a, SIO__SLICE("r"));
    sio__room_index_leave(&a, SIO__SLICE("r"));
    sio__room_index_leave(&a, SIO__SLICE("no"));
    CHECK_STR(told_now(), "lr:a ");
    sio__room_index_join(&b, SIO__SLICE("s"));
    sio__room_index_remove(&b);
    CHECK_STR(told_now(), "+s:b js:b lb:b -b:b ls:b -s:b lr:b -r:b ");
    sio__room_index_fini(&index);
    CHECK_STR(told_now(), "la:a -a:a ");
}

TEST(a_room_of_an_id_lasts_as_long_as_anybody_is_in_it)
{
    struct sio__room_watch watch = {note_change};
    struct sio__room_index index;
    struct sio__member a, b;

    sio__room_index_init(&index);
    index.watch = &watch;
    sio__room_index_add(&index, &a, SIO__SLICE("a"));
    sio__room_index_add(&index, &b, SIO__SLICE("b"));
    sio__room_index_join(&b, SIO__SLICE("a"));
    CHECK_STR(told_now(), "ja:b ");
    sio__room_index_leave(&a, SIO__SLICE("a"));
    sio__room_index_leave(&a, SIO__SLICE("a"));
    CHECK_STR(told_now(), "la:a ");
    sio__room_index_join(&a, SIO__SLICE("a"));
    sio__room_index_join(&a, SIO__SLICE("a"));
    CHECK_STR(told_now(), "ja:a ");
    sio__room_index_leave(&b, SIO__SLICE("a"));
    sio__room_index_leave(&a, SIO__SLICE("a"));
    CHECK_STR(told_now(), "la:b la:a -a:a ");
    sio__room_index_join(&a, SIO__SLICE("a"));
    CHECK_STR(told_now(), "+a:a ja:a ");
    sio__room_index_fini(&index);
    told_now();
}

CHECK_MAIN(CHECK_ROW(a_room_exists_from_the_first_join_to_the_last_leave),
           CHECK_ROW(joining_twice_is_joining_once),
           CHECK_ROW(a_member_is_in_the_room_of_its_id_without_an_entry),
           CHECK_ROW(others_may_join_the_room_of_an_id),
           CHECK_ROW(the_own_room_can_be_left_and_joined_again),
           CHECK_ROW(names_are_bytes_of_any_value_and_length),
           CHECK_ROW(leave_all_leaves_the_member_in_its_namespace),
           CHECK_ROW(remove_leaves_every_room_and_can_be_repeated), CHECK_ROW(an_id_is_taken_once),
           CHECK_ROW(many_members_in_many_rooms_stay_consistent_while_they_come_and_go),
           CHECK_ROW(out_of_memory_leaves_no_half_joined_member),
           CHECK_ROW(a_watch_hears_of_every_change_once),
           CHECK_ROW(a_room_of_an_id_lasts_as_long_as_anybody_is_in_it))
