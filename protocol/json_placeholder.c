#include "protocol/json_placeholder.h"

#include <string.h>

#include "protocol/json_number.h"
#include "protocol/json_token.h"
#include "protocol/mem.h"

/* What is known of an open array or object. */
enum level_flags {
    IS_OBJECT = 1,
    AT_MARK = 2,      /* the key before the next value is `_placeholder` */
    AT_NUM = 4,       /* the key before the next value is `num` */
    IS_MARKED = 8,    /* the last `_placeholder` was true */
    NUM_IS_FINE = 16, /* the last `num` names an attachment */
    IS_ILLEGAL = 32,  /* something within it is illegal */
};

static uint8_t after_key(uint8_t level, const struct sio__json_token *key)
{
    level &= (uint8_t) ~(AT_MARK | AT_NUM);
    if (sio__json_token_is(key, SIO__SLICE("_placeholder")))
        level |= AT_MARK;
    else if (sio__json_token_is(key, SIO__SLICE("num")))
        level |= AT_NUM;
    return level;
}

/* The index that a token names; -1: none of count. */
static int32_t token_index(const struct sio__json_token *token, uint32_t count)
{
    int64_t num;

    if (token->kind != SIO__TOKEN_NUMBER ||
        !sio__number_parse_i64(token->bytes.ptr, token->bytes.len, &num))
        return -1;
    return num >= 0 && num < (int64_t)count && num <= INT32_MAX ? (int32_t)num : -1;
}

static uint8_t after_value(uint8_t level, const struct sio__json_token *value, uint32_t count)
{
    if (level & AT_MARK) {
        level &= (uint8_t)~IS_MARKED;
        if (value->kind == SIO__TOKEN_TRUE)
            level |= IS_MARKED;
    } else if (level & AT_NUM) {
        level &= (uint8_t)~NUM_IS_FINE;
        if (token_index(value, count) >= 0)
            level |= NUM_IS_FINE;
    }
    return level;
}

static bool is_illegal(uint8_t level)
{
    if ((level & IS_OBJECT) && (level & IS_MARKED))
        return (level & NUM_IS_FINE) == 0;
    return (level & IS_ILLEGAL) != 0;
}

enum sio__placeholders sio__placeholders_check(const char *text, size_t len, uint32_t count)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(text, len);
    uint8_t levels[SIO__JSON_DEPTH + 1] = {0};
    uint32_t depth = 0;

    for (;;) {
        struct sio__json_token token = sio__json_next(&cursor);
        uint8_t *level = &levels[depth];

        switch (token.kind) {
        case SIO__TOKEN_END:
            return is_illegal(levels[0]) ? SIO__PLACEHOLDERS_ILLEGAL : SIO__PLACEHOLDERS_FINE;
        case SIO__TOKEN_KEY:
            *level = after_key(*level, &token);
            break;
        case SIO__TOKEN_CLOSE:
            if (depth > 0 && is_illegal(levels[depth--]))
                levels[depth] |= IS_ILLEGAL;
            break;
        case SIO__TOKEN_ARRAY:
        case SIO__TOKEN_OBJECT:
            *level = after_value(*level, &token, count);
            if (depth == SIO__JSON_DEPTH)
                return SIO__PLACEHOLDERS_ILLEGAL;
            levels[++depth] = token.kind == SIO__TOKEN_OBJECT ? IS_OBJECT : 0;
            break;
        default:
            *level = after_value(*level, &token, count);
        }
    }
}

/* An open array or object while places are looked for. */
struct open_value {
    size_t start;
    size_t places; /* that were known when it began */
    int32_t num;   /* its last `num` */
    uint8_t flags;
};

static bool push_place(struct sio__places *places, struct sio__place place)
{
    if (places->count == places->cap) {
        size_t cap = places->cap > 0 ? 2 * places->cap : 4;
        struct sio__place *items = sio__realloc(places->items, cap * sizeof *items);

        if (items == NULL)
            return false;
        places->items = items;
        places->cap = cap;
    }
    places->items[places->count++] = place;
    return true;
}

/* What is inside a placeholder is not looked at, so those found there are forgotten. */
static bool close_value(struct sio__places *places, const struct open_value *value, size_t end)
{
    if ((value->flags & IS_OBJECT) == 0 || (value->flags & IS_MARKED) == 0 || value->num < 0)
        return true;
    places->count = value->places;
    return push_place(places, (struct sio__place){value->start, end, (uint32_t)value->num});
}

static void take_value(struct open_value *in, const struct sio__json_token *token, uint32_t count)
{
    in->flags = after_value(in->flags, token, count);
    if (in->flags & AT_NUM)
        in->num = token_index(token, count);
}

bool sio__placeholders_find(const char *text, size_t len, uint32_t count,
                            struct sio__places *places)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(text, len);
    struct open_value open[SIO__JSON_DEPTH + 1], *in = open;

    open[0] = (struct open_value){0, 0, -1, 0};
    for (;;) {
        struct sio__json_token token = sio__json_next(&cursor);
        size_t at = (size_t)(cursor.p - text);

        switch (token.kind) {
        case SIO__TOKEN_END:
            return true;
        case SIO__TOKEN_KEY:
            in->flags = after_key(in->flags, &token);
            break;
        case SIO__TOKEN_CLOSE:
            if (in > open && !close_value(places, in--, at))
                return false;
            break;
        case SIO__TOKEN_ARRAY:
        case SIO__TOKEN_OBJECT:
            take_value(in, &token, count);
            if (in == &open[SIO__JSON_DEPTH])
                return true;
            *++in = (struct open_value){at - 1, places->count, -1,
                                        token.kind == SIO__TOKEN_OBJECT ? IS_OBJECT : 0};
            break;
        default:
            take_value(in, &token, count);
        }
    }
}

/* As the official clients write it. */
static const char usual_start[] = "{\"_placeholder\":true,\"num\":";

static bool is_usual(struct sio__slice value, uint32_t *num)
{
    size_t i = sizeof usual_start - 1;

    if (!sio__slice_starts(value, "{\"_placeholder\":true,\"num\":"))
        return false;
    for (*num = 0; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9'; i++) {
        if (*num > UINT32_MAX / 10 - 1)
            return false;
        *num = *num * 10 + (uint32_t)(value.ptr[i] - '0');
    }
    return i + 1 == value.len && i >= sizeof usual_start;
}

int32_t sio__placeholder_index(struct sio__slice value, uint32_t count)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(value.ptr, value.len);
    uint8_t level = IS_OBJECT;
    uint32_t depth = 1, num;
    int32_t index = -1;

    if (is_usual(value, &num))
        return num < count && num <= INT32_MAX ? (int32_t)num : -1;
    if (sio__json_next(&cursor).kind != SIO__TOKEN_OBJECT)
        return -1;
    while (depth > 0) {
        struct sio__json_token token = sio__json_next(&cursor);

        if (token.kind == SIO__TOKEN_END)
            return -1;
        if (token.kind == SIO__TOKEN_CLOSE) {
            depth--;
            continue;
        }
        if (depth == 1 && token.kind == SIO__TOKEN_KEY) {
            level = after_key(level, &token);
        } else if (depth == 1) {
            level = after_value(level, &token, count);
            if (level & AT_NUM)
                index = token_index(&token, count);
        }
        depth += token.kind == SIO__TOKEN_ARRAY || token.kind == SIO__TOKEN_OBJECT;
    }
    return level & IS_MARKED ? index : -1;
}

char *sio__placeholder_write(uint32_t index, char *out)
{
    char digits[SIO__NUMBER_TEXT_BYTES];
    size_t n = sio__number_print_u64(index, digits);

    memcpy(out, usual_start, sizeof usual_start - 1);
    out += sizeof usual_start - 1;
    memcpy(out, digits, n);
    out[n] = '}';
    return out + n + 1;
}
