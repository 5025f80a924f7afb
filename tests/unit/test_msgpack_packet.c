#include "protocol/msgpack_packet.h"

#include "protocol/mem.h"
#include "protocol/sio_offset.h"
#include "tests/support/check.h"

/* The keys, as they are on the wire. */
#define TYPE "\xa4type"
#define NSP "\xa3nsp"
#define DATA                                                                                       \
    "\xa4"                                                                                         \
    "data"
#define ID "\xa2id"
#define ROOT NSP "\xa1/"
#define UNDEFINED "\xd4\x00\x00"
#define MSG(literal) SIO__SLICE("" literal)

static enum sio__decode decode(struct sio__slice bytes, struct sio__packet *p, const char **error)
{
    struct sio__decoder d;
    enum sio__decode result;

    sio__decoder_init(&d, SIO__PARSER_MSGPACK, (struct sio__decoder_limits){1, 1});
    result = sio__decoder_binary(&d, bytes.ptr, bytes.len, p);
    CHECK(d.pending == NULL);
    *error = d.error;
    sio__decoder_fini(&d);
    return result;
}

static struct sio__packet decoded(struct sio__slice bytes)
{
    struct sio__packet p;
    const char *error = NULL;

    CHECK_EQ(decode(bytes, &p, &error), SIO__DECODE_PACKET);
    CHECK_STR(error, NULL);
    return p;
}

static void check_bad(struct sio__slice bytes, const char *want)
{
    struct sio__packet p;
    const char *error = NULL;

    CHECK_EQ(decode(bytes, &p, &error), SIO__DECODE_BAD);
    CHECK_STR(error, want);
}

static void check_text(struct sio__slice got, const char *want)
{
    CHECK_MEM(got.ptr, got.len, want, strlen(want));
}

/* --- decoding ------------------------------------------------------------------------------ */

TEST(events_are_decoded)
{
    struct sio__packet p = decoded(MSG("\x83" TYPE "\x02" ROOT DATA "\x92\xa5hello\xa3you"));

    CHECK_EQ(p.type, SIO__EVENT);
    CHECK(!p.has_ack && p.has_name);
    check_text(p.nsp, "/");
    check_text(p.name, "hello");
    check_text(p.text, "[\"hello\",\"you\"]");
    check_text(sio__packet_args_text(&p), "\"you\"");
    sio__packet_fini(&p);
}

/* What the official client sends for emit("hello", "you", ack). */
TEST(options_and_other_keys_are_passed_over)
{
    struct sio__packet p =
        decoded(MSG("\x86" TYPE "\x02" DATA "\x92\xa5hello\xa3you\xa7options\x81\xa8"
                    "compress\xc3" ID "\x07" NSP "\xa6/admin\x05\x91\xc0"));

    CHECK(p.has_ack);
    CHECK_EQ(p.ack_id, 7);
    check_text(p.nsp, "/admin");
    check_text(p.name, "hello");
    sio__packet_fini(&p);
}

TEST(every_type_is_decoded)
{
    static const struct {
        struct sio__slice bytes;
        enum sio__packet_type type;
        const char *text;
    } rows[] = {
        {SIO__SLICE_INIT("\x83" TYPE "\x00" DATA UNDEFINED ROOT), SIO__CONNECT, ""},
        {SIO__SLICE_INIT("\x82" TYPE "\x00" ROOT), SIO__CONNECT, ""},
        {SIO__SLICE_INIT("\x83" TYPE "\x00" DATA "\x81\xa1t\xa1x" ROOT), SIO__CONNECT,
         "{\"t\":\"x\"}"},
        {SIO__SLICE_INIT("\x82" TYPE "\x01" ROOT), SIO__DISCONNECT, ""},
        {SIO__SLICE_INIT("\x83" TYPE "\x03" DATA "\x90" ROOT), SIO__ACK, "[]"},
        {SIO__SLICE_INIT("\x83" TYPE "\x04" DATA "\xa2no" ROOT), SIO__CONNECT_ERROR, "\"no\""},
        {SIO__SLICE_INIT("\x83" TYPE "\x04" DATA "\x80" ROOT), SIO__CONNECT_ERROR, "{}"},
        {SIO__SLICE_INIT("\x82" TYPE "\xca\x3f\x80\x00\x00" ROOT), SIO__DISCONNECT, ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sio__packet p = decoded(rows[i].bytes);

        CHECK_EQ(p.type, rows[i].type);
        check_text(p.text, rows[i].text);
        sio__packet_fini(&p);
    }
}

TEST(binary_is_an_attachment_and_an_auth_has_none)
{
    struct sio__packet p =
        decoded(MSG("\x83" TYPE "\x02" DATA "\x93\xa1x\xc4\x02hi\x91\xc4\x01!" ROOT));
    struct sio__slice bytes;

    CHECK_EQ(p.attachment_count, 2);
    CHECK(sio__packet_arg_binary(&p, 0, &bytes));
    check_text(bytes, "hi");
    check_text(p.attachments[1], "!");
    sio__packet_fini(&p);
    p = decoded(MSG("\x83" TYPE "\x00" DATA "\x81\xa1x\xc4\x01\x05" ROOT));
    CHECK_EQ(p.attachment_count, 0);
    check_text(p.text, "{\"x\":{\"type\":\"Buffer\",\"data\":[5]}}");
    sio__packet_fini(&p);
}

TEST(an_owned_packet_needs_its_message_no_longer)
{
    char bytes[] = "\x83" TYPE "\x02" DATA "\x93\xa3n\"m\xc4\x02hi\xa1x" NSP "\xa2/a";
    struct sio__packet p = decoded(sio__slice_make(bytes, sizeof bytes - 1));

    CHECK(sio__packet_own(&p));
    memset(bytes, '?', sizeof bytes);
    check_text(p.nsp, "/a");
    check_text(p.name, "n\"m");
    check_text(p.attachments[0], "hi");
    check_text(sio__packet_arg_text(&p, 1), "\"x\"");
    sio__packet_fini(&p);
}

TEST(ids_are_integers_of_any_kind)
{
    static const struct {
        struct sio__slice bytes;
        uint64_t id;
    } rows[] = {
        {SIO__SLICE_INIT("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\x00"), 0},
        {SIO__SLICE_INIT("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xcb\x40\x00\0\0\0\0\0\0"),
         2},
        {SIO__SLICE_INIT("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xce\x00\x00\x01\x00"), 256},
        {SIO__SLICE_INIT("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xff"),
         0xbff0000000000000}, /* the double -1 */
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sio__packet p = decoded(rows[i].bytes);

        CHECK(p.has_ack);
        CHECK(p.ack_id == rows[i].id);
        sio__packet_fini(&p);
    }
    check_bad(MSG("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xa1"
                  "1"),
              "invalid packet id");
    check_bad(MSG("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xc0"), "invalid packet id");
    check_bad(MSG("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xca\x3f\xc0\x00\x00"),
              "invalid packet id");
    check_bad(MSG("\x84" TYPE "\x02" DATA "\x91\xa1x" ROOT ID "\xca\x7f\x80\x00\x00"),
              "invalid packet id");
}

TEST(packets_that_the_reference_refuses_are_refused)
{
    check_bad(MSG(""), "no msgpack map");
    check_bad(MSG("\x05"), "no msgpack map");
    check_bad(MSG("\xc1"), "no msgpack map");
    check_bad(MSG("\x82" TYPE "\x01" NSP "\xa1"), "illegal msgpack");
    check_bad(MSG("\x82" TYPE "\x01" ROOT "\x00"), "trailing bytes");
    check_bad(MSG("\x82" TYPE "\x05" ROOT), "invalid packet type");
    check_bad(MSG("\x82" TYPE "\xff" ROOT), "invalid packet type");
    check_bad(MSG("\x82" TYPE "\xa1"
                  "1" ROOT),
              "invalid packet type");
    check_bad(MSG("\x82" TYPE "\xca\x3f\xc0\x00\x00" ROOT), "invalid packet type");
    check_bad(MSG("\x81" ROOT), "invalid packet type");
    check_bad(MSG("\x81" TYPE "\x01"), "invalid namespace");
    check_bad(MSG("\x82" TYPE "\x01" NSP "\xc0"), "invalid namespace");
    check_bad(MSG("\x83" TYPE "\x00" DATA "\xc0" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x00" DATA "\x90" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x00" DATA "\xc4\x01x" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x01" DATA "\xc0" ROOT), "invalid payload");
    check_bad(MSG("\x82" TYPE "\x02" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x02" DATA "\x80" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x03" DATA "\xa1x" ROOT), "invalid payload");
    check_bad(MSG("\x82" TYPE "\x04" ROOT), "invalid payload");
}

TEST(an_event_needs_a_name_that_may_be_used)
{
    check_bad(MSG("\x83" TYPE "\x02" DATA "\x90" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x02" DATA "\x91\xc0" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x02" DATA "\x91\xc4\x01x" ROOT), "invalid payload");
    check_bad(MSG("\x83" TYPE "\x02" DATA "\x91\xaa"
                  "disconnect" ROOT),
              "invalid payload");
    check_bad(MSG("\x82" TYPE "\x01" NSP "\xa0"), "invalid namespace");
    check_bad(MSG("\x83" TYPE "\x01" ROOT "\x91\xc0\xc0"), "illegal msgpack");
}

TEST(text_is_refused)
{
    struct sio__decoder d;
    struct sio__packet p;

    sio__decoder_init(&d, SIO__PARSER_MSGPACK, (struct sio__decoder_limits){1, 1});
    CHECK_EQ(sio__decoder_text(&d, "2[\"x\"]", 6, &p), SIO__DECODE_BAD);
    CHECK_STR(d.error, "got plaintext data for the msgpack parser");
    sio__decoder_fini(&d);
}

TEST(decoding_survives_without_memory)
{
    static const char bytes[] =
        "\x83" TYPE "\x02" DATA "\xdc\x00\x0c\xa1\"\xc4\x01x\xc4\x01x\xa1\xff\0\0\0\0\0\0\0\0" ROOT;
    enum sio__decode result = SIO__DECODE_NOMEM;
    struct sio__packet p;
    const char *error;
    long n;

    for (n = 1; n < 100 && result == SIO__DECODE_NOMEM; n++) {
        sio__mem_fail_nth(n, false);
        result = decode(sio__slice_make(bytes, sizeof bytes - 1), &p, &error);
        sio__mem_fail_nth(0, false);
    }
    CHECK_EQ(result, SIO__DECODE_PACKET);
    CHECK(n > 5);
    sio__packet_fini(&p);
}

/* --- encoding ------------------------------------------------------------------------------ */

static void check_encoded(struct sio__outgoing *packet, struct sio__slice want)
{
    struct sio__frame *frame;
    struct sio__slice got;

    packet->parser = SIO__PARSER_MSGPACK;
    CHECK_EQ(sio__encode(packet, &frame), SIO_OK);
    got = sio__frame_payload(frame);
    CHECK(sio__frame_is_binary(frame) && frame->next == NULL);
    CHECK_EQ(frame->is_volatile, packet->is_volatile);
    CHECK_MEM(got.ptr, got.len, want.ptr, want.len);
    sio__frame_rele(frame);
}

TEST(packets_are_one_binary_frame)
{
    static const struct sio__slice bytes[] = {SIO__SLICE_INIT("hi")};

    check_encoded(&(struct sio__outgoing){SIO__EVENT, .name = SIO__SLICE("hello"),
                                          .args = SIO__SLICE("\"you\"")},
                  MSG("\x83" TYPE "\x02" ROOT DATA "\x92\xa5hello\xa3you"));
    check_encoded(&(struct sio__outgoing){SIO__EVENT, .is_volatile = true, .has_ack = true,
                                          .ack_id = 3, .nsp = SIO__SLICE("/a"),
                                          .name = SIO__SLICE("e")},
                  MSG("\x84" TYPE "\x02" NSP "\xa2/a" ID "\x03" DATA "\x91\xa1"
                      "e"));
    check_encoded(&(struct sio__outgoing){SIO__ACK, .has_ack = true, .ack_id = 0,
                                          .args = SIO__SLICE("[{\"_placeholder\":true,\"num\":0}]"),
                                          .attachments = bytes, .attachment_count = 1},
                  MSG("\x84" TYPE "\x03" ROOT ID "\x00" DATA "\x91\x91\xc4\x02hi"));
    check_encoded(&(struct sio__outgoing){SIO__ACK, .has_ack = true, .ack_id = 0xbff0000000000000},
                  MSG("\x84" TYPE "\x03" ROOT ID "\xff" DATA "\x90"));
    check_encoded(&(struct sio__outgoing){SIO__CONNECT, .payload = SIO__SLICE("{\"sid\":\"x\"}")},
                  MSG("\x83" TYPE "\x00" ROOT DATA "\x81\xa3sid\xa1x"));
    check_encoded(&(struct sio__outgoing){SIO__CONNECT}, MSG("\x82" TYPE "\x00" ROOT));
    check_encoded(&(struct sio__outgoing){SIO__DISCONNECT}, MSG("\x82" TYPE "\x01" ROOT));
    check_encoded(&(struct sio__outgoing){SIO__CONNECT_ERROR, .payload = SIO__SLICE("\"no\"")},
                  MSG("\x83" TYPE "\x04" ROOT DATA "\xa2no"));
}

TEST(a_recovery_offset_is_stamped_into_the_last_argument)
{
    struct sio__outgoing event = {SIO__EVENT, .parser = SIO__PARSER_MSGPACK,
                                  .name = SIO__SLICE("e"), .args = SIO__SLICE("1"),
                                  .offset = SIO__OFFSET_ROOM};
    struct sio__frame *frame;
    struct sio__packet p;
    uint64_t seq = 0;

    CHECK_EQ(sio__encode(&event, &frame), SIO_OK);
    sio__stamp(frame, 64 * 64 + 1);
    CHECK_EQ(sio__decode_sent(SIO__PARSER_MSGPACK, frame, &p), SIO__DECODE_PACKET);
    CHECK_EQ(sio__packet_arg_count(&p), 2);
    check_text(sio__packet_arg_text(&p, 0), "1");
    CHECK(sio__offset_read(sio__slice_make(sio__packet_arg_text(&p, 1).ptr + 1, SIO__OFFSET_LEN),
                           &seq));
    CHECK_EQ(seq, 64 * 64 + 1);
    sio__packet_fini(&p);
    sio__frame_rele(frame);
}

TEST(reserved_names_are_not_encoded)
{
    struct sio__outgoing packet = {SIO__EVENT, .parser = SIO__PARSER_MSGPACK,
                                   .name = SIO__SLICE("disconnect")};
    struct sio__frame *frame;

    CHECK_EQ(sio__encode(&packet, &frame), SIO_EINVAL);
}

TEST(encoding_survives_without_memory)
{
    static const struct sio__slice bytes[] = {SIO__SLICE_INIT("hi")};
    struct sio__outgoing packet = {
        SIO__EVENT,
        .parser = SIO__PARSER_MSGPACK,
        .name = SIO__SLICE("e"),
        .args = SIO__SLICE("[[],[],[],[],[],[],[],[]],{\"_placeholder\":true,\"num\":0},"
                           "0."
                           "00000000000000000000000000000000000000000000000000000000000000000000"
                           "00000000000000000000000000000000000000000000000000000000000000000001"),
        .attachments = bytes,
        .attachment_count = 1};
    struct sio__frame *frame = NULL;
    sio_err err = SIO_ENOMEM;
    long n;

    for (n = 1; n < 100 && err == SIO_ENOMEM; n++) {
        sio__mem_fail_nth(n, false);
        err = sio__encode(&packet, &frame);
        sio__mem_fail_nth(0, false);
    }
    CHECK_EQ(err, SIO_OK);
    CHECK(n > 6);
    sio__frame_rele(frame);
}

CHECK_MAIN(CHECK_ROW(events_are_decoded), CHECK_ROW(options_and_other_keys_are_passed_over),
           CHECK_ROW(every_type_is_decoded),
           CHECK_ROW(binary_is_an_attachment_and_an_auth_has_none),
           CHECK_ROW(an_owned_packet_needs_its_message_no_longer),
           CHECK_ROW(ids_are_integers_of_any_kind),
           CHECK_ROW(packets_that_the_reference_refuses_are_refused),
           CHECK_ROW(an_event_needs_a_name_that_may_be_used), CHECK_ROW(text_is_refused),
           CHECK_ROW(decoding_survives_without_memory), CHECK_ROW(packets_are_one_binary_frame),
           CHECK_ROW(a_recovery_offset_is_stamped_into_the_last_argument),
           CHECK_ROW(reserved_names_are_not_encoded), CHECK_ROW(encoding_survives_without_memory))
