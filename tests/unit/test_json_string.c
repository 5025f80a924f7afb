#include "protocol/json_string.h"

#include "tests/support/check.h"

static void check_unescape(const char *inside, const char *want, size_t want_len)
{
    char out[200];

    CHECK_MEM(out, sio__json_unescape(inside, strlen(inside), out), want, want_len);
    CHECK_EQ(sio__json_unescaped_len(inside, strlen(inside)), want_len);
    CHECK(sio__json_string_equals(sio__slice_of(inside), sio__slice_make(want, want_len)));
}

TEST(escapes_become_utf8)
{
    check_unescape("plain", "plain", 5);
    check_unescape("", "", 0);
    check_unescape("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8);
    check_unescape("a\\u0041\\u00e9\\u20AC!", "aA\xc3\xa9\xe2\x82\xac!", 8);
    check_unescape("\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4);
    check_unescape("x\\u0000y", "x\0y", 3);
}

TEST(a_surrogate_without_its_partner_becomes_the_replacement_character)
{
    check_unescape("\\ud800", "\xef\xbf\xbd", 3);
    check_unescape("\\udc00\\ud800", "\xef\xbf\xbd\xef\xbf\xbd", 6);
    check_unescape("\\ud800\\u0041",
                   "\xef\xbf\xbd"
                   "A",
                   4);
    check_unescape("\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80", 7);
    check_unescape("\\ud800\\n", "\xef\xbf\xbd\n", 4);
}

TEST(unescaping_works_in_place)
{
    char text[] = "a\\u00e9b\\\\c\\nd";

    CHECK_MEM(text, sio__json_unescape(text, strlen(text), text),
              "a\xc3\xa9"
              "b\\c\nd",
              8);
}

TEST(equality_sees_every_difference)
{
    CHECK(!sio__json_string_equals(SIO__SLICE("a\\u0041"), SIO__SLICE("a")));
    CHECK(!sio__json_string_equals(SIO__SLICE("a\\u0041"), SIO__SLICE("aAA")));
    CHECK(!sio__json_string_equals(SIO__SLICE("a\\u0041"), SIO__SLICE("aB")));
    CHECK(!sio__json_string_equals(SIO__SLICE("\\u20ac"), SIO__SLICE("\xe2\x82")));
}

static void check_escape(const char *utf8, size_t len, const char *want)
{
    char out[200];

    CHECK_EQ(sio__json_escaped_len(utf8, len), strlen(want));
    CHECK_MEM(out, (size_t)(sio__json_escape(utf8, len, out) - out), want, strlen(want));
}

TEST(escaping_is_that_of_javascript)
{
    check_escape("plain / \x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80", 21,
                 "plain / \x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80");
    check_escape("\"\\", 2, "\\\"\\\\");
    check_escape("\b\f\n\r\t", 5, "\\b\\f\\n\\r\\t");
    check_escape("\0\x01\x0b\x1f", 4, "\\u0000\\u0001\\u000b\\u001f");
    check_escape("", 0, "");
}

TEST(a_quoted_string_is_valid_utf8_whatever_went_in)
{
    struct sio__buf out = SIO__BUF_INIT;

    sio__json_quote_to(&out, SIO__SLICE("a\n\xc3\xa9"));
    sio__json_quote_to(&out, SIO__SLICE("\xff\"\xc3"));
    sio__json_quote_to(&out, SIO__SLICE(""));
    CHECK(
        sio__slice_is(sio__buf_view(&out), "\"a\\n\xc3\xa9\"\"\xef\xbf\xbd\\\"\xef\xbf\xbd\"\"\""));
    sio__buf_fini(&out);
}

CHECK_MAIN(CHECK_ROW(escapes_become_utf8),
           CHECK_ROW(a_surrogate_without_its_partner_becomes_the_replacement_character),
           CHECK_ROW(unescaping_works_in_place), CHECK_ROW(equality_sees_every_difference),
           CHECK_ROW(escaping_is_that_of_javascript),
           CHECK_ROW(a_quoted_string_is_valid_utf8_whatever_went_in))
