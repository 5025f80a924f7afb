/* From msgpack to JSON: see msgpack_json.h. */
#include <math.h>

#include "protocol/js_date.h"
#include "protocol/json_number.h"
#include "protocol/json_string.h"
#include "protocol/msgpack_json.h"

struct level {
    uint32_t left; /* values, or pairs of key and value */
    bool is_map;
};

struct writer {
    struct sio__buf *json;
    struct sio__packet *packet;
    bool has_mark; /* some map looks like a placeholder */
    bool has_no_memory;
    uint32_t depth;
    struct level levels[SIO__JSON_DEPTH];
};

static bool in_map(const struct writer *w)
{
    return w->depth > 0 && w->levels[w->depth - 1].is_map;
}

/* A comma, unless what comes is the first here or follows its key. */
static void separate(struct writer *w)
{
    char last = w->json->len > 0 ? w->json->ptr[w->json->len - 1] : '[';

    if (w->depth > 0 && last != '[' && last != '{' && last != ':')
        sio__buf_char(w->json, ',');
}

static void put_natural(struct writer *w, uint64_t number)
{
    sio__buf_uint(w->json, number);
}

static void put_whole(struct writer *w, int64_t number)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    sio__buf_bytes(w->json, text, sio__number_print_i64(number, text));
}

static void put_real_text(struct writer *w, double number)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    sio__buf_bytes(w->json, text, sio__number_print(number, text));
}

static void put_real(struct writer *w, double number)
{
    if (isnan(number))
        sio__buf_lit(w->json, "null");
    else if (isinf(number))
        sio__buf_cstr(w->json, number < 0 ? "-1e999" : "1e999");
    else
        put_real_text(w, number);
}

static void put_date(struct writer *w, int64_t ms)
{
    char text[SIO__DATE_TEXT_BYTES];
    size_t len = sio__date_print(ms, text);

    if (len > 0)
        sio__json_quote_to(w->json, sio__slice_make(text, len));
    else
        sio__buf_lit(w->json, "null");
}

static void put_as_buffer(struct writer *w, struct sio__slice bytes)
{
    sio__buf_lit(w->json, "{\"type\":\"Buffer\",\"data\":[");
    for (size_t i = 0; i < bytes.len; i++) {
        if (i > 0)
            sio__buf_char(w->json, ',');
        put_natural(w, (unsigned char)bytes.ptr[i]);
    }
    sio__buf_lit(w->json, "]}");
}

static void put_binary(struct writer *w, struct sio__slice bytes)
{
    char text[SIO__PLACEHOLDER_TEXT_BYTES];

    if (w->packet == NULL) {
        put_as_buffer(w, bytes);
        return;
    }
    sio__buf_bytes(w->json, text,
                   (size_t)(sio__placeholder_write(w->packet->attachment_count, text) - text));
    w->has_no_memory |= !sio__packet_attach(w->packet, bytes);
}

static void put_ext(struct writer *w, const struct sio__msgpack_value *ext)
{
    sio__buf_char(w->json, '[');
    put_whole(w, ext->ext_type);
    sio__buf_char(w->json, ',');
    put_binary(w, ext->of.bytes);
    sio__buf_char(w->json, ']');
}

/* False: there is no place for one more level. */
static bool open_level(struct writer *w, uint32_t count, bool is_map)
{
    if (w->depth == SIO__JSON_DEPTH)
        return false;
    w->levels[w->depth++] = (struct level){count, is_map};
    sio__buf_char(w->json, is_map ? '{' : '[');
    return true;
}

static void close_levels(struct writer *w)
{
    while (w->depth > 0 && w->levels[w->depth - 1].left == 0)
        sio__buf_char(w->json, w->levels[--w->depth].is_map ? '}' : ']');
}

static bool put_value(struct writer *w, const struct sio__msgpack_value *value)
{
    switch (value->kind) {
    case SIO__MSGPACK_BAD:
        return false;
    case SIO__MSGPACK_NIL:
    case SIO__MSGPACK_UNDEFINED:
        sio__buf_lit(w->json, "null");
        break;
    case SIO__MSGPACK_FALSE:
        sio__buf_lit(w->json, "false");
        break;
    case SIO__MSGPACK_TRUE:
        sio__buf_lit(w->json, "true");
        break;
    case SIO__MSGPACK_UINT:
        put_natural(w, value->of.natural);
        break;
    case SIO__MSGPACK_INT:
        put_whole(w, value->of.whole);
        break;
    case SIO__MSGPACK_FLOAT:
        put_real(w, value->of.real);
        break;
    case SIO__MSGPACK_STR:
        sio__json_quote_to(w->json, value->of.bytes);
        break;
    case SIO__MSGPACK_BIN:
        put_binary(w, value->of.bytes);
        break;
    case SIO__MSGPACK_DATE:
        put_date(w, value->of.whole);
        break;
    case SIO__MSGPACK_EXT:
        put_ext(w, value);
        break;
    case SIO__MSGPACK_ARRAY:
    case SIO__MSGPACK_MAP:
        return open_level(w, value->of.count, value->kind == SIO__MSGPACK_MAP);
    }
    return true;
}

static const char *word_of(enum sio__msgpack_kind kind)
{
    switch (kind) {
    case SIO__MSGPACK_NIL:
        return "null";
    case SIO__MSGPACK_FALSE:
        return "false";
    case SIO__MSGPACK_TRUE:
        return "true";
    case SIO__MSGPACK_UNDEFINED:
        return "undefined";
    default:
        return NULL;
    }
}

bool sio__msgpack_is_key(enum sio__msgpack_kind kind)
{
    return kind == SIO__MSGPACK_STR || kind == SIO__MSGPACK_UINT || kind == SIO__MSGPACK_INT ||
           kind == SIO__MSGPACK_FLOAT || word_of(kind) != NULL;
}

static void put_key(struct writer *w, const struct sio__msgpack_value *key)
{
    const char *word = word_of(key->kind);

    if (key->kind == SIO__MSGPACK_STR) {
        sio__json_quote_to(w->json, key->of.bytes);
    } else {
        sio__buf_char(w->json, '"');
        if (word != NULL)
            sio__buf_cstr(w->json, word);
        else
            put_real_text(w, sio__msgpack_number(key));
        sio__buf_char(w->json, '"');
    }
    sio__buf_char(w->json, ':');
}

static bool is_mark(const struct sio__msgpack_value *key, const struct sio__msgpack_value *value)
{
    return key->kind == SIO__MSGPACK_STR && value->kind == SIO__MSGPACK_TRUE &&
           sio__slice_is(key->of.bytes, "_placeholder");
}

static bool take_pair(struct writer *w, struct sio__msgpack_reader *r)
{
    struct sio__msgpack_value key = sio__msgpack_next(r), value;

    if (!sio__msgpack_is_key(key.kind))
        return false;
    value = sio__msgpack_next(r);
    if (value.kind == SIO__MSGPACK_UNDEFINED)
        return true;
    w->has_mark |= is_mark(&key, &value);
    separate(w);
    put_key(w, &key);
    return put_value(w, &value);
}

static bool take_value(struct writer *w, struct sio__msgpack_reader *r)
{
    struct sio__msgpack_value value = sio__msgpack_next(r);

    separate(w);
    return put_value(w, &value);
}

enum sio__json_verdict sio__msgpack_to_json(struct sio__msgpack_reader *r, struct sio__buf *json,
                                            struct sio__packet *packet)
{
    struct writer w;

    w.json = json;
    w.packet = packet;
    w.has_mark = w.has_no_memory = false;
    w.depth = 0;
    do {
        if (w.depth > 0)
            w.levels[w.depth - 1].left--;
        if (!(in_map(&w) ? take_pair(&w, r) : take_value(&w, r)))
            return SIO__JSON_BAD;
        close_levels(&w);
    } while (w.depth > 0);
    if (json->failed || w.has_no_memory)
        return SIO__JSON_NOMEM;
    return w.has_mark && packet != NULL && packet->attachment_count > 0 ? SIO__JSON_BAD
                                                                        : SIO__JSON_OK;
}
