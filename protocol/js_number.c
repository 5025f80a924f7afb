/* JavaScript's Number() for text off the wire: see json_number.h. */
#include "protocol/json_number.h"

#include <math.h>

#include "protocol/slice.h"

#define MAX_TEXT_BYTES 64

size_t sio__js_blank(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;

    if (len >= 1 && (p[0] == ' ' || (p[0] >= '\t' && p[0] <= '\r')))
        return 1;
    if (len >= 2 && p[0] == 0xC2 && p[1] == 0xA0)
        return 2;
    if (len < 3)
        return 0;
    switch ((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) {
    case 0xE19A80: /* U+1680 */
    case 0xE280A8: /* U+2028 */
    case 0xE280A9: /* U+2029 */
    case 0xE280AF: /* U+202F */
    case 0xE2819F: /* U+205F */
    case 0xE38080: /* U+3000 */
    case 0xEFBBBF: /* U+FEFF */
        return 3;
    }
    return p[0] == 0xE2 && p[1] == 0x80 && p[2] >= 0x80 && p[2] <= 0x8A ? 3 : 0;
}

static struct sio__slice trim(struct sio__slice s)
{
    size_t n;

    while ((n = sio__js_blank(s.ptr, s.len)) > 0)
        s = sio__slice_from(s, n);
    for (n = 1; n <= 3 && n <= s.len;) {
        if (sio__js_blank(s.ptr + s.len - n, n) == n) {
            s.len -= n;
            n = 1;
        } else {
            n++;
        }
    }
    return s;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = sio__lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static double from_base(struct sio__slice digits, int base)
{
    double value = 0;

    if (digits.len == 0)
        return NAN;
    for (size_t i = 0; i < digits.len; i++) {
        if (digit_value(digits.ptr[i]) >= base)
            return NAN;
        value = value * base + digit_value(digits.ptr[i]);
    }
    return value;
}

static size_t count_digits(struct sio__slice s, size_t at)
{
    size_t n = 0;

    while (at + n < s.len && s.ptr[at + n] >= '0' && s.ptr[at + n] <= '9')
        n++;
    return n;
}

/* digits [. digits] [e [sign] digits], where one side of the point may be empty. */
static double from_decimal(struct sio__slice s)
{
    size_t at = count_digits(s, 0), digits = at, n;
    double value;

    if (at < s.len && s.ptr[at] == '.') {
        n = count_digits(s, at + 1);
        digits += n;
        at += 1 + n;
    }
    if (digits == 0)
        return NAN;
    if (at < s.len && sio__lower(s.ptr[at]) == 'e') {
        at++;
        at += at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-');
        if ((n = count_digits(s, at)) == 0)
            return NAN;
        at += n;
    }
    return at == s.len && sio__number_parse(s.ptr, s.len, &value) ? value : NAN;
}

double sio__number_from_text(const char *text, size_t len)
{
    struct sio__slice s = trim((struct sio__slice){text, len});
    bool negative;
    double value;

    if (s.len == 0)
        return 0;
    if (s.len > MAX_TEXT_BYTES)
        return NAN;
    if (s.len > 2 && s.ptr[0] == '0') {
        char kind = sio__lower(s.ptr[1]);

        if (kind == 'x' || kind == 'o' || kind == 'b')
            return from_base(sio__slice_from(s, 2), kind == 'x' ? 16 : kind == 'o' ? 8 : 2);
    }
    negative = s.ptr[0] == '-';
    if (negative || s.ptr[0] == '+')
        s = sio__slice_from(s, 1);
    value = sio__slice_is(s, "Infinity") ? INFINITY : from_decimal(s);
    return negative ? -value : value;
}
