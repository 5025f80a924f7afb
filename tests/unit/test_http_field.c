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
           CHECK_ROW(a_list_is_cut_into_its_items))
