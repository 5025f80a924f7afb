/* UTF-8 against a decoder that works on code points: the same verdict, the same length in UTF-16;
 * a repaired text is valid, keeps what was good, and is not changed by a second repair. */
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Bytes of the character at p, 0 when it is none; by the definition, not by ranges of bytes. */
static size_t read_slowly(const uint8_t *p, size_t len, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = p[0] < 0x80             ? 1
                  : (p[0] & 0xe0) == 0xc0 ? 2
                  : (p[0] & 0xf0) == 0xe0 ? 3
                  : (p[0] & 0xf8) == 0xf0 ? 4
                                          : 0;

    if (need == 0 || need > len)
        return 0;
    *code = need == 1 ? p[0] : p[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3fu);
    }
    return *code >= smallest[need] && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff) ? need
                                                                                              : 0;
}

static size_t prefix_slowly(const uint8_t *p, size_t len, size_t *units)
{
    size_t at = 0, step;
    uint32_t code;

    for (*units = 0; at < len && (step = read_slowly(p + at, len - at, &code)) != 0; at += step)
        *units += code >= 0x10000 ? 2 : 1;
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct sio__buf once = SIO__BUF_INIT, twice = SIO__BUF_INIT;
    size_t units, good = prefix_slowly(data, size, &units);

    FUZZ_CHECK(sio__utf8_valid_prefix(text, size) == good);
    FUZZ_CHECK(sio__utf8_valid(text, size) == (good == size));
    FUZZ_CHECK(sio__utf16_len(text, good) == units);
    FUZZ_CHECK(sio__utf16_len(text, size) <= 2 * size);

    sio__utf8_repair(&once, text, size);
    FUZZ_CHECK(!once.failed && once.len <= 3 * size && once.len >= good);
    FUZZ_CHECK(good == 0 || memcmp(once.ptr, text, good) == 0);
    FUZZ_CHECK(good == size ? once.len == size : once.len >= good + 3);
    FUZZ_CHECK(sio__utf8_valid(once.ptr, once.len));
    sio__utf8_repair(&twice, once.ptr, once.len);
    FUZZ_CHECK(sio__slice_eq(sio__buf_view(&once), sio__buf_view(&twice)));
    sio__buf_fini(&once);
    sio__buf_fini(&twice);
    return 0;
}
