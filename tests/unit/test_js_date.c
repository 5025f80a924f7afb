#include "protocol/js_date.h"

#include "tests/support/check.h"

static void check_date(int64_t ms, const char *want)
{
    char text[SIO__DATE_TEXT_BYTES];

    CHECK_MEM(text, sio__date_print(ms, text), want, strlen(want));
}

/* Each expected text is what Node's Date says. */
TEST(dates_are_written_as_javascript_does)
{
    check_date(0, "1970-01-01T00:00:00.000Z");
    check_date(-1, "1969-12-31T23:59:59.999Z");
    check_date(1709251199999, "2024-02-29T23:59:59.999Z");
    check_date(1709251200000, "2024-03-01T00:00:00.000Z");
    check_date(4107542400000, "2100-03-01T00:00:00.000Z");
    check_date(4107542399999, "2100-02-28T23:59:59.999Z");
    check_date(951782400000, "2000-02-29T00:00:00.000Z");
    check_date(1764288000123, "2025-11-28T00:00:00.123Z");
    check_date(-62167219200000, "0000-01-01T00:00:00.000Z");
}

TEST(years_beyond_four_digits_have_a_sign_and_six)
{
    check_date(-62167219200001, "-000001-12-31T23:59:59.999Z");
    check_date(253402300799999, "9999-12-31T23:59:59.999Z");
    check_date(253402300800000, "+010000-01-01T00:00:00.000Z");
    check_date(8640000000000000, "+275760-09-13T00:00:00.000Z");
    check_date(-8640000000000000, "-271821-04-20T00:00:00.000Z");
}

TEST(a_date_beyond_its_range_is_invalid)
{
    check_date(8640000000000001, "");
    check_date(-8640000000000001, "");
    check_date(INT64_MIN, "");
    check_date(INT64_MAX, "");
}

CHECK_MAIN(CHECK_ROW(dates_are_written_as_javascript_does),
           CHECK_ROW(years_beyond_four_digits_have_a_sign_and_six),
           CHECK_ROW(a_date_beyond_its_range_is_invalid))
