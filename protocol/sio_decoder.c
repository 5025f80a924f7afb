#include "protocol/sio_decoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocol/json_number.h"
#include "protocol/json_placeholder.h"
#include "protocol/mem.h"
#include "protocol/msgpack_packet.h"

void sio__decoder_init(struct sio__decoder *d, enum sio__parser parser,
                       struct sio__decoder_limits limits)
{
    memset(d, 0, sizeof *d);
    d->parser = parser;
    d->limits = limits;
}

void sio__decoder_reset(struct sio__decoder *d)
{
    if (d->pending != NULL)
        sio__packet_fini(d->pending);
    sio__free(d->pending);
    d->pending = NULL;
    d->attachments_due = 0;
    d->attachment_bytes = 0;
}

void sio__decoder_fini(struct sio__decoder *d)
{
    sio__decoder_reset(d);
}

static enum sio__decode bad(struct sio__decoder *d, const char *error)
{
    d->error = error;
    return SIO__DECODE_BAD;
}

/* What is left of a text message. */
struct input {
    const char *p, *end;
};

static inline size_t left(const struct input *in)
{
    return (size_t)(in->end - in->p);
}

/* Bytes of the next character if it is a number for JavaScript: a digit, or a blank, which is 0. */
static inline size_t digit_len(const struct input *in)
{
    if (in->p < in->end && *in->p >= '0' && *in->p <= '9')
        return 1;
    return sio__js_blank(in->p, left(in));
}

static enum sio__decode take_type(struct sio__decoder *d, struct input *in, unsigned *type)
{
    size_t n = digit_len(in);

    if (n == 0)
        return bad(d, in->p == in->end ? "Unknown type: undefined" : "unknown packet type NaN");
    *type = *in->p >= '0' && *in->p <= '9' ? (unsigned)(*in->p - '0') : 0;
    in->p += n;
    if (*type <= SIO__BINARY_ACK)
        return SIO__DECODE_PACKET;
    snprintf(d->error_text, sizeof d->error_text, "unknown packet type %u", *type);
    return bad(d, d->error_text);
}

/* The number of attachments and its '-'. */
static enum sio__decode take_count(struct sio__decoder *d, struct input *in)
{
    const char *dash = memchr(in->p, '-', left(in));
    double count;

    if (dash == NULL)
        return bad(d, "Illegal attachments");
    count = sio__number_from_text(in->p, (size_t)(dash - in->p));
    if (!(count >= 1) || count != floor(count) || isinf(count))
        return bad(d, "Illegal attachments");
    if (count > d->limits.max_attachments)
        return bad(d, "too many attachments");
    d->attachments_due = (uint32_t)count;
    in->p = dash + 1;
    return SIO__DECODE_PACKET;
}

static inline void take_nsp(struct input *in, struct sio__packet *out)
{
    const char *comma;

    if (in->p == in->end || *in->p != '/')
        return;
    comma = memchr(in->p, ',', left(in));
    out->nsp = (struct sio__slice){in->p, (size_t)((comma != NULL ? comma : in->end) - in->p)};
    in->p = comma != NULL ? comma + 1 : in->end;
}

static uint64_t inexact_ack_id(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Digits of any length to the id that stands for them. */
static uint64_t ack_id_of(struct sio__slice digits)
{
    char copy[310];
    uint64_t id = 0;

    while (digits.len > 1 && digits.ptr[0] == '0')
        digits = sio__slice_from(digits, 1);
    if (digits.len >= sizeof copy)
        return inexact_ack_id(INFINITY);
    if (digits.len > 19) {
        memcpy(copy, digits.ptr, digits.len);
        copy[digits.len] = '\0';
        return inexact_ack_id(strtod(copy, NULL));
    }
    for (size_t i = 0; i < digits.len; i++)
        id = id * 10 + (uint64_t)(digits.ptr[i] - '0');
    return id <= SIO__ACK_ID_EXACT ? id : inexact_ack_id((double)id);
}

/* Digits with blanks among them: blanks around them vanish, blanks between them make it NaN. */
static uint64_t blank_ack_id(struct input in)
{
    struct sio__slice digits = {NULL, 0};
    bool ended = false;
    size_t n;

    while (in.p < in.end) {
        if ((n = sio__js_blank(in.p, left(&in))) > 0) {
            ended = digits.len > 0;
            in.p += n;
            continue;
        }
        if (ended)
            return inexact_ack_id(NAN);
        if (digits.len++ == 0)
            digits.ptr = in.p;
        in.p++;
    }
    return ack_id_of(digits);
}

static inline void take_ack_id(struct input *in, struct sio__packet *out)
{
    const char *start = in->p;
    bool has_blanks = false;
    size_t n;

    while ((n = digit_len(in)) > 0) {
        has_blanks |= *in->p < '0' || *in->p > '9';
        in->p += n;
    }
    if (in->p == start)
        return;
    out->has_ack = true;
    if (has_blanks)
        out->ack_id = blank_ack_id((struct input){start, in->p});
    else
        out->ack_id = ack_id_of((struct sio__slice){start, (size_t)(in->p - start)});
}

static enum sio__decode take_payload(struct sio__decoder *d, struct input *in,
                                     struct sio__packet *out)
{
    if (in->p == in->end)
        return SIO__DECODE_PACKET;
    switch (sio__packet_set_payload(out, (struct sio__slice){in->p, left(in)})) {
    case SIO__JSON_OK:
        return SIO__DECODE_PACKET;
    case SIO__JSON_NOMEM:
        return SIO__DECODE_NOMEM;
    default:
        return bad(d, "invalid payload");
    }
}

static enum sio__decode take_packet(struct sio__decoder *d, struct input in,
                                    struct sio__packet *out)
{
    enum sio__decode result;
    unsigned type = 0;

    if ((result = take_type(d, &in, &type)) != SIO__DECODE_PACKET)
        return result;
    if (type >= SIO__BINARY_EVENT) {
        if ((result = take_count(d, &in)) != SIO__DECODE_PACKET)
            return result;
        type -= SIO__BINARY_EVENT - SIO__EVENT;
    }
    out->type = (enum sio__packet_type)type;
    take_nsp(&in, out);
    take_ack_id(&in, out);
    return take_payload(d, &in, out);
}

/* Keeps a packet whose attachments are still to come. */
static enum sio__decode await_attachments(struct sio__decoder *d, struct sio__packet *header)
{
    if (!sio__packet_own(header) || (d->pending = sio__malloc(sizeof *d->pending)) == NULL)
        return SIO__DECODE_NOMEM;
    *d->pending = *header;
    sio__packet_init(header);
    return SIO__DECODE_MORE;
}

enum sio__decode sio__decoder_text(struct sio__decoder *d, const char *text, size_t len,
                                   struct sio__packet *out)
{
    enum sio__decode result;

    sio__packet_init(out);
    if (d->parser == SIO__PARSER_MSGPACK)
        return bad(d, "got plaintext data for the msgpack parser");
    if (d->pending != NULL) {
        sio__decoder_reset(d);
        return bad(d, "got plaintext data when reconstructing a packet");
    }
    result = take_packet(d, (struct input){text, text + len}, out);
    if (result == SIO__DECODE_PACKET && d->attachments_due > 0)
        result = await_attachments(d, out);
    if (result == SIO__DECODE_BAD || result == SIO__DECODE_NOMEM) {
        sio__packet_fini(out);
        sio__decoder_reset(d);
    }
    return result;
}

static enum sio__decode add_attachment(struct sio__decoder *d, struct sio__slice bytes)
{
    struct sio__packet *p = d->pending;
    size_t limit = d->limits.max_attachment_bytes;

    if (limit > 0 && bytes.len > limit - d->attachment_bytes)
        return bad(d, "attachments too large");
    d->attachment_bytes += bytes.len;
    if (!sio__packet_attach(p, bytes))
        return SIO__DECODE_NOMEM;
    if (p->attachment_count < d->attachments_due)
        return sio__packet_own(p) ? SIO__DECODE_MORE : SIO__DECODE_NOMEM;
    if (p->has_placeholder &&
        sio__placeholders_check(p->text.ptr, p->text.len, p->attachment_count) !=
            SIO__PLACEHOLDERS_FINE)
        return bad(d, "illegal attachments");
    return SIO__DECODE_PACKET;
}

enum sio__decode sio__decoder_binary(struct sio__decoder *d, const void *bytes, size_t len,
                                     struct sio__packet *out)
{
    enum sio__decode result;

    if (d->parser == SIO__PARSER_MSGPACK)
        return sio__msgpack_decode(bytes, len, out, &d->error);
    sio__packet_init(out);
    if (d->pending == NULL)
        return bad(d, "got binary data when not reconstructing a packet");
    result = add_attachment(d, (struct sio__slice){bytes, len});
    if (result == SIO__DECODE_MORE)
        return result;
    if (result == SIO__DECODE_PACKET) {
        *out = *d->pending;
        sio__packet_init(d->pending);
    }
    sio__decoder_reset(d);
    return result;
}

/* The type of Engine.IO stands before a text. */
static enum sio__decode decode_frame(struct sio__decoder *d, const struct sio__frame *frame,
                                     struct sio__packet *out)
{
    struct sio__slice bytes = sio__frame_payload(frame);

    return sio__frame_is_binary(frame) ? sio__decoder_binary(d, bytes.ptr, bytes.len, out)
                                       : sio__decoder_text(d, bytes.ptr + 1, bytes.len - 1, out);
}

enum sio__decode sio__decode_sent(enum sio__parser parser, const struct sio__frame *frame,
                                  struct sio__packet *out)
{
    enum sio__decode result = SIO__DECODE_MORE;
    struct sio__decoder d;

    sio__decoder_init(&d, parser, (struct sio__decoder_limits){.max_attachments = UINT32_MAX});
    for (; frame != NULL && result == SIO__DECODE_MORE; frame = frame->next)
        result = decode_frame(&d, frame, out);
    sio__decoder_fini(&d);
    return result;
}
