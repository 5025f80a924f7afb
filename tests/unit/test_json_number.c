#include "protocol/json_number.h"

#include <locale.h>
#include <math.h>

#include "protocol/mem.h"
#include "tests/support/check.h"

static void check_print(double number, const char *want)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    CHECK_MEM(text, sio__number_print(number, text), want, strlen(want));
}

TEST(numbers_are_printed_as_javascript_does)
{
    check_print(0, "0");
    check_print(-0.0, "0");
    check_print(1, "1");
    check_print(-7, "-7");
    check_print(1e3, "1000");
    check_print(0.1, "0.1");
    check_print(-2.5, "-2.5");
    check_print(1.0 / 3, "0.3333333333333333");
    check_print(0.1 + 0.2, "0.30000000000000004");
    check_print(123456.789, "123456.789");
    check_print(0.000001, "0.000001");
    check_print(0.0000015, "0.0000015");
    check_print(0.0000001, "1e-7");
    check_print(-0.00000012345, "-1.2345e-7");
    check_print(1e20, "100000000000000000000");
    check_print(1e21, "1e+21");
    check_print(1.5e300, "1.5e+300");
    check_print(12345678901234567890.0, "12345678901234567000");
    check_print(9007199254740993.0, "9007199254740992");
    check_print(9007199254740994.0, "9007199254740994");
    check_print(5e-324, "5e-324");
    check_print(1.7976931348623157e308, "1.7976931348623157e+308");
    check_print(2.2250738585072014e-308, "2.2250738585072014e-308");
    check_print(0x1p-44, "5.684341886080802e-14");
    check_print(4.35, "4.35");
    check_print(0x1p70, "1.1805916207174113e+21");
    check_print(NAN, "NaN");
    check_print(INFINITY, "Infinity");
    check_print(-INFINITY, "-Infinity");
}

/* Any bits of a double; the same sequence each time. */
static double next_double(uint64_t *state)
{
    double number;

    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    memcpy(&number, state, sizeof number);
    return number;
}

TEST(every_printed_number_reads_back)
{
    uint64_t state = 1;
    char text[SIO__NUMBER_TEXT_BYTES + 1];

    for (int i = 0; i < 100000; i++) {
        double number = next_double(&state), back = 0, whole = 0;
        size_t len;

        if (!isfinite(number))
            continue;
        if (i % 2) /* everyday sizes too */
            number = modf(fmod(number, 1e6), &whole) + i % 1000;
        len = sio__number_print(number, text);
        text[len] = '\0';
        CHECK(strtod(text, NULL) == number);
        CHECK(sio__number_parse(text, len, &back) && back == number);
    }
}

TEST(integers_are_printed_exactly)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    CHECK_MEM(text, sio__number_print_i64(INT64_MIN, text), "-9223372036854775808", 20);
    CHECK_MEM(text, sio__number_print_i64(INT64_MAX, text), "9223372036854775807", 19);
    CHECK_MEM(text, sio__number_print_u64(UINT64_MAX, text), "18446744073709551615", 20);
    CHECK_MEM(text, sio__number_print_u64(0, text), "0", 1);
}

static void check_parse(const char *text, double want)
{
    double number = -1;

    CHECK(sio__number_parse(text, strlen(text), &number));
    if (number != want)
        fprintf(stderr, "%s: %.17g\n", text, number);
    CHECK(number == want);
}

static void check_all_parses(void)
{
    check_parse("0", 0);
    check_parse("-12.25", -12.25);
    check_parse("0.1", 0.1);
    check_parse("1e3", 1000);
    check_parse("1E-3", 0.001);
    check_parse("1.2e+1", 12);
    check_parse("9007199254740993", 9007199254740992.0);
    check_parse("123456789012345678901234567890", 1.2345678901234568e29);
    check_parse("3.141592653589793238462643383279", 3.141592653589793);
    check_parse("1e23", 1e23);
    check_parse("5e-324", 5e-324);
    check_parse("1e999", INFINITY);
    check_parse("-1e999", -INFINITY);
    check_parse("1e99999999999999999999", INFINITY);
    check_parse("1e-99999999999999999999", 0);
    check_parse("0.000000000000000000000000000000000001", 1e-36);
}

TEST(numbers_are_read_to_the_nearest_double)
{
    check_all_parses();
}

TEST(the_locale_makes_no_difference)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"};

    for (size_t i = 0; i < 3; i++)
        if (setlocale(LC_NUMERIC, commas[i]) != NULL)
            break;
    check_all_parses();
    check_print(1.0 / 3, "0.3333333333333333");
    check_print(5e-324, "5e-324");
    setlocale(LC_NUMERIC, "C");
}

TEST(numbers_of_any_length_are_read)
{
    static char text[100000];
    double number = 0;

    memset(text, '9', sizeof text);
    CHECK(sio__number_parse(text, sizeof text, &number) && isinf(number));
    text[1] = '.';
    CHECK(sio__number_parse(text, sizeof text, &number) && number == 10);
    sio__mem_fail_nth(1, false);
    CHECK(!sio__number_parse(text, sizeof text, &number));
    sio__mem_fail_nth(0, false);
}

static void check_int(const char *text, bool is_int, int64_t want)
{
    int64_t number = 0;

    CHECK_EQ(sio__number_parse_i64(text, strlen(text), &number), is_int);
    CHECK_EQ(number, want);
}

TEST(whole_numbers_are_recognised_however_written)
{
    check_int("0", true, 0);
    check_int("-0", true, 0);
    check_int("12", true, 12);
    check_int("12.0", true, 12);
    check_int("1.2e1", true, 12);
    check_int("-1e3", true, -1000);
    check_int("9223372036854775807", true, INT64_MAX);
    check_int("-9223372036854775808", true, INT64_MIN);
    check_int("9223372036854775808", false, 0);
    check_int("-9223372036854775809", false, 0);
    check_int("99999999999999999999999", false, 0);
    check_int("1e19", false, 0);
    check_int("1e999", false, 0);
    check_int("1.5", false, 0);
}

static void check_number(const char *text, double want)
{
    double number = sio__number_from_text(text, strlen(text));

    if (!(number == want || (isnan(number) && isnan(want))))
        fprintf(stderr, "Number(\"%s\") is %.17g\n", text, number);
    CHECK(number == want || (isnan(number) && isnan(want)));
}

TEST(text_becomes_a_number_as_in_javascript)
{
    check_number("", 0);
    check_number(" \t\n\v\f\r\xc2\xa0\xef\xbb\xbf\xe3\x80\x80", 0);
    check_number("\xe2\x80\xa8 1 \xe2\x80\x8a\xe2\x80\xaf", 1);
    check_number("1.0", 1);
    check_number("+2", 2);
    check_number("-2", -2);
    check_number("01", 1);
    check_number("1.", 1);
    check_number(".5", 0.5);
    check_number("1e1", 10);
    check_number("1e+1", 10);
    check_number("0x1F", 31);
    check_number("0o17", 15);
    check_number("0B11", 3);
    check_number("Infinity", INFINITY);
    check_number("-Infinity", -INFINITY);
    check_number(".", NAN);
    check_number("-", NAN);
    check_number("+-1", NAN);
    check_number("1 2", NAN);
    check_number("1e", NAN);
    check_number("e1", NAN);
    check_number("0x", NAN);
    check_number("-0x1", NAN);
    check_number("0b2", NAN);
    check_number("1a", NAN);
    check_number("infinity", NAN);
    check_number("1_0", NAN);
    check_number("\xe2\x80\x8b", NAN);
}

CHECK_MAIN(CHECK_ROW(numbers_are_printed_as_javascript_does),
           CHECK_ROW(every_printed_number_reads_back), CHECK_ROW(integers_are_printed_exactly),
           CHECK_ROW(numbers_are_read_to_the_nearest_double),
           CHECK_ROW(the_locale_makes_no_difference), CHECK_ROW(numbers_of_any_length_are_read),
           CHECK_ROW(whole_numbers_are_recognised_however_written),
           CHECK_ROW(text_becomes_a_number_as_in_javascript))
