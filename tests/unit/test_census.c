#include "rooms/census.h"
#include "tests/support/check.h"

static struct sio__workers read(const struct sio__census *census, uint32_t hash)
{
    struct sio__workers set = {{0}};

    sio__census_read(census, hash, &set);
    return set;
}

TEST(a_worker_is_there_as_long_as_it_has_a_room)
{
    struct sio__census *census = sio__census_new(200);
    struct sio__census_part first, last;
    struct sio__workers set;

    CHECK(sio__census_part_init(&first, census, 0));
    CHECK(sio__census_part_init(&last, census, 199));
    sio__census_add(&first, 7);
    sio__census_add(&last, 7);
    sio__census_add(&last, 7);
    set = read(census, 7);
    CHECK(sio__workers_has(&set, 0));
    CHECK(sio__workers_has(&set, 199));
    CHECK(!sio__workers_has(&set, 1));
    sio__census_remove(&first, 7);
    sio__census_remove(&last, 7);
    set = read(census, 7);
    CHECK(!sio__workers_has(&set, 0));
    CHECK(sio__workers_has(&set, 199));
    sio__census_remove(&last, 7);
    set = read(census, 7);
    CHECK(!sio__workers_has(&set, 199));
    sio__census_part_fini(&first);
    sio__census_part_fini(&last);
    sio__census_free(census);
}

TEST(rooms_of_one_row_are_taken_for_each_other_and_others_are_not)
{
    struct sio__census *census = sio__census_new(2);
    struct sio__census_part part;
    struct sio__workers set;

    CHECK(sio__census_part_init(&part, census, 1));
    sio__census_add(&part, 3);
    set = read(census, 3 + SIO__CENSUS_ROWS);
    CHECK(sio__workers_has(&set, 1));
    set = read(census, 4);
    CHECK(!sio__workers_has(&set, 1));
    sio__census_remove(&part, 3);
    sio__census_part_fini(&part);
    sio__census_free(census);
}

TEST(without_a_census_nothing_is_counted)
{
    struct sio__census_part part;

    CHECK(sio__census_part_init(&part, NULL, 0));
    sio__census_add(&part, 3);
    sio__census_remove(&part, 3);
    sio__census_part_fini(&part);
}

CHECK_MAIN(CHECK_ROW(a_worker_is_there_as_long_as_it_has_a_room),
           CHECK_ROW(rooms_of_one_row_are_taken_for_each_other_and_others_are_not),
           CHECK_ROW(without_a_census_nothing_is_counted))
