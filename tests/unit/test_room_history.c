#include "protocol/mem.h"
#include "rooms/room_history.h"
#include "tests/support/check.h"

#define A SIO__SLICE("a")
#define B SIO__SLICE("b")

TEST(without_changes_it_was_where_it_is)
{
    struct sio__room_history history = {0};

    CHECK(sio__room_history_was_in(&history, A, true, 1));
    CHECK(!sio__room_history_was_in(&history, A, false, 1));
    sio__room_history_fini(&history);
}

TEST(a_change_counts_for_the_ops_after_it)
{
    struct sio__room_history history = {0};

    sio__room_history_add(&history, A, true, 10);
    sio__room_history_add(&history, B, true, 20);
    sio__room_history_add(&history, A, false, 30);
    CHECK(!sio__room_history_was_in(&history, A, false, 10));
    CHECK(sio__room_history_was_in(&history, A, false, 11));
    CHECK(sio__room_history_was_in(&history, A, false, 30));
    CHECK(!sio__room_history_was_in(&history, A, false, 31));
    CHECK(!sio__room_history_was_in(&history, B, true, 20));
    CHECK(sio__room_history_was_in(&history, B, true, 21));
    CHECK_EQ(history.floor, 0);
    sio__room_history_fini(&history);
}

TEST(of_many_changes_the_oldest_are_forgotten_and_it_says_so)
{
    struct sio__room_history history = {0};

    for (uint64_t place = 1; place <= SIO__ROOM_CHANGES; place++)
        sio__room_history_add(&history, A, place % 2 == 1, place);
    CHECK_EQ(history.floor, 0);
    sio__room_history_add(&history, A, true, SIO__ROOM_CHANGES + 1);
    CHECK_EQ(history.floor, SIO__ROOM_CHANGES / 2);
    CHECK_EQ(history.count, SIO__ROOM_CHANGES / 2 + 1);
    CHECK(sio__room_history_was_in(&history, A, true, SIO__ROOM_CHANGES));
    CHECK(!sio__room_history_was_in(&history, A, true, SIO__ROOM_CHANGES + 1));
    CHECK(sio__room_history_was_in(&history, A, true, SIO__ROOM_CHANGES + 2));
    sio__room_history_fini(&history);
}

TEST(a_change_that_found_no_memory_is_where_it_ends)
{
    struct sio__room_history history = {0};

    sio__room_history_add(&history, A, true, 10);
    sio__mem_fail_nth(1, false);
    sio__room_history_add(&history, A, false, 20);
    sio__mem_fail_nth(0, false);
    CHECK_EQ(history.floor, 20);
    sio__room_history_add(&history, A, true, 30);
    CHECK(!sio__room_history_was_in(&history, A, true, 25));
    CHECK(sio__room_history_was_in(&history, A, true, 31));
    sio__room_history_fini(&history);
}

CHECK_MAIN(CHECK_ROW(without_changes_it_was_where_it_is),
           CHECK_ROW(a_change_counts_for_the_ops_after_it),
           CHECK_ROW(of_many_changes_the_oldest_are_forgotten_and_it_says_so),
           CHECK_ROW(a_change_that_found_no_memory_is_where_it_ends))
