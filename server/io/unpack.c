/* sio_args_unpack(): a walk along the format, with the text of the value that it speaks of. */
#include <limits.h>
#include <stdarg.h>

#include "protocol/json_number.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_token.h"
#include "server/io/event.h"

struct unpacker {
    const sio_args *args;
    const char *format; /* what is left of it */
    va_list *targets;
};

/* No value: the text of one is never empty. */
static const struct sio__slice absent = SIO__SLICE_INIT("");

static bool take_value(struct unpacker *u, struct sio__slice value, bool is_passed);

/* --- values -------------------------------------------------------------------------------- */

/* Each writes to `to` if the value is of its kind; an absent one is of none. */

static bool read_string(const sio_args *args, struct sio__slice value, sio_str *to)
{
    struct sio__slice inside;

    if (value.len < 2 || value.ptr[0] != '"')
        return false;
    inside = sio__slice_make(value.ptr + 1, value.len - 2);
    if (memchr(inside.ptr, '\\', inside.len) != NULL)
        return sio__args_unescape(args, inside, to);
    *to = (sio_str){inside.ptr, inside.len};
    return true;
}

static bool read_binary(const sio_args *args, struct sio__slice value, sio_str *to)
{
    uint32_t count = args->packet->attachment_count;
    int32_t index;

    if (value.len == 0 || value.ptr[0] != '{' || count == 0)
        return false;
    index = sio__placeholder_index(value, count);
    return index >= 0 && sio_args_attachment(args, (size_t)index, to);
}

static bool is_number(struct sio__slice value)
{
    return value.len > 0 && (value.ptr[0] == '-' || (value.ptr[0] >= '0' && value.ptr[0] <= '9'));
}

static bool read_whole(struct sio__slice value, int64_t *to)
{
    return is_number(value) && sio__number_parse_i64(value.ptr, value.len, to);
}

static bool read_int(struct sio__slice value, int *to)
{
    int64_t number;

    if (!read_whole(value, &number) || number < INT_MIN || number > INT_MAX)
        return false;
    *to = (int)number;
    return true;
}

static bool read_real(struct sio__slice value, double *to)
{
    return is_number(value) && sio__number_parse(value.ptr, value.len, to);
}

static bool read_bool(struct sio__slice value, bool *to)
{
    bool is_true = sio__slice_is(value, "true");

    if (!is_true && !sio__slice_is(value, "false"))
        return false;
    *to = is_true;
    return true;
}

static bool read_text(struct sio__slice value, sio_str *to)
{
    if (value.len > 0)
        *to = (sio_str){value.ptr, value.len};
    return value.len > 0;
}

static bool read_json(const sio_args *args, struct sio__slice value, json_t **to)
{
    return value.len > 0 && sio__args_read(args, value, to);
}

static bool read_letter(struct unpacker *u, char letter, struct sio__slice value)
{
    switch (letter) {
    case 's':
        return read_string(u->args, value, va_arg(*u->targets, sio_str *));
    case 'B':
        return read_binary(u->args, value, va_arg(*u->targets, sio_str *));
    case 'i':
        return read_int(value, va_arg(*u->targets, int *));
    case 'I':
        return read_whole(value, va_arg(*u->targets, int64_t *));
    case 'f':
        return read_real(value, va_arg(*u->targets, double *));
    case 'b':
        return read_bool(value, va_arg(*u->targets, bool *));
    case 'j':
        return read_text(value, va_arg(*u->targets, sio_str *));
    case 'o':
        return read_json(u->args, value, va_arg(*u->targets, json_t **));
    default:
        return letter == '*' && value.len > 0;
    }
}

/* --- objects and arrays -------------------------------------------------------------------- */

/* The next letter that says something; it stays where it is. */
static char peek(struct unpacker *u)
{
    while (*u->format == ' ' || *u->format == ',' || *u->format == ':' || *u->format == '\t' ||
           *u->format == '\n')
        u->format++;
    return *u->format;
}

static struct sio__slice find_member(struct sio__slice object, const char *key)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(object.ptr, object.len);
    struct sio__slice found = absent, wanted = sio__slice_of(key);
    struct sio__json_token token;

    sio__json_next(&cursor);
    while ((token = sio__json_next(&cursor)).kind == SIO__TOKEN_KEY) {
        struct sio__json_token first = sio__json_next(&cursor);
        struct sio__slice value = sio__json_value_at(&cursor, &first);

        if (sio__json_token_is(&token, wanted))
            found = value;
    }
    return found;
}

static bool take_members(struct unpacker *u, struct sio__slice object, bool is_passed)
{
    while (peek(u) != '}') {
        const char *key;

        if (*u->format++ != 's' || (key = va_arg(*u->targets, const char *)) == NULL)
            return false;
        if (!take_value(u, is_passed ? absent : find_member(object, key), is_passed))
            return false;
    }
    return true;
}

static struct sio__slice next_element(struct sio__json_cursor *cursor)
{
    struct sio__json_cursor before = *cursor;
    struct sio__json_token first = sio__json_next(cursor);

    if (first.kind != SIO__TOKEN_CLOSE && first.kind != SIO__TOKEN_END)
        return sio__json_value_at(cursor, &first);
    *cursor = before;
    return absent;
}

static bool take_elements(struct unpacker *u, struct sio__slice array, bool is_passed)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(array.ptr, array.len);

    if (!is_passed)
        sio__json_next(&cursor);
    while (peek(u) != ']')
        if (!take_value(u, is_passed ? absent : next_element(&cursor), is_passed))
            return false;
    return true;
}

/* Whether a '?' stands behind what begins here. */
static bool is_optional(const char *format)
{
    unsigned depth = 0;

    for (; *format != '\0'; format++) {
        depth += *format == '{' || *format == '[';
        depth -= *format == '}' || *format == ']';
        if (depth == 0)
            return format[1] == '?';
    }
    return false;
}

/* is_passed: it lies in something that is absent and may be; what it names is only passed over. */
static bool take_value(struct unpacker *u, struct sio__slice value, bool is_passed)
{
    char letter = peek(u);
    bool is_fine;

    if (letter == '\0')
        return false;
    if (is_optional(u->format) && (value.len == 0 || sio__slice_is(value, "null"))) {
        is_passed = true;
        value = absent;
    }
    u->format++;
    if (letter == '{' || letter == '[') {
        if (!is_passed && (value.len == 0 || value.ptr[0] != letter))
            return false;
        is_fine =
            letter == '{' ? take_members(u, value, is_passed) : take_elements(u, value, is_passed);
        u->format += is_fine;
    } else {
        is_fine = read_letter(u, letter, value) || (is_passed && strchr("sBiIfbjo*", letter));
    }
    u->format += is_fine && *u->format == '?';
    return is_fine;
}

bool sio_args_unpack(const sio_args *args, const char *format, ...)
{
    struct unpacker u = {.args = args, .format = format};
    va_list targets;
    bool is_fine = true;

    va_start(targets, format);
    u.targets = &targets;
    for (uint32_t i = 0; is_fine && peek(&u) != '\0'; i++)
        is_fine = take_value(&u,
                             i < sio__packet_arg_count(args->packet)
                                 ? sio__packet_arg_text(args->packet, i)
                                 : absent,
                             false);
    va_end(targets);
    return is_fine;
}
