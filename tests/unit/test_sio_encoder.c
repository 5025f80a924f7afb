#include "protocol/sio_encoder.h"
#include "protocol/sio_offset.h"

#include <math.h>

#include "protocol/mem.h"
#include "tests/support/check.h"

static void check_text(const struct sio__frame *frame, const char *want)
{
    struct sio__slice payload = sio__frame_payload(frame);

    CHECK_MEM(payload.ptr, payload.len, want, strlen(want));
    CHECK(!sio__frame_is_binary(frame));
}

static void check_encodes(struct sio__outgoing packet, const char *want)
{
    struct sio__frame *frame = NULL;

    CHECK_EQ(sio__encode(&packet, &frame), SIO_OK);
    check_text(frame, want);
    sio__frame_rele(frame);
}

#define S(literal) SIO__SLICE_INIT(literal)
#define PLACEHOLDER(n) "{\"_placeholder\":true,\"num\":" n "}"

TEST(packets_without_attachments_are_those_of_the_reference)
{
    static const struct {
        struct sio__outgoing packet;
        const char *want;
    } rows[] = {
        {{SIO__CONNECT}, "40"},
        {{SIO__CONNECT, .nsp = S("/"), .payload = S("{\"token\":\"123\"}")},
         "40{\"token\":\"123\"}"},
        {{SIO__CONNECT, .nsp = S("/admin")}, "40/admin,"},
        {{SIO__CONNECT, .payload = S("{\"sid\":\"wZX3oN0bSVIhsaknAAAI\"}")},
         "40{\"sid\":\"wZX3oN0bSVIhsaknAAAI\"}"},
        {{SIO__CONNECT, .nsp = S("/admin"), .payload = S("{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}")},
         "40/admin,{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}"},
        {{SIO__CONNECT_ERROR, .nsp = S("/random"),
          .payload = S("{\"message\":\"Invalid namespace\"}")},
         "44/random,{\"message\":\"Invalid namespace\"}"},
        {{SIO__CONNECT_ERROR, .payload = S("{\"message\":\"bad\"}")}, "44{\"message\":\"bad\"}"},
        {{SIO__CONNECT_ERROR, .payload = S("\"denied\"")}, "44\"denied\""},
        {{SIO__DISCONNECT}, "41"},
        {{SIO__DISCONNECT, .nsp = S("/admin")}, "41/admin,"},
        {{SIO__EVENT, .name = S("foo")}, "42[\"foo\"]"},
        {{SIO__EVENT, .nsp = S("/admin"), .name = S("bar")}, "42/admin,[\"bar\"]"},
        {{SIO__EVENT, .name = S("foo"), .has_ack = true, .ack_id = 12}, "4212[\"foo\"]"},
        {{SIO__EVENT, .name = S("foo"), .has_ack = true}, "420[\"foo\"]"},
        {{SIO__EVENT, .nsp = S("/admin"), .name = S("foo"), .has_ack = true, .ack_id = 13},
         "42/admin,13[\"foo\"]"},
        {{SIO__EVENT, .name = S("a\"b\n")}, "42[\"a\\\"b\\n\"]"},
        {{SIO__EVENT, .name = S("")}, "42[\"\"]"},
        {{SIO__EVENT, .name = S("e"), .args = S("1,{\"a\":[2]}")}, "42[\"e\",1,{\"a\":[2]}]"},
        {{SIO__EVENT, .name = S("b"), .offset = S("Q7xGEtR")}, "42[\"b\",\"Q7xGEtR\"]"},
        {{SIO__EVENT, .name = S("b"), .args = S("1"), .offset = S("Q7xGEtR.0")},
         "42[\"b\",1,\"Q7xGEtR.0\"]"},
        {{SIO__ACK, .has_ack = true, .ack_id = 12, .args = S("\"bar\"")}, "4312[\"bar\"]"},
        {{SIO__ACK, .has_ack = true, .ack_id = 13, .nsp = S("/admin"), .args = S("\"bar\"")},
         "43/admin,13[\"bar\"]"},
        {{SIO__ACK, .has_ack = true, .ack_id = 5}, "435[]"},
        {{SIO__ACK, .has_ack = true, .ack_id = SIO__ACK_ID_EXACT}, "439007199254740992[]"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_encodes(rows[i].packet, rows[i].want);
}

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

TEST(ack_ids_beyond_the_exact_ones_are_echoed_as_doubles)
{
    struct sio__outgoing ack = {SIO__ACK, .has_ack = true};

    ack.ack_id = bits_of(12345678901234567890.0);
    check_encodes(ack, "4312345678901234567000[]");
    ack.ack_id = bits_of(1e21);
    check_encodes(ack, "431e+21[]");
    ack.ack_id = bits_of(INFINITY);
    check_encodes(ack, "43Infinity[]");
    ack.ack_id = bits_of(NAN);
    check_encodes(ack, "43NaN[]");
}

static void check_binary(const struct sio__frame *frame, const char *want, size_t len)
{
    struct sio__slice payload = sio__frame_payload(frame);

    CHECK_MEM(payload.ptr, payload.len, want, len);
    CHECK(sio__frame_is_binary(frame));
    CHECK(frame->header_len > 0);
}

TEST(attachments_follow_their_header_in_order)
{
    static const struct sio__slice two[] = {S("\1\2"), S("\3\4")};
    struct sio__outgoing packet = {SIO__EVENT,
                                   .is_volatile = true,
                                   .nsp = S("/admin"),
                                   .name = S("baz"),
                                   .args = S(PLACEHOLDER("0") "," PLACEHOLDER("1")),
                                   .attachments = two,
                                   .attachment_count = 2};
    struct sio__frame *frame = NULL;

    CHECK_EQ(sio__encode(&packet, &frame), SIO_OK);
    check_text(frame, "452-/admin,[\"baz\"," PLACEHOLDER("0") "," PLACEHOLDER("1") "]");
    CHECK_EQ(sio__frame_chain_count(frame), 3);
    check_binary(frame->next, "\1\2", 2);
    check_binary(frame->next->next, "\3\4", 2);
    CHECK(frame->is_volatile && frame->next->is_volatile);
    sio__frame_rele(frame);
}

TEST(attachments_decide_about_the_binary_types)
{
    static const struct sio__slice one[] = {S("\xff")};
    struct sio__outgoing packet = {SIO__ACK,           .has_ack = true,
                                   .ack_id = 15,       .args = S("\"bar\"," PLACEHOLDER("0")),
                                   .attachments = one, .attachment_count = 1};

    check_encodes(packet, "461-15[\"bar\"," PLACEHOLDER("0") "]");
    packet.nsp = SIO__SLICE("/admin");
    packet.ack_id = 1;
    packet.args = SIO__SLICE(PLACEHOLDER("0"));
    check_encodes(packet, "461-/admin,1[" PLACEHOLDER("0") "]");
    packet.type = SIO__EVENT;
    packet.ack_id = 789;
    packet.nsp = SIO__SLICE("/");
    packet.name = SIO__SLICE("m");
    packet.offset = SIO__SLICE("Q7xGEtS");
    check_encodes(packet, "451-789[\"m\"," PLACEHOLDER("0") ",\"Q7xGEtS\"]");
}

TEST(an_offset_is_stamped_into_its_room)
{
    struct sio__outgoing packet = {SIO__EVENT, .name = S("e"), .args = S("\"a\""),
                                   .offset = SIO__OFFSET_ROOM};
    struct sio__frame *frame = NULL;

    CHECK_EQ(sio__encode(&packet, &frame), SIO_OK);
    sio__stamp(frame, 64 * 64 + 1);
    CHECK_MEM(sio__frame_payload(frame).ptr, sio__frame_payload(frame).len,
              "42[\"e\",\"a\",\"--------0-0\"]", 25);
    sio__frame_rele(frame);
}

TEST(an_empty_attachment_is_an_empty_message)
{
    static const struct sio__slice none[] = {{NULL, 0}};
    struct sio__outgoing packet = {SIO__EVENT, .name = S("e"), .args = S(PLACEHOLDER("0")),
                                   .attachments = none, .attachment_count = 1};
    struct sio__frame *frame = NULL;

    CHECK_EQ(sio__encode(&packet, &frame), SIO_OK);
    check_binary(frame->next, "", 0);
    sio__frame_rele(frame);
}

TEST(names_that_must_not_be_emitted_are_refused)
{
    static const struct sio__slice names[] = {S("connect"), S("disconnecting"), S("\xff"),
                                              S("\xed\xa0\x80")};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sio__outgoing packet = {SIO__EVENT, .name = names[i]};
        struct sio__frame *frame = NULL;

        CHECK_EQ(sio__encode(&packet, &frame), SIO_EINVAL);
        CHECK(frame == NULL);
    }
}

TEST(a_plain_event_is_one_allocation)
{
    struct sio__outgoing packet = {SIO__EVENT, .name = S("chat message"), .args = S("\"hello\"")};
    struct sio__frame *frame = NULL;

    sio__mem_fail_nth(1000, false);
    CHECK_EQ(sio__encode(&packet, &frame), SIO_OK);
    CHECK_EQ(sio__mem_count(), 1);
    sio__mem_fail_nth(0, false);
    sio__frame_rele(frame);
}

TEST(each_failed_allocation_is_reported_and_leaks_nothing)
{
    static const struct sio__slice two[] = {S("\1\2"), S("\3\4")};
    struct sio__outgoing packet = {SIO__EVENT, .name = S("e"), .attachments = two,
                                   .attachment_count = 2};

    for (long n = 1; n <= 3; n++) {
        struct sio__frame *frame = NULL;

        sio__mem_fail_nth(n, false);
        CHECK_EQ(sio__encode(&packet, &frame), SIO_ENOMEM);
        sio__mem_fail_nth(0, false);
        CHECK(frame == NULL);
    }
}

TEST(the_small_ones_have_functions_of_their_own)
{
    struct sio__frame *frame = NULL;

    CHECK_EQ(sio__encode_connect(SIO__PARSER_JSON, SIO__SLICE("/a"), SIO__SLICE("{}"), &frame),
             SIO_OK);
    check_text(frame, "40/a,{}");
    sio__frame_rele(frame);
    CHECK_EQ(sio__encode_connect_error(SIO__PARSER_JSON, SIO__SLICE("/"), SIO__SLICE("{}"), &frame),
             SIO_OK);
    check_text(frame, "44{}");
    sio__frame_rele(frame);
    CHECK_EQ(sio__encode_disconnect(SIO__PARSER_JSON, SIO__SLICE("/a"), &frame), SIO_OK);
    check_text(frame, "41/a,");
    sio__frame_rele(frame);
}

CHECK_MAIN(CHECK_ROW(packets_without_attachments_are_those_of_the_reference),
           CHECK_ROW(ack_ids_beyond_the_exact_ones_are_echoed_as_doubles),
           CHECK_ROW(attachments_follow_their_header_in_order),
           CHECK_ROW(attachments_decide_about_the_binary_types),
           CHECK_ROW(an_offset_is_stamped_into_its_room),
           CHECK_ROW(an_empty_attachment_is_an_empty_message),
           CHECK_ROW(names_that_must_not_be_emitted_are_refused),
           CHECK_ROW(a_plain_event_is_one_allocation),
           CHECK_ROW(each_failed_allocation_is_reported_and_leaks_nothing),
           CHECK_ROW(the_small_ones_have_functions_of_their_own))
