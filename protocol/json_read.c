#include "protocol/json_read.h"

#include <math.h>

#include "protocol/json_number.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/json_token.h"
#include "protocol/mem.h"

struct reader {
    json_t *root;
    json_t *open[SIO__JSON_DEPTH]; /* borrowed from the root */
    uint32_t depth;
    struct sio__slice key; /* of the next value in an object; unescaped */
    char *key_mem;         /* holds the key if it had escapes */
};

/* Unescaped bytes: of the text itself, or of *mem, which the caller frees. */
static bool unescape(const struct sio__json_token *token, struct sio__slice *out, char **mem)
{
    *mem = NULL;
    *out = token->bytes;
    if (!token->has_escapes)
        return true;
    if ((*mem = sio__malloc(token->bytes.len)) == NULL)
        return false;
    out->ptr = *mem;
    out->len = sio__json_unescape(token->bytes.ptr, token->bytes.len, *mem);
    return true;
}

static json_t *make_string(const struct sio__json_token *token)
{
    struct sio__slice bytes;
    json_t *string = NULL;
    char *mem;

    if (unescape(token, &bytes, &mem))
        string = json_stringn_nocheck(bytes.ptr, bytes.len);
    sio__free(mem);
    return string;
}

static bool is_written_whole(struct sio__slice number)
{
    return memchr(number.ptr, '.', number.len) == NULL &&
           memchr(number.ptr, 'e', number.len) == NULL &&
           memchr(number.ptr, 'E', number.len) == NULL;
}

static json_t *make_number(struct sio__slice text)
{
    int64_t whole;
    double real;

    if (is_written_whole(text) && sio__number_parse_i64(text.ptr, text.len, &whole))
        return json_integer(whole);
    if (!sio__number_parse(text.ptr, text.len, &real))
        return NULL;
    return isfinite(real) ? json_real(real) : json_null();
}

static json_t *make_value(const struct sio__json_token *token)
{
    switch (token->kind) {
    case SIO__TOKEN_ARRAY:
        return json_array();
    case SIO__TOKEN_OBJECT:
        return json_object();
    case SIO__TOKEN_STRING:
        return make_string(token);
    case SIO__TOKEN_NUMBER:
        return make_number(token->bytes);
    case SIO__TOKEN_TRUE:
        return json_true();
    case SIO__TOKEN_FALSE:
        return json_false();
    default:
        return json_null();
    }
}

/* Puts a value where it belongs; its reference is taken in any case. */
static bool attach(struct reader *r, json_t *value)
{
    json_t *parent;

    if (value == NULL)
        return false;
    if (r->depth == 0) {
        r->root = value;
        return true;
    }
    parent = r->open[r->depth - 1];
    if (json_is_array(parent))
        return json_array_append_new(parent, value) == 0;
    return json_object_setn_new_nocheck(parent, r->key.ptr, r->key.len, value) == 0;
}

static bool take(struct reader *r, const struct sio__json_token *token)
{
    json_t *value;

    if (token->kind == SIO__TOKEN_KEY) {
        sio__free(r->key_mem);
        return unescape(token, &r->key, &r->key_mem);
    }
    if (token->kind == SIO__TOKEN_CLOSE) {
        r->depth -= r->depth > 0;
        return true;
    }
    if (!attach(r, value = make_value(token)))
        return false;
    if (token->kind == SIO__TOKEN_ARRAY || token->kind == SIO__TOKEN_OBJECT) {
        if (r->depth == SIO__JSON_DEPTH)
            return false;
        r->open[r->depth++] = value;
    }
    return true;
}

json_t *sio__json_read(const char *text, size_t len)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(text, len);
    struct reader r;
    bool ok = true;

    r.root = NULL;
    r.depth = 0;
    r.key_mem = NULL;
    r.key = (struct sio__slice){"", 0};
    do {
        struct sio__json_token token = sio__json_next(&cursor);

        ok = token.kind != SIO__TOKEN_END && take(&r, &token);
    } while (ok && r.depth > 0);
    sio__free(r.key_mem);
    if (ok)
        return r.root;
    json_decref(r.root);
    return NULL;
}
