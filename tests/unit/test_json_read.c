#include "protocol/json_read.h"

#include "protocol/json_write.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

/* Reads a text and writes it again. */
static void check_read(const char *text, const char *want)
{
    struct sio__buf buf = SIO__BUF_INIT;
    json_t *value = sio__json_read(text, strlen(text));

    CHECK(value != NULL);
    CHECK_EQ(sio__json_write(&buf, value), SIO_OK);
    CHECK_MEM(buf.ptr, buf.len, want, strlen(want));
    json_decref(value);
    sio__buf_fini(&buf);
}

TEST(values_are_read)
{
    check_read(" { \"a\" : [ 1 , -2.5 , true , false , null ] , \"b\" : { } } ",
               "{\"a\":[1,-2.5,true,false,null],\"b\":{}}");
    check_read("\"x\\n\\u00e9\"", "\"x\\n\xc3\xa9\"");
    check_read("[[[]],[{\"k\\\"\":[{}]}]]", "[[[]],[{\"k\\\"\":[{}]}]]");
    check_read("1", "1");
    check_read("\"\"", "\"\"");
    check_read("[\"a:b\",\"c,d\",\"]\"]", "[\"a:b\",\"c,d\",\"]\"]");
    check_read("{\"a\":\"b\" ,\"c\" :\"d\"}", "{\"a\":\"b\",\"c\":\"d\"}");
}

TEST(what_jansson_refuses_is_read_too)
{
    check_read("[123456789012345678901234567890,1e999,-1e999]",
               "[1.2345678901234568e+29,null,null]");
    check_read("[\"\\ud800\",\"\\u0000\"]", "[\"\xef\xbf\xbd\",\"\\u0000\"]");
    check_read("{\"a\\u0000b\":1,\"a\":2}", "{\"a\\u0000b\":1,\"a\":2}");
}

TEST(of_equal_keys_the_last_counts)
{
    check_read("{\"a\":{\"b\":1},\"a\":[2],\"\\u0061\":3}", "{\"a\":3}");
}

TEST(whole_numbers_stay_integers_and_others_are_reals)
{
    json_t *value = sio__json_read("[9007199254740993,1.0,1e3]", 26);

    CHECK_EQ(json_integer_value(json_array_get(value, 0)), 9007199254740993);
    CHECK(json_is_real(json_array_get(value, 1)));
    CHECK(json_is_real(json_array_get(value, 2)));
    json_decref(value);
}

TEST(a_failed_allocation_gives_null)
{
    static const char text[] = "{\"k\\n\":[\"v\\u00e9\",{\"\\t\":\"\\\\\"}],\"x\":1}";
    json_t *value = NULL;

    json_set_alloc_funcs(sio__malloc, sio__free);
    for (long n = 1; value == NULL && n < 200; n++) {
        sio__mem_fail_nth(n, false);
        value = sio__json_read(text, sizeof text - 1);
        sio__mem_fail_nth(0, false);
    }
    CHECK(value != NULL);
    json_decref(value);
}

CHECK_MAIN(CHECK_ROW(values_are_read), CHECK_ROW(what_jansson_refuses_is_read_too),
           CHECK_ROW(of_equal_keys_the_last_counts),
           CHECK_ROW(whole_numbers_stay_integers_and_others_are_reals),
           CHECK_ROW(a_failed_allocation_gives_null))
