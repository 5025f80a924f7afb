/* msgpack and JSON, both ways.  A message (no packet begins with an ASCII byte): the decoder gives
 * out nothing that it does not own or borrow, and a packet that is encoded again is decoded as the
 * same.  Else JSON text, with two attachments: what it is in msgpack has the length that was
 * measured, and is stable from the first round on. */
#include "protocol/json_renumber.h"
#include "protocol/msgpack_json.h"
#include "protocol/msgpack_packet.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void read_all(struct sio__slice bytes)
{
    volatile char sink = 0;

    for (size_t i = 0; i < bytes.len; i++)
        sink = bytes.ptr[i];
    (void)sink;
}

/* --- messages ------------------------------------------------------------------------------ */

static void check_packet(const struct sio__packet *p)
{
    struct sio__json json = {.spans = NULL};

    FUZZ_CHECK(p->type <= SIO__CONNECT_ERROR);
    FUZZ_CHECK(p->nsp.len > 0 && sio__utf8_valid(p->nsp.ptr, p->nsp.len));
    FUZZ_CHECK(sio__utf8_valid(p->text.ptr, p->text.len));
    FUZZ_CHECK(p->text.len == 0 || sio__json_scan(p->text.ptr, p->text.len, &json) == SIO__JSON_OK);
    FUZZ_CHECK(p->has_name == (p->type == SIO__EVENT) && !sio__event_is_reserved(p->name));
    FUZZ_CHECK(p->attachment_count == 0 ||
               sio__placeholders_check(p->text.ptr, p->text.len, p->attachment_count) ==
                   SIO__PLACEHOLDERS_FINE);
    read_all(p->name);
    for (uint32_t i = 0; i < p->attachment_count; i++)
        read_all(p->attachments[i]);
    for (uint32_t i = 0; i < sio__packet_arg_count(p); i++)
        read_all(sio__packet_arg_text(p, i));
}

static void check_same(const struct sio__packet *a, const struct sio__packet *b)
{
    FUZZ_CHECK(a->type == b->type && a->has_ack == b->has_ack && a->ack_id == b->ack_id);
    FUZZ_CHECK(sio__slice_eq(a->nsp, b->nsp) && sio__slice_eq(a->name, b->name));
    FUZZ_CHECK(sio__slice_eq(a->text, b->text));
    FUZZ_CHECK(a->attachment_count == b->attachment_count);
    for (uint32_t i = 0; i < a->attachment_count; i++)
        FUZZ_CHECK(sio__slice_eq(a->attachments[i], b->attachments[i]));
}

static void check_round(const struct sio__packet *p)
{
    struct sio__outgoing again = {p->type,
                                  .parser = SIO__PARSER_MSGPACK,
                                  .has_ack = p->has_ack,
                                  .ack_id = p->ack_id,
                                  .nsp = p->nsp,
                                  .name = p->name,
                                  .args = sio__packet_args_text(p),
                                  .payload = p->text,
                                  .attachments = p->attachments,
                                  .attachment_count = p->attachment_count};
    struct sio__renumbered args;
    struct sio__frame *frame;
    struct sio__packet second;

    /* Attachments are in the order of their placeholders already. */
    FUZZ_CHECK(sio__renumber(again.args, p->attachments, p->attachment_count, &args));
    FUZZ_CHECK(args.attachments == p->attachments);
    sio__renumbered_fini(&args);
    FUZZ_CHECK(sio__encode(&again, &frame) == SIO_OK);
    FUZZ_CHECK(sio__decode_sent(SIO__PARSER_MSGPACK, frame, &second) == SIO__DECODE_PACKET);
    check_same(p, &second);
    sio__packet_fini(&second);
    sio__frame_rele(frame);
}

static void try_message(const uint8_t *data, size_t size)
{
    char *copy = malloc(size);
    const char *error = NULL;
    struct sio__packet p;

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    if (sio__msgpack_decode(copy, size, &p, &error) == SIO__DECODE_PACKET) {
        check_packet(&p);
        if (p.type != SIO__EVENT || !p.name_is_number)
            check_round(&p);
        FUZZ_CHECK(sio__packet_own(&p));
        memset(copy, '?', size); /* nothing may be borrowed any more */
        check_packet(&p);
    } else {
        FUZZ_CHECK(error != NULL);
    }
    sio__packet_fini(&p);
    free(copy);
}

/* --- JSON ---------------------------------------------------------------------------------- */

/* The values in msgpack, in an array of their own; freed by the caller. */
static struct sio__slice pack(struct sio__slice text, const struct sio__slice *attachments,
                              uint32_t count)
{
    struct sio__msgpack_sink sink = {NULL, 0};
    struct sio__json_values values;
    size_t measured;

    FUZZ_CHECK(sio__json_values_init(&values, text, attachments, count) == SIO_OK);
    sio__msgpack_put_array(&sink, values.count);
    FUZZ_CHECK(sio__json_values_put(&values, &sink));
    measured = sink.len;
    sink = (struct sio__msgpack_sink){malloc(measured), 0};
    FUZZ_CHECK(sink.out != NULL);
    sio__msgpack_put_array(&sink, values.count);
    FUZZ_CHECK(sio__json_values_put(&values, &sink) && sink.len == measured);
    sio__json_values_fini(&values);
    return sio__slice_make(sink.out, sink.len);
}

/* False: a depth that is one too many with the array around it, or a map that only looks like a
 * placeholder. */
static bool unpack(struct sio__slice bytes, struct sio__buf *json, struct sio__packet *p)
{
    struct sio__msgpack_reader r = sio__msgpack_reader_of(bytes.ptr, bytes.len);
    enum sio__json_verdict verdict = sio__msgpack_to_json(&r, json, p);

    FUZZ_CHECK(verdict != SIO__JSON_NOMEM);
    FUZZ_CHECK(verdict != SIO__JSON_OK || (const char *)r.p == bytes.ptr + bytes.len);
    return verdict == SIO__JSON_OK;
}

static void try_json(struct sio__slice text)
{
    static const struct sio__slice attachments[] = {SIO__SLICE_INIT("one"), SIO__SLICE_INIT("")};
    struct sio__json json = {.spans = NULL};
    struct sio__buf again = SIO__BUF_INIT;
    struct sio__slice first, second;
    struct sio__packet p;

    if (!sio__utf8_valid(text.ptr, text.len) ||
        sio__json_scan(text.ptr, text.len, &json) != SIO__JSON_OK ||
        sio__placeholders_check(text.ptr, text.len, 2) != SIO__PLACEHOLDERS_FINE)
        return;
    sio__packet_init(&p);
    first = pack(text, attachments, 2);
    if (unpack(first, &again, &p)) {
        second =
            pack(sio__slice_make(again.ptr + 1, again.len - 2), p.attachments, p.attachment_count);
        FUZZ_CHECK(sio__slice_eq(first, second));
        free((char *)second.ptr);
    }
    sio__packet_fini(&p);
    sio__buf_fini(&again);
    free((char *)first.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] < 0x80)
        try_json(sio__slice_make((const char *)data, size));
    else if (size > 0)
        try_message(data, size);
    return 0;
}
