#include "server/io/event.h"

#include "protocol/json_number.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_read.h"
#include "protocol/json_string.h"
#include "protocol/mem.h"

/* What was made of a value for the application, which borrows it as long as the arguments: an
 * unescaped string or a value of jansson. */
struct sio__made {
    struct sio__made *next;
    const char *of; /* where the value's text begins */
    json_t *json;   /* NULL: it is a string */
    size_t len;
    char bytes[];
};

void sio__args_free(struct sio_args *args)
{
    while (args->made != NULL) {
        struct sio__made *made = args->made;

        args->made = made->next;
        json_decref(made->json);
        sio__free(made);
    }
}

size_t sio_args_count(const sio_args *args)
{
    return sio__packet_arg_count(args->packet);
}

/* The JSON type of an argument, -1 if there is none; its text. */
static int look(const sio_args *args, size_t index, struct sio__slice *text)
{
    if (index >= sio__packet_arg_count(args->packet))
        return -1;
    *text = sio__packet_arg_text(args->packet, (uint32_t)index);
    return sio__packet_arg(args->packet, (uint32_t)index)->type;
}

sio_type sio_args_type(const sio_args *args, size_t index)
{
    struct sio__slice text, bytes;

    switch (look(args, index, &text)) {
    case SIO__JSON_NULL:
        return SIO_NULL;
    case SIO__JSON_FALSE:
    case SIO__JSON_TRUE:
        return SIO_BOOL;
    case SIO__JSON_NUMBER:
        return SIO_NUMBER;
    case SIO__JSON_STRING:
        return SIO_STRING;
    case SIO__JSON_ARRAY:
        return SIO_ARRAY;
    case SIO__JSON_OBJECT:
        return sio__packet_arg_binary(args->packet, (uint32_t)index, &bytes) ? SIO_BINARY
                                                                             : SIO_OBJECT;
    default:
        return SIO_NONE;
    }
}

bool sio_args_raw(const sio_args *args, size_t index, sio_str *out)
{
    struct sio__slice text;

    if (look(args, index, &text) < 0)
        return false;
    *out = (sio_str){text.ptr, text.len};
    return true;
}

/* The list is a cache: no caller sees that it changes. */
static struct sio__made *find_made(const sio_args *args, const char *of, bool is_json)
{
    struct sio__made *made = args->made;

    while (made != NULL && (made->of != of || (made->json != NULL) != is_json))
        made = made->next;
    return made;
}

static void keep(const sio_args *args, struct sio__made *made, const char *of)
{
    made->of = of;
    made->next = args->made;
    ((sio_args *)args)->made = made;
}

bool sio__args_unescape(const sio_args *args, struct sio__slice inside, sio_str *out)
{
    struct sio__made *made = find_made(args, inside.ptr, false);

    if (made == NULL) {
        if ((made = sio__malloc(sizeof *made + inside.len)) == NULL)
            return false;
        made->json = NULL;
        made->len = sio__json_unescape(inside.ptr, inside.len, made->bytes);
        keep(args, made, inside.ptr);
    }
    *out = (sio_str){made->bytes, made->len};
    return true;
}

bool sio__args_read(const sio_args *args, struct sio__slice value, json_t **out)
{
    struct sio__made *made = find_made(args, value.ptr, true);

    if (made == NULL) {
        if ((made = sio__malloc(sizeof *made)) == NULL)
            return false;
        if ((made->json = sio__json_read(value.ptr, value.len)) == NULL) {
            sio__free(made);
            return false;
        }
        keep(args, made, value.ptr);
    }
    *out = made->json;
    return true;
}

bool sio_args_string(const sio_args *args, size_t index, sio_str *out)
{
    struct sio__slice text;

    if (look(args, index, &text) != SIO__JSON_STRING)
        return false;
    text = sio__slice_make(text.ptr + 1, text.len - 2);
    if (sio__packet_arg(args->packet, (uint32_t)index)->has_escapes)
        return sio__args_unescape(args, text, out);
    *out = (sio_str){text.ptr, text.len};
    return true;
}

bool sio_args_number(const sio_args *args, size_t index, double *number)
{
    struct sio__slice text;

    return look(args, index, &text) == SIO__JSON_NUMBER &&
           sio__number_parse(text.ptr, text.len, number);
}

bool sio_args_int(const sio_args *args, size_t index, int64_t *number)
{
    struct sio__slice text;

    return look(args, index, &text) == SIO__JSON_NUMBER &&
           sio__number_parse_i64(text.ptr, text.len, number);
}

bool sio_args_bool(const sio_args *args, size_t index, bool *value)
{
    struct sio__slice text;
    int type = look(args, index, &text);

    if (type != SIO__JSON_TRUE && type != SIO__JSON_FALSE)
        return false;
    *value = type == SIO__JSON_TRUE;
    return true;
}

bool sio_args_binary(const sio_args *args, size_t index, sio_str *out)
{
    struct sio__slice bytes;

    if (index >= sio__packet_arg_count(args->packet) ||
        !sio__packet_arg_binary(args->packet, (uint32_t)index, &bytes))
        return false;
    *out = (sio_str){bytes.ptr, bytes.len};
    return true;
}

json_t *sio_args_json(const sio_args *args, size_t index)
{
    struct sio__slice text;

    return look(args, index, &text) < 0 ? NULL : sio__json_read(text.ptr, text.len);
}

bool sio_args_attachment(const sio_args *args, size_t num, sio_str *out)
{
    if (num >= args->packet->attachment_count)
        return false;
    *out = (sio_str){args->packet->attachments[num].ptr, args->packet->attachments[num].len};
    return true;
}

sio_str sio_args_event(const sio_args *args)
{
    const struct sio__packet *packet = args->packet;

    if (packet->type != SIO__EVENT || !packet->has_name)
        return (sio_str){"", 0};
    return (sio_str){packet->name.ptr, packet->name.len};
}
