#include "protocol/json_number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/mem.h"

/* Powers of ten that a double holds exactly. */
static const double exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#define EXACT_INTEGER 9007199254740992.0 /* 2^53 */

static size_t print_digits(uint64_t number, char *out)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

size_t sio__number_print_u64(uint64_t number, char out[SIO__NUMBER_TEXT_BYTES])
{
    return print_digits(number, out);
}

size_t sio__number_print_i64(int64_t number, char out[SIO__NUMBER_TEXT_BYTES])
{
    if (number >= 0)
        return print_digits((uint64_t)number, out);
    out[0] = '-';
    return 1 + print_digits(0 - (uint64_t)number, out + 1);
}

/* A positive decimal number: digits times ten to the exponent. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static bool reads_back(struct decimal d, double number)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    /* Without a fraction there is no decimal point, which is the locale's. */
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)d.digits, d.exponent);
    return strtod(text, NULL) == number;
}

/* The decimal of so many digits that is nearest to the number. */
static struct decimal round_to(double number, int digits)
{
    struct decimal d = {0};
    char text[64];
    const char *p;

    snprintf(text, sizeof text, "%.*e", digits - 1, number);
    for (p = text; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            d.digits = d.digits * 10 + (uint64_t)(*p - '0');
    d.exponent = (int)strtol(p + 1, NULL, 10) - (digits - 1);
    return d;
}

/* Up to 6 places after the point and 15 digits: found without printing and reading back. */
static bool find_short(double number, struct decimal *d)
{
    for (int places = 1; places <= 6; places++) {
        double scaled = number * exact_tens[places];

        if (scaled < 1e15 && scaled == floor(scaled) && scaled / exact_tens[places] == number) {
            *d = (struct decimal){(uint64_t)scaled, -places};
            return true;
        }
    }
    return false;
}

static struct decimal find_shortest(double number)
{
    struct decimal d;

    if (find_short(number, &d))
        return d;
    /* 15 digits are always told apart, but not next to zero, where doubles have fewer bits. */
    for (int digits = number < DBL_MIN ? 1 : DBL_DIG; digits < 17; digits++) {
        d = round_to(number, digits);
        if (reads_back(d, number))
            return d;
        /* Below a power of two doubles are denser, so the nearest decimal may lie below and miss
         * while the next one above still reads back. */
        d.digits++;
        if (reads_back(d, number))
            return d;
    }
    return round_to(number, 17);
}

/* Lays out digits as JavaScript does; point is where the decimal point stands, counted from the
 * first digit. */
static size_t lay_out(const char *digits, int count, int point, char *out)
{
    char *o = out;

    if (point > 21 || point <= -6) {
        *o++ = digits[0];
        if (count > 1) {
            *o++ = '.';
            memcpy(o, digits + 1, (size_t)count - 1);
            o += count - 1;
        }
        *o++ = 'e';
        *o++ = point > 0 ? '+' : '-';
        return (size_t)(o - out) + print_digits((uint64_t)abs(point - 1), o);
    }
    if (point <= 0) {
        memcpy(o, "0.00000", (size_t)(2 - point));
        o += 2 - point;
        memcpy(o, digits, (size_t)count);
        return (size_t)(o - out) + (size_t)count;
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point)
            *o++ = '.';
        *o++ = i < count ? digits[i] : '0';
    }
    return (size_t)(o - out);
}

size_t sio__number_print(double number, char out[SIO__NUMBER_TEXT_BYTES])
{
    char digits[SIO__NUMBER_TEXT_BYTES];
    struct decimal d;
    size_t sign, count;

    if (isnan(number)) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    if (fabs(number) <= EXACT_INTEGER && number == floor(number))
        return sio__number_print_i64((int64_t)number, out);
    sign = number < 0;
    out[0] = '-';
    number = fabs(number);
    if (isinf(number)) {
        memcpy(out + sign, "Infinity", 8);
        return sign + 8;
    }
    d = find_shortest(number);
    count = sio__number_print_u64(d.digits, digits);
    d.exponent += (int)count;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return sign + lay_out(digits, (int)count, d.exponent, out + sign);
}

/* --- reading ------------------------------------------------------------------------------- */

/* The common case, exact by construction: at most 19 digits that fit 53 bits, a small power of ten.
 */
static bool parse_quickly(const char *text, size_t len, double *number)
{
    const char *p = text, *end = text + len;
    bool negative = p < end && *p == '-', seen_point = false;
    uint64_t digits = 0;
    int exponent = 0, tens = 0;

    if (len > 24)
        return false;
    for (p += negative; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            seen_point = true;
            continue;
        }
        if (digits > UINT64_MAX / 10 - 1)
            return false;
        digits = digits * 10 + (uint64_t)(*p - '0');
        exponent -= seen_point;
    }
    if (p < end) {
        bool minus = *++p == '-';

        for (p += *p == '-' || *p == '+'; p < end && tens < 1000; p++)
            tens = tens * 10 + (*p - '0');
        exponent += minus ? -tens : tens;
    }
    if (digits > (uint64_t)EXACT_INTEGER || exponent < -22 || exponent > 22)
        return false;
    *number = exponent < 0 ? (double)digits / exact_tens[-exponent]
                           : (double)digits * exact_tens[exponent];
    if (negative)
        *number = -*number;
    return true;
}

bool sio__number_parse(const char *text, size_t len, double *number)
{
    const char *point = localeconv()->decimal_point;
    const char *dot = memchr(text, '.', len);
    size_t point_len = strlen(point), head = dot != NULL ? (size_t)(dot - text) : len, n;
    char small[128], *copy = small;

    if (parse_quickly(text, len, number))
        return true;
    if (len + point_len >= sizeof small && (copy = sio__malloc(len + point_len + 1)) == NULL)
        return false;
    memcpy(copy, text, head);
    n = head;
    if (dot != NULL) {
        memcpy(copy + n, point, point_len);
        n += point_len;
        memcpy(copy + n, dot + 1, len - head - 1);
        n += len - head - 1;
    }
    copy[n] = '\0';
    *number = strtod(copy, NULL);
    if (copy != small)
        sio__free(copy);
    return true;
}

static bool parse_plain_integer(const char *text, size_t len, int64_t *number)
{
    bool negative = len > 0 && text[0] == '-';
    uint64_t value = 0, limit = negative ? UINT64_C(1) << 63 : INT64_MAX;

    for (size_t i = negative; i < len; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = (int64_t)(negative ? 0 - value : value);
    return true;
}

static bool is_plain_integer(const char *text, size_t len)
{
    return memchr(text, '.', len) == NULL && memchr(text, 'e', len) == NULL &&
           memchr(text, 'E', len) == NULL;
}

bool sio__number_parse_i64(const char *text, size_t len, int64_t *number)
{
    double real;

    if (is_plain_integer(text, len))
        return parse_plain_integer(text, len, number);
    if (!sio__number_parse(text, len, &real) || real != floor(real) || fabs(real) >= 0x1p63)
        return false;
    *number = (int64_t)real;
    return true;
}
