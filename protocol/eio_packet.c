#include "protocol/eio_packet.h"

#include "protocol/base64.h"

static bool set(struct sio__eio_packet *out, unsigned type, enum sio__eio_encoding encoding,
                struct sio__slice data)
{
    if (type > SIO__EIO_NOOP)
        return false;
    *out = (struct sio__eio_packet){(enum sio__eio_type)type, encoding, data};
    return true;
}

/* In revision 3 binary packets carry their type; in revision 4 they are messages. */
static bool decode_base64(int revision, struct sio__slice after_b, struct sio__eio_packet *out)
{
    if (revision != 3)
        return set(out, SIO__EIO_MESSAGE, SIO__EIO_BASE64, after_b);
    if (after_b.len == 0)
        return false;
    return set(out, (unsigned char)after_b.ptr[0] - (unsigned)'0', SIO__EIO_BASE64,
               sio__slice_from(after_b, 1));
}

bool sio__eio_decode(int revision, bool binary, struct sio__slice bytes,
                     struct sio__eio_packet *out)
{
    if (binary && revision != 3)
        return set(out, SIO__EIO_MESSAGE, SIO__EIO_RAW, bytes);
    if (bytes.len == 0)
        return false;
    if (binary)
        return set(out, (unsigned char)bytes.ptr[0], SIO__EIO_RAW, sio__slice_from(bytes, 1));
    if (bytes.ptr[0] == 'b')
        return decode_base64(revision, sio__slice_from(bytes, 1), out);
    return set(out, (unsigned char)bytes.ptr[0] - (unsigned)'0', SIO__EIO_TEXT,
               sio__slice_from(bytes, 1));
}

void sio__eio_binary(struct sio__buf *out, const struct sio__eio_packet *packet)
{
    struct sio__slice data = packet->data;

    if (packet->encoding != SIO__EIO_BASE64)
        sio__buf_slice(out, data);
    else if (sio__buf_reserve(out, sio__base64_decoded_max(data.len)))
        out->len += sio__base64_decode(out->ptr + out->len, data.ptr, data.len);
}

const char *sio__eio_type_name(enum sio__eio_type type)
{
    static const char *const names[] = {"open",    "close",   "ping", "pong",
                                        "message", "upgrade", "noop"};

    return names[type];
}
