#include "server/parley/checks.h"

#include "tests/support/check.h"

#define STR(literal) ((sio_str){literal, sizeof literal - 1})

static bool is_name(sio_str text)
{
    return is_label(text, NAME_CHARACTERS, NAME_BYTES);
}

/* The piece, so many times; valid until the next call. */
static sio_str repeat(const char *piece, size_t times)
{
    static char bytes[32768];
    size_t len = strlen(piece);

    for (size_t i = 0; i < times; i++)
        memcpy(bytes + i * len, piece, len);
    return (sio_str){bytes, times * len};
}

TEST(trimming_takes_spaces_and_tabs_from_both_ends_only)
{
    sio_str text = trim(STR(" \t a \t b\t "));

    CHECK_MEM(text.ptr, text.len, "a \t b", 5);
    CHECK_EQ(trim(STR(" \t ")).len, 0);
    CHECK_EQ(trim(STR("")).len, 0);
    CHECK_EQ(trim(STR("\n")).len, 1);
    CHECK_EQ(trim(STR("\xc2\xa0")).len, 2);
}

TEST(a_name_has_1_to_32_characters)
{
    CHECK(is_name(STR("a")));
    CHECK(!is_name(STR("")));
    CHECK(is_name(repeat("a", 32)));
    CHECK(!is_name(repeat("a", 33)));
}

TEST(characters_are_code_points_and_bytes_are_limited_too)
{
    CHECK(is_name(repeat("\xc3\xa4", 32)));
    CHECK(!is_name(repeat("\xc3\xa4", 33)));
    CHECK(is_name(repeat("\xf0\x9f\x8c\xbc", 32)));
    CHECK(!is_name(repeat("\xf0\x9f\x8c\xbc", 33)));
    CHECK(!is_label(repeat("\xf0\x9f\x8c\xbc", 32), 32, 127));
    CHECK(is_label(repeat("\xf0\x9f\x8c\xbc", 80), TITLE_CHARACTERS, TITLE_BYTES));
    CHECK(!is_label(repeat("a", 81), TITLE_CHARACTERS, TITLE_BYTES));
}

TEST(control_characters_are_refused)
{
    CHECK(!is_name(STR("a\0b")));
    CHECK(!is_name(STR("a\nb")));
    CHECK(!is_name(STR("a\tb")));
    CHECK(!is_name(STR("a\x1f"
                       "b")));
    CHECK(!is_name(STR("a\x7f"
                       "b")));
    CHECK(!is_name(STR("a\xc2\x80"
                       "b")));
    CHECK(!is_name(STR("a\xc2\x9f"
                       "b")));
    CHECK(is_name(STR("a\xc2\xa0"
                      "b")));
    CHECK(is_name(STR("a b")));
}

TEST(line_separators_and_direction_controls_are_refused)
{
    CHECK(is_name(STR("a\xe2\x80\xa7")));  /* U+2027 */
    CHECK(!is_name(STR("a\xe2\x80\xa8"))); /* U+2028 */
    CHECK(!is_name(STR("a\xe2\x80\xa9")));
    CHECK(!is_name(STR("a\xe2\x80\xaa")));
    CHECK(!is_name(STR("a\xe2\x80\xae")));
    CHECK(is_name(STR("a\xe2\x80\xaf"))); /* U+202F */
    CHECK(is_name(STR("a\xe2\x81\xa5"))); /* U+2065 */
    CHECK(!is_name(STR("a\xe2\x81\xa6")));
    CHECK(!is_name(STR("a\xe2\x81\xa9")));
    CHECK(is_name(STR("a\xe2\x81\xaa")));
}

TEST(a_name_has_something_visible)
{
    CHECK(!is_name(STR(" ")));
    CHECK(!is_name(STR("\xe2\x80\x8b")));            /* zero width space */
    CHECK(!is_name(STR("\xc2\xa0\xe3\x80\x80")));    /* wide spaces */
    CHECK(!is_name(STR("\xe2\xa0\x80")));            /* empty Braille */
    CHECK(!is_name(STR("\xef\xb8\x8f")));            /* a selector alone */
    CHECK(!is_name(STR("\xf3\xa0\x80\xa0")));        /* a tag alone */
    CHECK(is_name(STR("\xe2\x9d\xa4\xef\xb8\x8f"))); /* a heart with its selector */
    CHECK(is_name(STR("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"))); /* two joined */
    CHECK(is_name(STR("\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7")));
}

TEST(only_utf8_is_utf8)
{
    CHECK(is_utf8(STR("")));
    CHECK(is_utf8(STR("a\0\xc3\xa4\xe2\x82\xac\xf4\x8f\xbf\xbf")));
    CHECK(!is_utf8(STR("\x80")));
    CHECK(!is_utf8(STR("\xc3")));
    CHECK(!is_utf8(STR("\xc3("))); /* no continuation */
    CHECK(!is_utf8(STR("\xe2\x82")));
    CHECK(!is_utf8(STR("\xc0\xaf")));         /* overlong */
    CHECK(!is_utf8(STR("\xe0\x80\xaf")));     /* overlong */
    CHECK(!is_utf8(STR("\xf0\x80\x80\xaf"))); /* overlong */
    CHECK(!is_utf8(STR("\xed\xa0\x80")));     /* half a pair */
    CHECK(!is_utf8(STR("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
    CHECK(!is_utf8(STR("\xf8\x88\x80\x80\x80")));
    CHECK(!is_utf8(STR("\xff")));
}

TEST(a_text_has_1_to_4000_characters_and_16384_bytes)
{
    CHECK(!is_text(STR("")));
    CHECK(is_text(STR("a")));
    CHECK(is_text(repeat("a", 4000)));
    CHECK(!is_text(repeat("a", 4001)));
    CHECK(is_text(repeat("\xf0\x9f\x8c\xbc", 4000)));
    CHECK(!is_text(repeat("\xf0\x9f\x8c\xbc", 4001)));
}

TEST(a_text_may_hold_anything)
{
    CHECK(is_text(STR(" a\n\t\0\xe2\x80\xae ")));
    CHECK(is_text(STR(" ")));
    CHECK(is_text(STR("\0")));
    CHECK(!is_text(STR("a\xff")));
}

TEST(a_message_id_is_1_to_64_plain_characters)
{
    CHECK(is_message_id(STR("azAZ09_-")));
    CHECK(is_message_id(repeat("x", 64)));
    CHECK(!is_message_id(repeat("x", 65)));
    CHECK(!is_message_id(STR("")));
    CHECK(!is_message_id(STR("a.b")));
    CHECK(!is_message_id(STR("a b")));
    CHECK(!is_message_id(STR("a\0")));
    CHECK(!is_message_id(STR("\xc3\xa4")));
}

TEST(a_cut_is_between_characters)
{
    CHECK_EQ(first_characters(STR("abc"), 2).len, 2);
    CHECK_EQ(first_characters(STR("abc"), 5).len, 3);
    CHECK_EQ(first_characters(STR("\xc3\xa4\xe2\x82\xac"), 1).len, 2);
    CHECK_EQ(first_characters(STR("\xc3\xa4\xe2\x82\xac"), 2).len, 5);
    CHECK_EQ(first_characters(STR("ab\xff"), 5).len, 2);
}

CHECK_MAIN(CHECK_ROW(trimming_takes_spaces_and_tabs_from_both_ends_only),
           CHECK_ROW(a_name_has_1_to_32_characters),
           CHECK_ROW(characters_are_code_points_and_bytes_are_limited_too),
           CHECK_ROW(control_characters_are_refused),
           CHECK_ROW(line_separators_and_direction_controls_are_refused),
           CHECK_ROW(a_name_has_something_visible), CHECK_ROW(only_utf8_is_utf8),
           CHECK_ROW(a_text_has_1_to_4000_characters_and_16384_bytes),
           CHECK_ROW(a_text_may_hold_anything), CHECK_ROW(a_message_id_is_1_to_64_plain_characters),
           CHECK_ROW(a_cut_is_between_characters))
