#include "protocol/msgpack.h"

#include <math.h>

#include "tests/support/check.h"

#define NEXT(literal) next(literal, sizeof(literal) - 1)

/* The only value of these bytes. */
static struct sio__msgpack_value next(const char *bytes, size_t len)
{
    struct sio__msgpack_reader r = sio__msgpack_reader_of(bytes, len);
    struct sio__msgpack_value v = sio__msgpack_next(&r);

    if (v.kind != SIO__MSGPACK_BAD && v.kind != SIO__MSGPACK_ARRAY && v.kind != SIO__MSGPACK_MAP)
        CHECK_EQ(r.end - r.p, 0);
    return v;
}

static void check_natural(struct sio__msgpack_value v, uint64_t want)
{
    CHECK_EQ(v.kind, SIO__MSGPACK_UINT);
    CHECK_EQ(v.of.natural, want);
}

static void check_whole(struct sio__msgpack_value v, int64_t want)
{
    CHECK_EQ(v.kind, SIO__MSGPACK_INT);
    CHECK_EQ(v.of.whole, want);
}

static void check_bytes(struct sio__msgpack_value v, enum sio__msgpack_kind kind, const char *want)
{
    CHECK_EQ(v.kind, kind);
    CHECK_MEM(v.of.bytes.ptr, v.of.bytes.len, want, strlen(want));
}

/* --- reading ------------------------------------------------------------------------------- */

TEST(integers_of_every_width_are_read)
{
    check_natural(NEXT("\x00"), 0);
    check_natural(NEXT("\x7f"), 127);
    check_natural(NEXT("\xcc\xff"), 255);
    check_natural(NEXT("\xcd\xff\xfe"), 0xfffe);
    check_natural(NEXT("\xce\xff\xfe\xfd\xfc"), 0xfffefdfc);
    check_natural(NEXT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), UINT64_MAX);
    check_whole(NEXT("\xff"), -1);
    check_whole(NEXT("\xe0"), -32);
    check_whole(NEXT("\xd0\x80"), -128);
    check_whole(NEXT("\xd1\x80\x00"), -32768);
    check_whole(NEXT("\xd2\x80\x00\x00\x00"), INT32_MIN);
    check_whole(NEXT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), INT64_MIN);
    check_natural(NEXT("\xd0\x7f"), 127);
    check_natural(NEXT("\xd3\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX);
}

TEST(floats_of_both_widths_are_read)
{
    CHECK(NEXT("\xca\x3f\xc0\x00\x00").of.real == 1.5);
    CHECK(NEXT("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00").of.real == 1.5);
    CHECK(NEXT("\xcb\xff\xf0\x00\x00\x00\x00\x00\x00").of.real == -INFINITY);
    CHECK(isnan(NEXT("\xca\x7f\xc0\x00\x00").of.real));
}

TEST(texts_and_binary_are_read_with_every_length)
{
    check_bytes(NEXT("\xa0"), SIO__MSGPACK_STR, "");
    check_bytes(NEXT("\xa3"
                     "abc"),
                SIO__MSGPACK_STR, "abc");
    check_bytes(NEXT("\xd9\x02hi"), SIO__MSGPACK_STR, "hi");
    check_bytes(NEXT("\xda\x00\x02hi"), SIO__MSGPACK_STR, "hi");
    check_bytes(NEXT("\xdb\x00\x00\x00\x02hi"), SIO__MSGPACK_STR, "hi");
    check_bytes(NEXT("\xc4\x02hi"), SIO__MSGPACK_BIN, "hi");
    check_bytes(NEXT("\xc5\x00\x02hi"), SIO__MSGPACK_BIN, "hi");
    check_bytes(NEXT("\xc6\x00\x00\x00\x02hi"), SIO__MSGPACK_BIN, "hi");
}

TEST(extensions_of_type_0_are_what_notepack_makes_of_them)
{
    CHECK_EQ(NEXT("\xd4\x00\x77").kind, SIO__MSGPACK_UNDEFINED);
    CHECK_EQ(NEXT("\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x01").kind, SIO__MSGPACK_DATE);
    CHECK_EQ(NEXT("\xd7\x00\xff\xff\xff\xff\xff\xff\xff\xff").of.whole, -1);
    check_bytes(NEXT("\xc7\x02\x00hi"), SIO__MSGPACK_BIN, "hi");
    check_bytes(NEXT("\xc8\x00\x02\x00hi"), SIO__MSGPACK_BIN, "hi");
    check_bytes(NEXT("\xc9\x00\x00\x00\x02\x00hi"), SIO__MSGPACK_BIN, "hi");
    check_bytes(NEXT("\xd5\x00hi"), SIO__MSGPACK_EXT, "hi");
}

TEST(other_extensions_keep_their_type)
{
    CHECK_EQ(NEXT("\xd4\xff\x01").ext_type, -1);
    CHECK_EQ(NEXT("\xd4\xff\x01").kind, SIO__MSGPACK_EXT);
    check_bytes(NEXT("\xd6\x05"
                     "abcd"),
                SIO__MSGPACK_EXT, "abcd");
    check_bytes(NEXT("\xd7\x05"
                     "abcdefgh"),
                SIO__MSGPACK_EXT, "abcdefgh");
    check_bytes(NEXT("\xd8\x05"
                     "abcdefghijklmnop"),
                SIO__MSGPACK_EXT, "abcdefghijklmnop");
    CHECK_EQ(NEXT("\xc7\x01\x80x").ext_type, -128);
}

TEST(what_is_cut_off_is_no_value)
{
    static const struct sio__slice whole[] = {
        SIO__SLICE_INIT("\xcc\xff"),
        SIO__SLICE_INIT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        SIO__SLICE_INIT("\xd1\x80\x00"),
        SIO__SLICE_INIT("\xca\x3f\xc0\x00\x00"),
        SIO__SLICE_INIT("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"),
        SIO__SLICE_INIT("\xa2hi"),
        SIO__SLICE_INIT("\xdb\x00\x00\x00\x02hi"),
        SIO__SLICE_INIT("\xc5\x00\x02hi"),
        SIO__SLICE_INIT("\xc8\x00\x02\x05hi"),
        SIO__SLICE_INIT("\xd4\x00\x00"),
        SIO__SLICE_INIT("\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x01"),
        SIO__SLICE_INIT("\x92\x01\x02"),
        SIO__SLICE_INIT("\xdc\x00\x01\x01"),
        SIO__SLICE_INIT("\xdd\x00\x00\x00\x01\x01"),
        SIO__SLICE_INIT("\x81\x01\x02"),
        SIO__SLICE_INIT("\xde\x00\x01\x01\x02"),
        SIO__SLICE_INIT("\xdf\x00\x00\x00\x01\x01\x02"),
    };

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        struct sio__msgpack_reader r = sio__msgpack_reader_of(whole[i].ptr, whole[i].len);

        CHECK(sio__msgpack_skip(&r) && r.p == r.end);
        for (size_t len = 0; len < whole[i].len; len++) {
            r = sio__msgpack_reader_of(whole[i].ptr, len);
            CHECK(!sio__msgpack_skip(&r));
        }
    }
    CHECK_EQ(NEXT("\xc1").kind, SIO__MSGPACK_BAD);
}

TEST(an_announced_count_is_not_believed)
{
    CHECK_EQ(NEXT("\xdd\xff\xff\xff\xff").kind, SIO__MSGPACK_BAD);
    CHECK_EQ(NEXT("\xdf\xff\xff\xff\xff\x01\x02").kind, SIO__MSGPACK_BAD);
    CHECK_EQ(NEXT("\xdf\x80\x00\x00\x00\x01\x02").kind, SIO__MSGPACK_BAD);
    CHECK_EQ(NEXT("\xc6\xff\xff\xff\xff").kind, SIO__MSGPACK_BAD);
    CHECK_EQ(NEXT("\x81\x01").kind, SIO__MSGPACK_BAD);
}

TEST(values_are_skipped_with_all_that_is_in_them)
{
    struct sio__msgpack_reader r =
        sio__msgpack_reader_of("\x92\x82\xa1k\x91\x01\xa1m\x90\xc4\x01x\x2a", 13);
    char deep[100000];

    CHECK(sio__msgpack_skip(&r));
    CHECK_EQ(*r.p, 42);
    memset(deep, 0x91, sizeof deep);
    r = sio__msgpack_reader_of(deep, sizeof deep);
    CHECK(!sio__msgpack_skip(&r));
}

/* --- writing ------------------------------------------------------------------------------- */

/* A sink that has been measured before it is written to. */
#define CHECK_PUT(want, put, ...)                                                                  \
    do {                                                                                           \
        struct sio__msgpack_sink sink = {NULL, 0};                                                 \
        char bytes[16];                                                                            \
        put(&sink, __VA_ARGS__);                                                                   \
        CHECK_EQ(sink.len, sizeof(want) - 1);                                                      \
        sink = (struct sio__msgpack_sink){bytes, 0};                                               \
        put(&sink, __VA_ARGS__);                                                                   \
        CHECK_MEM(bytes, sink.len, want, sizeof(want) - 1);                                        \
    } while (0)

TEST(integers_are_written_in_their_shortest_form)
{
    CHECK_PUT("\x00", sio__msgpack_put_natural, 0);
    CHECK_PUT("\x7f", sio__msgpack_put_natural, 127);
    CHECK_PUT("\xcc\x80", sio__msgpack_put_natural, 128);
    CHECK_PUT("\xcd\x01\x00", sio__msgpack_put_natural, 256);
    CHECK_PUT("\xce\x00\x01\x00\x00", sio__msgpack_put_natural, 65536);
    CHECK_PUT("\xcf\x00\x00\x00\x01\x00\x00\x00\x00", sio__msgpack_put_natural, 1ull << 32);
    CHECK_PUT("\x05", sio__msgpack_put_whole, 5);
    CHECK_PUT("\xff", sio__msgpack_put_whole, -1);
    CHECK_PUT("\xe0", sio__msgpack_put_whole, -32);
    CHECK_PUT("\xd0\xdf", sio__msgpack_put_whole, -33);
    CHECK_PUT("\xd0\x80", sio__msgpack_put_whole, -128);
    CHECK_PUT("\xd1\xff\x7f", sio__msgpack_put_whole, -129);
    CHECK_PUT("\xd2\xff\xff\x7f\xff", sio__msgpack_put_whole, -32769);
    CHECK_PUT("\xd3\xff\xff\xff\xff\x7f\xff\xff\xff", sio__msgpack_put_whole, -2147483649ll);
}

TEST(reals_that_are_whole_numbers_are_integers)
{
    CHECK_PUT("\x01", sio__msgpack_put_real, 1.0);
    CHECK_PUT("\x00", sio__msgpack_put_real, -0.0);
    CHECK_PUT("\xfe", sio__msgpack_put_real, -2.0);
    CHECK_PUT("\xcf\x80\x00\x00\x00\x00\x00\x00\x00", sio__msgpack_put_real, 0x1p63);
    CHECK_PUT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00", sio__msgpack_put_real, -0x1p63);
    CHECK_PUT("\xcb\x43\xf0\x00\x00\x00\x00\x00\x00", sio__msgpack_put_real, 0x1p64);
    CHECK_PUT("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", sio__msgpack_put_real, 1.5);
    CHECK_PUT("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", sio__msgpack_put_real, INFINITY);
}

TEST(heads_say_lengths_in_the_fewest_bytes)
{
    CHECK_PUT("\xbf", sio__msgpack_put_str_head, 31);
    CHECK_PUT("\xd9\x20", sio__msgpack_put_str_head, 32);
    CHECK_PUT("\xda\x01\x00", sio__msgpack_put_str_head, 256);
    CHECK_PUT("\xdb\x00\x01\x00\x00", sio__msgpack_put_str_head, 65536);
    CHECK_PUT("\xa2hi", sio__msgpack_put_str, SIO__SLICE("hi"));
    CHECK_PUT("\xc4\x02hi", sio__msgpack_put_bin, SIO__SLICE("hi"));
    CHECK_PUT("\xc4\x00", sio__msgpack_put_bin, SIO__SLICE(""));
    CHECK_PUT("\x9f", sio__msgpack_put_array, 15);
    CHECK_PUT("\xdc\x00\x10", sio__msgpack_put_array, 16);
    CHECK_PUT("\xdd\x00\x01\x00\x00", sio__msgpack_put_array, 65536);
    CHECK_PUT("\x8f", sio__msgpack_put_map, 15);
    CHECK_PUT("\xde\x00\x10", sio__msgpack_put_map, 16);
    CHECK_PUT("\xdf\x00\x01\x00\x00", sio__msgpack_put_map, 65536);
    CHECK_PUT("\xc3", sio__msgpack_put_bool, true);
    CHECK_PUT("\xc2", sio__msgpack_put_bool, false);
}

CHECK_MAIN(CHECK_ROW(integers_of_every_width_are_read), CHECK_ROW(floats_of_both_widths_are_read),
           CHECK_ROW(texts_and_binary_are_read_with_every_length),
           CHECK_ROW(extensions_of_type_0_are_what_notepack_makes_of_them),
           CHECK_ROW(other_extensions_keep_their_type), CHECK_ROW(what_is_cut_off_is_no_value),
           CHECK_ROW(an_announced_count_is_not_believed),
           CHECK_ROW(values_are_skipped_with_all_that_is_in_them),
           CHECK_ROW(integers_are_written_in_their_shortest_form),
           CHECK_ROW(reals_that_are_whole_numbers_are_integers),
           CHECK_ROW(heads_say_lengths_in_the_fewest_bytes))
