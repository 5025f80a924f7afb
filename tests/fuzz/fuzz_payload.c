/* A polling body (the first byte chooses the framing): pieces lie inside the body, in order, and
 * joining them again gives the body, or one that splits into the same pieces. */
#include "protocol/eio_payload.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/binary_frame.h"

static bool rejoin(struct sio__buf *out, enum sio__eio_framing framing,
                   const struct sio__eio_piece *piece)
{
    struct sio__slice bytes = piece->bytes;
    struct sio__frame *frame;

    if (bytes.len == 0 || (piece->binary && bytes.ptr[0] != 4))
        return false; /* the joiner makes messages only */
    frame = piece->binary ? binary_frame(bytes.ptr + 1, bytes.len - 1)
                          : sio__frame_text(bytes.ptr, bytes.len);
    sio__eio_payload_join_frame(out, framing, frame);
    sio__frame_rele(frame);
    return true;
}

static enum sio__eio_step split(struct sio__slice body, enum sio__eio_framing framing,
                                struct sio__buf *joined, bool *whole)
{
    struct sio__eio_payload it;
    struct sio__eio_piece piece;
    enum sio__eio_step step;
    const char *at = body.ptr;

    *whole = true;
    sio__eio_payload_init(&it, framing, body);
    while ((step = sio__eio_payload_next(&it, &piece)) == SIO__EIO_PIECE) {
        FUZZ_CHECK(piece.bytes.ptr >= at);
        at = piece.bytes.ptr + piece.bytes.len;
        FUZZ_CHECK(at <= body.ptr + body.len);
        FUZZ_CHECK(!piece.binary || framing == SIO__EIO_FRAMING_3_BINARY);
        *whole = rejoin(joined, framing, &piece) && *whole;
    }
    FUZZ_CHECK(sio__eio_payload_next(&it, &piece) == step);
    FUZZ_CHECK(step == SIO__EIO_BAD || at == body.ptr + body.len || framing == SIO__EIO_FRAMING_3);
    return step;
}

static void check_whole(struct sio__slice body, enum sio__eio_framing framing,
                        const struct sio__buf *joined)
{
    struct sio__buf again = SIO__BUF_INIT;
    bool whole;

    if (framing == SIO__EIO_FRAMING_4)
        FUZZ_CHECK(sio__slice_eq(sio__buf_view(joined), body));
    FUZZ_CHECK(joined->len <= body.len); /* lengths may have had leading zeros */
    if (joined->len == 0)
        return;
    FUZZ_CHECK(split(sio__buf_view(joined), framing, &again, &whole) == SIO__EIO_END && whole);
    FUZZ_CHECK(sio__slice_eq(sio__buf_view(&again), sio__buf_view(joined)));
    sio__buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__buf joined = SIO__BUF_INIT;
    struct sio__slice body;
    enum sio__eio_framing framing;
    bool whole;

    if (size == 0)
        return 0;
    framing = data[0] % 3;
    body = sio__slice_make((const char *)data + 1, size - 1);
    if (split(body, framing, &joined, &whole) == SIO__EIO_END && whole)
        check_whole(body, framing, &joined);
    else
        FUZZ_CHECK(framing != SIO__EIO_FRAMING_4 || !whole);
    sio__buf_fini(&joined);
    return 0;
}
