#include "protocol/js_date.h"

#define DAY_MS INT64_C(86400000)
#define MOST_MS (INT64_C(100000000) * DAY_MS)

enum { DAYS_OF_400_YEARS = 146097, DAYS_TO_1970 = 719468 /* from 1 March of the year 0 */ };

struct day {
    int64_t year;
    unsigned month, day; /* from 1 */
};

/* Years that begin in March, so that the day which some have more is their last.  Each step takes
 * the leap days out that the years before have had. */
static struct day day_of(int64_t days)
{
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = (shifted >= 0 ? shifted : shifted - DAYS_OF_400_YEARS + 1) / DAYS_OF_400_YEARS;
    unsigned of_era = (unsigned)(shifted - era * DAYS_OF_400_YEARS);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153; /* 0 is March; months of 31, 30, 31, 30, 31 days */

    return (struct day){era * 400 + year + (month >= 10), month < 10 ? month + 3 : month - 9,
                        of_year - (153 * month + 2) / 5 + 1};
}

static char *put_digits(char *out, uint64_t number, unsigned width)
{
    for (unsigned i = width; i > 0; i--, number /= 10)
        out[i - 1] = (char)('0' + number % 10);
    return out + width;
}

static char *put_year(char *out, int64_t year)
{
    if (year >= 0 && year <= 9999)
        return put_digits(out, (uint64_t)year, 4);
    *out++ = year < 0 ? '-' : '+';
    return put_digits(out, (uint64_t)(year < 0 ? -year : year), 6);
}

static char *put_part(char *out, char mark, uint64_t number, unsigned width)
{
    *out = mark;
    return put_digits(out + 1, number, width);
}

size_t sio__date_print(int64_t ms, char out[SIO__DATE_TEXT_BYTES])
{
    struct day day;
    int64_t days;
    uint64_t rest;
    char *o = out;

    if (ms > MOST_MS || ms < -MOST_MS)
        return 0;
    days = (ms >= 0 ? ms : ms - DAY_MS + 1) / DAY_MS;
    day = day_of(days);
    rest = (uint64_t)(ms - days * DAY_MS);
    o = put_year(o, day.year);
    o = put_part(o, '-', day.month, 2);
    o = put_part(o, '-', day.day, 2);
    o = put_part(o, 'T', rest / 3600000, 2);
    o = put_part(o, ':', rest / 60000 % 60, 2);
    o = put_part(o, ':', rest / 1000 % 60, 2);
    o = put_part(o, '.', rest % 1000, 3);
    *o++ = 'Z';
    return (size_t)(o - out);
}
