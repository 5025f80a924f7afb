/* A Sec-WebSocket-Extensions header against a second reading by other means: cut into its pieces
 * first, at the commas and semicolons that no quotes hold, and each piece then looked at alone. */
#include "protocol/http_field.h"
#include "protocol/ws_extensions.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static struct sio__slice trim(struct sio__slice s)
{
    while (s.len > 0 && (*s.ptr == ' ' || *s.ptr == '\t'))
        s = sio__slice_from(s, 1);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Cuts off what stands before the separator; *is_last: there was none. */
static struct sio__slice cut(struct sio__slice *rest, char separator, bool *is_last)
{
    bool is_quoted = false;
    size_t i = 0;

    for (; i < rest->len && (is_quoted || rest->ptr[i] != separator); i++)
        if (rest->ptr[i] == '"')
            is_quoted = !is_quoted;
    struct sio__slice piece = sio__slice_make(rest->ptr, i);
    *is_last = i == rest->len;
    *rest = sio__slice_from(*rest, *is_last ? i : i + 1);
    return trim(piece);
}

/* The value without quotes and escapes, in text.  False: it is none. */
static bool plain(struct sio__slice value, char *text, size_t *len)
{
    bool is_quoted = value.len > 0 && value.ptr[0] == '"';

    *len = 0;
    if (is_quoted && (value.len < 2 || value.ptr[value.len - 1] != '"'))
        return false;
    for (size_t i = is_quoted; i < value.len - is_quoted; i++) {
        if (is_quoted && value.ptr[i] == '\\' && ++i == value.len - 1)
            return false;
        text[(*len)++] = value.ptr[i];
    }
    return sio__field_token_valid(sio__slice_make(text, *len));
}

static unsigned bits_of(const char *text, size_t len)
{
    for (unsigned bits = 8; bits <= 15; bits++) {
        char wanted[4];

        snprintf(wanted, sizeof wanted, "%u", bits);
        if (len == strlen(wanted) && memcmp(text, wanted, len) == 0)
            return bits;
    }
    return 0;
}

static const char *const names[] = {"server_max_window_bits", "client_max_window_bits",
                                    "server_no_context_takeover", "client_no_context_takeover"};

/* One parameter.  False: the whole header is no good. */
static bool read_one(struct sio__slice piece, bool is_deflate, unsigned *times,
                     struct sio__ws_offer *offer)
{
    const char *equals = piece.len > 0 ? memchr(piece.ptr, '=', piece.len) : NULL;
    size_t name_len = equals != NULL ? (size_t)(equals - piece.ptr) : piece.len, len = 0, which = 0;
    struct sio__slice name = sio__slice_make(piece.ptr, name_len);
    char *text = malloc(piece.len + 1);
    bool is_good = sio__field_token_valid(name) &&
                   (equals == NULL || plain(sio__slice_from(piece, name_len + 1), text, &len));

    while (which < 4 && !sio__slice_eq(name, sio__slice_of(names[which])))
        which++;
    if (is_good && is_deflate) {
        unsigned bits = bits_of(text, len);

        is_good = which < 4 && times[which]++ == 0 &&
                  (which == 0   ? bits != 0
                   : which == 1 ? equals == NULL || bits != 0
                                : equals == NULL);
        if (which == 0)
            offer->server_window_bits = (uint8_t)bits;
        if (which == 1)
            offer->client_window_bits = (uint8_t)bits;
    }
    free(text);
    return is_good;
}

static bool read_slowly(struct sio__slice value, struct sio__ws_offer *out)
{
    bool is_last = false, is_good = true;

    *out = (struct sio__ws_offer){.is_made = false};
    while (!is_last && is_good) {
        struct sio__slice extension = cut(&value, ',', &is_last), name;
        struct sio__ws_offer offer = {.is_made = true};
        unsigned times[4] = {0};
        bool is_end, is_deflate;

        name = cut(&extension, ';', &is_end);
        is_deflate = sio__slice_is(name, "permessage-deflate");
        is_good = sio__field_token_valid(name);
        while (!is_end && is_good)
            is_good = read_one(cut(&extension, ';', &is_end), is_deflate, times, &offer);
        if (is_deflate && !out->is_made)
            *out = offer;
    }
    return is_good;
}

static void check_grant(const struct sio__ws_offer *offer)
{
    struct sio__buf value = SIO__BUF_INIT;
    struct sio__ws_offer again;

    sio__ws_extensions_grant(&value, offer, 15);
    FUZZ_CHECK(!value.failed && value.len < 160);
    FUZZ_CHECK(sio__ws_extensions_read(sio__buf_view(&value), &again) && again.is_made);
    FUZZ_CHECK(again.client_window_bits == offer->client_window_bits);
    sio__buf_fini(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__slice value = {(const char *)data, size};
    struct sio__ws_offer got, want;
    bool is_good = sio__ws_extensions_read(value, &got);

    FUZZ_CHECK(is_good == read_slowly(value, &want));
    if (!is_good)
        return 0;
    FUZZ_CHECK(got.is_made == want.is_made);
    FUZZ_CHECK(got.server_window_bits == want.server_window_bits);
    FUZZ_CHECK(got.client_window_bits == want.client_window_bits);
    if (got.is_made)
        check_grant(&got);
    return 0;
}
