/* The JSON scanner with jansson as its oracle: the same verdict and the same elements, but for a
 * written list of differences; what our reader makes of the text equals what jansson makes of it,
 * and what our writer makes of that is read as the same again. */
#include "protocol/json_read.h"
#include "protocol/json_scan.h"
#include "protocol/json_token.h"
#include "protocol/json_write.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* jansson refuses, JavaScript and the scanner accept. */
static bool is_known_refusal(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_numeric_overflow:
    case json_error_null_byte_in_key:
        return true;
    default:
        return strstr(error->text, "invalid Unicode '\\u") != NULL;
    }
}

static size_t depth_of(const char *text, size_t len)
{
    size_t depth = 0, most = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '[' || text[i] == '{')
            most = ++depth > most ? depth : most;
        else if ((text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return most;
}

/* jansson accepts, the scanner refuses: deeper nesting, and a NUL byte after a number, which
 * jansson drops without a word. */
static bool is_known_acceptance(const char *text, size_t len)
{
    return depth_of(text, len) > SIO__JSON_DEPTH || memchr(text, '\0', len) != NULL;
}

static void check_elements(const char *text, size_t len, const struct sio__spans *spans,
                           json_t *array)
{
    size_t behind = 0;

    FUZZ_CHECK(spans->count == json_array_size(array));
    for (uint32_t i = 0; i < spans->count; i++) {
        const struct sio__span *span = sio__spans_at(spans, i);
        json_t *alone = json_loadb(text + span->off, span->len, FLAGS, NULL);

        FUZZ_CHECK(span->off >= behind && span->off + span->len <= len);
        behind = span->off + span->len;
        FUZZ_CHECK(alone != NULL && json_equal(alone, json_array_get(array, i)));
        json_decref(alone);
    }
}

/* The walk by tokens finds the same elements. */
static void check_walk(const char *text, size_t len, const struct sio__spans *spans)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(text, len);
    struct sio__json_token first;

    sio__json_next(&cursor);
    for (uint32_t i = 0; i < spans->count; i++) {
        const struct sio__span *span = sio__spans_at(spans, i);
        struct sio__slice value;

        first = sio__json_next(&cursor);
        value = sio__json_value_at(&cursor, &first);
        FUZZ_CHECK(value.ptr == text + span->off && value.len == span->len);
    }
    FUZZ_CHECK(sio__json_next(&cursor).kind == SIO__TOKEN_CLOSE);
}

static void check_round(const char *text, size_t len, json_t *theirs)
{
    json_t *ours = sio__json_read(text, len), *again;
    struct sio__buf buf = SIO__BUF_INIT, second = SIO__BUF_INIT;
    struct sio__json json = {.spans = NULL};

    FUZZ_CHECK(ours != NULL);
    if (theirs != NULL)
        FUZZ_CHECK(json_equal(ours, theirs));
    FUZZ_CHECK(sio__json_write(&buf, ours) == SIO_OK);
    FUZZ_CHECK(sio__json_scan(buf.ptr, buf.len, &json) == SIO__JSON_OK);
    again = sio__json_read(buf.ptr, buf.len);
    FUZZ_CHECK(sio__json_write(&second, again) == SIO_OK);
    FUZZ_CHECK(second.len == buf.len && memcmp(second.ptr, buf.ptr, buf.len) == 0);
    json_decref(ours);
    json_decref(again);
    sio__buf_fini(&buf);
    sio__buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct sio__spans spans;
    struct sio__json json = {.spans = &spans};
    json_error_t error;
    json_t *theirs;
    bool accepted;

    if (!sio__utf8_valid(text, size))
        return 0;
    sio__spans_init(&spans);
    accepted = sio__json_scan(text, size, &json) == SIO__JSON_OK;
    theirs = json_loadb(text, size, FLAGS, &error);
    if (accepted && theirs == NULL)
        FUZZ_CHECK(is_known_refusal(&error));
    if (!accepted && theirs != NULL)
        FUZZ_CHECK(is_known_acceptance(text, size));
    if (accepted && theirs != NULL && json_is_array(theirs))
        check_elements(text, size, &spans, theirs);
    if (accepted && json.type == SIO__JSON_ARRAY)
        check_walk(text, size, &spans);
    if (accepted)
        check_round(text, size, theirs);
    json_decref(theirs);
    sio__spans_fini(&spans);
    return 0;
}
