#include "protocol/frame.h"
#include "protocol/mem.h"
#include "tests/support/binary_frame.h"
#include "tests/support/check.h"

#include <pthread.h>

#define CHECK_WIRE(f, bytes)                                                                       \
    CHECK_MEM(sio__frame_wire(f).ptr, sio__frame_wire(f).len, "" bytes, sizeof(bytes) - 1)

static struct sio__frame *filled(size_t len)
{
    struct sio__frame *f = sio__frame_new(false, len);

    memset(sio__frame_data(f), 'x', len);
    return sio__frame_seal(f);
}

static void check_header(size_t len, const char *header, size_t header_len)
{
    struct sio__frame *f = filled(len);
    struct sio__slice wire = sio__frame_wire(f), payload = sio__frame_payload(f);

    CHECK_EQ(wire.len, header_len + len);
    CHECK_MEM(wire.ptr, header_len, header, header_len);
    CHECK(payload.ptr == wire.ptr + header_len);
    CHECK_EQ(payload.len, len);
    sio__frame_rele(f);
}

TEST(the_header_grows_with_the_length)
{
    check_header(0, "\x81\x00", 2);
    check_header(125, "\x81\x7d", 2);
    check_header(126, "\x81\x7e\x00\x7e", 4);
    check_header(65535, "\x81\x7e\xff\xff", 4);
    check_header(65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
}

TEST(text_and_binary_differ_in_the_opcode)
{
    struct sio__frame *text = sio__frame_text("4hello", 6);
    struct sio__frame *binary = binary_frame("\x01\x02\x03\x04", 4);

    CHECK_WIRE(text, "\x81\x06"
                     "4hello");
    CHECK_WIRE(binary, "\x82\x04\x01\x02\x03\x04");
    CHECK(!sio__frame_is_binary(text) && sio__frame_is_binary(binary));
    sio__frame_rele(text);
    sio__frame_rele(binary);
}

TEST(one_reference_stands_for_a_packet_with_its_attachments)
{
    struct sio__frame *head = sio__frame_new(false, 2);
    struct sio__frame *first = sio__frame_new(true, 1), *second = binary_frame("\x02\x03", 2);

    memcpy(sio__frame_data(head), "45", 2);
    sio__frame_data(first)[0] = 1;
    sio__frame_chain(first, second);
    sio__frame_chain(head, first);
    sio__frame_seal(head);
    CHECK_WIRE(first, "\x82\x01\x01");
    CHECK_EQ(sio__frame_chain_bytes(head), 4 + 3 + 4);
    CHECK_EQ(sio__frame_chain_count(head), 3);
    CHECK(sio__frame_hold(head) == head);
    sio__frame_rele(head);
    CHECK_WIRE(second, "\x82\x02\x02\x03");
    sio__frame_rele(head); /* LeakSanitizer sees whether the chain went too */
}

TEST(an_attachment_held_on_its_own_outlives_its_head)
{
    struct sio__frame *head = sio__frame_new(false, 0), *tail = binary_frame("a", 1);

    sio__frame_chain(head, sio__frame_hold(tail));
    sio__frame_rele(sio__frame_seal(head));
    CHECK_WIRE(tail, "\x82\x01"
                     "a");
    sio__frame_rele(tail);
}

TEST(engine_io_constants_are_never_counted)
{
    CHECK_WIRE(sio__frame_ping, "\x81\x01"
                                "2");
    CHECK_WIRE(sio__frame_pong, "\x81\x01"
                                "3");
    CHECK_WIRE(sio__frame_probe, "\x81\x06"
                                 "3probe");
    CHECK_WIRE(sio__frame_noop, "\x81\x01"
                                "6");
    CHECK_WIRE(sio__frame_close, "\x81\x01"
                                 "1");
    for (int i = 0; i < 3; i++)
        sio__frame_rele(sio__frame_ping);
    sio__frame_hold(sio__frame_ping);
    CHECK_EQ(sio__frame_ping->refs, SIO__FRAME_IMMORTAL);
    sio__frame_rele(NULL);
}

TEST(close_frames_carry_the_code_or_nothing)
{
    struct sio__frame *echoed = sio__frame_close_code(3001);

    CHECK_WIRE(sio__frame_close_code(0), "\x88\x00");
    CHECK_WIRE(sio__frame_close_code(1000), "\x88\x02\x03\xe8");
    CHECK_WIRE(sio__frame_close_code(1007), "\x88\x02\x03\xef");
    CHECK_WIRE(sio__frame_close_code(1009), "\x88\x02\x03\xf1");
    CHECK_WIRE(echoed, "\x88\x02\x0b\xb9");
    sio__frame_rele(echoed);
}

TEST(the_servers_own_close_frames_need_no_memory)
{
    static const uint16_t codes[] = {0, 1000, 1001, 1002, 1007, 1008, 1009, 1011, 1013};

    sio__mem_fail_nth(1, true);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct sio__frame *f = sio__frame_close_code(codes[i]);
        CHECK(f != NULL && f->refs == SIO__FRAME_IMMORTAL);
    }
    CHECK(sio__frame_close_code(4000) == NULL);
    sio__mem_fail_nth(0, false);
}

TEST(a_pong_repeats_at_most_125_bytes)
{
    char payload[126] = "abc";
    struct sio__frame *pong = sio__frame_pong_of(payload, 3);

    CHECK_WIRE(pong, "\x8a\x03"
                     "abc");
    sio__frame_rele(pong);
    CHECK(sio__frame_pong_of(payload, 126) == NULL);
}

TEST(revision_3_gets_the_type_byte_before_the_data)
{
    struct sio__frame *f = binary_frame("\x01\x02\x03\x04", 4), *old = sio__frame_eio3(f);

    CHECK_WIRE(old, "\x82\x05\x04\x01\x02\x03\x04");
    sio__frame_rele(old);
    sio__frame_rele(f);
}

TEST(polling_text_is_the_payload_or_base64_made_once)
{
    struct sio__frame *text = sio__frame_text("4hello", 6);
    struct sio__frame *binary = binary_frame("\x01\x02\x03\x04", 4);
    struct sio__slice first, again;

    CHECK(sio__frame_polling_text(text, &first));
    CHECK_MEM(first.ptr, first.len, "4hello", 6);
    CHECK(sio__frame_polling_text(binary, &first));
    CHECK_MEM(first.ptr, first.len, "bAQIDBA==", 9);
    sio__mem_fail_nth(1, true);
    CHECK(sio__frame_polling_text(binary, &again));
    sio__mem_fail_nth(0, false);
    CHECK(again.ptr == first.ptr);
    sio__frame_rele(text);
    sio__frame_rele(binary);
}

TEST(a_polling_text_that_finds_no_memory_may_be_asked_for_again)
{
    struct sio__frame *binary = binary_frame("", 0);
    struct sio__slice text = SIO__SLICE("untouched");

    sio__mem_fail_nth(1, false);
    CHECK(!sio__frame_polling_text(binary, &text));
    sio__mem_fail_nth(0, false);
    CHECK(sio__slice_is(text, "untouched"));
    CHECK(sio__frame_polling_text(binary, &text));
    CHECK_MEM(text.ptr, text.len, "b", 1);
    sio__frame_rele(binary);
}

static void *encode_and_release(void *arg)
{
    struct sio__slice text;
    bool ok = sio__frame_polling_text(arg, &text) && sio__slice_is(text, "bAQIDBA==");

    sio__frame_rele(arg);
    return ok ? arg : NULL;
}

TEST(threads_may_share_and_encode_one_frame)
{
    struct sio__frame *f = binary_frame("\x01\x02\x03\x04", 4);
    pthread_t threads[4];
    void *ok;

    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, encode_and_release, sio__frame_hold(f)), 0);
    sio__frame_rele(f);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &ok);
        CHECK(ok != NULL);
    }
}

static void *settle_and_release(void *arg)
{
    struct sio__frame *f = arg;
    const struct sio__frame *first, *again;

    sio__frame_settle(f, sio__frame_deflated_of(f, "twin", 4));
    first = sio__frame_for(f, 100);
    sio__frame_settle(f, NULL);
    again = sio__frame_for(f, 100);
    arg = first == again && first != f && first->len == 4 ? arg : NULL;
    sio__frame_rele(f);
    return arg;
}

TEST(the_first_to_settle_a_frame_is_heard)
{
    struct sio__frame *f = filled(20);
    pthread_t threads[4];
    void *ok;

    CHECK(!sio__frame_is_settled(f) && sio__frame_for(f, 100) == f);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, settle_and_release, sio__frame_hold(f)), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &ok);
        CHECK(ok != NULL);
    }
    CHECK_WIRE(sio__frame_for(f, 20), "\xc1\x04twin");
    CHECK(sio__frame_for(f, 19) == f && sio__frame_for(f, 0) == f);
    sio__frame_rele(f);
}

TEST(no_memory_or_an_absurd_length_gives_no_frame)
{
    sio__mem_fail_nth(1, true);
    CHECK(sio__frame_new(true, 1) == NULL);
    CHECK(sio__frame_text("a", 1) == NULL);
    CHECK(sio__frame_pong_of("a", 1) == NULL);
    CHECK(sio__frame_eio3(sio__frame_ping) == NULL);
    CHECK(sio__frame_deflated_of(sio__frame_ping, "a", 1) == NULL);
    sio__mem_fail_nth(0, false);
    CHECK(sio__frame_new(true, SIZE_MAX - 8) == NULL);
}

CHECK_MAIN(CHECK_ROW(the_header_grows_with_the_length),
           CHECK_ROW(text_and_binary_differ_in_the_opcode),
           CHECK_ROW(one_reference_stands_for_a_packet_with_its_attachments),
           CHECK_ROW(an_attachment_held_on_its_own_outlives_its_head),
           CHECK_ROW(engine_io_constants_are_never_counted),
           CHECK_ROW(close_frames_carry_the_code_or_nothing),
           CHECK_ROW(the_servers_own_close_frames_need_no_memory),
           CHECK_ROW(a_pong_repeats_at_most_125_bytes),
           CHECK_ROW(revision_3_gets_the_type_byte_before_the_data),
           CHECK_ROW(polling_text_is_the_payload_or_base64_made_once),
           CHECK_ROW(a_polling_text_that_finds_no_memory_may_be_asked_for_again),
           CHECK_ROW(threads_may_share_and_encode_one_frame),
           CHECK_ROW(the_first_to_settle_a_frame_is_heard),
           CHECK_ROW(no_memory_or_an_absurd_length_gives_no_frame))
