/* A decoder fed by a sequence of messages.  Input: pieces of one kind byte (bit 0 binary, bit 1
 * make the packet its own, bit 2 reset before), one length byte and the bytes.  What is held stays
 * within the limits, and the decoder is idle after every packet that is complete or refused. */
#include "protocol/sio_decoder.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define MAX_ATTACHMENTS 3
#define MAX_ATTACHMENT_BYTES 100

enum piece_flags { BINARY = 1, OWN = 2, RESET = 4 };

static void read_all(struct sio__slice bytes)
{
    volatile char sink = 0;

    for (size_t i = 0; i < bytes.len; i++)
        sink = bytes.ptr[i];
    (void)sink;
}

/* Reads every byte that a packet gives out, so that a sanitizer sees a wrong one. */
static void check_packet(const struct sio__packet *p, uint32_t due)
{
    struct sio__slice bytes;

    FUZZ_CHECK(p->type <= SIO__CONNECT_ERROR && p->attachment_count == due);
    read_all(p->nsp);
    read_all(p->name);
    read_all(p->text);
    for (uint32_t i = 0; i < p->attachment_count; i++)
        read_all(p->attachments[i]);
    for (uint32_t i = 0; i < sio__packet_arg_count(p); i++) {
        read_all(sio__packet_arg_text(p, i));
        if (sio__packet_arg_binary(p, i, &bytes))
            read_all(bytes);
    }
}

static void check_pending(const struct sio__decoder *d)
{
    size_t held = 0;

    FUZZ_CHECK(d->pending != NULL);
    for (uint32_t i = 0; i < d->pending->attachment_count; i++)
        held += d->pending->attachments[i].len;
    FUZZ_CHECK(held == d->attachment_bytes && held <= MAX_ATTACHMENT_BYTES);
    FUZZ_CHECK(d->attachments_due <= MAX_ATTACHMENTS);
    FUZZ_CHECK(d->pending->attachment_count < d->attachments_due);
}

static void feed(struct sio__decoder *d, unsigned kind, const uint8_t *bytes, size_t len)
{
    char *copy = malloc(len + 1); /* freed after the call: nothing else may be borrowed */
    uint32_t due = kind & BINARY ? d->attachments_due : 0;
    struct sio__packet p;
    enum sio__decode result;

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, bytes, len);
    result =
        kind & BINARY ? sio__decoder_binary(d, copy, len, &p) : sio__decoder_text(d, copy, len, &p);
    if (result == SIO__DECODE_MORE) {
        check_pending(d);
    } else {
        FUZZ_CHECK(d->pending == NULL && d->attachments_due == 0 && d->attachment_bytes == 0);
    }
    if (result == SIO__DECODE_PACKET && (kind & OWN)) {
        FUZZ_CHECK(sio__packet_own(&p));
        memset(copy, '?', len);
    }
    if (result == SIO__DECODE_PACKET)
        check_packet(&p, due);
    sio__packet_fini(&p);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__decoder d;

    sio__decoder_init(&d, SIO__PARSER_JSON,
                      (struct sio__decoder_limits){MAX_ATTACHMENTS, MAX_ATTACHMENT_BYTES});
    while (size >= 2) {
        unsigned kind = data[0];
        size_t len = data[1] < size - 2 ? data[1] : size - 2;

        if (kind & RESET)
            sio__decoder_reset(&d);
        if ((kind & BINARY) || sio__utf8_valid((const char *)data + 2, len))
            feed(&d, kind, data + 2, len);
        data += 2 + len;
        size -= 2 + len;
    }
    sio__decoder_fini(&d);
    return 0;
}
