/* One text message through the Socket.IO decoder: every field lies in its range and inside the
 * input, and a packet that is encoded again is decoded as the same. */
#include "protocol/sio_decoder.h"
#include "protocol/sio_encoder.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

static const struct sio__decoder_limits limits = {SIO__DECODER_MAX_ATTACHMENTS, 1000};

static bool lies_within(struct sio__slice part, const char *text, size_t size)
{
    return part.len == 0 ||
           (part.ptr >= text && part.len <= size && part.ptr + part.len <= text + size);
}

static void check_ranges(const struct sio__packet *p, const char *text, size_t size)
{
    FUZZ_CHECK(p->type <= SIO__CONNECT_ERROR);
    FUZZ_CHECK(p->nsp.len >= 1 && p->nsp.ptr[0] == '/');
    FUZZ_CHECK(p->nsp.len == 1 || lies_within(p->nsp, text, size));
    FUZZ_CHECK(lies_within(p->text, text, size));
    FUZZ_CHECK(p->has_name == (p->type == SIO__EVENT && p->text.len > 0));
    FUZZ_CHECK(!sio__event_is_reserved(p->name));
    FUZZ_CHECK(sio__utf8_valid(p->name.ptr, p->name.len));
    FUZZ_CHECK(p->attachment_count == 0);
    for (uint32_t i = 0; i < sio__packet_arg_count(p); i++)
        FUZZ_CHECK(lies_within(sio__packet_arg_text(p, i), text, size));
}

static void check_same(const struct sio__packet *a, const struct sio__packet *b)
{
    FUZZ_CHECK(a->type == b->type && a->has_ack == b->has_ack && a->ack_id == b->ack_id);
    FUZZ_CHECK(sio__slice_eq(a->nsp, b->nsp) && sio__slice_eq(a->name, b->name));
    FUZZ_CHECK(sio__slice_eq(sio__packet_args_text(a), sio__packet_args_text(b)));
    FUZZ_CHECK(sio__packet_arg_count(a) == sio__packet_arg_count(b));
}

/* What cannot be said again: ids that are no digits, events without a name or with a number as one.
 */
static bool can_be_encoded(const struct sio__packet *p)
{
    return (!p->has_ack || p->ack_id <= SIO__ACK_ID_EXACT) &&
           (p->type != SIO__EVENT || (p->has_name && !p->name_is_number));
}

static void check_round(struct sio__decoder *d, const struct sio__packet *p)
{
    struct sio__outgoing again = {
        p->type,           .has_ack = p->has_ack, .ack_id = p->ack_id,
        .nsp = p->nsp,     .name = p->name,       .args = sio__packet_args_text(p),
        .payload = p->text};
    struct sio__frame *frame = NULL;
    struct sio__packet second;
    struct sio__slice text;

    FUZZ_CHECK(sio__encode(&again, &frame) == SIO_OK);
    text = sio__slice_from(sio__frame_payload(frame), 1);
    FUZZ_CHECK(sio__decoder_text(d, text.ptr, text.len, &second) == SIO__DECODE_PACKET);
    check_same(p, &second);
    sio__packet_fini(&second);
    sio__frame_rele(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct sio__decoder d;
    struct sio__packet p;

    if (!sio__utf8_valid(text, size))
        return 0;
    sio__decoder_init(&d, SIO__PARSER_JSON, limits);
    switch (sio__decoder_text(&d, text, size, &p)) {
    case SIO__DECODE_PACKET:
        check_ranges(&p, text, size);
        if (can_be_encoded(&p))
            check_round(&d, &p);
        sio__packet_fini(&p);
        break;
    case SIO__DECODE_MORE:
        FUZZ_CHECK(d.pending != NULL);
        FUZZ_CHECK(d.attachments_due >= 1 && d.attachments_due <= limits.max_attachments);
        break;
    case SIO__DECODE_BAD:
        FUZZ_CHECK(d.error != NULL && d.pending == NULL);
        break;
    case SIO__DECODE_NOMEM:
        FUZZ_CHECK(false);
    }
    sio__decoder_fini(&d);
    return 0;
}
