/* A chunked body, whole and cut at a place that its first byte says: both ways give the same, no
 * more than went in, and pieces lie inside it. */
#include "protocol/http_chunked.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

struct read {
    unsigned char body[4096];
    size_t len;
    size_t rest; /* not taken, after the end */
    enum sio__chunked_step step;
};

static void read_on(struct sio__chunked *chunked, struct sio__slice in, struct read *read)
{
    struct sio__slice whole = in, out;

    while ((read->step = sio__chunked_next(chunked, &in, &out)) == SIO__CHUNKED_DATA) {
        FUZZ_CHECK(out.len > 0 && out.ptr >= whole.ptr &&
                   out.ptr + out.len <= whole.ptr + whole.len);
        FUZZ_CHECK(read->len + out.len <= sizeof read->body);
        memcpy(read->body + read->len, out.ptr, out.len);
        read->len += out.len;
    }
    FUZZ_CHECK(read->step != SIO__CHUNKED_MORE || in.len == 0);
    read->rest = in.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct read whole, cut;
    struct sio__chunked one = {0}, two = {0};
    struct sio__slice bytes;
    size_t at;

    if (size < 1 || size > sizeof whole.body)
        return 0;
    bytes = sio__slice_make((const char *)data + 1, size - 1);
    at = data[0] < bytes.len ? data[0] : bytes.len;
    whole.len = cut.len = 0;
    read_on(&one, bytes, &whole);
    read_on(&two, sio__slice_make(bytes.ptr, at), &cut);
    if (cut.step == SIO__CHUNKED_MORE)
        read_on(&two, sio__slice_from(bytes, at), &cut);
    else
        cut.rest += bytes.len - at;
    FUZZ_CHECK(whole.step == cut.step && whole.len == cut.len);
    FUZZ_CHECK(memcmp(whole.body, cut.body, whole.len) == 0);
    FUZZ_CHECK(whole.step != SIO__CHUNKED_END || whole.rest == cut.rest);
    return 0;
}
