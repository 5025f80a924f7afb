#include "protocol/slice.h"
#include "tests/support/check.h"

TEST(a_literal_keeps_its_nul_bytes)
{
    struct sio__slice s = SIO__SLICE("a\0b");

    CHECK_MEM(s.ptr, s.len, "a\0b", 3);
    CHECK(sio__slice_is(s, "a\0b"));
    CHECK(!sio__slice_is(s, "a"));
}

TEST(empty_slices_are_equal_wherever_they_point)
{
    CHECK(sio__slice_eq(sio__slice_of(NULL), SIO__SLICE("")));
    CHECK(sio__slice_ieq(sio__slice_of(NULL), sio__slice_of("")));
    CHECK(!sio__slice_eq(SIO__SLICE("a"), SIO__SLICE("")));
}

TEST(a_start_longer_than_the_slice_does_not_match)
{
    CHECK(sio__slice_starts(SIO__SLICE("3probe"), "3"));
    CHECK(sio__slice_starts(SIO__SLICE("3probe"), "3probe"));
    CHECK(!sio__slice_starts(SIO__SLICE("3prob"), "3probe"));
}

TEST(header_names_compare_without_case_but_only_letters_fold)
{
    CHECK(sio__slice_ieq(SIO__SLICE("Content-Type"), SIO__SLICE("content-tYPE")));
    CHECK(!sio__slice_ieq(SIO__SLICE("a@"), SIO__SLICE("a`")));
    CHECK(!sio__slice_ieq(SIO__SLICE("a["), SIO__SLICE("a{")));
    CHECK(!sio__slice_ieq(SIO__SLICE("\xc4"), SIO__SLICE("\xe4")));
}

TEST(the_rest_from_the_end_is_empty)
{
    CHECK_EQ(sio__slice_from(SIO__SLICE("abc"), 3).len, 0);
    CHECK(sio__slice_is(sio__slice_from(SIO__SLICE("abc"), 1), "bc"));
}

CHECK_MAIN(CHECK_ROW(a_literal_keeps_its_nul_bytes),
           CHECK_ROW(empty_slices_are_equal_wherever_they_point),
           CHECK_ROW(a_start_longer_than_the_slice_does_not_match),
           CHECK_ROW(header_names_compare_without_case_but_only_letters_fold),
           CHECK_ROW(the_rest_from_the_end_is_empty))
