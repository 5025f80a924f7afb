#include "protocol/eio_payload.h"

#include "protocol/base64.h"
#include "protocol/utf8.h"

#include <stdint.h>
#include <string.h>

enum { LENGTH_END = 0xff, LENGTH_DIGITS_MAX = 310 /* of the reference */ };

/* --- splitting ----------------------------------------------------------------------------- */

static struct sio__slice cut(struct sio__slice *rest, size_t len)
{
    struct sio__slice head = sio__slice_make(rest->ptr, len);

    *rest = sio__slice_from(*rest, len);
    return head;
}

static enum sio__eio_step next_4(struct sio__eio_payload *it, struct sio__eio_piece *piece)
{
    const char *rs;

    if (it->done)
        return SIO__EIO_END;
    rs = it->rest.len != 0 ? memchr(it->rest.ptr, SIO__EIO_RS, it->rest.len) : NULL;
    it->done = rs == NULL;
    piece->binary = false;
    if (rs == NULL) {
        piece->bytes = cut(&it->rest, it->rest.len);
        return SIO__EIO_PIECE;
    }
    piece->bytes = cut(&it->rest, (size_t)(rs - it->rest.ptr));
    it->rest = sio__slice_from(it->rest, 1);
    return SIO__EIO_PIECE;
}

/* Adds a digit, but stays at SIZE_MAX, which no body has, once the number does not fit. */
static size_t add_digit(size_t length, unsigned digit)
{
    return length > (SIZE_MAX - 9) / 10 ? SIZE_MAX : length * 10 + digit;
}

/* Takes `<digits>:` off; the reference compares as numbers, so `01:` and `1.0:` are lengths. */
static bool take_length_3(struct sio__slice *rest, size_t *length)
{
    size_t i = 0;

    for (*length = 0; i < rest->len && rest->ptr[i] >= '0' && rest->ptr[i] <= '9'; i++)
        *length = add_digit(*length, (unsigned)(rest->ptr[i] - '0'));
    if (i == 0)
        return false;
    if (i < rest->len && rest->ptr[i] == '.')
        while (++i < rest->len && rest->ptr[i] == '0')
            ;
    if (i == rest->len || rest->ptr[i] != ':')
        return false;
    *rest = sio__slice_from(*rest, i + 1);
    return true;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* How many bytes make `units` UTF-16 code units; false when they are not there, or when the end
 * would fall inside a surrogate pair. */
static bool measure(struct sio__slice s, size_t units, size_t *bytes)
{
    size_t i = 0, seen = 0;

    while (seen < units && i < s.len)
        seen += sio__utf16_len(s.ptr + i++, 1);
    while (i < s.len && continues(s.ptr[i]))
        i++;
    *bytes = i;
    return seen == units;
}

static enum sio__eio_step next_3(struct sio__eio_payload *it, struct sio__eio_piece *piece)
{
    size_t length, bytes;

    while (it->rest.len != 0) {
        if (!take_length_3(&it->rest, &length))
            return SIO__EIO_BAD;
        if (length == 0)
            continue; /* `0:` is an empty list */
        if (!measure(it->rest, length, &bytes))
            return SIO__EIO_BAD;
        *piece = (struct sio__eio_piece){cut(&it->rest, bytes), false};
        return SIO__EIO_PIECE;
    }
    return SIO__EIO_END;
}

static enum sio__eio_step next_3_binary(struct sio__eio_payload *it, struct sio__eio_piece *piece)
{
    const unsigned char *p = (const unsigned char *)it->rest.ptr;
    size_t length = 0, i = 1;

    if (it->rest.len == 0)
        return SIO__EIO_END;
    if (p[0] > 1)
        return SIO__EIO_BAD;
    for (; i < it->rest.len && i <= LENGTH_DIGITS_MAX && p[i] <= 9; i++)
        length = add_digit(length, p[i]);
    if (i == 1 || i == it->rest.len || p[i] != LENGTH_END)
        return SIO__EIO_BAD;
    it->rest = sio__slice_from(it->rest, i + 1);
    if (length > it->rest.len)
        return SIO__EIO_BAD;
    *piece = (struct sio__eio_piece){cut(&it->rest, length), p[0] == 1};
    return SIO__EIO_PIECE;
}

void sio__eio_payload_init(struct sio__eio_payload *it, enum sio__eio_framing framing,
                           struct sio__slice body)
{
    *it = (struct sio__eio_payload){.rest = body, .framing = framing};
    it->bad = framing == SIO__EIO_FRAMING_3 && body.len == 0;
}

enum sio__eio_step sio__eio_payload_next(struct sio__eio_payload *it, struct sio__eio_piece *piece)
{
    enum sio__eio_step step;

    if (it->bad)
        return SIO__EIO_BAD;
    step = it->framing == SIO__EIO_FRAMING_4   ? next_4(it, piece)
           : it->framing == SIO__EIO_FRAMING_3 ? next_3(it, piece)
                                               : next_3_binary(it, piece);
    it->bad = step == SIO__EIO_BAD;
    return step;
}

/* --- joining ------------------------------------------------------------------------------- */

static void join_3_binary(struct sio__buf *out, bool binary, struct sio__slice packet)
{
    size_t start, length = packet.len + (binary ? 1 : 0);

    sio__buf_char(out, binary ? 1 : 0);
    start = out->len;
    sio__buf_uint(out, length);
    for (size_t i = start; i < out->len; i++)
        out->ptr[i] = (char)(out->ptr[i] - '0');
    sio__buf_char(out, (char)LENGTH_END);
    if (binary)
        sio__buf_char(out, 4);
    sio__buf_slice(out, packet);
}

/* `text` is ready for revision 4: a packet, or b<base64>, which is b4<base64> in revision 3. */
static void join_text(struct sio__buf *out, enum sio__eio_framing framing, bool base64,
                      struct sio__slice text)
{
    if (framing == SIO__EIO_FRAMING_4) {
        if (out->len != 0)
            sio__buf_char(out, SIO__EIO_RS);
    } else if (base64) {
        sio__buf_uint(out, text.len + 1);
        sio__buf_lit(out, ":b4");
        text = sio__slice_from(text, 1);
    } else {
        sio__buf_uint(out, sio__utf16_len(text.ptr, text.len));
        sio__buf_char(out, ':');
    }
    sio__buf_slice(out, text);
}

void sio__eio_payload_join_frame(struct sio__buf *out, enum sio__eio_framing framing,
                                 struct sio__frame *f)
{
    struct sio__slice text;

    for (; f != NULL; f = f->next) {
        if (framing == SIO__EIO_FRAMING_3_BINARY)
            join_3_binary(out, sio__frame_is_binary(f), sio__frame_payload(f));
        else if (sio__frame_polling_text(f, &text))
            join_text(out, framing, sio__frame_is_binary(f), text);
        else
            out->failed = true;
    }
}
