#include "protocol/utf8.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

#define BAD "\xef\xbf\xbd"

struct row {
    struct sio__slice in;
    size_t valid_prefix;
    struct sio__slice repaired;
};

#define ROW(in, prefix, out)                                                                       \
    {                                                                                              \
        SIO__SLICE_INIT(in), prefix, SIO__SLICE_INIT(out)                                          \
    }

static const struct row rows[] = {
    ROW("", 0, ""),
    ROW("hello, sixteen b", 16, "hello, sixteen b"),
    ROW("\xc2\x80", 2, "\xc2\x80"),
    ROW("\xdf\xbf", 2, "\xdf\xbf"),
    ROW("\xe0\xa0\x80", 3, "\xe0\xa0\x80"),
    ROW("\xed\x9f\xbf", 3, "\xed\x9f\xbf"),
    ROW("\xee\x80\x80", 3, "\xee\x80\x80"),
    ROW("\xf0\x90\x80\x80", 4, "\xf0\x90\x80\x80"),
    ROW("\xf4\x8f\xbf\xbf", 4, "\xf4\x8f\xbf\xbf"),
    ROW("\xef\xbb\xbfx", 4, "\xef\xbb\xbfx"), /* a byte order mark stays */
    ROW("a\0b", 3, "a\0b"),
    /* bytes that never start a character */
    ROW("a\x80z", 1, "a" BAD "z"),
    ROW("\xff", 0, BAD),
    ROW("\xc0\xaf", 0, BAD BAD),
    ROW("\xc1\xbf", 0, BAD BAD),
    ROW("\xf5\x80\x80\x80", 0, BAD BAD BAD BAD),
    /* overlong, surrogate, above U+10FFFF: the second byte is already wrong */
    ROW("\xe0\x80\xaf", 0, BAD BAD BAD),
    ROW("\xf0\x80\x80\xaf", 0, BAD BAD BAD BAD),
    ROW("\xed\xa0\x80", 0, BAD BAD BAD),
    ROW("\xed\xbf\xbf", 0, BAD BAD BAD),
    ROW("\xf4\x90\x80\x80", 0, BAD BAD BAD BAD),
    /* cut off: one mark for the whole part */
    ROW("x\xe2\x82", 1, "x" BAD),
    ROW("\xf0\x9f\x98", 0, BAD),
    ROW("\xf0\x9f\x98z", 0, BAD "z"),
    ROW("\xe2\x82\xe2\x82\xac", 0, BAD "\xe2\x82\xac"),
    ROW("\xc3", 0, BAD),
    /* bad bytes behind a long ASCII run and at each place of a word */
    ROW("12345678\x80"
        "2345678\xff",
        8, "12345678" BAD "2345678" BAD),
};

TEST(valid_and_invalid_text_are_told_apart)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        CHECK_EQ(sio__utf8_valid_prefix(r->in.ptr, r->in.len), r->valid_prefix);
        CHECK_EQ(sio__utf8_valid(r->in.ptr, r->in.len), r->valid_prefix == r->in.len);
    }
    CHECK(sio__utf8_valid(NULL, 0));
}

TEST(each_maximal_bad_part_becomes_one_replacement)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sio__buf out = SIO__BUF_INIT;
        sio__utf8_repair(&out, rows[i].in.ptr, rows[i].in.len);
        CHECK_MEM(out.ptr, out.len, rows[i].repaired.ptr, rows[i].repaired.len);
        sio__buf_fini(&out);
    }
}

TEST(a_bad_byte_is_found_at_every_place_of_a_word)
{
    for (size_t at = 0; at < 40; at++) {
        char text[40];
        memset(text, 'a', sizeof text);
        text[at] = '\x80';
        CHECK_EQ(sio__utf8_valid_prefix(text, sizeof text), at);
    }
}

TEST(lengths_count_utf16_units)
{
    CHECK_EQ(sio__utf16_len("hello", 5), 5);
    CHECK_EQ(sio__utf16_len("4\xe2\x82\xac", 4), 2);
    CHECK_EQ(sio__utf16_len("4\xf0\x9f\x98\x80", 5), 3);
    CHECK_EQ(sio__utf16_len("\xc3\xa4", 2), 1);
    CHECK_EQ(sio__utf16_len(NULL, 0), 0);
}

TEST(a_repair_without_memory_fails_the_builder)
{
    struct sio__buf out = SIO__BUF_INIT;

    sio__mem_fail_nth(1, true);
    sio__utf8_repair(&out, "a\x80", 2);
    sio__mem_fail_nth(0, false);
    CHECK(out.failed);
    sio__buf_fini(&out);
}

CHECK_MAIN(CHECK_ROW(valid_and_invalid_text_are_told_apart),
           CHECK_ROW(each_maximal_bad_part_becomes_one_replacement),
           CHECK_ROW(a_bad_byte_is_found_at_every_place_of_a_word),
           CHECK_ROW(lengths_count_utf16_units),
           CHECK_ROW(a_repair_without_memory_fails_the_builder))
