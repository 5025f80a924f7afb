#include "protocol/msgpack_json.h"

#include "protocol/mem.h"
#include "tests/support/check.h"

#define P0 "{\"_placeholder\":true,\"num\":0}"
#define P1 "{\"_placeholder\":true,\"num\":1}"
#define MSG(literal) SIO__SLICE("" literal)

static enum sio__json_verdict to_json(struct sio__slice bytes, struct sio__buf *json,
                                      struct sio__packet *packet)
{
    struct sio__msgpack_reader r = sio__msgpack_reader_of(bytes.ptr, bytes.len);
    enum sio__json_verdict verdict = sio__msgpack_to_json(&r, json, packet);

    if (verdict == SIO__JSON_OK)
        CHECK_EQ(r.end - r.p, 0);
    return verdict;
}

static void check_json(struct sio__slice bytes, const char *want)
{
    struct sio__buf json = SIO__BUF_INIT;
    struct sio__packet packet;

    sio__packet_init(&packet);
    CHECK_EQ(to_json(bytes, &json, &packet), SIO__JSON_OK);
    CHECK_MEM(json.ptr, json.len, want, strlen(want));
    sio__packet_fini(&packet);
    sio__buf_fini(&json);
}

static void check_refused(struct sio__slice bytes)
{
    struct sio__buf json = SIO__BUF_INIT;
    struct sio__packet packet;

    sio__packet_init(&packet);
    CHECK_EQ(to_json(bytes, &json, &packet), SIO__JSON_BAD);
    sio__packet_fini(&packet);
    sio__buf_fini(&json);
}

/* --- to JSON ------------------------------------------------------------------------------- */

TEST(scalars_become_json)
{
    check_json(MSG("\xc0"), "null");
    check_json(MSG("\xc2"), "false");
    check_json(MSG("\xc3"), "true");
    check_json(MSG("\x07"), "7");
    check_json(MSG("\xff"), "-1");
    check_json(MSG("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615");
    check_json(MSG("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), "-9223372036854775808");
    check_json(MSG("\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "0.1");
    check_json(MSG("\xca\x3f\xc0\x00\x00"), "1.5");
    check_json(MSG("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"), "1");
    check_json(MSG("\xa5"
                   "a\n\"\xc3\xa9"),
               "\"a\\n\\\"\xc3\xa9\"");
    check_json(MSG("\xa3"
                   "a\x00"
                   "b"),
               "\"a\\u0000b\"");
}

TEST(numbers_that_json_has_no_words_for_are_null_or_too_large)
{
    check_json(MSG("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), "null");
    check_json(MSG("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), "1e999");
    check_json(MSG("\xca\xff\x80\x00\x00"), "-1e999");
}

TEST(bad_utf8_is_mended)
{
    check_json(MSG("\xa3"
                   "a\xff"
                   "b"),
               "\"a\xef\xbf\xbd"
               "b\"");
    check_json(MSG("\xa3\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    check_json(MSG("\x81\xa1\xff\x01"), "{\"\xef\xbf\xbd\":1}");
}

TEST(arrays_and_maps_keep_their_order)
{
    check_json(MSG("\x90"), "[]");
    check_json(MSG("\x80"), "{}");
    check_json(MSG("\x93\x01\x92\x02\x90\x80"), "[1,[2,[]],{}]");
    check_json(MSG("\x82\xa1z\x91\x81\xa1y\xc0\xa1x\x05"), "{\"z\":[{\"y\":null}],\"x\":5}");
    check_json(MSG("\xdc\x00\x02\x01\x02"), "[1,2]");
    check_json(MSG("\xdf\x00\x00\x00\x01\xa1"
                   "a\x01"),
               "{\"a\":1}");
}

TEST(undefined_is_null_in_an_array_and_absent_in_a_map)
{
    check_json(MSG("\x93\x01\xd4\x00\x00\x02"), "[1,null,2]");
    check_json(MSG("\x83\xa1"
                   "a\x01\xa1"
                   "b\xd4\x00\x00\xa1"
                   "c\x02"),
               "{\"a\":1,\"c\":2}");
    check_json(MSG("\x81\xa1"
                   "a\xd4\x00\x00"),
               "{}");
}

TEST(dates_become_their_iso_text)
{
    check_json(MSG("\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "\"1970-01-01T00:00:00.000Z\"");
    check_json(MSG("\xd7\x00\xff\xff\xff\xff\xff\xff\xff\xff"), "\"1969-12-31T23:59:59.999Z\"");
    check_json(MSG("\xd7\x00\x7f\xff\xff\xff\xff\xff\xff\xff"), "null");
}

TEST(keys_become_what_javascript_makes_of_them)
{
    check_json(MSG("\x81\x07\x01"), "{\"7\":1}");
    check_json(MSG("\x81\xff\x01"), "{\"-1\":1}");
    check_json(MSG("\x81\xca\x3f\xc0\x00\x00\x01"), "{\"1.5\":1}");
    check_json(MSG("\x81\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x01"), "{\"NaN\":1}");
    check_json(MSG("\x81\xc0\x01"), "{\"null\":1}");
    check_json(MSG("\x82\xc2\x01\xc3\x02"), "{\"false\":1,\"true\":2}");
    check_json(MSG("\x81\xd4\x00\x00\x01"), "{\"undefined\":1}");
    check_json(MSG("\x81\xcf\x00\x20\x00\x00\x00\x00\x00\x01\x01"), "{\"9007199254740992\":1}");
}

TEST(keys_that_would_be_nonsense_are_refused)
{
    check_refused(MSG("\x81\x90\x01"));
    check_refused(MSG("\x81\x80\x01"));
    check_refused(MSG("\x81\xc4\x01k\x01"));
    check_refused(MSG("\x81\x91\xd4\x00\x00\x01"));
    check_refused(MSG("\x81\xd7\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"));
    check_refused(MSG("\x81\xd4\x05\x00\x01"));
}

TEST(binary_becomes_attachments_that_borrow_the_bytes)
{
    static const char bytes[] = "\x92\xc4\x02hi\x81\xa1k\xc7\x01\x00x";
    struct sio__msgpack_reader r = sio__msgpack_reader_of(bytes, sizeof bytes - 1);
    struct sio__buf json = SIO__BUF_INIT;
    struct sio__packet packet;

    sio__packet_init(&packet);
    CHECK_EQ(sio__msgpack_to_json(&r, &json, &packet), SIO__JSON_OK);
    CHECK(sio__slice_is(sio__buf_view(&json), "[" P0 ",{\"k\":" P1 "}]"));
    CHECK_EQ(packet.attachment_count, 2);
    CHECK(packet.attachments[0].ptr == bytes + 3 && packet.attachments[0].len == 2);
    CHECK(packet.attachments[1].ptr == bytes + sizeof bytes - 2 && packet.attachments[1].len == 1);
    sio__packet_fini(&packet);
    sio__buf_fini(&json);
}

TEST(an_unknown_extension_is_its_type_and_its_bytes)
{
    check_json(MSG("\xd5\xff"
                   "ab"),
               "[-1," P0 "]");
    check_json(MSG("\x91\xc7\x00\x05"), "[[5," P0 "]]");
}

TEST(without_a_packet_binary_is_written_as_a_buffer)
{
    struct sio__buf json = SIO__BUF_INIT;

    CHECK_EQ(to_json(MSG("\x82\xa1"
                         "a\xc4\x03\x00\x7f\xff\xa1"
                         "b\xc4\x00"),
                     &json, NULL),
             SIO__JSON_OK);
    CHECK(sio__slice_is(sio__buf_view(&json), "{\"a\":{\"type\":\"Buffer\",\"data\":[0,127,255]},"
                                              "\"b\":{\"type\":\"Buffer\",\"data\":[]}}"));
    sio__buf_fini(&json);
}

TEST(a_map_that_looks_like_a_placeholder_is_refused_next_to_binary)
{
    check_json(MSG("\x82\xac_placeholder\xc3\xa3num\x00"), P0);
    check_refused(MSG("\x92\xc4\x01x\x82\xac_placeholder\xc3\xa3num\x00"));
    check_refused(MSG("\x92\x81\xac_placeholder\xc3\xc4\x01x"));
    check_json(MSG("\x92\x81\xac_placeholder\xc2\xc4\x01x"), "[{\"_placeholder\":false}," P0 "]");
}

TEST(nesting_ends_where_that_of_json_does)
{
    char bytes[SIO__JSON_DEPTH + 2];
    struct sio__slice deep = {bytes, SIO__JSON_DEPTH};
    struct sio__buf json = SIO__BUF_INIT;

    memset(bytes, 0x91, sizeof bytes);
    bytes[SIO__JSON_DEPTH - 1] = (char)0x90;
    CHECK_EQ(to_json(deep, &json, NULL), SIO__JSON_OK);
    CHECK_EQ(json.len, 2 * SIO__JSON_DEPTH);
    bytes[SIO__JSON_DEPTH - 1] = (char)0x91;
    bytes[SIO__JSON_DEPTH] = (char)0x90;
    deep.len++;
    CHECK_EQ(to_json(deep, &json, NULL), SIO__JSON_BAD);
    sio__buf_fini(&json);
}

/* --- from JSON ----------------------------------------------------------------------------- */

static void check_values(const char *text, const struct sio__slice *attachments, uint32_t count,
                         uint32_t want_count, struct sio__slice want)
{
    struct sio__msgpack_sink sink = {NULL, 0};
    struct sio__json_values values;
    char bytes[200];

    CHECK_EQ(sio__json_values_init(&values, sio__slice_of(text), attachments, count), SIO_OK);
    CHECK_EQ(values.count, want_count);
    CHECK(sio__json_values_put(&values, &sink));
    CHECK_EQ(sink.len, want.len);
    sink = (struct sio__msgpack_sink){bytes, 0};
    CHECK(sio__json_values_put(&values, &sink));
    CHECK_MEM(bytes, sink.len, want.ptr, want.len);
    sio__json_values_fini(&values);
}

static void check_msgpack(const char *text, struct sio__slice want)
{
    check_values(text, NULL, 0, 1, want);
}

TEST(json_becomes_msgpack)
{
    check_values("", NULL, 0, 0, MSG(""));
    check_values("1,[],\"a\" , null", NULL, 0, 4,
                 MSG("\x01\x90\xa1"
                     "a\xc0"));
    check_msgpack("true", MSG("\xc3"));
    check_msgpack(" false ", MSG("\xc2"));
    check_msgpack("[1,[2,{}],[]]", MSG("\x93\x01\x92\x02\x80\x90"));
    check_msgpack("{\"a\":{\"b\":[null]},\"c\":\"d\"}", MSG("\x82\xa1"
                                                            "a\x81\xa1"
                                                            "b\x91\xc0\xa1"
                                                            "c\xa1"
                                                            "d"));
    check_msgpack("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
                  MSG("\xdc\x00\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
}

TEST(numbers_become_the_shortest_that_holds_them)
{
    check_msgpack("-0", MSG("\x00"));
    check_msgpack("1.0", MSG("\x01"));
    check_msgpack("1e2", MSG("\x64"));
    check_msgpack("0.5", MSG("\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00"));
    check_msgpack("9007199254740993", MSG("\xcf\x00\x20\x00\x00\x00\x00\x00\x01"));
    check_msgpack("18446744073709551615", MSG("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));
    check_msgpack("18446744073709551616", MSG("\xcb\x43\xf0\x00\x00\x00\x00\x00\x00"));
    check_msgpack("-9223372036854775808", MSG("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"));
    check_msgpack("-9223372036854775809", MSG("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"));
    check_msgpack("-1e19", MSG("\xcb\xc3\xe1\x58\xe4\x60\x91\x3d\x00"));
    check_msgpack("1e999", MSG("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"));
}

TEST(strings_are_unescaped)
{
    check_msgpack("\"\\u00e9\\n\\u0000\"", MSG("\xa4\xc3\xa9\n\x00"));
    check_msgpack("\"\\ud83d\\ude00\\ud800\"", MSG("\xa7\xf0\x9f\x98\x80\xef\xbf\xbd"));
    check_msgpack("{\"\\u0061\":1}", MSG("\x81\xa1"
                                         "a\x01"));
}

TEST(placeholders_become_binary_in_its_place)
{
    static const struct sio__slice two[] = {SIO__SLICE_INIT("hi"), SIO__SLICE_INIT("")};

    check_values(P0 ",{\"k\":[" P1 "]}", two, 2, 2, MSG("\xc4\x02hi\x81\xa1k\x91\xc4\x00"));
    check_values("[{ \"num\" : 1, \"x\":[{}], \"_\\u0070laceholder\" :true }]", two, 2, 1,
                 MSG("\x91\xc4\x00"));
    check_values(P0 "," P0, two, 1, 2, MSG("\xc4\x02hi\xc4\x02hi"));
    check_values(P0, NULL, 0, 1, MSG("\x82\xac_placeholder\xc3\xa3num\x00"));
}

TEST(json_that_is_too_deep_is_refused)
{
    struct sio__json_values values;
    char text[2 * (SIO__JSON_DEPTH + 1)];

    memset(text, '[', SIO__JSON_DEPTH + 1);
    memset(text + SIO__JSON_DEPTH + 1, ']', SIO__JSON_DEPTH + 1);
    CHECK_EQ(sio__json_values_init(&values, sio__slice_make(text, sizeof text), NULL, 0),
             SIO_EINVAL);
    sio__json_values_fini(&values);
    CHECK_EQ(sio__json_values_init(&values, sio__slice_make(text + 1, sizeof text - 2), NULL, 0),
             SIO_OK);
    sio__json_values_fini(&values);
}

CHECK_MAIN(CHECK_ROW(scalars_become_json),
           CHECK_ROW(numbers_that_json_has_no_words_for_are_null_or_too_large),
           CHECK_ROW(bad_utf8_is_mended), CHECK_ROW(arrays_and_maps_keep_their_order),
           CHECK_ROW(undefined_is_null_in_an_array_and_absent_in_a_map),
           CHECK_ROW(dates_become_their_iso_text),
           CHECK_ROW(keys_become_what_javascript_makes_of_them),
           CHECK_ROW(keys_that_would_be_nonsense_are_refused),
           CHECK_ROW(binary_becomes_attachments_that_borrow_the_bytes),
           CHECK_ROW(an_unknown_extension_is_its_type_and_its_bytes),
           CHECK_ROW(without_a_packet_binary_is_written_as_a_buffer),
           CHECK_ROW(a_map_that_looks_like_a_placeholder_is_refused_next_to_binary),
           CHECK_ROW(nesting_ends_where_that_of_json_does), CHECK_ROW(json_becomes_msgpack),
           CHECK_ROW(numbers_become_the_shortest_that_holds_them), CHECK_ROW(strings_are_unescaped),
           CHECK_ROW(placeholders_become_binary_in_its_place),
           CHECK_ROW(json_that_is_too_deep_is_refused))
