#include "protocol/sio_decoder.h"

#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "tests/support/check.h"

#define P0 "{\"_placeholder\":true,\"num\":0}"
#define P1 "{\"_placeholder\":true,\"num\":1}"
#define S(literal) SIO__SLICE_INIT(literal)

static struct sio__decoder fresh(void)
{
    struct sio__decoder d;

    sio__decoder_init(&d, SIO__PARSER_JSON,
                      (struct sio__decoder_limits){SIO__DECODER_MAX_ATTACHMENTS, 0});
    return d;
}

static void check_slice(struct sio__slice got, const char *want)
{
    CHECK_MEM(got.ptr, got.len, want != NULL ? want : "", want != NULL ? strlen(want) : 0);
}

/* --- accepted packets without attachments -------------------------------------------------- */

/* The ack as the encoder would print it; NULL: none.  name NULL: none. */
static const struct {
    const char *text;
    enum sio__packet_type type;
    const char *nsp, *ack, *name, *args;
} accepted[] = {
    {"0", SIO__CONNECT, "/"},
    {"0{\"token\":\"123\"}", SIO__CONNECT, "/"},
    {"0/admin,", SIO__CONNECT, "/admin"},
    {"0/admin", SIO__CONNECT, "/admin"},
    {"0/,", SIO__CONNECT, "/"},
    {"0{\"sid\":\"wZX3oN0bSVIhsaknAAAI\"}", SIO__CONNECT, "/"},
    {"0/admin,{\"sid\":\"oSO0OpakMV_3jnilAAAA\"}", SIO__CONNECT, "/admin"},
    {"0/admin?token=12&uid=ab,", SIO__CONNECT, "/admin?token=12&uid=ab"},
    {"4/random,{\"message\":\"Invalid namespace\"}", SIO__CONNECT_ERROR, "/random"},
    {"4{\"message\":\"bad\"}", SIO__CONNECT_ERROR, "/"},
    {"4\"bad\"", SIO__CONNECT_ERROR, "/"},
    {"4", SIO__CONNECT_ERROR, "/"},
    {"1", SIO__DISCONNECT, "/"},
    {"1/admin,", SIO__DISCONNECT, "/admin"},
    {"1/,", SIO__DISCONNECT, "/"},
    {"2[\"foo\"]", SIO__EVENT, "/", NULL, "foo", ""},
    {"2/admin,[\"bar\"]", SIO__EVENT, "/admin", NULL, "bar", ""},
    {"212[\"foo\"]", SIO__EVENT, "/", "12", "foo", ""},
    {"2/admin,13[\"foo\"]", SIO__EVENT, "/admin", "13", "foo", ""},
    {"312[\"bar\"]", SIO__ACK, "/", "12", NULL, "\"bar\""},
    {"3/admin,13[\"bar\"]", SIO__ACK, "/admin", "13", NULL, "\"bar\""},
    {"35[]", SIO__ACK, "/", "5", NULL, ""},
    {"2[\"b\",\"Q7xGEtR\"]", SIO__EVENT, "/", NULL, "b", "\"Q7xGEtR\""},
    {"2[\"x\",null,null,null,null,\"1970-01-01T00:00:00.000Z\"]", SIO__EVENT, "/", NULL, "x",
     "null,null,null,null,\"1970-01-01T00:00:00.000Z\""},

    /* unusual */
    {"01", SIO__CONNECT, "/", "1"},
    {"00", SIO__CONNECT, "/", "0"},
    {"0 ", SIO__CONNECT, "/", "0"},
    {" ", SIO__CONNECT, "/"},
    {"\xef\xbb\xbf", SIO__CONNECT, "/"},
    {"0/a,1{\"t\":1}", SIO__CONNECT, "/a", "1"},
    {"0/a{\"t\":1}", SIO__CONNECT, "/a{\"t\":1}"},
    {"0/a?x=1,", SIO__CONNECT, "/a?x=1"},
    {"2", SIO__EVENT, "/"},
    {"21", SIO__EVENT, "/", "1"},
    {"2[1,2]", SIO__EVENT, "/", NULL, "1", "2"},
    {"2[1.50]", SIO__EVENT, "/", NULL, "1.5", ""},
    {"2[1e21]", SIO__EVENT, "/", NULL, "1e+21", ""},
    {"2[1e999]", SIO__EVENT, "/", NULL, "Infinity", ""},
    {"2[\"x\"] ", SIO__EVENT, "/", NULL, "x", ""},
    {"2[ \"x\" , 1 ,{ } ]\n", SIO__EVENT, "/", NULL, "x", "1 ,{ }"},
    {"2 [\"x\"]", SIO__EVENT, "/", "0", "x", ""},
    {"2\t\n[\"x\"]", SIO__EVENT, "/", "0", "x", ""},
    {"2\xef\xbb\xbf[\"x\"]", SIO__EVENT, "/", "0", "x", ""},
    {"2\xc2\xa0"
     "7\xe2\x80\xa8[\"x\"]",
     SIO__EVENT, "/", "7", "x", ""},
    {"21 2[\"x\"]", SIO__EVENT, "/", "NaN", "x", ""},
    {"201[\"x\"]", SIO__EVENT, "/", "1", "x", ""},
    {"2000000000000000000000000000000000007[\"x\"]", SIO__EVENT, "/", "7", "x", ""},
    {"29007199254740991[\"x\"]", SIO__EVENT, "/", "9007199254740991", "x", ""},
    {"29007199254740993[\"x\"]", SIO__EVENT, "/", "9007199254740992", "x", ""},
    {"212345678901234567890[\"x\"]", SIO__EVENT, "/", "12345678901234567000", "x", ""},
    {"2/[\"x\"]", SIO__EVENT, "/[\"x\"]"},
    {"2/,[\"x\"]", SIO__EVENT, "/", NULL, "x", ""},
    {"3[\"x\"]", SIO__ACK, "/", NULL, NULL, "\"x\""},
    {"399[]", SIO__ACK, "/", "99", NULL, ""},
    {"3", SIO__ACK, "/"},
    {"2[\"x\"," P0 "]", SIO__EVENT, "/", NULL, "x", P0},
    {"2[\"\"]", SIO__EVENT, "/", NULL, "", ""},
    {"2[\"connection\"]", SIO__EVENT, "/", NULL, "connection", ""},
    {"2[\"__proto__\"]", SIO__EVENT, "/", NULL, "__proto__", ""},
    {"2[\"a\\u00e9\\n\",1]", SIO__EVENT, "/", NULL, "a\xc3\xa9\n", "1"},
    {"2[\"\\ud800\"]", SIO__EVENT, "/", NULL, "\xef\xbf\xbd", ""},
};

/* The packet's ack id as it would be sent back, in an ack without arguments. */
static void check_ack(const struct sio__packet *p, const char *want)
{
    struct sio__outgoing ack = {SIO__ACK, .has_ack = p->has_ack, .ack_id = p->ack_id};
    struct sio__frame *frame = NULL;
    struct sio__slice text;

    CHECK_EQ(p->has_ack, want != NULL);
    CHECK_EQ(sio__encode(&ack, &frame), SIO_OK);
    text = sio__slice_from(sio__frame_payload(frame), 2);
    text.len -= 2;
    check_slice(text, want);
    sio__frame_rele(frame);
}

TEST(packets_are_accepted_as_by_the_reference)
{
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sio__decoder d = fresh();
        struct sio__packet p;
        int failures = check_failures;

        CHECK_EQ(sio__decoder_text(&d, accepted[i].text, strlen(accepted[i].text), &p),
                 SIO__DECODE_PACKET);
        CHECK_EQ(p.type, accepted[i].type);
        check_slice(p.nsp, accepted[i].nsp);
        check_ack(&p, accepted[i].ack);
        CHECK_EQ(p.has_name, accepted[i].name != NULL);
        check_slice(p.name, accepted[i].name);
        check_slice(sio__packet_args_text(&p), accepted[i].args);
        CHECK_EQ(p.attachment_count, 0);
        CHECK(d.pending == NULL);
        sio__packet_fini(&p);
        sio__decoder_fini(&d);
        if (check_failures != failures)
            fprintf(stderr, "text: %s\n", accepted[i].text);
    }
}

/* --- refused text -------------------------------------------------------------------------- */

static const struct {
    const char *text, *error;
} refused[] = {
    {"0[]", "invalid payload"},
    {"0null", "invalid payload"},
    {"0\"x\"", "invalid payload"},
    {"0,", "invalid payload"},
    {"0a,", "invalid payload"},
    {"0/a,{", "invalid payload"},
    {"1{}", "invalid payload"},
    {"1null", "invalid payload"},
    {"4[]", "invalid payload"},
    {"2[]", "invalid payload"},
    {"2{}", "invalid payload"},
    {"2null", "invalid payload"},
    {"2\"x\"", "invalid payload"},
    {"2[null]", "invalid payload"},
    {"2[[\"a\"]]", "invalid payload"},
    {"2[{\"a\":1}]", "invalid payload"},
    {"2[true]", "invalid payload"},
    {"2[\"x\"", "invalid payload"},
    {"2[\"x\"]]", "invalid payload"},
    {"2-1[\"x\"]", "invalid payload"},
    {"21.5[\"x\"]", "invalid payload"},
    {"21e3[\"x\"]", "invalid payload"},
    {"2abc[\"x\"]", "invalid payload"},
    {"2,[\"x\"]", "invalid payload"},
    {"2[\"connect\"]", "invalid payload"},
    {"2[\"connect_error\"]", "invalid payload"},
    {"2[\"disconnect\",1]", "invalid payload"},
    {"2[\"disconnecting\"]", "invalid payload"},
    {"2[\"newListener\"]", "invalid payload"},
    {"2[\"removeListener\"]", "invalid payload"},
    {"2[\"\\u0063onnect\"]", "invalid payload"},
    {"31{}", "invalid payload"},
    {"3null", "invalid payload"},
    {"51-[\"connect\"," P0 "]", "invalid payload"},
    {"51-[" P0 "]", "invalid payload"},
    {"51-{}", "invalid payload"},
    {"61-{}", "invalid payload"},
    {"5[\"x\"]", "Illegal attachments"},
    {"50-[\"x\"]", "Illegal attachments"},
    {"5-[\"x\"]", "Illegal attachments"},
    {"5a-[\"x\"]", "Illegal attachments"},
    {"5-1-[\"x\"]", "Illegal attachments"},
    {"51[\"x\"]", "Illegal attachments"},
    {"51.5-[\"x\"]", "Illegal attachments"},
    {"5 -[\"x\"]", "Illegal attachments"},
    {"5Infinity-[\"x\"]", "Illegal attachments"},
    {"5NaN-[\"x\"]", "Illegal attachments"},
    {"6", "Illegal attachments"},
    {"5", "Illegal attachments"},
    {"511-[\"x\"]", "too many attachments"},
    {"599999999999999999999-[\"x\"]", "too many attachments"},
    {"51e300-[\"x\"]", "too many attachments"},
    {"7", "unknown packet type 7"},
    {"8[\"x\"]", "unknown packet type 8"},
    {"9", "unknown packet type 9"},
    {"-1", "unknown packet type NaN"},
    {"abc", "unknown packet type NaN"},
    {" 2[\"x\"]", "invalid payload"}, /* a CONNECT with ack id 2 */
    {"", "Unknown type: undefined"},
};

TEST(packets_are_refused_as_by_the_reference)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sio__decoder d = fresh();
        struct sio__packet p;
        int failures = check_failures;

        CHECK_EQ(sio__decoder_text(&d, refused[i].text, strlen(refused[i].text), &p),
                 SIO__DECODE_BAD);
        CHECK_STR(d.error, refused[i].error);
        CHECK(d.pending == NULL);
        sio__decoder_fini(&d); /* a sanitizer sees what the packet would have leaked */
        if (check_failures != failures)
            fprintf(stderr, "text: %s\n", refused[i].text);
    }
}

/* --- attachments --------------------------------------------------------------------------- */

static const struct {
    const char *text;
    struct sio__slice attachments[3];
    enum sio__packet_type type;
    const char *nsp, *ack, *name, *args;
} binaries[] = {
    {"51-[\"baz\"," P0 "]", {S("\1\2\3\4")}, SIO__EVENT, "/", NULL, "baz", P0},
    {"52-/admin,[\"baz\"," P0 "," P1 "]",
     {S("\1\2"), S("\3\4")},
     SIO__EVENT,
     "/admin",
     NULL,
     "baz",
     P0 "," P1},
    {"52-789[\"m\"," P0 "," P1 "]", {S("\1"), S("\2")}, SIO__EVENT, "/", "789", "m", P0 "," P1},
    {"61-15[\"bar\"," P0 "]", {S("\1")}, SIO__ACK, "/", "15", NULL, "\"bar\"," P0},
    {"61-/admin,1[" P0 "]", {S("\1")}, SIO__ACK, "/admin", "1", NULL, P0},
    {"51-[\"x\",{\"a\":[{\"b\":" P0 "}]}]",
     {S("\xff")},
     SIO__EVENT,
     "/",
     NULL,
     "x",
     "{\"a\":[{\"b\":" P0 "}]}"},
    {"51.0-[\"x\"]", {S("\1")}, SIO__EVENT, "/", NULL, "x", ""},
    {"50x2-[\"x\"]", {S("\1"), S("\2")}, SIO__EVENT, "/", NULL, "x", ""},
    {"5 1 -[\"x\"]", {S("\1")}, SIO__EVENT, "/", NULL, "x", ""},
    {"52-[\"x\"," P0 "," P0 "]", {S("\1"), S("")}, SIO__EVENT, "/", NULL, "x", P0 "," P0},
    {"51-", {S("\1")}, SIO__EVENT, "/", NULL, NULL, ""},
    {"53-[\"a\\n\"," P1 "]", {S("1"), S("22"), S("333")}, SIO__EVENT, "/", NULL, "a\n", P1},
};

/* Feeds a copy of the bytes and frees it at once, so that a sanitizer sees what was borrowed beyond
 * the call; but for the last attachment, which the packet may borrow. */
static enum sio__decode feed(struct sio__decoder *d, bool binary, struct sio__slice bytes,
                             struct sio__packet *p)
{
    char *copy = malloc(bytes.len + 1);
    enum sio__decode result;

    memcpy(copy, bytes.ptr, bytes.len);
    result = binary ? sio__decoder_binary(d, copy, bytes.len, p)
                    : sio__decoder_text(d, copy, bytes.len, p);
    if (result == SIO__DECODE_PACKET)
        CHECK(sio__packet_own(p));
    memset(copy, 'x', bytes.len);
    free(copy);
    return result;
}

TEST(attachments_complete_their_packet)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        struct sio__decoder d = fresh();
        struct sio__packet p;
        uint32_t n = 0;
        enum sio__decode result = feed(&d, false, sio__slice_of(binaries[i].text), &p);
        int failures = check_failures;

        while (result == SIO__DECODE_MORE && n < 3) {
            CHECK(d.pending != NULL);
            result = feed(&d, true, binaries[i].attachments[n++], &p);
        }
        CHECK_EQ(result, SIO__DECODE_PACKET);
        CHECK(d.pending == NULL);
        CHECK_EQ(p.type, binaries[i].type);
        check_slice(p.nsp, binaries[i].nsp);
        check_ack(&p, binaries[i].ack);
        check_slice(p.name, binaries[i].name);
        check_slice(sio__packet_args_text(&p), binaries[i].args);
        CHECK_EQ(p.attachment_count, n);
        for (uint32_t k = 0; k < n; k++)
            CHECK(sio__slice_eq(p.attachments[k], binaries[i].attachments[k]));
        sio__packet_fini(&p);
        sio__decoder_fini(&d);
        if (check_failures != failures)
            fprintf(stderr, "text: %s\n", binaries[i].text);
    }
}

TEST(an_argument_may_be_an_attachment)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;
    struct sio__slice bytes = {NULL, 0};
    const char *text = "52-[\"e\"," P1 ",{\"a\":" P0 "},1," P0 "]";

    CHECK_EQ(sio__decoder_text(&d, text, strlen(text), &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "zero", 4, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "one", 3, &p), SIO__DECODE_PACKET);
    CHECK_EQ(sio__packet_arg_count(&p), 4);
    CHECK(sio__packet_arg_binary(&p, 0, &bytes));
    check_slice(bytes, "one");
    CHECK(!sio__packet_arg_binary(&p, 1, &bytes));
    CHECK(!sio__packet_arg_binary(&p, 2, &bytes));
    CHECK(sio__packet_arg_binary(&p, 3, &bytes));
    check_slice(bytes, "zero");
    sio__packet_fini(&p);
}

TEST(a_placeholder_in_a_plain_event_is_a_plain_object)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;
    struct sio__slice bytes;

    CHECK_EQ(sio__decoder_text(&d, "2[\"e\"," P0 "]", sizeof "2[\"e\"," P0 "]" - 1, &p),
             SIO__DECODE_PACKET);
    CHECK(!sio__packet_arg_binary(&p, 0, &bytes));
    sio__packet_fini(&p);
}

TEST(text_instead_of_an_attachment_is_refused)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;

    CHECK_EQ(sio__decoder_text(&d, "51-[\"x\"]", 8, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_text(&d, "2[\"x\"]", 6, &p), SIO__DECODE_BAD);
    CHECK_STR(d.error, "got plaintext data when reconstructing a packet");
    CHECK(d.pending == NULL);
}

TEST(an_attachment_without_a_header_is_refused)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;

    CHECK_EQ(sio__decoder_binary(&d, "x", 1, &p), SIO__DECODE_BAD);
    CHECK_STR(d.error, "got binary data when not reconstructing a packet");
}

TEST(illegal_placeholders_are_refused_with_the_last_attachment)
{
    static const char *const texts[] = {
        "51-[\"x\"," P1 "]",
        "51-[\"x\",{\"_placeholder\":true,\"num\":-1}]",
        "51-[\"x\",{\"_placeholder\":true,\"num\":\"0\"}]",
        "51-[\"x\",{\"_placeholder\":true}]",
        "61-1[[{\"a\":" P1 "}]]",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sio__decoder d = fresh();
        struct sio__packet p;

        CHECK_EQ(sio__decoder_text(&d, texts[i], strlen(texts[i]), &p), SIO__DECODE_MORE);
        CHECK_EQ(sio__decoder_binary(&d, "x", 1, &p), SIO__DECODE_BAD);
        CHECK_STR(d.error, "illegal attachments");
        CHECK(d.pending == NULL);
    }
}

TEST(attachments_are_bounded_in_number_and_bytes)
{
    struct sio__decoder d;
    struct sio__packet p;

    sio__decoder_init(&d, SIO__PARSER_JSON, (struct sio__decoder_limits){2, 10});
    CHECK_EQ(sio__decoder_text(&d, "53-[\"x\"]", 8, &p), SIO__DECODE_BAD);
    CHECK_STR(d.error, "too many attachments");
    CHECK_EQ(sio__decoder_text(&d, "52-[\"x\"]", 8, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "123456", 6, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "12345", 5, &p), SIO__DECODE_BAD);
    CHECK_STR(d.error, "attachments too large");
    CHECK_EQ(sio__decoder_text(&d, "52-[\"x\"]", 8, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "123456", 6, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "1234", 4, &p), SIO__DECODE_PACKET);
    sio__packet_fini(&p);
}

TEST(reset_forgets_the_packet_that_waits)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;

    CHECK_EQ(sio__decoder_text(&d, "53-[\"x\"]", 8, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "123", 3, &p), SIO__DECODE_MORE);
    sio__decoder_reset(&d);
    CHECK(d.pending == NULL);
    CHECK_EQ(sio__decoder_text(&d, "2[\"x\"]", 6, &p), SIO__DECODE_PACKET);
    sio__packet_fini(&p);
    sio__decoder_fini(&d);
}

TEST(a_decoder_that_ends_frees_what_waits)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;

    CHECK_EQ(sio__decoder_text(&d, "53-/a,[\"x\\n\",1,2,3,4,5,6,7,8,9]", 31, &p), SIO__DECODE_MORE);
    CHECK_EQ(sio__decoder_binary(&d, "123", 3, &p), SIO__DECODE_MORE);
    sio__decoder_fini(&d);
}

/* --- memory -------------------------------------------------------------------------------- */

TEST(a_plain_packet_allocates_nothing)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;
    const char *text = "2/news,17[\"chat message\",{\"a\":[1,2,3]},4,5,6,7,8,9]";

    sio__mem_fail_nth(1, true);
    CHECK_EQ(sio__decoder_text(&d, text, strlen(text), &p), SIO__DECODE_PACKET);
    sio__mem_fail_nth(0, false);
    CHECK(p.text.ptr > text && p.text.ptr < text + strlen(text));
    sio__packet_fini(&p);
}

/* A header with an escaped name and many arguments, two attachments, then the packet made its own.
 */
static enum sio__decode decode_much(struct sio__decoder *d, struct sio__packet *p)
{
    const char *text = "52-/a,7[\"x\\n\",1,2,3,4,5,6,7,8,9," P0 "]";
    enum sio__decode result = sio__decoder_text(d, text, strlen(text), p);

    for (int i = 0; i < 2 && result == SIO__DECODE_MORE; i++)
        result = sio__decoder_binary(d, "bytes", 5, p);
    if (result == SIO__DECODE_PACKET && !sio__packet_own(p)) {
        sio__packet_fini(p);
        result = SIO__DECODE_NOMEM;
    }
    return result;
}

TEST(each_failed_allocation_is_reported_and_leaks_nothing)
{
    enum sio__decode result = SIO__DECODE_NOMEM;
    long n;

    for (n = 1; result == SIO__DECODE_NOMEM && n < 100; n++) {
        struct sio__decoder d = fresh();
        struct sio__packet p;

        sio__mem_fail_nth(n, false);
        result = decode_much(&d, &p);
        sio__mem_fail_nth(0, false);
        CHECK(d.pending == NULL);
        sio__packet_fini(&p);
        sio__decoder_fini(&d);
    }
    CHECK_EQ(result, SIO__DECODE_PACKET);
    CHECK(n > 7);
}

TEST(a_number_as_name_may_fail_to_allocate)
{
    struct sio__decoder d = fresh();
    struct sio__packet p;

    sio__mem_fail_nth(1, false);
    CHECK_EQ(sio__decoder_text(&d, "2[1]", 4, &p), SIO__DECODE_NOMEM);
    sio__mem_fail_nth(0, false);
}

/* --- what was encoded ---------------------------------------------------------------------- */

static void check_sent(enum sio__parser parser)
{
    static const struct sio__slice bytes[] = {S("hi"), S("")};
    struct sio__outgoing event = {SIO__EVENT,
                                  .parser = parser,
                                  .has_ack = true,
                                  .ack_id = 5,
                                  .nsp = SIO__SLICE("/a"),
                                  .name = SIO__SLICE("n\"m"),
                                  .args = SIO__SLICE("[" P0 "],1.5," P1),
                                  .offset = SIO__SLICE("off"),
                                  .attachments = bytes,
                                  .attachment_count = 2};
    struct sio__frame *frame;
    struct sio__packet p;

    CHECK_EQ(sio__encode(&event, &frame), SIO_OK);
    CHECK_EQ(sio__decode_sent(parser, frame, &p), SIO__DECODE_PACKET);
    CHECK_EQ(p.type, SIO__EVENT);
    CHECK(p.has_ack && p.ack_id == 5);
    check_slice(p.nsp, "/a");
    check_slice(p.name, "n\"m");
    check_slice(sio__packet_args_text(&p), "[" P0 "],1.5," P1 ",\"off\"");
    CHECK_EQ(p.attachment_count, 2);
    check_slice(p.attachments[0], "hi");
    sio__packet_fini(&p);
    sio__frame_rele(frame);
}

TEST(what_was_encoded_is_decoded_with_either_parser)
{
    check_sent(SIO__PARSER_JSON);
    check_sent(SIO__PARSER_MSGPACK);
}

CHECK_MAIN(CHECK_ROW(packets_are_accepted_as_by_the_reference),
           CHECK_ROW(packets_are_refused_as_by_the_reference),
           CHECK_ROW(attachments_complete_their_packet),
           CHECK_ROW(an_argument_may_be_an_attachment),
           CHECK_ROW(a_placeholder_in_a_plain_event_is_a_plain_object),
           CHECK_ROW(text_instead_of_an_attachment_is_refused),
           CHECK_ROW(an_attachment_without_a_header_is_refused),
           CHECK_ROW(illegal_placeholders_are_refused_with_the_last_attachment),
           CHECK_ROW(attachments_are_bounded_in_number_and_bytes),
           CHECK_ROW(reset_forgets_the_packet_that_waits),
           CHECK_ROW(a_decoder_that_ends_frees_what_waits),
           CHECK_ROW(a_plain_packet_allocates_nothing),
           CHECK_ROW(each_failed_allocation_is_reported_and_leaks_nothing),
           CHECK_ROW(a_number_as_name_may_fail_to_allocate),
           CHECK_ROW(what_was_encoded_is_decoded_with_either_parser))
