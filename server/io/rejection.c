#include "server/io/rejection.h"

#include <string.h>

#include "protocol/json_pack.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/mem.h"
#include "protocol/utf8.h"

/* Without a message, or without data, that part is left out. */
static void append_rejection(struct sio__buf *out, const char *message, struct sio__slice data)
{
    sio__buf_char(out, '{');
    if (message != NULL) {
        sio__buf_lit(out, "\"message\":");
        sio__json_quote_to(out, sio__slice_of(message));
    }
    if (data.len > 0) {
        sio__buf_cstr(out, message != NULL ? ",\"data\":" : "\"data\":");
        sio__buf_slice(out, data);
    }
    sio__buf_char(out, '}');
}

static bool is_falsy(struct sio__slice json)
{
    return sio__slice_is(json, "null") || sio__slice_is(json, "false") ||
           sio__slice_is(json, "0") || sio__slice_is(json, "\"\"");
}

/* Engine.IO 3: the data alone or, without any, the message as a string. */
static void append_old_rejection(struct sio__buf *out, const char *message, struct sio__slice data)
{
    if (data.len > 0 && !is_falsy(data))
        sio__buf_slice(out, data);
    else if (message != NULL)
        sio__json_quote_to(out, sio__slice_of(message));
}

static bool is_one_value(const struct sio__packing *data)
{
    struct sio__json json = {.spans = NULL};

    return data->attachment_count == 0 && data->json.len > 0 &&
           sio__json_scan(data->json.ptr, data->json.len, &json) == SIO__JSON_OK;
}

static void take_message(struct sio__rejection *rejection, const char *message)
{
    struct sio__buf text = SIO__BUF_INIT;
    size_t len;

    sio__utf8_repair(&text, message, strlen(message));
    sio__buf_char(&text, '\0');
    rejection->message = sio__buf_take(&text, &len);
    rejection->failed = rejection->message == NULL;
}

static void take_data(struct sio__rejection *rejection, const char *format, va_list *values)
{
    struct sio__packing data;
    sio_err err;

    sio__packing_init(&data);
    err = sio__json_pack(&data, format, values);
    if (err == SIO_OK && is_one_value(&data)) {
        rejection->data = sio__buf_take(&data.json, &rejection->data_len);
        rejection->failed |= rejection->data == NULL;
    }
    rejection->failed |= err == SIO_ENOMEM;
    sio__packing_fini(&data);
}

void sio__rejection_init(struct sio__rejection *rejection, const char *message, const char *format,
                         va_list *values)
{
    *rejection = (struct sio__rejection){.message = NULL};
    if (message != NULL)
        take_message(rejection, message);
    take_data(rejection, format, values);
}

void sio__rejection_fini(struct sio__rejection *rejection)
{
    sio__free(rejection->message);
    sio__free(rejection->data);
}

char *sio__rejection_payload(const struct sio__rejection *rejection, bool is_old, size_t *len)
{
    struct sio__slice data = sio__slice_make(rejection->data, rejection->data_len);
    struct sio__buf out = SIO__BUF_INIT;

    if (is_old)
        append_old_rejection(&out, rejection->message, data);
    else
        append_rejection(&out, rejection->message, data);
    out.failed = out.failed || rejection->failed;
    return sio__buf_take(&out, len);
}
