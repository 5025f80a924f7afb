/* Packing with strings, JSON and binary from the input (three parts, cut at bytes FF): valid parts
 * are packed to valid JSON that is read back as the same, others are refused. */
#include "protocol/json_pack.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_read.h"
#include "protocol/json_scan.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static sio_err pack(struct sio__packing *p, const char *format, ...)
{
    va_list values;
    sio_err err;

    va_start(values, format);
    err = sio__json_pack(p, format, &values);
    va_end(values);
    return err;
}

static struct sio__slice cut(struct sio__slice *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, 0xFF, rest->len) : NULL;
    struct sio__slice part = *rest;

    if (end == NULL) {
        *rest = (struct sio__slice){"", 0};
        return part;
    }
    part.len = (size_t)(end - part.ptr);
    *rest = sio__slice_from(*rest, part.len + 1);
    return part;
}

static bool is_json(struct sio__slice text)
{
    struct sio__json json = {.spans = NULL};

    return sio__utf8_valid(text.ptr, text.len) &&
           sio__json_scan(text.ptr, text.len, &json) == SIO__JSON_OK;
}

static void check_string(json_t *value, struct sio__slice want)
{
    FUZZ_CHECK(json_is_string(value) && json_string_length(value) == want.len);
    FUZZ_CHECK(want.len == 0 || memcmp(json_string_value(value), want.ptr, want.len) == 0);
}

static void check_packed(const struct sio__packing *p, struct sio__slice string,
                         struct sio__slice bytes)
{
    struct sio__buf whole = SIO__BUF_INIT;
    json_t *array;

    sio__buf_char(&whole, '[');
    sio__buf_slice(&whole, sio__buf_view(&p->json));
    sio__buf_char(&whole, ']');
    FUZZ_CHECK(!whole.failed && is_json(sio__buf_view(&whole)));
    array = sio__json_read(whole.ptr, whole.len);
    FUZZ_CHECK(json_array_size(array) == 4);
    check_string(json_array_get(array, 0), string);
    check_string(json_object_getn(json_array_get(array, 2), string.ptr, string.len), string);
    FUZZ_CHECK(p->attachment_count == 1 && sio__slice_eq(p->attachments[0], bytes));
    FUZZ_CHECK(sio__placeholders_check(whole.ptr, whole.len, 1) == SIO__PLACEHOLDERS_FINE);
    json_decref(array);
    sio__buf_fini(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__slice rest = {(const char *)data, size};
    struct sio__slice string = cut(&rest), json = cut(&rest), bytes = rest;
    struct sio__packing p;
    sio_err err;

    sio__packing_init(&p);
    err = pack(&p, "s#,j#,{s#:s#},B#", string.ptr, string.len, json.ptr, json.len, string.ptr,
               string.len, string.ptr, string.len, bytes.ptr, bytes.len);
    if (err == SIO_OK)
        check_packed(&p, string, bytes);
    else
        FUZZ_CHECK(err == SIO_EINVAL);
    if (!sio__utf8_valid(string.ptr, string.len) || !is_json(json))
        FUZZ_CHECK(err == SIO_EINVAL);
    sio__packing_fini(&p);
    return 0;
}
