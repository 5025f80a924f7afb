#include "protocol/json_pack.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>

#include "protocol/mem.h"
#include "tests/support/check.h"

static sio_err pack(struct sio__packing *p, const char *format, ...)
{
    va_list values;
    sio_err err;

    va_start(values, format);
    err = sio__json_pack(p, format, &values);
    va_end(values);
    return err;
}

#define CHECK_PACKS(want, ...)                                                                     \
    do {                                                                                           \
        struct sio__packing packing;                                                               \
        sio__packing_init(&packing);                                                               \
        CHECK_EQ(pack(&packing, __VA_ARGS__), SIO_OK);                                             \
        CHECK_MEM(packing.json.ptr, packing.json.len, want, strlen(want));                         \
        sio__packing_fini(&packing);                                                               \
    } while (0)

#define CHECK_REFUSES(...)                                                                         \
    do {                                                                                           \
        struct sio__packing packing;                                                               \
        sio__packing_init(&packing);                                                               \
        CHECK_EQ(pack(&packing, __VA_ARGS__), SIO_EINVAL);                                         \
        sio__packing_fini(&packing);                                                               \
    } while (0)

TEST(each_value_is_one_argument)
{
    CHECK_PACKS("", NULL);
    CHECK_PACKS("", "");
    CHECK_PACKS("\"a\"", "s", "a");
    CHECK_PACKS("\"a\",1,null", "s,i,n", "a", 1);
    CHECK_PACKS("\"a\",1,null", "sin", "a", 1);
    CHECK_PACKS("{\"a\":1,\"b\":[0.5,true]},null", "{s:i,s:[f,b]}n", "a", 1, "b", 0.5, 7);
    CHECK_PACKS("[],{},[[]],[{},1]", " [ ] , { } [[]] [{}i]", 1);
}

TEST(letters_take_their_types)
{
    CHECK_PACKS("-2147483648,-9223372036854775808", "iI", INT_MIN, INT64_MIN);
    CHECK_PACKS("1,0.1,1e+21,null,null", "fffff", 1.0, 0.1, 1e21, NAN, INFINITY);
    CHECK_PACKS("true,false", "bb", 2, 0);
    CHECK_PACKS("\"ab\",\"\"", "s#s#", "abc", (size_t)2, "", (size_t)0);
    CHECK_PACKS("\"\\\"\\n\\u0000\xc3\xa9\"", "s#", "\"\n\0\xc3\xa9", (size_t)5);
    CHECK_PACKS("{\"k\":1,\"\":2}", "{s#:i,s:i}", "key", (size_t)1, 1, "", 2);
    CHECK_PACKS("[1, {\"x\":2}],\"r\"", "j,j#", "[1, {\"x\":2}]", "\"r\"]", (size_t)3);
}

TEST(null_pointers_need_a_question_mark)
{
    CHECK_PACKS("null,null,null,null,null", "s?s#?j?j#?o?", NULL, NULL, (size_t)0, NULL, NULL,
                (size_t)0, NULL);
    CHECK_PACKS("\"a\",{\"k\":null}", "s?{s:s?}", "a", "k", NULL);
    CHECK_REFUSES("s", NULL);
    CHECK_REFUSES("s#", NULL, (size_t)0);
    CHECK_REFUSES("j", NULL);
    CHECK_REFUSES("o", NULL);
    CHECK_REFUSES("{s?:i}", NULL, 1);
    CHECK_REFUSES("B#", NULL, (size_t)1);
}

TEST(jansson_values_are_borrowed)
{
    json_t *value = json_pack("{s:f,s:[]}", "n", 2.0, "l");

    CHECK_PACKS("{\"n\":2,\"l\":[]},1", "oi", value, 1);
    CHECK_EQ(value->refcount, 1);
    json_decref(value);
}

TEST(binary_becomes_placeholders_and_attachments)
{
    struct sio__packing p;

    sio__packing_init(&p);
    CHECK_EQ(pack(&p, "B#{s:B#}", "\1\2", (size_t)2, "k", "\3", (size_t)1), SIO_OK);
    CHECK_EQ(pack(&p, "B#sB#B#", NULL, (size_t)0, "x", "4", (size_t)1, "5", (size_t)1), SIO_OK);
    CHECK_EQ(p.attachment_count, 5);
    CHECK_MEM(p.attachments[0].ptr, p.attachments[0].len, "\1\2", 2);
    CHECK_MEM(p.attachments[1].ptr, p.attachments[1].len, "\3", 1);
    CHECK_EQ(p.attachments[2].len, 0);
    CHECK_MEM(p.attachments[4].ptr, p.attachments[4].len, "5", 1);
    sio__buf_char(&p.json, '\0');
    CHECK_STR(p.json.ptr, "{\"_placeholder\":true,\"num\":0},{\"k\":{\"_placeholder\":true,\"num\":"
                          "1}},{\"_placeholder\":true,\"num\":2},\"x\",{\"_placeholder\":true,"
                          "\"num\":3},{\"_placeholder\":true,\"num\":4}");
    sio__packing_fini(&p);
}

TEST(calls_add_up)
{
    struct sio__packing p;

    sio__packing_init(&p);
    CHECK_EQ(pack(&p, "i", 1), SIO_OK);
    CHECK_EQ(pack(&p, ""), SIO_OK);
    CHECK_EQ(pack(&p, "[i]", 2), SIO_OK);
    CHECK_MEM(p.json.ptr, p.json.len, "1,[2]", 5);
    sio__packing_fini(&p);
}

TEST(bad_formats_are_refused)
{
    CHECK_REFUSES("x");
    CHECK_REFUSES("[");
    CHECK_REFUSES("{");
    CHECK_REFUSES("]");
    CHECK_REFUSES("}");
    CHECK_REFUSES("[}");
    CHECK_REFUSES("{]");
    CHECK_REFUSES("{s}", "a");
    CHECK_REFUSES("{i:i}", 1, 1);
    CHECK_REFUSES("{[]:i}", 1);
    CHECK_REFUSES("B", "a");
    CHECK_REFUSES("i?", 1);
    CHECK_REFUSES("#");
    CHECK_REFUSES("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                  "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
}

TEST(bad_values_are_refused)
{
    CHECK_REFUSES("s", "\xff");
    CHECK_REFUSES("s", "\xed\xa0\x80");
    CHECK_REFUSES("{s:i}", "\xc3", 1);
    CHECK_REFUSES("j", "[1");
    CHECK_REFUSES("j", "");
    CHECK_REFUSES("j", "1,2");
    CHECK_REFUSES("j", "\"\xff\"");
}

/* A value from elsewhere that looks like a placeholder would make receivers close the connection.
 */
TEST(foreign_placeholders_must_fit_the_attachments)
{
    const char *far = "{\"_placeholder\":true,\"num\":1}";
    json_t *value = json_pack("{s:b,s:i}", "_placeholder", 1, "num", 7);
    struct sio__packing p;

    CHECK_REFUSES("jB#", far, "x", (size_t)1);
    CHECK_REFUSES("B#o", "x", (size_t)1, value);
    CHECK_REFUSES("B#{s:b,s:i}", "x", (size_t)1, "_placeholder", 1, "num", 7);
    CHECK_PACKS(far, "j", far); /* without binary it is a plain object */

    sio__packing_init(&p);
    CHECK_EQ(pack(&p, "B#B#j", "x", (size_t)1, "y", (size_t)1, far), SIO_OK);
    sio__packing_fini(&p);
    json_decref(value);
}

TEST(attachments_may_come_apart_from_their_placeholders)
{
    static const char value[] = "{\"x\":{\"_placeholder\":true,\"num\":1}}";
    struct sio__packing p;

    sio__packing_init(&p);
    CHECK_EQ(pack(&p, "B#jA#i", "a", (size_t)1, value, "b", (size_t)1, 7), SIO_OK);
    CHECK_MEM(p.json.ptr, p.json.len,
              "{\"_placeholder\":true,\"num\":0},{\"x\":{\"_placeholder\":true,\"num\":1}},7", 67);
    CHECK_EQ(p.attachment_count, 2);
    CHECK_MEM(p.attachments[1].ptr, p.attachments[1].len, "b", 1);
    sio__packing_fini(&p);
    CHECK_REFUSES("A", "x", (size_t)1);
    CHECK_REFUSES("jA#", value, "x", (size_t)1);
}

TEST(each_failed_allocation_is_reported)
{
    json_t *value = json_pack("[i,s]", 1, "two");
    sio_err err = SIO_ENOMEM;

    for (long n = 1; err == SIO_ENOMEM; n++) {
        struct sio__packing p;

        sio__packing_init(&p);
        sio__mem_fail_nth(n, false);
        err = pack(&p, "sB#oj{s:i}B#B#B#B#", "a text of some length, and then more", "1", (size_t)1,
                   value, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]", "key", 1, "2", (size_t)1, "3",
                   (size_t)1, "4", (size_t)1, "5", (size_t)1);
        sio__mem_fail_nth(0, false);
        sio__packing_fini(&p);
        CHECK(n < 100);
    }
    CHECK_EQ(err, SIO_OK);
    json_decref(value);
}

CHECK_MAIN(CHECK_ROW(each_value_is_one_argument), CHECK_ROW(letters_take_their_types),
           CHECK_ROW(null_pointers_need_a_question_mark), CHECK_ROW(jansson_values_are_borrowed),
           CHECK_ROW(binary_becomes_placeholders_and_attachments), CHECK_ROW(calls_add_up),
           CHECK_ROW(bad_formats_are_refused), CHECK_ROW(bad_values_are_refused),
           CHECK_ROW(foreign_placeholders_must_fit_the_attachments),
           CHECK_ROW(attachments_may_come_apart_from_their_placeholders),
           CHECK_ROW(each_failed_allocation_is_reported))
