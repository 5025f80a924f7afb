/* One Engine.IO packet (bits of the first byte: revision, binary): the data is the end of the
 * input, binary data fits its bound, and what base64 gave survives another round. */
#include "protocol/base64.h"
#include "protocol/eio_packet.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* The lenient decoder once more, slow and obvious. */
static size_t decode_slowly(unsigned char *out, struct sio__slice text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t bits = 0;

    memset(out, 0, sio__base64_decoded_max(text.len));
    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        char c = text.ptr[i] == '-' ? '+' : text.ptr[i] == '_' ? '/' : text.ptr[i];
        const char *found = c != '\0' ? strchr(alphabet, c) : NULL;
        if (found == NULL)
            continue;
        for (int bit = 5; bit >= 0; bit--, bits++)
            if (((found - alphabet) >> bit & 1) != 0)
                out[bits / 8] |= (unsigned char)(0x80 >> bits % 8);
    }
    return bits / 8;
}

static void check_binary(const struct sio__eio_packet *packet)
{
    struct sio__buf bytes = SIO__BUF_INIT, text = SIO__BUF_INIT;
    struct sio__eio_packet back = *packet;
    size_t max = sio__base64_decoded_max(packet->data.len), len;
    unsigned char *slow = malloc(max);

    FUZZ_CHECK(slow != NULL);
    sio__eio_binary(&bytes, packet);
    len = decode_slowly(slow, packet->data);
    if (packet->encoding == SIO__EIO_BASE64)
        FUZZ_CHECK(bytes.len == len && len <= max && memcmp(bytes.ptr, slow, len) == 0);
    else
        FUZZ_CHECK(sio__slice_eq(sio__buf_view(&bytes), packet->data));

    sio__buf_extend(&text, sio__base64_len(bytes.len));
    if (bytes.len != 0)
        FUZZ_CHECK(sio__base64_encode(text.ptr, bytes.ptr, bytes.len) == text.len);
    back.encoding = SIO__EIO_BASE64;
    back.data = sio__buf_view(&text);
    len = bytes.len;
    sio__eio_binary(&bytes, &back);
    FUZZ_CHECK(bytes.len == 2 * len && (len == 0 || !memcmp(bytes.ptr, bytes.ptr + len, len)));
    free(slow);
    sio__buf_fini(&bytes);
    sio__buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__eio_packet packet;
    struct sio__slice bytes;

    if (size == 0)
        return 0;
    bytes = sio__slice_make((const char *)data + 1, size - 1);
    if (!sio__eio_decode(3 + (data[0] & 1), (data[0] & 2) != 0, bytes, &packet))
        return 0;
    FUZZ_CHECK(packet.type <= SIO__EIO_NOOP && sio__eio_type_name(packet.type) != NULL);
    FUZZ_CHECK(packet.data.ptr + packet.data.len == bytes.ptr + bytes.len);
    FUZZ_CHECK(bytes.len - packet.data.len <= 2);
    if (packet.encoding != SIO__EIO_TEXT)
        check_binary(&packet);
    return 0;
}
