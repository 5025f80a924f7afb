#include "protocol/query.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

/* All pairs, decoded, as `key:value;`. */
static void check_pairs(int line, struct sio__slice query, struct sio__slice want)
{
    struct sio__slice rest = query, key, value;
    struct sio__buf got = SIO__BUF_INIT;

    while (sio__query_next(&rest, &key, &value)) {
        sio__query_decode(&got, key);
        sio__buf_char(&got, ':');
        sio__query_decode(&got, value);
        sio__buf_char(&got, ';');
    }
    check_mem(__FILE__, line, "pairs", got.ptr, got.len, want.ptr, want.len);
    sio__buf_fini(&got);
}

#define PAIRS(query, want) check_pairs(__LINE__, SIO__SLICE(query), SIO__SLICE(want))

TEST(pairs_are_cut_at_ampersands_and_the_first_equals_sign)
{
    PAIRS("", "");
    PAIRS("EIO=4&transport=polling&t=abc", "EIO:4;transport:polling;t:abc;");
    PAIRS("&&a=1&&", "a:1;");
    PAIRS("a", "a:;");
    PAIRS("a=", "a:;");
    PAIRS("=a", ":a;");
    PAIRS("=", ":;");
    PAIRS("a=b=c", "a:b=c;");
    PAIRS("a=1;b=2", "a:1;b=2;");
    PAIRS("?a=1", "?a:1;");
}

TEST(decoding_follows_the_url_standard)
{
    PAIRS("a+b=c+d%2B", "a b:c d+;");
    PAIRS("%61=%7a%7A", "a:zz;");
    PAIRS("a=%", "a:%;");
    PAIRS("a=%4", "a:%4;");
    PAIRS("a=%zz%4", "a:%zz%4;");
    PAIRS("a=%%41", "a:%A;");
    PAIRS("a=%26%3D", "a:&=;");
    PAIRS("a=x%00y", "a:x\0y;");
    PAIRS("a=%E2%82%AC", "a:\xe2\x82\xac;");
    PAIRS("a=%ED%A0%80", "a:\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd;");
    PAIRS("a=%FFx\xe2\x82", "a:\xef\xbf\xbdx\xef\xbf\xbd;");
}

static void check_found(int line, struct sio__slice query, struct sio__slice key, const char *want)
{
    struct sio__buf out = SIO__BUF_INIT;
    bool found;

    CHECK(sio__query_find(query, key, &out, &found));
    sio__buf_char(&out, '\0');
    check_str(__FILE__, line, "found", found ? out.ptr : NULL, want);
    sio__buf_fini(&out);
}

#define FINDS(query, key, want) check_found(__LINE__, SIO__SLICE(query), SIO__SLICE(key), want)

TEST(the_last_of_equal_keys_wins)
{
    FINDS("EIO=3&EIO=4", "EIO", "4");
    FINDS("sid=a&sid=", "sid", "");
    FINDS("sid=a&%73i%64=b", "sid", "b");
}

TEST(a_key_is_found_only_whole)
{
    FINDS("xsid=1&sidx=2&SID=3", "sid", NULL);
    FINDS("", "sid", NULL);
    FINDS("x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&sid=1",
          "sid", "1");
    FINDS("a+b=1", "a b", "1");
    FINDS("b64=1&j=0", "b64", "1");
}

TEST(a_raw_value_compares_without_being_decoded)
{
    CHECK(sio__query_is(SIO__SLICE("poll%69ng"), SIO__SLICE("polling")));
    CHECK(!sio__query_is(SIO__SLICE("polling%00"), SIO__SLICE("polling")));
    CHECK(!sio__query_is(SIO__SLICE("pollin"), SIO__SLICE("polling")));
    CHECK(sio__query_is(SIO__SLICE(""), SIO__SLICE("")));
}

TEST(a_raw_find_points_into_the_query)
{
    struct sio__slice query = SIO__SLICE("a=1&sid=x%79"), value;

    CHECK(sio__query_find_raw(query, SIO__SLICE("sid"), &value));
    CHECK_MEM(value.ptr, value.len, "x%79", 4);
    CHECK(value.ptr == query.ptr + 8);
}

TEST(running_out_of_memory_is_told_at_each_step)
{
    for (long n = 1; n <= 2; n++) {
        struct sio__buf out = SIO__BUF_INIT;
        bool found;
        sio__mem_fail_nth(n, false);
        CHECK(!sio__query_find(SIO__SLICE("a=%FF"), SIO__SLICE("a"), &out, &found));
        sio__mem_fail_nth(0, false);
        CHECK(found && out.failed);
        sio__buf_fini(&out);
    }
}

CHECK_MAIN(CHECK_ROW(pairs_are_cut_at_ampersands_and_the_first_equals_sign),
           CHECK_ROW(decoding_follows_the_url_standard), CHECK_ROW(the_last_of_equal_keys_wins),
           CHECK_ROW(a_key_is_found_only_whole),
           CHECK_ROW(a_raw_value_compares_without_being_decoded),
           CHECK_ROW(a_raw_find_points_into_the_query),
           CHECK_ROW(running_out_of_memory_is_told_at_each_step))
