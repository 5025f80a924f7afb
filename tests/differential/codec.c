/* codec.c: the codecs behind a pipe, so that codec.mjs and msgpack.mjs can compare them with the
 * released JavaScript ones.
 *
 * Each line of the input is a letter and bytes in hex; each gets one line of output:
 *     J text      value of a JSON text, written again         text in hex, or "bad"
 *     T message   text message to the decoder                 a packet, "more", or "bad MESSAGE"
 *     B message   binary message to the decoder               the same
 *     M message   the same to the decoder of msgpack          the same
 *     R           forget what waits                           "reset"
 * A packet is: type, namespace, ack id or "-", payload, with msgpack the attachments, then "again"
 * and the packet's messages when it is encoded again, or "-" where it cannot be; all texts in hex.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/json_number.h"
#include "protocol/json_read.h"
#include "protocol/json_write.h"
#include "protocol/sio_decoder.h"
#include "protocol/sio_encoder.h"

static void print_hex(struct sio__slice bytes)
{
    putchar(' ');
    if (bytes.len == 0)
        putchar('-');
    for (size_t i = 0; i < bytes.len; i++)
        printf("%02x", (unsigned char)bytes.ptr[i]);
}

static void rewrite_json(struct sio__slice text)
{
    struct sio__json json = {.spans = NULL};
    struct sio__buf buf = SIO__BUF_INIT;
    json_t *value;

    if (sio__json_scan(text.ptr, text.len, &json) != SIO__JSON_OK) {
        printf("bad");
        return;
    }
    value = sio__json_read(text.ptr, text.len);
    if (sio__json_write(&buf, value) != SIO_OK)
        abort();
    printf("ok");
    print_hex(sio__buf_view(&buf));
    json_decref(value);
    sio__buf_fini(&buf);
}

static void print_ack_id(const struct sio__packet *p)
{
    char text[SIO__NUMBER_TEXT_BYTES];
    double number;

    memcpy(&number, &p->ack_id, sizeof number);
    if (!p->has_ack)
        printf(" -");
    else if (p->ack_id <= SIO__ACK_ID_EXACT)
        printf(" %" PRIu64, p->ack_id);
    else
        printf(" %.*s", (int)sio__number_print(number, text), text);
}

static void print_again(enum sio__parser parser, const struct sio__packet *p)
{
    struct sio__outgoing again = {p->type,
                                  .parser = parser,
                                  .has_ack = p->has_ack,
                                  .ack_id = p->ack_id,
                                  .nsp = p->nsp,
                                  .name = p->name,
                                  .args = sio__packet_args_text(p),
                                  .payload = p->text,
                                  .attachments = p->attachments,
                                  .attachment_count = p->attachment_count};
    struct sio__frame *frame;

    if (p->type == SIO__EVENT && (!p->has_name || p->name_is_number)) {
        printf(" -");
        return;
    }
    if (sio__encode(&again, &frame) != SIO_OK)
        abort();
    printf(" again");
    for (const struct sio__frame *f = frame; f != NULL; f = f->next)
        print_hex(sio__frame_payload(f));
    sio__frame_rele(frame);
}

static void print_result(const struct sio__decoder *d, enum sio__decode result,
                         struct sio__packet *p)
{
    switch (result) {
    case SIO__DECODE_PACKET:
        printf("packet %d", p->type);
        print_hex(p->nsp);
        print_ack_id(p);
        print_hex(p->text);
        for (uint32_t i = 0; d->parser == SIO__PARSER_MSGPACK && i < p->attachment_count; i++)
            print_hex(p->attachments[i]);
        print_again(d->parser, p);
        sio__packet_fini(p);
        break;
    case SIO__DECODE_MORE:
        printf("more");
        break;
    case SIO__DECODE_BAD:
        printf("bad %s", d->error);
        break;
    case SIO__DECODE_NOMEM:
        abort();
    }
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Bytes from hex, exactly as many as there are, so that a sanitizer sees a read past the end. */
static struct sio__slice from_hex(const char *hex)
{
    size_t len = strcspn(hex, "\n") / 2;
    char *bytes = malloc(len > 0 ? len : 1);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return (struct sio__slice){bytes, len};
}

static void decode_msgpack(struct sio__slice bytes)
{
    struct sio__decoder d;
    struct sio__packet p;

    sio__decoder_init(&d, SIO__PARSER_MSGPACK, (struct sio__decoder_limits){0});
    print_result(&d, sio__decoder_binary(&d, bytes.ptr, bytes.len, &p), &p);
    sio__decoder_fini(&d);
}

static void answer(struct sio__decoder *d, char letter, struct sio__slice bytes)
{
    struct sio__packet p;

    switch (letter) {
    case 'J':
        rewrite_json(bytes);
        break;
    case 'T':
        print_result(d, sio__decoder_text(d, bytes.ptr, bytes.len, &p), &p);
        break;
    case 'B':
        print_result(d, sio__decoder_binary(d, bytes.ptr, bytes.len, &p), &p);
        break;
    case 'M':
        decode_msgpack(bytes);
        break;
    default:
        sio__decoder_reset(d);
        printf("reset");
    }
    putchar('\n');
}

int main(void)
{
    struct sio__decoder d;
    size_t room = 0;
    char *line = NULL;

    sio__decoder_init(&d, SIO__PARSER_JSON,
                      (struct sio__decoder_limits){SIO__DECODER_MAX_ATTACHMENTS, 0});
    while (getline(&line, &room, stdin) > 0) {
        struct sio__slice bytes = from_hex(line + 1);

        answer(&d, line[0], bytes);
        free((char *)bytes.ptr);
    }
    sio__decoder_fini(&d);
    free(line);
    return 0;
}
