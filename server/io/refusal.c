#include "server/io/refusal.h"

#include <string.h>

#include "protocol/json_pack.h"
#include "protocol/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/utf8.h"

static void append_string(struct sio__buf *out, const char *value)
{
    struct sio__buf text = SIO__BUF_INIT;

    sio__utf8_repair(&text, value, strlen(value));
    sio__buf_char(out, '"');
    sio__json_escape_to(out, text.ptr, text.len);
    sio__buf_char(out, '"');
    out->failed = out->failed || text.failed;
    sio__buf_fini(&text);
}

/* Without a message, or without data, that part is left out. */
static void append_refusal(struct sio__buf *out, const char *message, struct sio__slice data)
{
    sio__buf_char(out, '{');
    if (message != NULL) {
        sio__buf_lit(out, "\"message\":");
        append_string(out, message);
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
static void append_old_refusal(struct sio__buf *out, const char *message, struct sio__slice data)
{
    if (data.len > 0 && !is_falsy(data))
        sio__buf_slice(out, data);
    else if (message != NULL)
        append_string(out, message);
}

static bool is_one_value(const struct sio__packing *data)
{
    struct sio__json json = {.spans = NULL};

    return data->attachment_count == 0 && data->json.len > 0 &&
           sio__json_scan(data->json.ptr, data->json.len, &json) == SIO__JSON_OK;
}

char *sio__refusal_pack(bool is_old, const char *message, const char *format, va_list *values,
                        size_t *len)
{
    struct sio__packing data;
    struct sio__slice json = {NULL, 0};
    struct sio__buf out = SIO__BUF_INIT;
    sio_err err;

    sio__packing_init(&data);
    err = sio__json_pack(&data, format, values);
    if (err == SIO_OK && is_one_value(&data))
        json = sio__buf_view(&data.json);
    if (is_old)
        append_old_refusal(&out, message, json);
    else
        append_refusal(&out, message, json);
    out.failed = out.failed || err == SIO_ENOMEM;
    sio__packing_fini(&data);
    return sio__buf_take(&out, len);
}
