/* A query string against a second implementation that copies at every step. */
#include "protocol/query.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

/* Copies text to out as a URL decoder would, with the C library's own number reader. */
static void decode_slowly(struct sio__buf *out, const char *text, size_t len)
{
    struct sio__buf bytes = SIO__BUF_INIT;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && i + 2 < len && isxdigit((unsigned char)text[i + 1]) &&
            isxdigit((unsigned char)text[i + 2])) {
            char hex[3] = {text[i + 1], text[i + 2], '\0'};
            sio__buf_char(&bytes, (char)strtol(hex, NULL, 16));
            i += 2;
        } else {
            sio__buf_char(&bytes, text[i] == '+' ? ' ' : text[i]);
        }
    }
    sio__utf8_repair(out, bytes.ptr, bytes.len);
    sio__buf_fini(&bytes);
}

/* The last value of `sid`, pair by pair from the left. */
static bool find_slowly(struct sio__buf *out, const char *query, size_t len)
{
    bool found = false;

    for (size_t start = 0, end; start <= len; start = end + 1) {
        size_t equals = start;
        struct sio__buf key = SIO__BUF_INIT;
        for (end = start; end < len && query[end] != '&'; end++)
            ;
        while (equals < end && query[equals] != '=')
            equals++;
        decode_slowly(&key, query + start, equals - start);
        if (sio__slice_is(sio__buf_view(&key), "sid")) {
            sio__buf_clear(out);
            if (equals < end)
                decode_slowly(out, query + equals + 1, end - equals - 1);
            found = true;
        }
        sio__buf_fini(&key);
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__slice query = {(const char *)data, size};
    struct sio__buf fast = SIO__BUF_INIT, slow = SIO__BUF_INIT;
    bool found;

    FUZZ_CHECK(sio__query_find(query, SIO__SLICE("sid"), &fast, &found));
    FUZZ_CHECK(found == find_slowly(&slow, query.ptr, query.len));
    FUZZ_CHECK(sio__slice_eq(sio__buf_view(&fast), sio__buf_view(&slow)));
    FUZZ_CHECK(sio__utf8_valid(fast.ptr, fast.len));
    sio__buf_fini(&fast);
    sio__buf_fini(&slow);
    return 0;
}
