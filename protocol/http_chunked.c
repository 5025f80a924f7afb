#include "protocol/http_chunked.h"

#include <stdbool.h>

enum { DIGITS_MOST = 15 }; /* a size stays below 2^60 */

enum state {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER, /* the start of a line after the last chunk */
    TRAILER_REST,
    TRAILER_LF,
    END_LF,
};

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether it may be thrown away: no control character, and not too many of them. */
static bool is_extra(struct sio__chunked *c, char byte)
{
    bool is_control = ((unsigned char)byte < ' ' && byte != '\t') || byte == 0x7f;

    return !is_control && c->extra++ < SIO__CHUNKED_EXTRA_MOST;
}

static bool take_size(struct sio__chunked *c, char byte)
{
    int digit = digit_of(byte);

    if (digit >= 0) {
        c->left = c->left << 4 | (unsigned)digit;
        return ++c->digits <= DIGITS_MOST;
    }
    c->state = byte == '\r' ? SIZE_LF : EXTENSION;
    return c->digits > 0 && (byte == '\r' || byte == ';');
}

static bool expect(struct sio__chunked *c, char byte, char wanted, enum state then)
{
    c->state = then;
    return byte == wanted;
}

/* A line that is thrown away, up to its CR. */
static bool skip(struct sio__chunked *c, char byte, enum state after_cr)
{
    if (byte == '\r') {
        c->state = after_cr;
        return true;
    }
    return is_extra(c, byte);
}

/* A byte that is not data. */
static bool take(struct sio__chunked *c, char byte)
{
    switch ((enum state)c->state) {
    case SIZE:
        return take_size(c, byte);
    case EXTENSION:
        return skip(c, byte, SIZE_LF);
    case SIZE_LF:
        c->digits = 0;
        return expect(c, byte, '\n', c->left > 0 ? DATA : TRAILER);
    case DATA_CR:
        return expect(c, byte, '\r', DATA_LF);
    case DATA_LF:
        return expect(c, byte, '\n', SIZE);
    case TRAILER:
        if (byte == '\r')
            return expect(c, byte, '\r', END_LF);
        c->state = TRAILER_REST;
        return is_extra(c, byte);
    case TRAILER_REST:
        return skip(c, byte, TRAILER_LF);
    case TRAILER_LF:
        return expect(c, byte, '\n', TRAILER);
    default:
        return byte == '\n';
    }
}

static enum sio__chunked_step take_data(struct sio__chunked *c, struct sio__slice *in,
                                        struct sio__slice *out)
{
    size_t len = c->left < in->len ? (size_t)c->left : in->len;

    *out = sio__slice_make(in->ptr, len);
    *in = sio__slice_from(*in, len);
    c->left -= len;
    if (c->left == 0)
        c->state = DATA_CR;
    return SIO__CHUNKED_DATA;
}

enum sio__chunked_step sio__chunked_next(struct sio__chunked *c, struct sio__slice *in,
                                         struct sio__slice *out)
{
    while (in->len > 0) {
        bool is_last = c->state == END_LF;

        if (c->state == DATA)
            return take_data(c, in, out);
        if (!take(c, in->ptr[0]))
            return SIO__CHUNKED_BAD;
        *in = sio__slice_from(*in, 1);
        if (is_last)
            return SIO__CHUNKED_END;
    }
    return SIO__CHUNKED_MORE;
}
