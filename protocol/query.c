#include "protocol/query.h"

#include "protocol/utf8.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = sio__lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one decoded byte off *raw, which is not empty. */
static char take_byte(struct sio__slice *raw)
{
    char c = raw->ptr[0];
    size_t used = 1;

    if (c == '+') {
        c = ' ';
    } else if (c == '%' && raw->len >= 3) {
        int high = hex_digit(raw->ptr[1]), low = hex_digit(raw->ptr[2]);
        if (high >= 0 && low >= 0) {
            c = (char)(high << 4 | low);
            used = 3;
        }
    }
    *raw = sio__slice_from(*raw, used);
    return c;
}

/* Cuts *rest at the first `mark`, which belongs to neither part; without one, takes all. */
static struct sio__slice take_until(struct sio__slice *rest, char mark)
{
    const char *found = rest->len != 0 ? memchr(rest->ptr, mark, rest->len) : NULL;
    struct sio__slice head = *rest;

    if (found == NULL) {
        *rest = sio__slice_from(*rest, rest->len);
        return head;
    }
    head.len = (size_t)(found - rest->ptr);
    *rest = sio__slice_from(*rest, head.len + 1);
    return head;
}

bool sio__query_next(struct sio__slice *rest, struct sio__slice *key, struct sio__slice *value)
{
    while (rest->len != 0) {
        struct sio__slice pair = take_until(rest, '&');
        if (pair.len == 0)
            continue;
        *key = take_until(&pair, '=');
        *value = pair;
        return true;
    }
    return false;
}

static void repair_tail(struct sio__buf *out, size_t start)
{
    struct sio__buf copy = SIO__BUF_INIT;

    sio__buf_bytes(&copy, out->ptr + start, out->len - start);
    out->len = start;
    out->failed |= copy.failed;
    sio__utf8_repair(out, copy.ptr, copy.len);
    sio__buf_fini(&copy);
}

void sio__query_decode(struct sio__buf *out, struct sio__slice raw)
{
    size_t start = out->len;

    if (!sio__buf_reserve(out, raw.len))
        return;
    while (raw.len != 0)
        out->ptr[out->len++] = take_byte(&raw);
    if (out->len != start && !sio__utf8_valid(out->ptr + start, out->len - start))
        repair_tail(out, start);
}

bool sio__query_is(struct sio__slice raw, struct sio__slice text)
{
    size_t i = 0;

    for (; raw.len != 0 && i < text.len; i++)
        if (take_byte(&raw) != text.ptr[i])
            return false;
    return raw.len == 0 && i == text.len;
}

bool sio__query_find_raw(struct sio__slice query, struct sio__slice key, struct sio__slice *value)
{
    struct sio__slice name, candidate;
    bool found = false;

    while (sio__query_next(&query, &name, &candidate)) {
        if (!sio__query_is(name, key))
            continue;
        *value = candidate;
        found = true;
    }
    return found;
}

bool sio__query_find(struct sio__slice query, struct sio__slice key, struct sio__buf *out,
                     bool *found)
{
    struct sio__slice raw;

    *found = sio__query_find_raw(query, key, &raw);
    if (*found)
        sio__query_decode(out, raw);
    return !out->failed;
}
