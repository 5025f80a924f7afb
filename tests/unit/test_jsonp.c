#include "protocol/jsonp.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

static void check_index(int line, struct sio__slice raw, struct sio__slice want)
{
    char out[SIO__JSONP_INDEX_MAX];
    size_t len = sio__jsonp_index(out, raw);

    check_mem(__FILE__, line, "index", out, len, want.ptr, want.len);
}

#define INDEX(raw, want) check_index(__LINE__, SIO__SLICE(raw), SIO__SLICE(want))

TEST(the_index_is_the_digits_and_nothing_else)
{
    INDEX("0", "0");
    INDEX("12", "12");
    INDEX("0x1a", "01");
    INDEX("", "");
    INDEX("abc", "");
    INDEX("1];alert(2)//", "12");
    INDEX("12345678901234567890", "1234567890123456");
}

static void check_wrapped(int line, struct sio__slice body, struct sio__slice want)
{
    struct sio__buf out = SIO__BUF_INIT;

    sio__jsonp_wrap(&out, SIO__SLICE("7"), body);
    check_mem(__FILE__, line, "script", out.ptr, out.len, want.ptr, want.len);
    sio__buf_fini(&out);
}

#define WRAPPED(body, want) check_wrapped(__LINE__, SIO__SLICE(body), SIO__SLICE(want))

TEST(a_body_is_an_argument_of_a_call)
{
    WRAPPED("", "___eio[7](\"\");");
    WRAPPED("2:40", "___eio[7](\"2:40\");");
    WRAPPED("a\"b\\c\nd", "___eio[7](\"a\\\"b\\\\c\\nd\");");
    WRAPPED("4a\x1e"
            "4b",
            "___eio[7](\"4a\\u001e4b\");");
    WRAPPED("\xc3\xa4\xf0\x9f\x98\x80", "___eio[7](\"\xc3\xa4\xf0\x9f\x98\x80\");");
}

TEST(separators_of_lines_are_escaped)
{
    WRAPPED("\xe2\x80\xa8", "___eio[7](\"\\u2028\");");
    WRAPPED("a\xe2\x80\xa9\xe2\x80\xa8z", "___eio[7](\"a\\u2029\\u2028z\");");
    WRAPPED("\xe2\x80\xa7\xe2\x80\xaa", "___eio[7](\"\xe2\x80\xa7\xe2\x80\xaa\");");
    WRAPPED("\xe2\x80\xa8\"", "___eio[7](\"\\u2028\\\"\");");
}

static void check_unwrapped(int line, struct sio__slice form, bool is_there, struct sio__slice want)
{
    struct sio__buf out = SIO__BUF_INIT;

    check_eq(__FILE__, line, "found", sio__jsonp_unwrap(&out, form), is_there);
    check_mem(__FILE__, line, "packets", out.ptr, out.len, want.ptr, want.len);
    sio__buf_fini(&out);
}

#define UNWRAPPED(form, want) check_unwrapped(__LINE__, SIO__SLICE(form), true, SIO__SLICE(want))
#define NOTHING(form) check_unwrapped(__LINE__, SIO__SLICE(form), false, SIO__SLICE(""))

TEST(a_form_holds_packets_in_d)
{
    UNWRAPPED("d=6%3A4hello", "6:4hello");
    UNWRAPPED("x=1&d=1:2&y=2", "1:2");
    UNWRAPPED("d=a+b%2Bc", "a b+c");
    UNWRAPPED("d=%C3%A4", "\xc3\xa4");
    UNWRAPPED("d=", "");
    UNWRAPPED("d", "");
    NOTHING("");
    NOTHING("e=1");
    NOTHING("dd=1");
}

TEST(line_feeds_come_escaped)
{
    UNWRAPPED("d=a\\nb", "a\nb");
    UNWRAPPED("d=a\\\\nb", "a\\nb");
    UNWRAPPED("d=a\\\\\\nb", "a\\\\nb");
    UNWRAPPED("d=\\n\\n", "\n\n");
    UNWRAPPED("d=\\", "\\");
    UNWRAPPED("d=\\\\", "\\\\");
    UNWRAPPED("d=\\t", "\\t");
}

TEST(no_memory_is_told_by_the_builder)
{
    struct sio__buf out = SIO__BUF_INIT;

    for (long n = 1; n <= 3; n++) {
        sio__mem_fail_nth(n, true);
        if (n > 1)
            CHECK(sio__jsonp_unwrap(&out, SIO__SLICE("d=text")));
        else
            sio__jsonp_wrap(&out, SIO__SLICE("1"), SIO__SLICE("text"));
        sio__mem_fail_nth(0, false);
        CHECK_EQ(out.failed, n < 3);
        sio__buf_fini(&out);
        sio__buf_init(&out);
    }
}

CHECK_MAIN(CHECK_ROW(the_index_is_the_digits_and_nothing_else),
           CHECK_ROW(a_body_is_an_argument_of_a_call), CHECK_ROW(separators_of_lines_are_escaped),
           CHECK_ROW(a_form_holds_packets_in_d), CHECK_ROW(line_feeds_come_escaped),
           CHECK_ROW(no_memory_is_told_by_the_builder))
