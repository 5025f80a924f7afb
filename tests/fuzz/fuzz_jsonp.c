/* JSONP both ways: what is wrapped can be read back and holds nothing that ends a script's line;
 * what is unwrapped is what two plain replacements make of it. */
#include "protocol/json_string.h"
#include "protocol/jsonp.h"
#include "protocol/query.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char head[] = "___eio[7](\"", tail[] = "\");";

static void check_wrap(struct sio__slice bytes)
{
    struct sio__buf body = SIO__BUF_INIT, script = SIO__BUF_INIT;
    size_t inside_len, len;
    char *back;

    sio__utf8_repair(&body, bytes.ptr, bytes.len);
    sio__jsonp_wrap(&script, SIO__SLICE("7"), sio__buf_view(&body));
    FUZZ_CHECK(!script.failed && script.len >= sizeof head - 1 + sizeof tail - 1);
    inside_len = script.len - (sizeof head - 1) - (sizeof tail - 1);
    FUZZ_CHECK(memcmp(script.ptr, head, sizeof head - 1) == 0);
    FUZZ_CHECK(memcmp(script.ptr + script.len - (sizeof tail - 1), tail, sizeof tail - 1) == 0);
    for (size_t i = 0; i < script.len; i++)
        FUZZ_CHECK((unsigned char)script.ptr[i] >= 0x20);
    FUZZ_CHECK(memmem(script.ptr, script.len, "\xe2\x80\xa8", 3) == NULL);
    FUZZ_CHECK(memmem(script.ptr, script.len, "\xe2\x80\xa9", 3) == NULL);

    back = malloc(inside_len + 1);
    len = sio__json_unescape(script.ptr + sizeof head - 1, inside_len, back);
    FUZZ_CHECK(sio__slice_eq(sio__slice_make(back, len), sio__buf_view(&body)));
    free(back);
    sio__buf_fini(&script);
    sio__buf_fini(&body);
}

/* Replaces `\n` by a line feed where no backslash is taken with it, then `\\n` by `\n`. */
static void unescape_slowly(struct sio__buf *out, struct sio__slice text)
{
    struct sio__buf first = SIO__BUF_INIT;

    for (size_t i = 0; i < text.len; i++) {
        struct sio__slice rest = sio__slice_from(text, i);
        if (sio__slice_starts(rest, "\\\\n")) {
            sio__buf_lit(&first, "\\\\n");
            i += 2;
        } else if (sio__slice_starts(rest, "\\n")) {
            sio__buf_char(&first, '\n');
            i += 1;
        } else {
            sio__buf_char(&first, text.ptr[i]);
        }
    }
    for (size_t i = 0; i < first.len; i++) {
        if (sio__slice_starts(sio__slice_from(sio__buf_view(&first), i), "\\\\n"))
            continue; /* the first of the two backslashes */
        sio__buf_char(out, first.ptr[i]);
    }
    sio__buf_fini(&first);
}

static void check_unwrap(struct sio__slice form)
{
    struct sio__buf fast = SIO__BUF_INIT, slow = SIO__BUF_INIT, text = SIO__BUF_INIT;
    bool is_there = false;

    FUZZ_CHECK(sio__query_find(form, SIO__SLICE("d"), &text, &is_there));
    FUZZ_CHECK(sio__jsonp_unwrap(&fast, form) == is_there);
    if (is_there)
        unescape_slowly(&slow, sio__buf_view(&text));
    FUZZ_CHECK(sio__slice_eq(sio__buf_view(&fast), sio__buf_view(&slow)));
    sio__buf_fini(&text);
    sio__buf_fini(&slow);
    sio__buf_fini(&fast);
}

static void check_index(struct sio__slice raw)
{
    char index[SIO__JSONP_INDEX_MAX];
    size_t len = sio__jsonp_index(index, raw);

    FUZZ_CHECK(len <= sizeof index);
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(index[i] >= '0' && index[i] <= '9');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__slice bytes = {(const char *)data, size};

    check_wrap(bytes);
    check_unwrap(bytes);
    check_index(bytes);
    return 0;
}
