#include "protocol/json_pack.h"

#include <math.h>

#include "protocol/json_number.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/json_write.h"
#include "protocol/mem.h"
#include "protocol/utf8.h"

#define MAX_DEPTH 64 /* of arrays and objects that the format itself opens */

struct packer {
    struct sio__packing *out;
    const char *format; /* what is left of it */
    va_list *values;
    uint64_t objects; /* bit i: level i is an object */
    unsigned depth;
    bool has_key; /* the key of the next value was written */
    bool check_placeholders;
};

void sio__packing_init(struct sio__packing *p)
{
    sio__buf_init(&p->json);
    p->attachments = NULL;
    p->attachment_count = 0;
    p->attachment_cap = 0;
}

void sio__packing_fini(struct sio__packing *p)
{
    sio__buf_fini(&p->json);
    sio__free(p->attachments);
    sio__packing_init(p);
}

static bool in_object(const struct packer *k)
{
    return k->depth > 0 && (k->objects >> (k->depth - 1) & 1) != 0;
}

/* A comma, unless what comes is the first here or follows its key.  No value ends in these bytes.
 */
static void separate(struct sio__buf *json)
{
    char last = json->len > 0 ? json->ptr[json->len - 1] : '[';

    if (last != '[' && last != '{' && last != ':')
        sio__buf_char(json, ',');
}

static sio_err put_string(struct packer *k, struct sio__slice text)
{
    if (!sio__utf8_valid(text.ptr, text.len))
        return SIO_EINVAL;
    sio__buf_char(&k->out->json, '"');
    sio__json_escape_to(&k->out->json, text.ptr, text.len);
    sio__buf_char(&k->out->json, '"');
    return SIO_OK;
}

static sio_err put_raw(struct packer *k, struct sio__slice text)
{
    struct sio__json json = {.spans = NULL};

    if (!sio__utf8_valid(text.ptr, text.len) ||
        sio__json_scan(text.ptr, text.len, &json) != SIO__JSON_OK)
        return SIO_EINVAL;
    k->check_placeholders |= json.has_placeholder;
    sio__buf_slice(&k->out->json, text);
    return SIO_OK;
}

static sio_err add_attachment(struct sio__packing *p, struct sio__slice bytes)
{
    if (p->attachment_count == p->attachment_cap) {
        uint32_t cap = p->attachment_cap == 0 ? 4 : 2 * p->attachment_cap;
        struct sio__slice *more = sio__realloc(p->attachments, cap * sizeof *more);

        if (more == NULL)
            return SIO_ENOMEM;
        p->attachments = more;
        p->attachment_cap = cap;
    }
    p->attachments[p->attachment_count++] = bytes;
    return SIO_OK;
}

static sio_err put_binary(struct packer *k, struct sio__slice bytes)
{
    struct sio__packing *p = k->out;
    char text[SIO__PLACEHOLDER_TEXT_BYTES];

    sio__buf_bytes(&p->json, text,
                   (size_t)(sio__placeholder_write(p->attachment_count, text) - text));
    return add_attachment(p, bytes);
}

static sio_err put_real(struct packer *k, double number)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    if (isfinite(number))
        sio__buf_bytes(&k->out->json, text, sio__number_print(number, text));
    else
        sio__buf_lit(&k->out->json, "null");
    return SIO_OK;
}

static sio_err put_integer(struct packer *k, int64_t number)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    sio__buf_bytes(&k->out->json, text, sio__number_print_i64(number, text));
    return SIO_OK;
}

static sio_err put_null(struct packer *k)
{
    sio__buf_lit(&k->out->json, "null");
    return SIO_OK;
}

static bool take_mark(struct packer *k, char mark)
{
    if (*k->format != mark)
        return false;
    k->format++;
    return true;
}

/* The pointer and length of s, j and B, with '#' and '?' after the letter. */
static sio_err take_bytes(struct packer *k, struct sio__slice *bytes, bool *is_null)
{
    bool has_len = take_mark(k, '#');
    bool optional = take_mark(k, '?');

    *bytes = (struct sio__slice){va_arg(*k->values, const char *), 0};
    if (has_len)
        bytes->len = va_arg(*k->values, size_t);
    else if (bytes->ptr != NULL)
        bytes->len = strlen(bytes->ptr);
    *is_null = bytes->ptr == NULL;
    return *is_null && !optional ? SIO_EINVAL : SIO_OK;
}

/* The bytes of B and A; empty ones may come without a pointer. */
static sio_err take_binary(struct packer *k, struct sio__slice *bytes)
{
    bool is_null;

    if (*k->format != '#')
        return SIO_EINVAL;
    if (take_bytes(k, bytes, &is_null) != SIO_OK && bytes->len > 0)
        return SIO_EINVAL;
    if (is_null)
        *bytes = sio__slice_make("", 0);
    return SIO_OK;
}

static sio_err put_bytes(struct packer *k, char letter)
{
    struct sio__slice bytes;
    bool is_null = false;
    sio_err err = letter == 'B' ? take_binary(k, &bytes) : take_bytes(k, &bytes, &is_null);

    if (err != SIO_OK)
        return err;
    if (is_null)
        return put_null(k);
    if (letter == 's')
        return put_string(k, bytes);
    return letter == 'j' ? put_raw(k, bytes) : put_binary(k, bytes);
}

static sio_err take_attachment(struct packer *k)
{
    struct sio__slice bytes;
    sio_err err = take_binary(k, &bytes);

    return err == SIO_OK ? add_attachment(k->out, bytes) : err;
}

static sio_err put_value(struct packer *k)
{
    bool optional = take_mark(k, '?');
    const json_t *value = va_arg(*k->values, const json_t *);

    k->check_placeholders = true;
    return value == NULL && optional ? put_null(k) : sio__json_write(&k->out->json, value);
}

static sio_err put_key(struct packer *k)
{
    struct sio__slice key;
    bool is_null;
    sio_err err;

    if ((err = take_bytes(k, &key, &is_null)) != SIO_OK || is_null)
        return SIO_EINVAL;
    k->check_placeholders |= sio__slice_is(key, "_placeholder");
    if ((err = put_string(k, key)) == SIO_OK)
        sio__buf_char(&k->out->json, ':');
    k->has_key = true;
    return err;
}

static sio_err open_level(struct packer *k, char letter)
{
    if (k->depth == MAX_DEPTH)
        return SIO_EINVAL;
    k->objects &= ~(UINT64_C(1) << k->depth);
    k->objects |= (uint64_t)(letter == '{') << k->depth++;
    sio__buf_char(&k->out->json, letter);
    return SIO_OK;
}

static sio_err close_level(struct packer *k, char letter)
{
    if (k->depth == 0 || k->has_key || in_object(k) != (letter == '}'))
        return SIO_EINVAL;
    k->depth--;
    sio__buf_char(&k->out->json, letter);
    return SIO_OK;
}

static sio_err put_letter(struct packer *k, char letter)
{
    switch (letter) {
    case 's':
    case 'j':
    case 'B':
        return put_bytes(k, letter);
    case 'i':
        return put_integer(k, va_arg(*k->values, int));
    case 'I':
        return put_integer(k, va_arg(*k->values, int64_t));
    case 'f':
        return put_real(k, va_arg(*k->values, double));
    case 'b':
        if (va_arg(*k->values, int))
            sio__buf_lit(&k->out->json, "true");
        else
            sio__buf_lit(&k->out->json, "false");
        return SIO_OK;
    case 'n':
        return put_null(k);
    case 'o':
        return put_value(k);
    default:
        return SIO_EINVAL;
    }
}

/* One letter of the format with what belongs to it. */
static sio_err step(struct packer *k)
{
    char letter = *k->format++;

    if (letter == ' ' || letter == '\t' || letter == '\n' || letter == ',' || letter == ':')
        return SIO_OK;
    if (letter == 'A')
        return take_attachment(k);
    if (letter == '}' || letter == ']')
        return close_level(k, letter);
    separate(&k->out->json);
    if (in_object(k) && !k->has_key)
        return letter == 's' ? put_key(k) : SIO_EINVAL;
    k->has_key = false;
    return letter == '{' || letter == '[' ? open_level(k, letter) : put_letter(k, letter);
}

sio_err sio__json_pack(struct sio__packing *p, const char *format, va_list *values)
{
    struct packer k = {.out = p, .format = format != NULL ? format : "", .values = values};
    sio_err err = SIO_OK;

    while (*k.format != '\0' && err == SIO_OK)
        err = step(&k);
    if (err != SIO_OK)
        return err;
    if (p->json.failed)
        return SIO_ENOMEM;
    if (k.depth > 0)
        return SIO_EINVAL;
    if (k.check_placeholders && p->attachment_count > 0 &&
        sio__placeholders_check(p->json.ptr, p->json.len, p->attachment_count) !=
            SIO__PLACEHOLDERS_FINE)
        return SIO_EINVAL;
    return SIO_OK;
}
