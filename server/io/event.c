#include "server/io/event.h"

#include "protocol/json_number.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_read.h"
#include "protocol/json_string.h"
#include "protocol/mem.h"

/* An unescaped string; kept as long as the arguments, since the application borrows it. */
struct sio__unescaped {
    struct sio__unescaped *next;
    size_t index, len;
    char bytes[];
};

void sio__args_fini(struct sio_args *args)
{
    while (args->unescaped != NULL) {
        struct sio__unescaped *string = args->unescaped;

        args->unescaped = string->next;
        sio__free(string);
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

/* From the list, or put onto it; NULL: out of memory. */
static const struct sio__unescaped *unescape(sio_args *args, size_t index, struct sio__slice inside)
{
    struct sio__unescaped *string = args->unescaped;

    while (string != NULL && string->index != index)
        string = string->next;
    if (string != NULL || (string = sio__malloc(sizeof *string + inside.len)) == NULL)
        return string;
    string->index = index;
    string->len = sio__json_unescape(inside.ptr, inside.len, string->bytes);
    string->next = args->unescaped;
    args->unescaped = string;
    return string;
}

bool sio_args_string(const sio_args *args, size_t index, sio_str *out)
{
    const struct sio__unescaped *string;
    struct sio__slice text;

    if (look(args, index, &text) != SIO__JSON_STRING)
        return false;
    text = sio__slice_make(text.ptr + 1, text.len - 2);
    if (sio__packet_arg(args->packet, (uint32_t)index)->has_escapes) {
        /* The list is a cache: no caller sees that it changes. */
        if ((string = unescape((sio_args *)args, index, text)) == NULL)
            return false;
        text = sio__slice_make(string->bytes, string->len);
    }
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
