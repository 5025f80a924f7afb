#include "protocol/json_token.h"

#include <stdint.h>

#include "protocol/json_string.h"

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':';
}

static bool colon_follows(const struct sio__json_cursor *c)
{
    const char *p = c->p;

    while (p < c->end && is_between(*p) && *p != ':' && *p != ',')
        p++;
    return p < c->end && *p == ':';
}

static struct sio__json_token take_string(struct sio__json_cursor *c)
{
    struct sio__json_token token = {SIO__TOKEN_STRING, false, {c->p + 1, 0}};
    const char *p = c->p + 1;

    for (; p < c->end && *p != '"'; p++) {
        if (*p == '\\' && c->end - p > 1) {
            token.has_escapes = true;
            p++;
        }
    }
    token.bytes.len = (size_t)(p - token.bytes.ptr);
    c->p = p < c->end ? p + 1 : p;
    if (colon_follows(c))
        token.kind = SIO__TOKEN_KEY;
    return token;
}

static bool ends_number(char c)
{
    return is_between(c) || c == ']' || c == '}';
}

static struct sio__json_token take_number(struct sio__json_cursor *c)
{
    const char *start = c->p++;

    while (c->p < c->end && !ends_number(*c->p))
        c->p++;
    return (struct sio__json_token){SIO__TOKEN_NUMBER, false, {start, (size_t)(c->p - start)}};
}

static struct sio__json_token take_fixed(struct sio__json_cursor *c, size_t len,
                                         enum sio__json_token_kind kind)
{
    c->p = (size_t)(c->end - c->p) > len ? c->p + len : c->end;
    return (struct sio__json_token){kind, false, {NULL, 0}};
}

struct sio__json_token sio__json_next(struct sio__json_cursor *c)
{
    while (c->p < c->end && is_between(*c->p))
        c->p++;
    if (c->p == c->end)
        return (struct sio__json_token){SIO__TOKEN_END, false, {NULL, 0}};
    switch (*c->p) {
    case '[':
        return take_fixed(c, 1, SIO__TOKEN_ARRAY);
    case '{':
        return take_fixed(c, 1, SIO__TOKEN_OBJECT);
    case ']':
    case '}':
        return take_fixed(c, 1, SIO__TOKEN_CLOSE);
    case '"':
        return take_string(c);
    case 't':
        return take_fixed(c, 4, SIO__TOKEN_TRUE);
    case 'f':
        return take_fixed(c, 5, SIO__TOKEN_FALSE);
    case 'n':
        return take_fixed(c, 4, SIO__TOKEN_NULL);
    default:
        return take_number(c);
    }
}

static const char *start_of(const struct sio__json_cursor *c, const struct sio__json_token *token)
{
    switch (token->kind) {
    case SIO__TOKEN_STRING:
        return token->bytes.ptr - 1;
    case SIO__TOKEN_NUMBER:
        return token->bytes.ptr;
    case SIO__TOKEN_TRUE:
    case SIO__TOKEN_NULL:
        return c->p - 4;
    case SIO__TOKEN_FALSE:
        return c->p - 5;
    default:
        return c->p - 1;
    }
}

struct sio__slice sio__json_value_at(struct sio__json_cursor *c,
                                     const struct sio__json_token *first)
{
    const char *start = start_of(c, first);
    enum sio__json_token_kind kind = first->kind;
    uint32_t depth = 0;

    for (;;) {
        depth += kind == SIO__TOKEN_ARRAY || kind == SIO__TOKEN_OBJECT;
        depth -= kind == SIO__TOKEN_CLOSE;
        if (depth == 0 || kind == SIO__TOKEN_END)
            return sio__slice_make(start, (size_t)(c->p - start));
        kind = sio__json_next(c).kind;
    }
}

bool sio__json_token_is(const struct sio__json_token *token, struct sio__slice utf8)
{
    return token->has_escapes ? sio__json_string_equals(token->bytes, utf8)
                              : sio__slice_eq(token->bytes, utf8);
}
