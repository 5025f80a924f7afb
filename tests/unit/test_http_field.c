#include "protocol/http_field.h"
#include "tests/support/check.h"

TEST(a_value_has_only_legal_characters)
{
    CHECK(sio__field_value_valid(SIO__SLICE("")));
    CHECK(sio__field_value_valid(SIO__SLICE("https://example.com:8080")));
    CHECK(sio__field_value_valid(SIO__SLICE("tab\tand \xe4\x80\xff~")));
    CHECK(!sio__field_value_valid(SIO__SLICE("a\r\nb")));
    CHECK(!sio__field_value_valid(SIO__SLICE("a\nb")));
    CHECK(!sio__field_value_valid(SIO__SLICE("a\0")));
    CHECK(!sio__field_value_valid(SIO__SLICE("\x7f")));
    CHECK(!sio__field_value_valid(SIO__SLICE("\x1f")));
}

TEST(a_token_has_no_space_and_is_not_empty)
{
    CHECK(sio__field_token_valid(SIO__SLICE("Sec-WebSocket-Key")));
    CHECK(sio__field_token_valid(SIO__SLICE("!#$%&'*+-.^_`|~09azAZ")));
    CHECK(!sio__field_token_valid(SIO__SLICE("")));
    CHECK(!sio__field_token_valid(SIO__SLICE("a b")));
    CHECK(!sio__field_token_valid(SIO__SLICE("a:")));
    CHECK(!sio__field_token_valid(SIO__SLICE("a\0")));
    CHECK(!sio__field_token_valid(SIO__SLICE("\xe4")));
}

static void check_length(int line, struct sio__slice value, long long want)
{
    uint64_t length = 77;
    bool ok = sio__field_content_length(value, &length);

    check_eq(__FILE__, line, "content length", ok ? (long long)length : -1, want);
    if (!ok)
        CHECK_EQ(length, 77);
}

#define LENGTH(value, want) check_length(__LINE__, SIO__SLICE(value), want)

TEST(a_content_length_is_digits_and_nothing_else)
{
    LENGTH("0", 0);
    LENGTH("1000000", 1000000);
    LENGTH("007", 7);
    LENGTH("9223372036854775807", 9223372036854775807);
    LENGTH("18446744073709551616", -1);
    LENGTH("00000000000000000001", -1);
    LENGTH("", -1);
    LENGTH("-1", -1);
    LENGTH("+1", -1);
    LENGTH(" 1", -1);
    LENGTH("1 ", -1);
    LENGTH("1, 1", -1);
    LENGTH("0x10", -1);
    LENGTH("1e3", -1);
    LENGTH("1\0", -1);
}

static void check_cookie(int line, struct sio__slice header, const char *want)
{
    struct sio__slice value, expected = sio__slice_of(want);
    bool found = sio__field_cookie(header, SIO__SLICE("io"), &value);

    check_eq(__FILE__, line, "cookie found", found, want != NULL);
    if (found)
        check_mem(__FILE__, line, "cookie", value.ptr, value.len, expected.ptr, expected.len);
}

#define COOKIE(header, want) check_cookie(__LINE__, SIO__SLICE(header), want)

TEST(a_cookie_is_found_by_its_whole_name)
{
    COOKIE("io=abc", "abc");
    COOKIE("a=1; io=abc; b=2", "abc");
    COOKIE("a=1;io = abc\t;b", "abc");
    COOKIE("xio=1; iox=2; IO=3; io", NULL);
    COOKIE("", NULL);
    COOKIE(";;=;", NULL);
}

TEST(the_first_cookie_wins_and_may_be_empty)
{
    COOKIE("io=1; io=2", "1");
    COOKIE("io=; io=2", "");
    COOKIE("io=a=b", "a=b");
}

TEST(one_pair_of_quotes_is_dropped)
{
    COOKIE("io=\"a b\"", "a b");
    COOKIE("io=\"\"a\"\"", "\"a\"");
    COOKIE("io=\"", "\"");
    COOKIE("io=%41", "%41");
}

TEST(a_list_is_cut_into_its_items)
{
    static const char *const items[] = {"a", "b c", "", "d"};
    struct sio__slice list = sio__slice_of(" a,\tb c ,, d\t");

    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        CHECK(list.len > 0);
        CHECK(sio__slice_eq(sio__field_next_item(&list, ','), sio__slice_of(items[i])));
    }
    CHECK_EQ(list.len, 0);
    CHECK_EQ(sio__field_next_item(&list, ',').len, 0);
}

CHECK_MAIN(CHECK_ROW(a_value_has_only_legal_characters),
           CHECK_ROW(a_token_has_no_space_and_is_not_empty),
           CHECK_ROW(a_content_length_is_digits_and_nothing_else),
           CHECK_ROW(a_cookie_is_found_by_its_whole_name),
           CHECK_ROW(the_first_cookie_wins_and_may_be_empty),
           CHECK_ROW(one_pair_of_quotes_is_dropped), CHECK_ROW(a_list_is_cut_into_its_items))
