#include "protocol/sio_encoder.h"

#include <string.h>

#include "protocol/json_number.h"
#include "protocol/json_string.h"
#include "protocol/msgpack_packet.h"
#include "protocol/sio_offset.h"
#include "protocol/utf8.h"

/* The parts of a packet's text before its payload, and their sizes, so that the frame is allocated
 * once. */
struct layout {
    char start[3 + SIO__NUMBER_TEXT_BYTES]; /* `4`, type, attachments */
    char ack[SIO__NUMBER_TEXT_BYTES];
    size_t start_len, ack_len;
    bool has_nsp;
    size_t name_len, offset_len; /* escaped */
    size_t total;
};

static size_t print_ack_id(uint64_t id, char out[SIO__NUMBER_TEXT_BYTES])
{
    double number;

    if (id <= SIO__ACK_ID_EXACT)
        return sio__number_print_u64(id, out);
    memcpy(&number, &id, sizeof number);
    return sio__number_print(number, out);
}

static bool has_array(const struct sio__outgoing *p)
{
    return p->type == SIO__EVENT || p->type == SIO__ACK;
}

static size_t array_len(const struct sio__outgoing *p, struct layout *l)
{
    size_t len = 2 + p->args.len;
    bool comma = p->args.len > 0;

    if (p->type == SIO__ACK)
        return len;
    l->name_len = sio__json_escaped_len(p->name.ptr, p->name.len);
    len += 2 + l->name_len + comma;
    if (p->offset.len > 0) {
        l->offset_len = sio__json_escaped_len(p->offset.ptr, p->offset.len);
        len += 3 + l->offset_len;
    }
    return len;
}

static void measure(const struct sio__outgoing *p, struct layout *l)
{
    unsigned type = p->type;

    if (has_array(p) && p->attachment_count > 0)
        type += SIO__BINARY_EVENT - SIO__EVENT;
    l->start[0] = '4';
    l->start[1] = (char)('0' + type);
    l->start_len = 2;
    if (type >= SIO__BINARY_EVENT) {
        l->start_len += sio__number_print_u64(p->attachment_count, l->start + 2);
        l->start[l->start_len++] = '-';
    }
    l->has_nsp = p->nsp.len > 0 && !sio__slice_is(p->nsp, "/");
    l->ack_len = p->has_ack ? print_ack_id(p->ack_id, l->ack) : 0;
    l->total = l->start_len + l->ack_len + (l->has_nsp ? p->nsp.len + 1 : 0);
    l->total += has_array(p) ? array_len(p, l) : p->payload.len;
}

static char *put(char *out, const char *bytes, size_t len)
{
    if (len > 0)
        memcpy(out, bytes, len);
    return out + len;
}

static char *put_string(char *out, struct sio__slice text, size_t escaped_len)
{
    *out++ = '"';
    out = escaped_len == text.len ? put(out, text.ptr, text.len)
                                  : sio__json_escape(text.ptr, text.len, out);
    *out++ = '"';
    return out;
}

static char *put_array(char *out, const struct sio__outgoing *p, const struct layout *l)
{
    *out++ = '[';
    if (p->type == SIO__EVENT) {
        out = put_string(out, p->name, l->name_len);
        if (p->args.len > 0)
            *out++ = ',';
    }
    out = put(out, p->args.ptr, p->args.len);
    if (p->type == SIO__EVENT && p->offset.len > 0) {
        *out++ = ',';
        out = put_string(out, p->offset, l->offset_len);
    }
    *out++ = ']';
    return out;
}

static struct sio__frame *make_text(const struct sio__outgoing *p)
{
    struct sio__frame *frame;
    struct layout l;
    char *out;

    measure(p, &l);
    if ((frame = sio__frame_new(false, l.total)) == NULL)
        return NULL;
    frame->is_volatile = p->is_volatile;
    frame->no_compress = p->no_compress;
    out = put(sio__frame_data(frame), l.start, l.start_len);
    if (l.has_nsp) {
        out = put(out, p->nsp.ptr, p->nsp.len);
        *out++ = ',';
    }
    out = put(out, l.ack, l.ack_len);
    if (has_array(p))
        put_array(out, p, &l);
    else
        put(out, p->payload.ptr, p->payload.len);
    return frame;
}

/* The attachments as a chain of unsealed frames, built from the last to the first. */
static sio_err make_attachments(const struct sio__outgoing *p, struct sio__frame **chain)
{
    for (size_t i = p->attachment_count; i-- > 0;) {
        struct sio__frame *frame = sio__frame_new(true, p->attachments[i].len);

        if (frame == NULL)
            return SIO_ENOMEM;
        put(sio__frame_data(frame), p->attachments[i].ptr, p->attachments[i].len);
        frame->is_volatile = p->is_volatile;
        frame->no_compress = p->no_compress;
        if (*chain != NULL)
            sio__frame_chain(frame, *chain);
        *chain = frame;
    }
    return SIO_OK;
}

static bool is_name_fine(struct sio__slice name)
{
    return !sio__event_is_reserved(name) && sio__utf8_valid(name.ptr, name.len);
}

sio_err sio__encode(const struct sio__outgoing *packet, struct sio__frame **out)
{
    struct sio__frame *frame, *chain = NULL;

    if (packet->type >= SIO__BINARY_EVENT ||
        (packet->type == SIO__EVENT && !is_name_fine(packet->name)))
        return SIO_EINVAL;
    if (packet->parser == SIO__PARSER_MSGPACK)
        return sio__msgpack_encode(packet, out);
    if (has_array(packet) && make_attachments(packet, &chain) != SIO_OK)
        goto rele_chain;
    if ((frame = make_text(packet)) == NULL)
        goto rele_chain;
    if (chain != NULL)
        sio__frame_chain(frame, chain);
    *out = sio__frame_seal(frame);
    return SIO_OK;

rele_chain:
    sio__frame_rele(chain);
    return SIO_ENOMEM;
}

/* It is the end of a text but for `"]`, and the very end of a packet of msgpack. */
void sio__stamp(struct sio__frame *packet, uint64_t seq)
{
    struct sio__slice bytes = sio__frame_payload(packet);
    size_t behind = sio__frame_is_binary(packet) ? 0 : 2;

    sio__offset_write((char *)bytes.ptr + bytes.len - behind - SIO__OFFSET_LEN, seq);
}

sio_err sio__encode_connect(enum sio__parser parser, struct sio__slice nsp,
                            struct sio__slice payload, struct sio__frame **out)
{
    struct sio__outgoing packet = {
        .type = SIO__CONNECT, .parser = parser, .nsp = nsp, .payload = payload};

    return sio__encode(&packet, out);
}

sio_err sio__encode_connect_error(enum sio__parser parser, struct sio__slice nsp,
                                  struct sio__slice payload, struct sio__frame **out)
{
    struct sio__outgoing packet = {
        .type = SIO__CONNECT_ERROR, .parser = parser, .nsp = nsp, .payload = payload};

    return sio__encode(&packet, out);
}

sio_err sio__encode_disconnect(enum sio__parser parser, struct sio__slice nsp,
                               struct sio__frame **out)
{
    struct sio__outgoing packet = {.type = SIO__DISCONNECT, .parser = parser, .nsp = nsp};

    return sio__encode(&packet, out);
}
