#include "protocol/base64.h"

#include <stdint.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of a character plus 1; 0 is a character to skip. Both alphabets. */
static const unsigned char values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['-'] = 63,
    ['/'] = 64, ['_'] = 64,
};

/* Without padding. */
static size_t encode(char *out, const unsigned char *p, size_t len, const char *alphabet)
{
    char *at = out;

    for (; len >= 3; len -= 3, p += 3) {
        uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        *at++ = alphabet[bits >> 18];
        *at++ = alphabet[bits >> 12 & 63];
        *at++ = alphabet[bits >> 6 & 63];
        *at++ = alphabet[bits & 63];
    }
    if (len != 0) {
        uint32_t bits = (uint32_t)p[0] << 16 | (len == 2 ? (uint32_t)p[1] << 8 : 0);
        *at++ = alphabet[bits >> 18];
        *at++ = alphabet[bits >> 12 & 63];
        if (len == 2)
            *at++ = alphabet[bits >> 6 & 63];
    }
    return (size_t)(at - out);
}

size_t sio__base64_encode(char *out, const void *ptr, size_t len)
{
    size_t at = encode(out, ptr, len, standard);

    while (at % 4 != 0)
        out[at++] = '=';
    return at;
}

size_t sio__base64_encode_url(char *out, const void *ptr, size_t len)
{
    return encode(out, ptr, len, url_safe);
}

/* Four good characters at a time, as far as they go. Returns how many were used. */
static size_t decode_quads(unsigned char **out, const unsigned char *p, size_t len)
{
    size_t i = 0;

    for (; len - i >= 4; i += 4) {
        unsigned a = values[p[i]], b = values[p[i + 1]], c = values[p[i + 2]], d = values[p[i + 3]];
        if (a == 0 || b == 0 || c == 0 || d == 0)
            break;
        uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        *(*out)++ = (unsigned char)(bits >> 16);
        *(*out)++ = (unsigned char)(bits >> 8);
        *(*out)++ = (unsigned char)bits;
    }
    return i;
}

size_t sio__base64_decode(void *out, const char *ptr, size_t len)
{
    const unsigned char *p = (const unsigned char *)ptr;
    unsigned char *at = out;
    uint32_t bits = 0;
    int held = 0; /* bits not yet written; 0 at the border of a group of four */

    for (size_t i = 0; i < len; i++) {
        if (held == 0 && (i += decode_quads(&at, p + i, len - i)) == len)
            break;
        if (p[i] == '=')
            break;
        if (values[p[i]] == 0)
            continue;
        bits = bits << 6 | (values[p[i]] - 1u);
        held += 6;
        if (held >= 8) {
            held -= 8;
            *at++ = (unsigned char)(bits >> held);
        }
    }
    return (size_t)(at - (unsigned char *)out);
}
