#include "protocol/json_string.h"

#include <stdint.h>
#include <string.h>

#include "protocol/utf8.h"

static uint32_t hex4(const char *p)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)p[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    return out;
}

/* The character of an escape \uXXXX at *p, with its second half if that follows; *p moves behind.
 */
static uint32_t take_unicode(const char **p, const char *end)
{
    uint32_t high = hex4(*p + 2), low;

    *p += 6;
    if ((high & 0xF800) != 0xD800)
        return high;
    if (high < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        low = hex4(*p + 2);
        if ((low & 0xFC00) == 0xDC00) {
            *p += 6;
            return 0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
        }
    }
    return 0xFFFD;
}

/* One escape at *p, written to out (up to 4 bytes); *p moves behind it. */
static char *take_escape(const char **p, const char *end, char *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *at;

    if ((*p)[1] == 'u')
        return put_utf8(take_unicode(p, end), out);
    at = strchr(from, (*p)[1]);
    *out++ = at != NULL ? to[at - from] : (*p)[1];
    *p += 2;
    return out;
}

size_t sio__json_unescape(const char *text, size_t len, char *out)
{
    const char *p = text, *end = text + len, *slash;
    char *o = out;
    size_t run;

    while (p < end) {
        slash = memchr(p, '\\', (size_t)(end - p));
        run = (size_t)((slash != NULL ? slash : end) - p);
        memmove(o, p, run);
        o += run;
        p += run;
        if (p < end)
            o = take_escape(&p, end, o);
    }
    return (size_t)(o - out);
}

size_t sio__json_unescaped_len(const char *text, size_t len)
{
    const char *p = text, *end = text + len;
    char bytes[4];
    size_t total = 0;

    while (p < end) {
        if (*p == '\\') {
            total += (size_t)(take_escape(&p, end, bytes) - bytes);
        } else {
            total++;
            p++;
        }
    }
    return total;
}

bool sio__json_string_equals(struct sio__slice inside, struct sio__slice utf8)
{
    const char *p = inside.ptr, *end = inside.ptr + inside.len;
    const char *u = utf8.ptr, *u_end = utf8.ptr + utf8.len;
    char bytes[4];
    size_t n;

    while (p < end) {
        if (*p != '\\') {
            bytes[0] = *p++;
            n = 1;
        } else {
            n = (size_t)(take_escape(&p, end, bytes) - bytes);
        }
        if ((size_t)(u_end - u) < n || memcmp(u, bytes, n) != 0)
            return false;
        u += n;
    }
    return u == u_end;
}

/* How many bytes each byte becomes. */
static inline size_t escaped_bytes(unsigned char c)
{
    if (c >= 0x20)
        return c == '"' || c == '\\' ? 2 : 1;
    return c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t' ? 2 : 6;
}

size_t sio__json_escaped_len(const char *utf8, size_t len)
{
    size_t total = 0;

    for (size_t i = 0; i < len; i++)
        total += escaped_bytes((unsigned char)utf8[i]);
    return total;
}

static char *put_escape(unsigned char c, char *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_forms[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

    *out++ = '\\';
    if (c >= 0x20) {
        *out++ = (char)c;
    } else if (short_forms[c] != 0) {
        *out++ = short_forms[c];
    } else {
        memcpy(out, "u00", 3);
        out[3] = hex[c >> 4];
        out[4] = hex[c & 15];
        out += 5;
    }
    return out;
}

char *sio__json_escape(const char *utf8, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)utf8[i];

        if (escaped_bytes(c) == 1)
            *out++ = (char)c;
        else
            out = put_escape(c, out);
    }
    return out;
}

void sio__json_escape_to(struct sio__buf *out, const char *utf8, size_t len)
{
    char *room = sio__buf_extend(out, sio__json_escaped_len(utf8, len));

    if (room != NULL)
        sio__json_escape(utf8, len, room);
}

void sio__json_quote_to(struct sio__buf *out, struct sio__slice text)
{
    struct sio__buf mended = SIO__BUF_INIT;

    if (!sio__utf8_valid(text.ptr, text.len)) {
        sio__utf8_repair(&mended, text.ptr, text.len);
        text = sio__buf_view(&mended);
    }
    sio__buf_char(out, '"');
    sio__json_escape_to(out, text.ptr, text.len);
    sio__buf_char(out, '"');
    out->failed = out->failed || mended.failed;
    sio__buf_fini(&mended);
}
