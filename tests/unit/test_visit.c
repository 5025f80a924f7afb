#include "rooms/visit.h"
#include "tests/support/check.h"

#include <stdlib.h>

enum { MEMBERS = 40, ROOMS = 4 };

static const struct sio__slice room_names[ROOMS] = {{"a", 1}, {"b", 1}, {"c", 1}, {"id 7", 4}};

/* A namespace in which everything changes between the steps of one visit.  As the visit asks of its
 * user, whoever is about to change is given at once what it is owed. */
static struct world {
    struct sio__room_index index;
    struct sio__target target;
    struct member {
        struct sio__member base; /* first */
        char id[16];
        bool is_owed; /* was meant at the beginning, and has not been given it */
        unsigned given;
    } members[MEMBERS];
} world;

static bool is_present(const struct member *member)
{
    return member->base.index != NULL;
}

static void bring(struct member *member)
{
    if (member->is_owed && sio__target_means(&world.target, &member->base))
        member->given++;
    member->is_owed = false;
}

static void add(struct member *member)
{
    CHECK(sio__room_index_add(&world.index, &member->base, sio__slice_of(member->id)));
}

static void change_something(void)
{
    struct member *member = &world.members[rand() % MEMBERS];
    struct sio__slice room = room_names[rand() % ROOMS];

    if (!is_present(member)) {
        add(member);
        return;
    }
    bring(member);
    switch (rand() % 4) {
    case 0:
        sio__room_index_remove(&member->base);
        break;
    case 1:
        sio__room_index_leave(&member->base, room);
        break;
    default:
        CHECK(sio__room_index_join(&member->base, room));
    }
}

static void set_up(void)
{
    memset(&world, 0, sizeof world);
    sio__room_index_init(&world.index);
    for (int i = 0; i < MEMBERS; i++) {
        snprintf(world.members[i].id, sizeof world.members[i].id, "id %d", i);
        if (rand() % 4 != 0)
            add(&world.members[i]);
    }
    for (int i = 0; i < 3 * MEMBERS; i++)
        change_something();
}

/* The step visits at most so many.  False: that was everybody. */
static bool visit_some(struct sio__visit *visit, int most)
{
    struct sio__member *member;

    sio__visit_resume(visit);
    for (; most > 0; most--) {
        if ((member = sio__visit_next(visit)) == NULL)
            return false;
        bring((struct member *)member);
    }
    return true;
}

static void visit_while_all_changes(void)
{
    bool was_meant[MEMBERS];
    struct sio__visit visit;

    for (int i = 0; i < MEMBERS; i++) {
        struct member *member = &world.members[i];

        was_meant[i] = is_present(member) && sio__target_means(&world.target, &member->base);
        member->is_owed = is_present(member);
        member->given = 0;
    }
    sio__visit_init(&visit, &world.index, &world.target);
    while (visit_some(&visit, rand() % 4))
        for (int changes = rand() % 6; changes > 0; changes--)
            change_something();
    for (int i = 0; i < MEMBERS; i++)
        CHECK_EQ(world.members[i].given, was_meant[i]);
}

static void try_target(size_t room_count, size_t except_count)
{
    struct sio__slice rooms[ROOMS], except[ROOMS];

    set_up();
    for (size_t i = 0; i < ROOMS; i++) {
        rooms[i] = room_names[rand() % ROOMS];
        except[i] = room_names[rand() % ROOMS];
    }
    world.target = (struct sio__target){
        .rooms = rooms,
        .room_count = room_count,
        .except = except,
        .except_count = except_count,
        .sender = rand() % 2 == 0 ? sio__slice_of(world.members[3].id) : (struct sio__slice){0},
    };
    visit_while_all_changes();
    sio__room_index_fini(&world.index);
}

TEST(whoever_was_meant_is_given_it_once_whatever_changes_between_the_steps)
{
    srand(7);
    for (int i = 0; i < 2000; i++)
        try_target((size_t)i % (ROOMS + 1), (size_t)i / 5 % 3);
}

TEST(a_target_means_those_whom_a_selection_finds)
{
    srand(11);
    for (int i = 0; i < 500; i++) {
        struct sio__slice rooms[2] = {room_names[rand() % ROOMS], room_names[rand() % ROOMS]};
        struct sio__slice except[1] = {room_names[rand() % ROOMS]};
        struct sio__target target = {rooms, (size_t)i % 3, except, (size_t)i / 3 % 2, {0}};
        struct sio__selection selection;
        struct sio__member *found;

        set_up();
        if (i % 5 == 0)
            target.sender = sio__slice_of(world.members[5].id);
        sio__selection_init(&selection, &world.index, &target);
        while ((found = sio__selection_next(&selection)) != NULL)
            ((struct member *)found)->given++;
        for (int m = 0; m < MEMBERS; m++)
            if (is_present(&world.members[m]))
                CHECK_EQ(world.members[m].given,
                         sio__target_means(&target, &world.members[m].base));
        sio__room_index_fini(&world.index);
    }
}

TEST(the_most_that_a_target_means_is_not_less_than_it_means)
{
    srand(13);
    for (int i = 0; i < 500; i++) {
        struct sio__target target = {room_names, (size_t)i % (ROOMS + 1), NULL, 0, {0}};
        size_t meant = 0;

        set_up();
        for (int m = 0; m < MEMBERS; m++)
            meant +=
                is_present(&world.members[m]) && sio__target_means(&target, &world.members[m].base);
        CHECK(sio__target_most(&target, &world.index) >= meant);
        CHECK(target.room_count > 0 || sio__target_most(&target, &world.index) == meant);
        sio__room_index_fini(&world.index);
    }
}

CHECK_MAIN(CHECK_ROW(whoever_was_meant_is_given_it_once_whatever_changes_between_the_steps),
           CHECK_ROW(a_target_means_those_whom_a_selection_finds),
           CHECK_ROW(the_most_that_a_target_means_is_not_less_than_it_means))
