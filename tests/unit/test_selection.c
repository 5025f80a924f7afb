#include "rooms/selection.h"
#include "tests/support/check.h"

#define S(literal) SIO__SLICE(literal)

/* A, B in "x"; B, C in "y"; D in none. */
struct fixture {
    struct sio__room_index index;
    struct sio__member a, b, c, d;
    char seen[64];
};

static void set_up(struct fixture *f)
{
    sio__room_index_init(&f->index);
    CHECK(sio__room_index_add(&f->index, &f->a, S("A")));
    CHECK(sio__room_index_add(&f->index, &f->b, S("B")));
    CHECK(sio__room_index_add(&f->index, &f->c, S("C")));
    CHECK(sio__room_index_add(&f->index, &f->d, S("D")));
    CHECK(sio__room_index_join(&f->a, S("x")));
    CHECK(sio__room_index_join(&f->b, S("x")));
    CHECK(sio__room_index_join(&f->b, S("y")));
    CHECK(sio__room_index_join(&f->c, S("y")));
}

/* Splits "x y" into slices. */
static size_t names(const char *list, struct sio__slice *out)
{
    size_t count = 0;

    while (*list != '\0') {
        size_t len = strcspn(list, " ");

        out[count++] = sio__slice_make(list, len);
        list += len + (list[len] == ' ');
    }
    return count;
}

/* The ids selected, in order of the alphabet, one after the other. */
static const char *selected(struct fixture *f, const char *rooms, const char *except,
                            const char *sender)
{
    struct sio__slice in[8], out[8];
    struct sio__target target = {.rooms = in,
                                 .room_count = names(rooms, in),
                                 .except = out,
                                 .except_count = names(except, out),
                                 .sender = sio__slice_of(sender)};
    struct sio__selection selection;
    struct sio__member *member;
    unsigned times[256] = {0};
    size_t len = 0;

    sio__selection_init(&selection, &f->index, &target);
    while ((member = sio__selection_next(&selection)) != NULL)
        times[(unsigned char)member->id.ptr[0]]++;
    CHECK(sio__selection_next(&selection) == NULL);
    for (int c = 0; c < 256; c++)
        while (times[c]-- > 0)
            f->seen[len++] = (char)c;
    f->seen[len] = '\0';
    return f->seen;
}

#define CHECK_SELECTED(rooms, except, sender, expected)                                            \
    do {                                                                                           \
        struct fixture f;                                                                          \
        set_up(&f);                                                                                \
        CHECK_STR(selected(&f, rooms, except, sender), expected);                                  \
        CHECK_STR(selected(&f, rooms, except, sender), expected);                                  \
        sio__room_index_fini(&f.index);                                                            \
    } while (0)

TEST(no_room_means_the_whole_namespace)
{
    CHECK_SELECTED("", "", NULL, "ABCD");
}

TEST(a_room_means_its_members)
{
    CHECK_SELECTED("x", "", NULL, "AB");
    CHECK_SELECTED("nowhere", "", NULL, "");
}

TEST(rooms_are_a_union_with_each_member_once)
{
    CHECK_SELECTED("x y", "", NULL, "ABC");
    CHECK_SELECTED("x x", "", NULL, "AB");
    CHECK_SELECTED("x nowhere y", "", NULL, "ABC");
}

TEST(an_id_is_a_room_of_one)
{
    CHECK_SELECTED("D", "", NULL, "D");
    CHECK_SELECTED("D x A", "", NULL, "ABD");
}

TEST(exceptions_win)
{
    CHECK_SELECTED("", "x", NULL, "CD");
    CHECK_SELECTED("x", "y", NULL, "A");
    CHECK_SELECTED("x y", "x", NULL, "C");
    CHECK_SELECTED("x", "x", NULL, "");
    CHECK_SELECTED("x", "nowhere", NULL, "AB");
    CHECK_SELECTED("", "x y D", NULL, "");
}

TEST(the_sender_is_left_out)
{
    CHECK_SELECTED("", "", "A", "BCD");
    CHECK_SELECTED("x", "", "A", "B");
    CHECK_SELECTED("x y", "", "B", "AC");
    CHECK_SELECTED("A", "", "A", "");
    CHECK_SELECTED("x", "", "somebody else", "AB");
    CHECK_SELECTED("x", "y", "A", "");
}

TEST(a_room_named_like_an_id_holds_its_owner_and_who_joined)
{
    struct fixture f;

    set_up(&f);
    CHECK(sio__room_index_join(&f.d, S("A")));
    CHECK_STR(selected(&f, "A", "", NULL), "AD");
    CHECK_STR(selected(&f, "", "A", NULL), "BC");
    sio__room_index_leave(&f.a, S("A"));
    CHECK_STR(selected(&f, "A", "", NULL), "D");
    sio__room_index_fini(&f.index);
}

TEST(leaving_the_own_room_leaves_the_namespace_selection_alone)
{
    struct fixture f;

    set_up(&f);
    sio__room_index_leave(&f.d, S("D"));
    CHECK_STR(selected(&f, "D", "", NULL), "");
    CHECK_STR(selected(&f, "", "", "D"), "ABCD"); /* the exclusion is by room */
    sio__room_index_fini(&f.index);
}

/* All but D are in "all", with so many others that they are asked and not marked. */
TEST(an_exception_much_larger_than_the_rooms_wins_too)
{
    struct sio__member others[20];
    char ids[20][32];
    struct fixture f;

    set_up(&f);
    for (size_t i = 0; i < 20; i++) {
        snprintf(ids[i], sizeof ids[i], "other %zu", i);
        CHECK(sio__room_index_add(&f.index, &others[i], sio__slice_of(ids[i])));
        CHECK(sio__room_index_join(&others[i], S("all")));
    }
    CHECK(sio__room_index_join(&f.a, S("all")));
    CHECK(sio__room_index_join(&f.b, S("all")));
    CHECK_STR(selected(&f, "x", "all", NULL), "");
    CHECK_STR(selected(&f, "x y", "all", NULL), "C");
    CHECK_STR(selected(&f, "x y D", "all", "C"), "D");
    CHECK_STR(selected(&f, "y A B C D", "all x all all all all", NULL), "CD");
    CHECK_STR(selected(&f, "", "all", NULL), "CD");
    sio__room_index_fini(&f.index);
}

/* What may happen to the current one during a walk. */
static void leave_current(struct sio__member *member)
{
    sio__room_index_leave(member, S("x"));
}

static void leave_all_rooms(struct sio__member *member)
{
    sio__room_index_leave_all(member);
}

static void remove_current(struct sio__member *member)
{
    sio__room_index_remove(member);
}

static void join_another(struct sio__member *member)
{
    sio__room_index_leave(member, S("x"));
    CHECK(sio__room_index_join(member, S("y")));
    CHECK(sio__room_index_join(member, S("x")));
    CHECK(sio__room_index_join(member, S("z")));
}

static void check_walk(const char *rooms, const char *except, void (*act)(struct sio__member *),
                       size_t expected)
{
    struct fixture f;
    struct sio__slice in[8], out[8];
    struct sio__target target = {.rooms = in,
                                 .room_count = names(rooms, in),
                                 .except = out,
                                 .except_count = names(except, out)};
    struct sio__selection selection;
    struct sio__member *member;
    size_t count = 0;

    set_up(&f);
    sio__selection_init(&selection, &f.index, &target);
    while ((member = sio__selection_next(&selection)) != NULL) {
        act(member);
        count++;
    }
    CHECK_EQ(count, expected);
    sio__room_index_fini(&f.index);
}

TEST(the_current_member_may_change_its_rooms_or_go)
{
    void (*const acts[])(struct sio__member *) = {leave_current, leave_all_rooms, remove_current,
                                                  join_another};

    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        check_walk("", "", acts[i], 4);
        check_walk("x", "", acts[i], 2);
        check_walk("x y", "", acts[i], 3);
        check_walk("B A x y z D", "", acts[i], 4);
        check_walk("", "y", acts[i], 2);
        check_walk("x y", "C", acts[i], 2);
    }
}

CHECK_MAIN(CHECK_ROW(no_room_means_the_whole_namespace), CHECK_ROW(a_room_means_its_members),
           CHECK_ROW(rooms_are_a_union_with_each_member_once), CHECK_ROW(an_id_is_a_room_of_one),
           CHECK_ROW(exceptions_win), CHECK_ROW(the_sender_is_left_out),
           CHECK_ROW(a_room_named_like_an_id_holds_its_owner_and_who_joined),
           CHECK_ROW(leaving_the_own_room_leaves_the_namespace_selection_alone),
           CHECK_ROW(an_exception_much_larger_than_the_rooms_wins_too),
           CHECK_ROW(the_current_member_may_change_its_rooms_or_go))
