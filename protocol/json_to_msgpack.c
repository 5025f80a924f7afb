/* From JSON to msgpack: see msgpack_json.h. */
#include "protocol/json_number.h"
#include "protocol/json_string.h"
#include "protocol/json_token.h"
#include "protocol/mem.h"
#include "protocol/msgpack_json.h"

/* --- walking ------------------------------------------------------------------------------- */

struct walk {
    struct sio__json_cursor cursor;
    size_t place; /* the next placeholder */
};

static struct walk walk_of(const struct sio__json_values *v)
{
    return (struct walk){sio__json_cursor_of(v->text.ptr, v->text.len), 0};
}

/* The placeholder that a bracket begins; the walk goes on behind it.  NULL: it begins none. */
static const struct sio__place *take_place(const struct sio__json_values *v, struct walk *walk)
{
    const struct sio__place *place;

    if (walk->place == v->places.count)
        return NULL;
    place = &v->places.items[walk->place];
    if (walk->cursor.p - 1 != v->text.ptr + place->start)
        return NULL;
    walk->cursor.p = v->text.ptr + place->end;
    walk->place++;
    return place;
}

/* --- how many values are in each array and object ------------------------------------------ */

struct counter {
    struct sio__json_counts *counts;
    uint32_t depth;
    struct {
        size_t slot; /* in counts */
        bool is_object;
    } open[SIO__JSON_DEPTH + 1]; /* the first is what the whole text stands in */
};

static sio_err open_level(struct counter *c, bool is_object)
{
    struct sio__json_counts *counts = c->counts;

    if (c->depth > SIO__JSON_DEPTH)
        return SIO_EINVAL;
    if (counts->count == counts->cap) {
        size_t cap = counts->cap > 0 ? 2 * counts->cap : 8;
        uint32_t *items = sio__realloc(counts->items, cap * sizeof *items);

        if (items == NULL)
            return SIO_ENOMEM;
        counts->items = items;
        counts->cap = cap;
    }
    c->open[c->depth].slot = counts->count;
    c->open[c->depth++].is_object = is_object;
    counts->items[counts->count++] = 0;
    return SIO_OK;
}

/* An object's pairs are counted by their keys. */
static void count_token(struct counter *c, enum sio__json_token_kind kind)
{
    size_t at = c->depth - 1;

    if (c->open[at].is_object == (kind == SIO__TOKEN_KEY))
        c->counts->items[c->open[at].slot]++;
}

static sio_err count_all(struct sio__json_values *v)
{
    struct walk walk = walk_of(v);
    struct counter c;
    sio_err err;

    c.counts = &v->counts;
    c.depth = 0;
    err = open_level(&c, false);
    while (err == SIO_OK) {
        enum sio__json_token_kind kind = sio__json_next(&walk.cursor).kind;

        if (kind == SIO__TOKEN_END)
            break;
        if (kind == SIO__TOKEN_CLOSE) {
            c.depth -= c.depth > 1;
            continue;
        }
        count_token(&c, kind);
        if ((kind == SIO__TOKEN_ARRAY || kind == SIO__TOKEN_OBJECT) && take_place(v, &walk) == NULL)
            err = open_level(&c, kind == SIO__TOKEN_OBJECT);
    }
    return err;
}

sio_err sio__json_values_init(struct sio__json_values *values, struct sio__slice text,
                              const struct sio__slice *attachments, uint32_t attachment_count)
{
    sio_err err;

    *values = (struct sio__json_values){.text = text.len > 0 ? text : SIO__SLICE(""),
                                        .attachments = attachments};
    if (attachment_count > 0 &&
        !sio__placeholders_find(text.ptr, text.len, attachment_count, &values->places))
        return SIO_ENOMEM;
    if ((err = count_all(values)) == SIO_OK)
        values->count = values->counts.items[0];
    return err;
}

void sio__json_values_fini(struct sio__json_values *values)
{
    sio__free(values->places.items);
    sio__free(values->counts.items);
}

/* --- writing ------------------------------------------------------------------------------- */

static void put_string(struct sio__msgpack_sink *sink, const struct sio__json_token *token)
{
    struct sio__slice text = token->bytes;
    size_t len;

    if (!token->has_escapes) {
        sio__msgpack_put_str(sink, text);
        return;
    }
    len = sio__json_unescaped_len(text.ptr, text.len);
    sio__msgpack_put_str_head(sink, len);
    if (sink->out != NULL)
        sio__json_unescape(text.ptr, text.len, sink->out + sink->len);
    sink->len += len;
}

/* Digits and a sign that are an integer of 64 bits. */
static bool put_integer(struct sio__msgpack_sink *sink, struct sio__slice text)
{
    bool is_negative = text.ptr[0] == '-';
    uint64_t limit = is_negative ? UINT64_C(1) << 63 : UINT64_MAX, number = 0;

    for (size_t i = is_negative; i < text.len; i++) {
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');

        if (digit > 9 || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (is_negative)
        sio__msgpack_put_whole(sink, (int64_t)(0 - number));
    else
        sio__msgpack_put_natural(sink, number);
    return true;
}

static bool put_number(struct sio__msgpack_sink *sink, struct sio__slice text)
{
    double number;

    if (put_integer(sink, text))
        return true;
    if (!sio__number_parse(text.ptr, text.len, &number))
        return false;
    sio__msgpack_put_real(sink, number);
    return true;
}

static bool put_scalar(struct sio__msgpack_sink *sink, const struct sio__json_token *token)
{
    switch (token->kind) {
    case SIO__TOKEN_KEY:
    case SIO__TOKEN_STRING:
        put_string(sink, token);
        break;
    case SIO__TOKEN_NUMBER:
        return put_number(sink, token->bytes);
    case SIO__TOKEN_TRUE:
    case SIO__TOKEN_FALSE:
        sio__msgpack_put_bool(sink, token->kind == SIO__TOKEN_TRUE);
        break;
    default:
        sio__msgpack_put_nil(sink);
    }
    return true;
}

bool sio__json_values_put(const struct sio__json_values *values, struct sio__msgpack_sink *sink)
{
    const uint32_t *count = values->counts.items + 1;
    struct walk walk = walk_of(values);
    bool is_fine = true;

    while (is_fine) {
        struct sio__json_token token = sio__json_next(&walk.cursor);
        const struct sio__place *place;

        if (token.kind == SIO__TOKEN_END)
            break;
        if (token.kind == SIO__TOKEN_CLOSE)
            continue;
        if (token.kind != SIO__TOKEN_ARRAY && token.kind != SIO__TOKEN_OBJECT)
            is_fine = put_scalar(sink, &token);
        else if ((place = take_place(values, &walk)) != NULL)
            sio__msgpack_put_bin(sink, values->attachments[place->index]);
        else if (token.kind == SIO__TOKEN_ARRAY)
            sio__msgpack_put_array(sink, *count++);
        else
            sio__msgpack_put_map(sink, *count++);
    }
    return is_fine;
}
