#include "protocol/buf.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

TEST(appends_follow_each_other)
{
    struct sio__buf b = SIO__BUF_INIT;

    sio__buf_lit(&b, "4");
    sio__buf_char(&b, '2');
    sio__buf_cstr(&b, "[");
    sio__buf_uint(&b, 0);
    sio__buf_slice(&b, SIO__SLICE(","));
    sio__buf_uint(&b, UINT64_MAX);
    sio__buf_bytes(&b, "]x", 1);
    CHECK(!b.failed);
    CHECK_MEM(b.ptr, b.len, "42[0,18446744073709551615]", 26);
    sio__buf_fini(&b);
    CHECK(b.ptr == NULL && b.len == 0 && b.cap == 0);
}

TEST(it_grows_by_doubling_and_keeps_what_it_has)
{
    struct sio__buf b = SIO__BUF_INIT;
    long before;

    sio__mem_fail_nth(1000, false);
    for (int i = 0; i < 100000; i++)
        sio__buf_char(&b, (char)('a' + i % 26));
    before = sio__mem_count();
    sio__mem_fail_nth(0, false);
    CHECK(before < 20);
    CHECK_EQ(b.len, 100000);
    CHECK_EQ(b.ptr[99999], 'a' + 99999 % 26);
    sio__buf_fini(&b);
}

TEST(extend_gives_room_for_the_caller_to_write)
{
    struct sio__buf b = SIO__BUF_INIT;
    char *room;

    sio__buf_lit(&b, "ab");
    room = sio__buf_extend(&b, 3);
    memcpy(room, "cde", 3);
    CHECK_MEM(b.ptr, b.len, "abcde", 5);
    sio__buf_fini(&b);
}

TEST(a_failure_is_sticky_until_cleared)
{
    struct sio__buf b = SIO__BUF_INIT;

    sio__buf_lit(&b, "kept");
    sio__mem_fail_nth(1, false);
    CHECK(sio__buf_extend(&b, 1000) == NULL);
    sio__mem_fail_nth(0, false);
    CHECK(b.failed);
    sio__buf_char(&b, 'x');
    CHECK(!sio__buf_reserve(&b, 0));
    CHECK_MEM(b.ptr, b.len, "kept", 4);
    sio__buf_clear(&b);
    sio__buf_char(&b, 'x');
    CHECK_MEM(b.ptr, b.len, "x", 1);
    sio__buf_fini(&b);
}

TEST(a_length_that_overflows_fails)
{
    struct sio__buf b = SIO__BUF_INIT;

    sio__buf_char(&b, 'a');
    CHECK(!sio__buf_reserve(&b, SIZE_MAX));
    CHECK(b.failed);
    sio__buf_fini(&b);
}

TEST(take_hands_over_bytes_with_a_nul_behind_them)
{
    struct sio__buf b = SIO__BUF_INIT;
    size_t len = 99;
    char *text;

    sio__buf_lit(&b, "abc");
    text = sio__buf_take(&b, &len);
    CHECK_MEM(text, len + 1, "abc", 4);
    CHECK(b.ptr == NULL && b.len == 0);
    sio__free(text);
    text = sio__buf_take(&b, NULL);
    CHECK_STR(text, "");
    sio__free(text);
}

TEST(take_after_a_failure_gives_nothing_and_leaks_nothing)
{
    struct sio__buf b = SIO__BUF_INIT;
    size_t len;

    sio__buf_lit(&b, "abc");
    sio__mem_fail_nth(1, false);
    sio__buf_reserve(&b, 1000);
    sio__mem_fail_nth(0, false);
    CHECK(sio__buf_take(&b, &len) == NULL);
    CHECK(!b.failed && b.ptr == NULL);
}

CHECK_MAIN(CHECK_ROW(appends_follow_each_other),
           CHECK_ROW(it_grows_by_doubling_and_keeps_what_it_has),
           CHECK_ROW(extend_gives_room_for_the_caller_to_write),
           CHECK_ROW(a_failure_is_sticky_until_cleared), CHECK_ROW(a_length_that_overflows_fails),
           CHECK_ROW(take_hands_over_bytes_with_a_nul_behind_them),
           CHECK_ROW(take_after_a_failure_gives_nothing_and_leaks_nothing))
