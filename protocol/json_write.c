#include "protocol/json_write.h"

#include <math.h>

#include "protocol/json_number.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/utf8.h"

static sio_err write_value(struct sio__buf *buf, const json_t *value, unsigned depth);

static sio_err write_string(struct sio__buf *buf, const char *text, size_t len)
{
    if (!sio__utf8_valid(text, len))
        return SIO_EINVAL;
    sio__buf_char(buf, '"');
    sio__json_escape_to(buf, text, len);
    sio__buf_char(buf, '"');
    return SIO_OK;
}

static sio_err write_array(struct sio__buf *buf, const json_t *array, unsigned depth)
{
    size_t count = json_array_size(array);

    sio__buf_char(buf, '[');
    for (size_t i = 0; i < count; i++) {
        sio_err err;

        if (i > 0)
            sio__buf_char(buf, ',');
        if ((err = write_value(buf, json_array_get(array, i), depth)) != SIO_OK)
            return err;
    }
    sio__buf_char(buf, ']');
    return SIO_OK;
}

static sio_err write_object(struct sio__buf *buf, const json_t *object, unsigned depth)
{
    json_t *o = (json_t *)object; /* jansson's iterators take it so; nothing is written */
    bool first = true;

    sio__buf_char(buf, '{');
    for (void *it = json_object_iter(o); it != NULL; it = json_object_iter_next(o, it)) {
        const char *key = json_object_iter_key(it);
        sio_err err;

        if (!first)
            sio__buf_char(buf, ',');
        first = false;
        if ((err = write_string(buf, key, json_object_iter_key_len(it))) != SIO_OK)
            return err;
        sio__buf_char(buf, ':');
        if ((err = write_value(buf, json_object_iter_value(it), depth)) != SIO_OK)
            return err;
    }
    sio__buf_char(buf, '}');
    return SIO_OK;
}

static void write_real(struct sio__buf *buf, double number)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    if (isfinite(number))
        sio__buf_bytes(buf, text, sio__number_print(number, text));
    else
        sio__buf_lit(buf, "null");
}

static sio_err write_value(struct sio__buf *buf, const json_t *value, unsigned depth)
{
    char text[SIO__NUMBER_TEXT_BYTES];

    if (value == NULL || depth > SIO__JSON_DEPTH)
        return SIO_EINVAL;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(buf, value, depth + 1);
    case JSON_ARRAY:
        return write_array(buf, value, depth + 1);
    case JSON_STRING:
        return write_string(buf, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
        sio__buf_bytes(buf, text, sio__number_print_i64(json_integer_value(value), text));
        break;
    case JSON_REAL:
        write_real(buf, json_real_value(value));
        break;
    case JSON_TRUE:
        sio__buf_lit(buf, "true");
        break;
    case JSON_FALSE:
        sio__buf_lit(buf, "false");
        break;
    case JSON_NULL:
        sio__buf_lit(buf, "null");
        break;
    }
    return SIO_OK;
}

sio_err sio__json_write(struct sio__buf *buf, const json_t *value)
{
    sio_err err = write_value(buf, value, 0);

    return err == SIO_OK && buf->failed ? SIO_ENOMEM : err;
}
