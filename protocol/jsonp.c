#include "protocol/jsonp.h"

#include "protocol/json_string.h"
#include "protocol/query.h"

size_t sio__jsonp_index(char out[SIO__JSONP_INDEX_MAX], struct sio__slice raw)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len && len < SIO__JSONP_INDEX_MAX; i++)
        if (raw.ptr[i] >= '0' && raw.ptr[i] <= '9')
            out[len++] = raw.ptr[i];
    return len;
}

/* U+2028 and U+2029 may stand in JSON, but end a line of an old script. */
static bool is_line_separator(const char *at, size_t left)
{
    return left >= 3 && at[0] == '\xe2' && at[1] == '\x80' && (at[2] == '\xa8' || at[2] == '\xa9');
}

static void append_escaped(struct sio__buf *out, const char *ptr, size_t len)
{
    char *at = sio__buf_extend(out, sio__json_escaped_len(ptr, len));

    if (at != NULL && len > 0)
        sio__json_escape(ptr, len, at);
}

void sio__jsonp_wrap(struct sio__buf *out, struct sio__slice index, struct sio__slice body)
{
    struct sio__slice rest;
    size_t start = 0;

    sio__buf_lit(out, "___eio[");
    sio__buf_slice(out, index);
    sio__buf_lit(out, "](\"");
    for (size_t i = 0; i < body.len; i++) {
        if (!is_line_separator(body.ptr + i, body.len - i))
            continue;
        append_escaped(out, body.ptr + start, i - start);
        sio__buf_cstr(out, body.ptr[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
        i += 2;
        start = i + 1;
    }
    rest = sio__slice_from(body, start);
    append_escaped(out, rest.ptr, rest.len);
    sio__buf_lit(out, "\");");
}

/* Browsers change line feeds in forms, so the client sends `\n` for one and `\\n` for that text. */
static void append_unescaped(struct sio__buf *out, struct sio__slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct sio__slice rest = sio__slice_from(text, i);
        if (sio__slice_starts(rest, "\\\\n")) {
            sio__buf_lit(out, "\\n");
            i += 2;
        } else if (sio__slice_starts(rest, "\\n")) {
            sio__buf_char(out, '\n');
            i += 1;
        } else {
            sio__buf_char(out, text.ptr[i]);
        }
    }
}

bool sio__jsonp_unwrap(struct sio__buf *out, struct sio__slice form)
{
    struct sio__buf text = SIO__BUF_INIT;
    bool is_there = false;

    if (!sio__query_find(form, SIO__SLICE("d"), &text, &is_there))
        out->failed = true;
    else if (is_there)
        append_unescaped(out, sio__buf_view(&text));
    sio__buf_fini(&text);
    return is_there || out->failed;
}
