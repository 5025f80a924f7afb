#include "protocol/mem.h"
#include "rooms/op_log.h"
#include "tests/support/check.h"

enum { PLENTY = 1 << 20, AGE_MS = 1000 };

static void append(struct sio__op_log *log, uint64_t seq, uint64_t now_ms)
{
    struct sio__frame *packet = sio__frame_text("42[\"x\"]", 7);
    struct sio__op *op = sio__op_new(
        &(struct sio__op_spec){.kind = SIO__OP_EMIT, .nsp = SIO__SLICE("/"), .packet = packet});

    op->spec.seq = seq;
    sio__op_log_append(log, op, now_ms);
    sio__frame_rele(packet);
    sio__op_rele(op);
}

/* The places of what is there after one, with blanks between. */
static const char *read_after(const struct sio__op_log *log, uint64_t after, size_t max)
{
    static char text[1024];
    struct sio__op *ops[100];
    size_t count = sio__op_log_read(log, after, ops, max), len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%d ", (int)ops[i]->spec.seq);
        sio__op_rele(ops[i]);
    }
    return text;
}

TEST(what_came_after_a_place_is_read_in_order)
{
    struct sio__op_log log;

    sio__op_log_init(&log, PLENTY, AGE_MS);
    CHECK_STR(read_after(&log, 0, 100), "");
    append(&log, 10, 0);
    append(&log, 11, 0);
    append(&log, 20, 0);
    CHECK_STR(read_after(&log, 0, 100), "10 11 20 ");
    CHECK_STR(read_after(&log, 10, 100), "11 20 ");
    CHECK_STR(read_after(&log, 15, 100), "20 ");
    CHECK_STR(read_after(&log, 20, 100), "");
    CHECK_STR(read_after(&log, 9, 2), "10 11 ");
    CHECK_EQ(log.floor, 0);
    sio__op_log_clear(&log);
}

TEST(what_is_too_old_goes_and_the_log_says_so)
{
    struct sio__op_log log;

    sio__op_log_init(&log, PLENTY, AGE_MS);
    append(&log, 1, 0);
    append(&log, 2, 500);
    append(&log, 3, 1500);
    CHECK(!sio__op_log_expire(&log, AGE_MS, 100));
    CHECK_EQ(log.floor, 0);
    CHECK(!sio__op_log_expire(&log, AGE_MS + 1, 100));
    CHECK_EQ(log.floor, 1);
    CHECK_STR(read_after(&log, 0, 100), "2 3 ");
    CHECK(sio__op_log_expire(&log, 5000, 1));
    CHECK_EQ(log.floor, 2);
    CHECK(!sio__op_log_expire(&log, 5000, 2));
    CHECK_EQ(log.floor, 3);
    CHECK(log.bytes == 0 && log.crowded == 0);
    sio__op_log_clear(&log);
}

TEST(the_bytes_are_bounded_and_the_oldest_go_first)
{
    struct sio__op_log log;
    size_t one;

    sio__op_log_init(&log, PLENTY, AGE_MS);
    append(&log, 1, 0);
    one = log.bytes;
    CHECK(one > sizeof(struct sio__op) + sizeof(struct sio__frame));
    sio__op_log_clear(&log);
    sio__op_log_init(&log, 3 * one, AGE_MS);
    for (uint64_t seq = 1; seq <= 200; seq++)
        append(&log, seq, 0);
    CHECK_EQ(log.bytes, 3 * one);
    CHECK_EQ(log.floor, 197);
    CHECK_EQ(log.crowded, 197);
    CHECK_STR(read_after(&log, 0, 100), "198 199 200 ");
    sio__op_log_clear(&log);
    CHECK(log.bytes == 0 && log.count == 0 && log.floor == 0);
}

TEST(an_op_larger_than_the_log_is_not_kept)
{
    struct sio__op_log log;

    sio__op_log_init(&log, 10, AGE_MS);
    append(&log, 1, 0);
    CHECK_EQ(log.count, 0);
    CHECK_EQ(log.bytes, 0);
    CHECK_EQ(log.floor, 1);
    sio__op_log_clear(&log);
}

TEST(attachments_count)
{
    struct sio__op_log log;
    struct sio__frame *head = sio__frame_new(false, 1), *tail = sio__frame_new(true, 5000);
    struct sio__op *op;

    sio__frame_data(head)[0] = '4';
    memset(sio__frame_data(tail), 0, 5000);
    sio__frame_chain(head, tail);
    sio__frame_seal(head);
    op = sio__op_new(
        &(struct sio__op_spec){.kind = SIO__OP_EMIT, .nsp = SIO__SLICE("/"), .packet = head});
    op->spec.seq = 1;
    sio__op_log_init(&log, PLENTY, AGE_MS);
    sio__op_log_append(&log, op, 0);
    CHECK(log.bytes > 5000);
    sio__op_log_clear(&log);
    sio__frame_rele(head);
    sio__op_rele(op);
}

TEST(without_memory_the_log_is_shorter)
{
    struct sio__op_log log;
    struct sio__op *op = sio__op_new(&(struct sio__op_spec){.nsp = SIO__SLICE("/")});

    sio__op_log_init(&log, PLENTY, AGE_MS);
    op->spec.seq = 1;
    sio__mem_fail_nth(1, false);
    sio__op_log_append(&log, op, 0);
    sio__mem_fail_nth(0, false);
    CHECK(log.count == 0 && log.floor == 1);
    for (uint64_t seq = 2; seq <= 65; seq++)
        append(&log, seq, 0);
    CHECK_EQ(log.count, 64);
    op->spec.seq = 66;
    sio__mem_fail_nth(1, false);
    sio__op_log_append(&log, op, 0);
    sio__mem_fail_nth(0, false);
    CHECK(log.count == 64 && log.floor == 2 && log.crowded == 2);
    CHECK_STR(read_after(&log, 64, 100), "65 66 ");
    sio__op_log_clear(&log);
    CHECK(log.count == 0 && log.floor == 0 && log.crowded == 2);
    sio__op_rele(op);
}

CHECK_MAIN(CHECK_ROW(what_came_after_a_place_is_read_in_order),
           CHECK_ROW(what_is_too_old_goes_and_the_log_says_so),
           CHECK_ROW(the_bytes_are_bounded_and_the_oldest_go_first),
           CHECK_ROW(an_op_larger_than_the_log_is_not_kept), CHECK_ROW(attachments_count),
           CHECK_ROW(without_memory_the_log_is_shorter))
