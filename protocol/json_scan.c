#include "protocol/json_scan.h"

#include <string.h>

#include "protocol/json_string.h"
#include "protocol/mem.h"

typedef unsigned char byte;

struct scanner {
    const byte *text, *p, *end;
    bool has_escapes; /* of the last string */
};

void sio__spans_fini(struct sio__spans *s)
{
    sio__free(s->heap);
    sio__spans_init(s);
}

static bool spans_grow(struct sio__spans *s)
{
    size_t cap = s->cap == 0 ? 4 * SIO__SPANS_INLINE : 2 * (size_t)s->cap;
    struct sio__span *heap = NULL;

    if (cap <= UINT32_MAX)
        heap = sio__realloc(s->heap, cap * sizeof *heap);
    if (heap == NULL)
        return false;
    if (s->heap == NULL)
        memcpy(heap, s->inline_items, sizeof s->inline_items);
    s->heap = heap;
    s->cap = (uint32_t)cap;
    return true;
}

bool sio__spans_push(struct sio__spans *s, struct sio__span item)
{
    if (s->heap == NULL && s->count < SIO__SPANS_INLINE) {
        s->inline_items[s->count++] = item;
        return true;
    }
    if (s->count >= s->cap && !spans_grow(s))
        return false;
    s->heap[s->count++] = item;
    return true;
}

static inline bool is_digit(byte c)
{
    return (byte)(c - '0') < 10;
}

static inline bool is_hex(byte c)
{
    return is_digit(c) || (byte)((c | 0x20) - 'a') < 6;
}

static inline void skip_blanks(struct scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* True if one of 8 bytes is a quote, a backslash or a control character.  Each test finds bytes
 * below a bound: those below 0x20, and those that are zero after the xor. */
static inline bool ends_run(const byte *p)
{
    uint64_t x, quote, slash;

    memcpy(&x, p, sizeof x);
    quote = x ^ (ONES * '"');
    slash = x ^ (ONES * '\\');
    return ((((x - ONES * 0x20) & ~x) | ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)) &
            HIGHS) != 0;
}

static bool take_escape(struct scanner *s)
{
    size_t len = 2;

    if (s->end - s->p < 2)
        return false;
    switch (s->p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        break;
    case 'u':
        if (s->end - s->p < 6 || !is_hex(s->p[2]) || !is_hex(s->p[3]) || !is_hex(s->p[4]) ||
            !is_hex(s->p[5]))
            return false;
        len = 6;
        break;
    default:
        return false;
    }
    s->p += len;
    return true;
}

/* From the opening quote to behind the closing one. */
static inline bool take_string(struct scanner *s)
{
    s->has_escapes = false;
    s->p++;
    for (;;) {
        while (s->end - s->p >= 8 && !ends_run(s->p))
            s->p += 8;
        while (s->p < s->end && *s->p >= 0x20 && *s->p != '"' && *s->p != '\\')
            s->p++;
        if (s->p == s->end || *s->p < 0x20)
            return false;
        if (*s->p == '"') {
            s->p++;
            return true;
        }
        s->has_escapes = true;
        if (!take_escape(s))
            return false;
    }
}

static inline bool take_digits(struct scanner *s)
{
    if (s->p == s->end || !is_digit(*s->p))
        return false;
    while (s->p < s->end && is_digit(*s->p))
        s->p++;
    return true;
}

static inline bool take_number(struct scanner *s)
{
    if (*s->p == '-')
        s->p++;
    if (s->p < s->end && *s->p == '0')
        s->p++;
    else if (!take_digits(s))
        return false;
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!take_digits(s))
            return false;
    }
    if (s->p < s->end && (*s->p | 0x20) == 'e') {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        return take_digits(s);
    }
    return true;
}

static inline bool take_word(struct scanner *s, const char *word, size_t len)
{
    if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
        return false;
    s->p += len;
    return true;
}

/* A value that is neither array nor object. */
static inline bool take_scalar(struct scanner *s, uint8_t *type)
{
    switch (*s->p) {
    case '"':
        *type = SIO__JSON_STRING;
        return take_string(s);
    case 't':
        *type = SIO__JSON_TRUE;
        return take_word(s, "true", 4);
    case 'f':
        *type = SIO__JSON_FALSE;
        return take_word(s, "false", 5);
    case 'n':
        *type = SIO__JSON_NULL;
        return take_word(s, "null", 4);
    default:
        *type = SIO__JSON_NUMBER;
        return take_number(s);
    }
}

static bool is_placeholder_key(const struct scanner *s, const byte *start)
{
    static const char word[] = "_placeholder";
    struct sio__slice key = {(const char *)start + 1, (size_t)(s->p - start) - 2};

    if (!s->has_escapes)
        return key.len == sizeof word - 1 && memcmp(key.ptr, word, sizeof word - 1) == 0;
    return sio__json_string_equals(key, (struct sio__slice){word, sizeof word - 1});
}

/* A key and its colon. */
static inline bool take_key(struct scanner *s, struct sio__json *json)
{
    const byte *start;

    skip_blanks(s);
    start = s->p;
    if (s->p == s->end || *s->p != '"' || !take_string(s))
        return false;
    if (is_placeholder_key(s, start))
        json->has_placeholder = true;
    skip_blanks(s);
    if (s->p == s->end || *s->p != ':')
        return false;
    s->p++;
    return true;
}

/* Which of the open arrays and objects are objects, one bit each; the innermost is at depth - 1. */
struct nesting {
    uint32_t depth;
    bool in_object; /* the innermost, kept out of the bits for speed */
    uint64_t bits[SIO__JSON_DEPTH / 64];
};

static inline bool nesting_push(struct nesting *n, bool is_object)
{
    uint32_t i = n->depth;

    if (i == SIO__JSON_DEPTH)
        return false;
    if (is_object)
        n->bits[i / 64] |= UINT64_C(1) << i % 64;
    else
        n->bits[i / 64] &= ~(UINT64_C(1) << i % 64);
    n->depth = i + 1;
    n->in_object = is_object;
    return true;
}

static inline void nesting_pop(struct nesting *n)
{
    uint32_t i = --n->depth;

    if (i > 0)
        n->in_object = n->bits[(i - 1) / 64] >> (i - 1) % 64 & 1;
}

static enum sio__json_verdict scan(struct scanner *s, struct sio__json *json)
{
    struct nesting nesting = {0};
    struct sio__span element = {0}; /* the element of the top array that is being read */
    struct sio__spans *spans = NULL;
    const byte *start = s->p;
    uint8_t type;

value:
    skip_blanks(s);
    if (s->p == s->end)
        return SIO__JSON_BAD;
    start = s->p;
    if (*s->p != '[' && *s->p != '{') {
        if (!take_scalar(s, &type))
            return SIO__JSON_BAD;
        if (nesting.depth == 1) {
            element.off = (uint32_t)(start - s->text);
            element.type = type;
            element.has_escapes = type == SIO__JSON_STRING && s->has_escapes;
        } else if (nesting.depth == 0) {
            json->type = type;
        }
        goto after_value;
    }

    type = *s->p == '[' ? SIO__JSON_ARRAY : SIO__JSON_OBJECT;
    if (nesting.depth == 1) {
        element.off = (uint32_t)(start - s->text);
        element.type = type;
        element.has_escapes = false;
    } else if (nesting.depth == 0) {
        json->type = type;
        spans = type == SIO__JSON_ARRAY ? json->spans : NULL;
    }
    if (!nesting_push(&nesting, type == SIO__JSON_OBJECT))
        return SIO__JSON_BAD;
    s->p++;
    skip_blanks(s);
    if (s->p < s->end && *s->p == (nesting.in_object ? '}' : ']'))
        goto close;
    if (nesting.in_object && !take_key(s, json))
        return SIO__JSON_BAD;
    goto value;

after_value:
    if (nesting.depth == 0) {
        skip_blanks(s);
        return s->p == s->end ? SIO__JSON_OK : SIO__JSON_BAD;
    }
    if (nesting.depth == 1 && spans != NULL) {
        element.len = (uint32_t)(s->p - s->text) - element.off;
        if (!sio__spans_push(spans, element))
            return SIO__JSON_NOMEM;
    }
    skip_blanks(s);
    if (s->p == s->end)
        return SIO__JSON_BAD;
    if (*s->p == ',') {
        s->p++;
        if (nesting.in_object && !take_key(s, json))
            return SIO__JSON_BAD;
        goto value;
    }
    if (*s->p != (nesting.in_object ? '}' : ']'))
        return SIO__JSON_BAD;

close:
    s->p++;
    nesting_pop(&nesting);
    goto after_value;
}

enum sio__json_verdict sio__json_scan(const char *text, size_t len, struct sio__json *json)
{
    struct scanner s = {(const byte *)text, (const byte *)text, (const byte *)text + len, false};

    json->has_placeholder = false;
    if (len == 0 || len > UINT32_MAX)
        return SIO__JSON_BAD;
    return scan(&s, json);
}
