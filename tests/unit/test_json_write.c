#include "protocol/json_write.h"

#include <limits.h>

#include "protocol/json_scan.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

/* value is consumed */
static void check_write(json_t *value, const char *want)
{
    struct sio__buf buf = SIO__BUF_INIT;

    CHECK_EQ(sio__json_write(&buf, value), SIO_OK);
    CHECK_MEM(buf.ptr, buf.len, want, strlen(want));
    sio__buf_fini(&buf);
    json_decref(value);
}

TEST(values_are_written_as_javascript_does)
{
    check_write(json_pack("{s:i,s:[i,b,n]}", "a", 1, "b", -2, 1), "{\"a\":1,\"b\":[-2,true,null]}");
    check_write(json_pack("[[],{},b,s]", 0, ""), "[[],{},false,\"\"]");
    check_write(json_integer(INT64_MIN), "-9223372036854775808");
    check_write(json_real(1.0), "1");
    check_write(json_real(1e3), "1000");
    check_write(json_real(0.1), "0.1");
    check_write(json_real(1e21), "1e+21");
    check_write(json_real(-0.0), "0");
    check_write(json_stringn("\"\\\x1f\n\0\xc3\xa9", 7), "\"\\\"\\\\\\u001f\\n\\u0000\xc3\xa9\"");
    check_write(json_pack("{s:i}", "k\"\n", 1), "{\"k\\\"\\n\":1}");
}

TEST(keys_keep_their_order)
{
    check_write(json_pack("{s:i,s:i,s:i}", "z", 1, "a", 2, "m", 3), "{\"z\":1,\"a\":2,\"m\":3}");
}

TEST(what_cannot_be_sent_is_refused)
{
    struct sio__buf buf = SIO__BUF_INIT;
    json_t *bad = json_string_nocheck("\xff"), *self = json_array(), *deep = json_null();

    CHECK_EQ(sio__json_write(&buf, NULL), SIO_EINVAL);
    CHECK_EQ(sio__json_write(&buf, bad), SIO_EINVAL);
    for (int i = 0; i < SIO__JSON_DEPTH; i++)
        deep = json_pack("[o]", deep);
    CHECK_EQ(sio__json_write(&buf, deep), SIO_OK);
    json_array_append(self, deep);
    CHECK_EQ(sio__json_write(&buf, self), SIO_EINVAL);
    json_decref(bad);
    json_decref(deep);
    json_decref(self);
    sio__buf_fini(&buf);
}

TEST(a_failed_allocation_is_reported)
{
    json_t *value = json_pack("{s:s,s:[i,i,i],s:f}", "key", "a rather long text, so that it grows",
                              "b", 1, 2, 3, "c", 0.5);
    sio_err err = SIO_ENOMEM;

    for (long n = 1; err == SIO_ENOMEM; n++) {
        struct sio__buf buf = SIO__BUF_INIT;

        sio__mem_fail_nth(n, false);
        err = sio__json_write(&buf, value);
        sio__mem_fail_nth(0, false);
        sio__buf_fini(&buf);
        CHECK(n < 100);
    }
    CHECK_EQ(err, SIO_OK);
    json_decref(value);
}

CHECK_MAIN(CHECK_ROW(values_are_written_as_javascript_does), CHECK_ROW(keys_keep_their_order),
           CHECK_ROW(what_cannot_be_sent_is_refused), CHECK_ROW(a_failed_allocation_is_reported))
