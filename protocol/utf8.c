#include "protocol/utf8.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static size_t ascii_prefix(const unsigned char *p, size_t len)
{
    size_t i = 0;

    for (uint64_t word; len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

/* Looks at one character that is not ASCII (len >= 1). Returns its length when it is well-formed,
 * else 0 with the length of the maximal bad part in *bad. */
static size_t sequence(const unsigned char *p, size_t len, size_t *bad)
{
    unsigned lead = p[0];
    size_t need = lead >= 0xc2 && lead <= 0xdf   ? 2
                  : lead >= 0xe0 && lead <= 0xef ? 3
                  : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                 : 1;
    /* Only the second byte has bounds of its own: overlong forms, surrogates, above U+10FFFF. */
    unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    size_t i = 1;

    for (; i < need && i < len && p[i] >= low && p[i] <= high; i++) {
        low = 0x80;
        high = 0xbf;
    }
    *bad = i;
    return need > 1 && i == need ? need : 0;
}

/* The valid prefix; *bad is the length of the bad part behind it, 0 at the end. */
static size_t valid_run(const char *ptr, size_t len, size_t *bad)
{
    const unsigned char *p = (const unsigned char *)ptr;
    size_t at = 0;

    *bad = 0;
    for (;;) {
        size_t step;
        at += ascii_prefix(p + at, len - at);
        if (at == len)
            return len;
        if ((step = sequence(p + at, len - at, bad)) == 0)
            return at;
        *bad = 0;
        at += step;
    }
}

bool sio__utf8_valid(const char *ptr, size_t len)
{
    return sio__utf8_valid_prefix(ptr, len) == len;
}

size_t sio__utf8_valid_prefix(const char *ptr, size_t len)
{
    size_t bad;

    return len != 0 ? valid_run(ptr, len, &bad) : 0;
}

void sio__utf8_repair(struct sio__buf *out, const char *ptr, size_t len)
{
    while (len != 0) {
        size_t bad, good = valid_run(ptr, len, &bad);
        sio__buf_bytes(out, ptr, good);
        if (bad != 0)
            sio__buf_lit(out, REPLACEMENT);
        ptr += good + bad;
        len -= good + bad;
    }
}

size_t sio__utf16_len(const char *ptr, size_t len)
{
    size_t units = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)ptr[i];
        units += (size_t)((c & 0xc0) != 0x80) + (size_t)(c >= 0xf0);
    }
    return units;
}
