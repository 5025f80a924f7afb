/* sio_args_unpack(), the other side of the format that packs. */
#include <limits.h>
#include <math.h>

#include "protocol/mem.h"
#include "protocol/sio_decoder.h"
#include "server/io/event.h"
#include "tests/support/check.h"

#define P0 "{\"_placeholder\":true,\"num\":0}"
#define P1 "{\"num\":1,\"_placeholder\":true}"

static struct sio__decoder decoder;
static struct sio__packet packet;
static sio_args args;

/* The arguments of an ack; binary of one byte each. */
static const sio_args *given(const char *text, unsigned binaries)
{
    static const char bytes[] = "01234";
    char message[1000];
    enum sio__decode result;

    sio__args_fini(&args);
    sio__packet_fini(&packet);
    sio__decoder_init(&decoder, SIO__PARSER_JSON, (struct sio__decoder_limits){5, 0});
    if (binaries > 0)
        snprintf(message, sizeof message, "6%u-[%s]", binaries, text);
    else
        snprintf(message, sizeof message, "3[%s]", text);
    result = sio__decoder_text(&decoder, message, strlen(message), &packet);
    for (unsigned i = 0; i < binaries; i++)
        result = sio__decoder_binary(&decoder, bytes + i, 1, &packet);
    CHECK_EQ(result, SIO__DECODE_PACKET);
    CHECK(sio__packet_own(&packet));
    sio__decoder_fini(&decoder);
    sio__args_init(&args, &packet);
    return &args;
}

static void check_text(sio_str got, const char *want)
{
    CHECK_MEM(got.ptr, got.len, want, strlen(want));
}

TEST(each_letter_takes_one_argument)
{
    sio_str text, raw, bytes;
    json_t *value;
    int64_t large;
    double real;
    bool yes, no;
    int small;

    CHECK(sio_args_unpack(
        given("\"a\\u00e9\",-7,9007199254740993,1.5e3,true,false,[1, 2],{\"k\":[null]}," P0 ",null",
              1),
        "s i I f b b j o B *", &text, &small, &large, &real, &yes, &no, &raw, &value, &bytes));
    check_text(text, "a\xc3\xa9");
    CHECK_EQ(small, -7);
    CHECK_EQ(large, 9007199254740993);
    CHECK(real == 1500 && yes && !no);
    check_text(raw, "[1, 2]");
    CHECK(json_is_null(json_array_get(json_object_get(value, "k"), 0)));
    check_text(bytes, "0");
}

TEST(numbers_are_checked_for_their_range)
{
    int64_t large;
    double real;
    int small;

    CHECK(sio_args_unpack(given("2147483647,-2147483648,7.0", 0), "iii", &small, &small, &small));
    CHECK_EQ(small, 7);
    CHECK(!sio_args_unpack(given("2147483648", 0), "i", &small));
    CHECK(!sio_args_unpack(given("1.5", 0), "i", &small));
    CHECK(sio_args_unpack(given("-9223372036854775808", 0), "I", &large));
    CHECK(large == INT64_MIN);
    CHECK(!sio_args_unpack(given("9223372036854775808", 0), "I", &large));
    CHECK(sio_args_unpack(given("9223372036854775808,1e999", 0), "ff", &real, &real));
    CHECK(isinf(real));
}

TEST(a_value_of_another_kind_is_refused)
{
    static const char *const values[] = {"null", "true", "1.5", "\"a\"", "[]", "{}"};
    sio_str text;
    int64_t whole;
    double real;
    bool flag;

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "s", &text), i == 3);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "I", &whole), false);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "f", &real), i == 2);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "b", &flag), i == 1);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "B", &text), false);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "[]"), i == 4);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "{}"), i == 5);
        CHECK_EQ(sio_args_unpack(given(values[i], 0), "*"), true);
    }
    CHECK(!sio_args_unpack(given(P0, 0), "B", &text));
}

TEST(what_is_missing_is_refused_and_what_is_more_is_not)
{
    sio_str text;
    int number;

    CHECK(!sio_args_unpack(given("", 0), "s", &text));
    CHECK(!sio_args_unpack(given("1", 0), "i*", &number));
    CHECK(!sio_args_unpack(given("[1]", 0), "[ii]", &number, &number));
    CHECK(!sio_args_unpack(given("{\"a\":1}", 0), "{s:i}", "b", &number));
    CHECK(sio_args_unpack(given("1,2", 0), ""));
    CHECK(sio_args_unpack(given("[1,2,[3]],4", 0), "[i]", &number));
    CHECK_EQ(number, 1);
    CHECK(sio_args_unpack(given("{\"x\":{\"a\":7},\"a\":1,\"b\":2}", 0), "{s:i}", "a", &number));
    CHECK_EQ(number, 1);
}

TEST(objects_and_arrays_are_taken_apart_at_any_depth)
{
    sio_str id, unit, bytes, other;
    double x, y;
    int n;

    CHECK(sio_args_unpack(
        given("{\"at\":[1.5,-2,\"m\\\"\"],\"id\":\"q\",\"more\":[{\"n\":1},{\"n\":2,\"p\":[" P1
              "]}]}," P0,
              2),
        "{ s:s, s:[f f s], s:[* {s:i, s:[B]}] } B", "id", &id, "at", &x, &y, &unit, "more", "n", &n,
        "p", &bytes, &other));
    check_text(id, "q");
    check_text(unit, "m\"");
    CHECK(x == 1.5 && y == -2);
    CHECK_EQ(n, 2);
    check_text(bytes, "1");
    check_text(other, "0");
}

TEST(keys_are_compared_by_what_they_mean_and_the_last_counts)
{
    int number;

    CHECK(sio_args_unpack(given("{\"\\u006b\":1,\"k\":2,\"K\":3}", 0), "{s:i}", "k", &number));
    CHECK_EQ(number, 2);
    CHECK(sio_args_unpack(given("{\"k\":1,\"\\u006b\":[],\"k\":4}", 0), "{s:i}", "k", &number));
    CHECK_EQ(number, 4);
}

TEST(what_is_optional_may_be_absent_or_null)
{
    sio_str text = {"unset", 5};
    int a = 1, b = 2, c = 3;

    CHECK(sio_args_unpack(given("null", 0), "s?i?", &text, &a));
    check_text(text, "unset");
    CHECK_EQ(a, 1);
    CHECK(sio_args_unpack(given("\"set\",5", 0), "s?i?", &text, &a));
    check_text(text, "set");
    CHECK_EQ(a, 5);
    CHECK(!sio_args_unpack(given("\"set\",\"x\"", 0), "s?i?", &text, &a));
    CHECK(sio_args_unpack(given("{\"b\":7}", 0), "{s:i?,s:i?}", "a", &a, "b", &b));
    CHECK(a == 5 && b == 7);
    CHECK(sio_args_unpack(given("null,9", 0), "{s:i,s:[i]}? i", "a", &a, "b", &b, &c));
    CHECK(a == 5 && b == 7 && c == 9);
    CHECK(sio_args_unpack(given("", 0), "[i{s:s}*]?", &a, "k", &text));
    CHECK(!sio_args_unpack(given("{}", 0), "{s:i}?", "a", &a));
    CHECK(!sio_args_unpack(given("[]", 0), "{s:i}?", "a", &a));
}

TEST(bad_formats_are_refused)
{
    int number = 0;

    CHECK(!sio_args_unpack(given("1", 0), "x", &number));
    CHECK(!sio_args_unpack(given("1", 0), "?"));
    CHECK(!sio_args_unpack(given("[1]", 0), "[i", &number));
    CHECK(!sio_args_unpack(given("{\"a\":1}", 0), "{i:i}", &number, &number));
    CHECK(!sio_args_unpack(given("{\"a\":1}", 0), "{s", "a"));
    CHECK(!sio_args_unpack(given("", 0), "x?", &number));
    CHECK(!sio_args_unpack(given("[]", 0), "[}"));
    CHECK(!sio_args_unpack(given("1", 0), "]"));
}

TEST(what_was_given_stays_as_long_as_the_arguments)
{
    sio_str first, again;
    json_t *value, *same = NULL;

    CHECK(sio_args_unpack(given("\"a\\n\",[\"b\\n\"]", 0), "s[s]", &first, &again));
    check_text(first, "a\n");
    check_text(again, "b\n");
    CHECK(sio_args_string(&args, 0, &again) && again.ptr == first.ptr);
    CHECK(sio_args_unpack(&args, "*o", &value) && sio_args_unpack(&args, "*o", &same));
    CHECK(value == same);
    CHECK_EQ(value->refcount, 1);
}

TEST(each_failed_allocation_is_reported)
{
    bool is_fine = false;
    json_t *value;
    sio_str text;
    long n;

    json_set_alloc_funcs(sio__malloc, sio__free);
    for (n = 1; n < 100 && !is_fine; n++) {
        given("\"\\n\",{\"a\":[1]}", 0);
        sio__mem_fail_nth(n, false);
        is_fine = sio_args_unpack(&args, "so", &text, &value);
        sio__mem_fail_nth(0, false);
    }
    CHECK(is_fine && n > 3);
    given("", 0);
    json_set_alloc_funcs(malloc, free);
}

CHECK_MAIN(CHECK_ROW(each_letter_takes_one_argument),
           CHECK_ROW(numbers_are_checked_for_their_range),
           CHECK_ROW(a_value_of_another_kind_is_refused),
           CHECK_ROW(what_is_missing_is_refused_and_what_is_more_is_not),
           CHECK_ROW(objects_and_arrays_are_taken_apart_at_any_depth),
           CHECK_ROW(keys_are_compared_by_what_they_mean_and_the_last_counts),
           CHECK_ROW(what_is_optional_may_be_absent_or_null), CHECK_ROW(bad_formats_are_refused),
           CHECK_ROW(what_was_given_stays_as_long_as_the_arguments),
           CHECK_ROW(each_failed_allocation_is_reported))
