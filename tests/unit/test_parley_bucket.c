#include "server/parley/bucket.h"

#include "tests/support/check.h"

static const struct rate rate = {10, 30};

/* How many of these many tries at the same moment pass. */
static int take(struct bucket *bucket, int tries, int64_t now_ms)
{
    int passed = 0;

    while (tries-- > 0)
        passed += bucket_take(bucket, &rate, now_ms) == 0;
    return passed;
}

TEST(a_new_bucket_gives_the_whole_burst_and_no_more)
{
    struct bucket bucket = {0};

    CHECK_EQ(take(&bucket, 100, 5000), 30);
}

TEST(it_fills_at_the_rate)
{
    struct bucket bucket = {0};

    take(&bucket, 30, 5000);
    CHECK_EQ(take(&bucket, 100, 5100), 1);
    CHECK_EQ(take(&bucket, 100, 6100), 10);
    CHECK_EQ(take(&bucket, 100, 6150), 0);
    CHECK_EQ(take(&bucket, 100, 6200), 1);
}

TEST(it_never_holds_more_than_the_burst)
{
    struct bucket bucket = {0};

    take(&bucket, 30, 5000);
    CHECK_EQ(take(&bucket, 100, 1000000000), 30);
}

TEST(what_is_refused_costs_nothing)
{
    struct bucket bucket = {0};

    take(&bucket, 1000, 5000);
    CHECK_EQ(take(&bucket, 1, 5100), 1);
}

TEST(after_the_time_it_names_the_next_passes_and_not_earlier)
{
    struct bucket bucket = {0};
    int64_t wait_ms;

    take(&bucket, 30, 5000);
    wait_ms = bucket_take(&bucket, &rate, 5000);
    CHECK(wait_ms >= 100 && wait_ms <= 101);
    CHECK(bucket_take(&bucket, &rate, 5000 + 99) > 0);
    CHECK_EQ(bucket_take(&bucket, &rate, 5000 + wait_ms), 0);
}

CHECK_MAIN(CHECK_ROW(a_new_bucket_gives_the_whole_burst_and_no_more),
           CHECK_ROW(it_fills_at_the_rate), CHECK_ROW(it_never_holds_more_than_the_burst),
           CHECK_ROW(what_is_refused_costs_nothing),
           CHECK_ROW(after_the_time_it_names_the_next_passes_and_not_earlier))
