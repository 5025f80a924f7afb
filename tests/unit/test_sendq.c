#include "protocol/mem.h"
#include "server/net/sendq.h"
#include "tests/support/binary_frame.h"
#include "tests/support/check.h"

static struct sio__frame *text(const char *payload)
{
    return sio__frame_text(payload, strlen(payload));
}

/* A text frame followed by an attachment. */
static struct sio__frame *packet_with_attachment(void)
{
    struct sio__frame *head = sio__frame_new(false, 4), *first = binary_frame("AA", 2);

    memcpy(sio__frame_data(head), "452-", 4);
    sio__frame_chain(head, first);
    return sio__frame_seal(head);
}

static enum sio__sendq_result push_text(struct sio__sendq *queue, const char *payload)
{
    struct sio__frame *packet = text(payload);
    enum sio__sendq_result result = sio__sendq_push(queue, packet);

    sio__frame_rele(packet);
    return result;
}

/* What a socket does that takes at most so many bytes. */
static size_t take_bytes(struct sio__sendq *queue, unsigned char *into, size_t capacity)
{
    struct iovec pieces[64];
    size_t count = sio__sendq_pieces(queue, pieces, 64), taken = 0;

    for (size_t i = 0; i < count && taken < capacity; i++) {
        size_t n = pieces[i].iov_len < capacity - taken ? pieces[i].iov_len : capacity - taken;

        memcpy(into + taken, pieces[i].iov_base, n);
        taken += n;
    }
    sio__sendq_advance(queue, taken);
    return taken;
}

static void check_empty(const struct sio__sendq *queue)
{
    CHECK(sio__sendq_is_empty(queue));
    CHECK_EQ(queue->count, 0);
    CHECK_EQ(queue->bytes, 0);
    CHECK_EQ(queue->capacity, 0);
    CHECK(!sio__sendq_is_midway(queue));
    CHECK(sio__sendq_first(queue) == NULL);
    CHECK_EQ(sio__sendq_peek(queue).len, 0);
}

TEST(packets_go_out_in_order_with_their_headers)
{
    struct sio__sendq queue;
    unsigned char out[64];

    sio__sendq_init(&queue, 1000);
    CHECK_EQ(push_text(&queue, "4a"), SIO__SENDQ_OK);
    CHECK_EQ(push_text(&queue, "4bc"), SIO__SENDQ_OK);
    CHECK_EQ(queue.count, 2);
    CHECK_EQ(queue.bytes, 9);
    CHECK_MEM(out, take_bytes(&queue, out, sizeof out),
              "\x81\x02"
              "4a\x81\x03"
              "4bc",
              9);
    check_empty(&queue);
}

TEST(the_queue_has_a_reference_of_its_own)
{
    struct sio__sendq queue;
    struct sio__frame *packet = text("4a");
    unsigned char out[64];

    sio__sendq_init(&queue, 1000);
    CHECK_EQ(sio__sendq_push(&queue, packet), SIO__SENDQ_OK);
    CHECK_EQ(sio__sendq_push(&queue, packet), SIO__SENDQ_OK);
    CHECK_EQ(packet->refs, 3);
    CHECK_EQ(take_bytes(&queue, out, 5), 5);
    CHECK_EQ(packet->refs, 2);
    sio__sendq_drop_all(&queue);
    CHECK_EQ(packet->refs, 1);
    check_empty(&queue);
    sio__frame_rele(packet);
}

TEST(a_write_may_end_anywhere)
{
    static const char wire[] = "\x81\x04"
                               "452-"
                               "\x82\x02"
                               "AA"
                               "\x81\x02"
                               "4z";

    for (size_t step = 1; step < sizeof wire; step++) {
        struct sio__sendq queue;
        struct sio__frame *packet = packet_with_attachment();
        unsigned char out[sizeof wire];
        size_t sent = 0, n;

        sio__sendq_init(&queue, 1000);
        CHECK_EQ(sio__sendq_push(&queue, packet), SIO__SENDQ_OK);
        sio__frame_rele(packet);
        CHECK_EQ(push_text(&queue, "4z"), SIO__SENDQ_OK);
        while ((n = take_bytes(&queue, out + sent,
                               step < sizeof out - sent ? step : sizeof out - sent)) > 0) {
            sent += n;
            CHECK_EQ(queue.bytes, sizeof wire - 1 - sent);
            CHECK_EQ(sio__sendq_is_midway(&queue), sent != 10 && sent != sizeof wire - 1);
        }
        CHECK_MEM(out, sent, wire, sizeof wire - 1);
        check_empty(&queue);
    }
}

TEST(peek_and_advance_send_from_the_frames_own_memory)
{
    struct sio__sendq queue;
    struct sio__frame *packet = packet_with_attachment();
    struct sio__slice next;

    sio__sendq_init(&queue, 1000);
    CHECK_EQ(sio__sendq_push(&queue, packet), SIO__SENDQ_OK);
    next = sio__sendq_peek(&queue);
    CHECK(next.ptr == sio__frame_wire(packet).ptr);
    CHECK_EQ(next.len, 6);
    sio__sendq_advance(&queue, 0);
    CHECK(!sio__sendq_is_midway(&queue));
    sio__sendq_advance(&queue, 5);
    CHECK(sio__sendq_is_midway(&queue));
    CHECK_MEM(sio__sendq_peek(&queue).ptr, sio__sendq_peek(&queue).len, "-", 1);
    sio__sendq_advance(&queue, 1);
    CHECK(sio__sendq_peek(&queue).ptr == sio__frame_wire(packet->next).ptr);
    sio__sendq_advance(&queue, 4);
    check_empty(&queue);
    sio__frame_rele(packet);
}

TEST(pieces_are_the_wire_bytes_from_wherever_the_last_write_ended)
{
    static const char wire[] = "\x81\x04"
                               "4one"
                               "\x81\x04"
                               "4two";
    struct sio__frame *one = sio__frame_text("4one", 4), *two = sio__frame_text("4two", 4);

    for (size_t sent = 0; sent < sizeof wire - 1; sent++) {
        struct sio__sendq queue;
        struct iovec pieces[3];
        char out[sizeof wire];
        size_t count, len = 0;

        sio__sendq_init(&queue, 1000);
        sio__sendq_push(&queue, one);
        sio__sendq_push(&queue, two);
        sio__sendq_advance(&queue, sent);
        count = sio__sendq_pieces(&queue, pieces, 3);
        CHECK_EQ(count, sent < 6 ? 2 : 1);
        for (size_t i = 0; i < count; i++) {
            memcpy(out + len, pieces[i].iov_base, pieces[i].iov_len);
            len += pieces[i].iov_len;
        }
        CHECK_MEM(out, len, wire + sent, sizeof wire - 1 - sent);
        CHECK_EQ(sio__sendq_pieces(&queue, pieces, 1), 1);
        sio__sendq_advance(&queue, len);
        check_empty(&queue);
        CHECK_EQ(sio__sendq_pieces(&queue, pieces, 3), 0);
    }
    sio__frame_rele(one);
    sio__frame_rele(two);
}

TEST(pieces_go_through_the_frames_of_a_chain)
{
    struct sio__frame *packet = packet_with_attachment();
    struct sio__sendq queue;
    struct iovec pieces[3];

    sio__sendq_init(&queue, 1000);
    sio__sendq_push(&queue, packet);
    CHECK_EQ(sio__sendq_pieces(&queue, pieces, 3), 2);
    CHECK(pieces[1].iov_base == sio__frame_wire(packet->next).ptr);
    sio__sendq_advance(&queue, 7);
    CHECK_EQ(sio__sendq_pieces(&queue, pieces, 3), 1);
    CHECK_EQ(pieces[0].iov_len, sio__frame_wire(packet->next).len - 1);
    sio__sendq_drop_all(&queue);
    sio__frame_rele(packet);
}

/* "4aaaa..." of so many bytes; its twin, if any, is "twin". */
static struct sio__frame *settled(size_t len, bool has_twin)
{
    struct sio__frame *f = sio__frame_new(false, len);

    memset(sio__frame_data(f), 'a', len);
    sio__frame_settle(sio__frame_seal(f), has_twin ? sio__frame_deflated_of(f, "twin", 4) : NULL);
    return f;
}

TEST(a_twin_goes_out_where_it_may_and_the_bytes_add_up_wherever_a_write_ends)
{
    static const char deflated[] = "\xc1\x04twin\x81\x02"
                                   "aa\xc1\x04twin\x82\x01"
                                   "b";
    struct sio__frame *frames[8];

    for (size_t step = 1; step < sizeof deflated; step++) {
        struct sio__sendq queue;
        unsigned char out[64];
        size_t len = 0;

        sio__sendq_init(&queue, 1000);
        for (int i = 0; i < 4; i++) {
            struct sio__frame *f = i == 3 ? binary_frame("b", 1) : settled(i == 1 ? 2 : 20, i != 1);

            CHECK_EQ(sio__sendq_push(&queue, f), SIO__SENDQ_OK);
            sio__frame_rele(f);
        }
        CHECK_EQ(queue.bytes, 22 + 4 + 22 + 3);
        CHECK_EQ(sio__sendq_frames(&queue, frames, 8), 4);
        CHECK(frames[0] == sio__sendq_first(&queue));
        queue.deflate_most_bytes = 1000;
        while (!sio__sendq_is_empty(&queue))
            len += take_bytes(&queue, out + len, step);
        CHECK_MEM(out, len, deflated, sizeof deflated - 1);
        check_empty(&queue);
    }
}

TEST(a_twin_stays_away_from_who_takes_less)
{
    struct sio__sendq queue;
    struct sio__frame *f = settled(20, true);

    sio__sendq_init(&queue, 1000);
    CHECK_EQ(sio__sendq_push(&queue, f), SIO__SENDQ_OK);
    CHECK_EQ(sio__sendq_peek(&queue).len, 22);
    queue.deflate_most_bytes = 19;
    CHECK_EQ(sio__sendq_peek(&queue).len, 22);
    queue.deflate_most_bytes = 20;
    CHECK_EQ(sio__sendq_peek(&queue).len, 6);
    sio__sendq_advance(&queue, 5);
    CHECK_EQ(queue.bytes, 17);
    sio__sendq_drop_all(&queue);
    check_empty(&queue);
    sio__frame_rele(f);
}

TEST(over_the_limit_the_queue_is_full_and_unchanged)
{
    struct sio__sendq queue;

    sio__sendq_init(&queue, 10);
    CHECK_EQ(push_text(&queue, "4aa"), SIO__SENDQ_OK);
    CHECK_EQ(push_text(&queue, "4bb"), SIO__SENDQ_OK);
    CHECK_EQ(push_text(&queue, "4"), SIO__SENDQ_FULL);
    CHECK_EQ(queue.count, 2);
    CHECK_EQ(queue.bytes, 10);
    sio__frame_rele(sio__sendq_pop(&queue));
    CHECK_EQ(push_text(&queue, "4"), SIO__SENDQ_OK);
    sio__sendq_drop_all(&queue);
}

TEST(an_empty_queue_takes_a_packet_of_any_size)
{
    struct sio__sendq queue;

    sio__sendq_init(&queue, 10);
    CHECK_EQ(push_text(&queue, "4 longer than the limit"), SIO__SENDQ_OK);
    CHECK_EQ(push_text(&queue, "4"), SIO__SENDQ_FULL);
    sio__sendq_drop_all(&queue);
    check_empty(&queue);
    CHECK_EQ(push_text(&queue, "4 longer than the limit"), SIO__SENDQ_OK);
    sio__sendq_drop_all(&queue);
}

TEST(push_always_passes_the_limit)
{
    struct sio__sendq queue;

    sio__sendq_init(&queue, 4);
    CHECK_EQ(push_text(&queue, "4a"), SIO__SENDQ_OK);
    CHECK_EQ(sio__sendq_push_always(&queue, sio__frame_ping), SIO__SENDQ_OK);
    CHECK_EQ(queue.bytes, 7);
    sio__sendq_drop_all(&queue);
}

TEST(pop_hands_out_whole_packets)
{
    struct sio__sendq queue;
    struct sio__frame *packet = packet_with_attachment();

    sio__sendq_init(&queue, 1000);
    CHECK(sio__sendq_pop(&queue) == NULL);
    CHECK_EQ(sio__sendq_push(&queue, packet), SIO__SENDQ_OK);
    CHECK(sio__sendq_first(&queue) == packet);
    CHECK(sio__sendq_pop(&queue) == packet);
    CHECK_EQ(packet->refs, 2);
    check_empty(&queue);
    sio__frame_rele(packet);
    sio__frame_rele(packet);
}

TEST(the_ring_grows_keeps_the_order_and_goes_when_drained)
{
    struct sio__sendq queue;
    unsigned char out[8];
    char expected[8], payload[8];
    unsigned pushed = 0, popped = 0;

    sio__sendq_init(&queue, SIZE_MAX);
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < round % 7 + 3; i++) {
            snprintf(payload, sizeof payload, "4%03u", pushed++);
            CHECK_EQ(push_text(&queue, payload), SIO__SENDQ_OK);
        }
        for (unsigned i = 0; i < 5 && queue.count > 0; i++) {
            snprintf(expected, sizeof expected,
                     "\x81\x04"
                     "4%03u",
                     popped++);
            CHECK_MEM(out, take_bytes(&queue, out, 6), expected, 6);
        }
    }
    CHECK(queue.capacity >= queue.count && queue.count == pushed - popped);
    while (take_bytes(&queue, out, sizeof out) > 0)
        continue;
    check_empty(&queue);
}

TEST(two_packets_need_no_memory_of_the_queue)
{
    struct sio__sendq queue;

    sio__sendq_init(&queue, 1000);
    sio__mem_fail_nth(1, true);
    CHECK_EQ(sio__sendq_push(&queue, sio__frame_ping), SIO__SENDQ_OK);
    CHECK_EQ(sio__sendq_push(&queue, sio__frame_pong), SIO__SENDQ_OK);
    CHECK_EQ(sio__sendq_push(&queue, sio__frame_ping), SIO__SENDQ_NOMEM);
    sio__mem_fail_nth(0, false);
    CHECK_EQ(queue.count, 2);
    CHECK_EQ(queue.bytes, 6);
    sio__sendq_drop_all(&queue);
    check_empty(&queue);
}

/* Pushes twenty packets, reading two now and then. */
static void use(struct sio__sendq *queue, struct sio__frame *packet)
{
    unsigned char out[64];

    for (unsigned i = 0; i < 20; i++) {
        size_t before = queue->bytes;

        if (sio__sendq_push(queue, packet) != SIO__SENDQ_OK)
            CHECK_EQ(queue->bytes, before);
        if (i % 7 == 6)
            take_bytes(queue, out, 15);
    }
}

TEST(out_of_memory_costs_only_the_packet)
{
    struct sio__frame *packet = packet_with_attachment();

    for (long n = 1; n < 10; n++) {
        struct sio__sendq queue;
        unsigned char out[512];

        sio__sendq_init(&queue, 1000);
        sio__mem_fail_nth(n, false);
        use(&queue, packet);
        sio__mem_fail_nth(0, false);
        CHECK_EQ(packet->refs, 1 + queue.count);
        CHECK(queue.bytes <= queue.count * 10);
        while (take_bytes(&queue, out, sizeof out) > 0)
            continue;
        check_empty(&queue);
        CHECK_EQ(packet->refs, 1);
    }
    sio__frame_rele(packet);
}

CHECK_MAIN(CHECK_ROW(packets_go_out_in_order_with_their_headers),
           CHECK_ROW(the_queue_has_a_reference_of_its_own), CHECK_ROW(a_write_may_end_anywhere),
           CHECK_ROW(peek_and_advance_send_from_the_frames_own_memory),
           CHECK_ROW(pieces_are_the_wire_bytes_from_wherever_the_last_write_ended),
           CHECK_ROW(pieces_go_through_the_frames_of_a_chain),
           CHECK_ROW(a_twin_goes_out_where_it_may_and_the_bytes_add_up_wherever_a_write_ends),
           CHECK_ROW(a_twin_stays_away_from_who_takes_less),
           CHECK_ROW(over_the_limit_the_queue_is_full_and_unchanged),
           CHECK_ROW(an_empty_queue_takes_a_packet_of_any_size),
           CHECK_ROW(push_always_passes_the_limit), CHECK_ROW(pop_hands_out_whole_packets),
           CHECK_ROW(the_ring_grows_keeps_the_order_and_goes_when_drained),
           CHECK_ROW(two_packets_need_no_memory_of_the_queue),
           CHECK_ROW(out_of_memory_costs_only_the_packet))
