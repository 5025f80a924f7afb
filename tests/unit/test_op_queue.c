#include "protocol/mem.h"
#include "rooms/op_queue.h"
#include "tests/support/check.h"

static struct sio__op *make_op(uint64_t seq)
{
    struct sio__op *op =
        sio__op_new(&(struct sio__op_spec){.kind = SIO__OP_JOIN, .nsp = SIO__SLICE("/")});

    op->spec.seq = seq;
    return op;
}

static void push(struct sio__op_queue *queue, uint64_t seq, unsigned readers)
{
    struct sio__op *op = make_op(seq);

    CHECK(sio__op_queue_push(queue, op, readers));
    sio__op_rele(op);
}

/* Takes and releases; the places of what came, with blanks between. */
static const char *take(struct sio__op_queue *queue, uint64_t *reader, uint64_t until, size_t max)
{
    static char text[1024];
    struct sio__op *ops[200];
    size_t count = sio__op_queue_take(queue, reader, until, ops, max), len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%d ", (int)ops[i]->spec.seq);
        sio__op_rele(ops[i]);
    }
    return text;
}

TEST(every_reader_takes_every_op_once_and_in_order)
{
    struct sio__op_queue queue = {0};
    uint64_t a = 0, b = 0;

    push(&queue, 1, 2);
    push(&queue, 2, 2);
    CHECK_STR(take(&queue, &a, UINT64_MAX, 100), "1 2 ");
    push(&queue, 3, 2);
    CHECK_STR(take(&queue, &b, UINT64_MAX, 100), "1 2 3 ");
    CHECK_STR(take(&queue, &a, UINT64_MAX, 100), "3 ");
    CHECK_STR(take(&queue, &a, UINT64_MAX, 100), "");
    CHECK_EQ(queue.end - queue.first, 0);
    sio__op_queue_fini(&queue);
}

TEST(a_reader_stops_where_it_is_told_to)
{
    struct sio__op_queue queue = {0};
    uint64_t a = 0;

    for (uint64_t seq = 1; seq <= 5; seq++)
        push(&queue, seq, 1);
    CHECK_STR(take(&queue, &a, 3, 2), "1 2 ");
    CHECK_STR(take(&queue, &a, 3, 2), "3 ");
    CHECK_STR(take(&queue, &a, 3, 2), "");
    CHECK_STR(take(&queue, &a, UINT64_MAX, 100), "4 5 ");
    sio__op_queue_fini(&queue);
}

TEST(without_readers_nothing_is_kept)
{
    struct sio__op_queue queue = {0};

    push(&queue, 1, 0);
    CHECK(queue.end == 0 && queue.capacity == 0);
    sio__op_queue_fini(&queue);
}

TEST(a_queue_grows_around_its_end)
{
    struct sio__op_queue queue = {0};
    uint64_t a = 0, seq = 0;
    struct sio__op *op;

    for (int i = 0; i < 50; i++)
        push(&queue, ++seq, 1);
    for (int i = 0; i < 30; i++) {
        CHECK_EQ(sio__op_queue_take(&queue, &a, UINT64_MAX, &op, 1), 1);
        sio__op_rele(op);
    }
    for (int i = 0; i < 180; i++)
        push(&queue, ++seq, 1);
    for (uint64_t next = 31; next <= seq; next++) {
        CHECK_EQ(sio__op_queue_take(&queue, &a, UINT64_MAX, &op, 1), 1);
        CHECK_EQ(op->spec.seq, next);
        sio__op_rele(op);
    }
    sio__op_queue_fini(&queue);
}

TEST(a_queue_that_was_long_gives_its_ring_back)
{
    struct sio__op_queue queue = {0};
    uint64_t a = 0;
    struct sio__op *op;

    for (uint64_t seq = 1; seq <= 5000; seq++)
        push(&queue, seq, 1);
    CHECK_EQ(queue.capacity, 8192);
    while (sio__op_queue_take(&queue, &a, UINT64_MAX, &op, 1) > 0)
        sio__op_rele(op);
    CHECK(queue.capacity == 0 && queue.end == 5000);
    push(&queue, 5001, 1);
    CHECK_STR(take(&queue, &a, UINT64_MAX, 100), "5001 ");
    sio__op_queue_fini(&queue);
}

TEST(without_memory_a_push_changes_nothing)
{
    struct sio__op_queue queue = {0};
    struct sio__op *op = make_op(1);

    sio__mem_fail_nth(1, false);
    CHECK(!sio__op_queue_push(&queue, op, 1));
    sio__mem_fail_nth(0, false);
    CHECK_EQ(queue.end, 0);
    CHECK_EQ(op->refs, 1);
    CHECK(sio__op_queue_push(&queue, op, 1));
    sio__op_rele(op);
    sio__op_queue_fini(&queue);
}

CHECK_MAIN(CHECK_ROW(every_reader_takes_every_op_once_and_in_order),
           CHECK_ROW(a_reader_stops_where_it_is_told_to),
           CHECK_ROW(without_readers_nothing_is_kept), CHECK_ROW(a_queue_grows_around_its_end),
           CHECK_ROW(a_queue_that_was_long_gives_its_ring_back),
           CHECK_ROW(without_memory_a_push_changes_nothing))
