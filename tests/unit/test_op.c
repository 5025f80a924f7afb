#include "protocol/mem.h"
#include "rooms/op.h"
#include "tests/support/check.h"

#include <pthread.h>

TEST(an_op_lives_on_after_its_arguments)
{
    char nsp[] = "/chat", room[] = "r1", other[] = "a\0b", left_out[] = "e", id[] = "sender",
         name[] = "target";
    struct sio__slice rooms[] = {SIO__SLICE_INIT(""), {room, 2}, {other, 3}};
    struct sio__slice except[] = {{left_out, 1}};
    struct sio__slice joined[] = {{name, 6}};
    struct sio__op_spec spec = {.kind = SIO__OP_JOIN,
                                .is_local = true,
                                .nsp = {nsp, 5},
                                .target = {rooms, 3, except, 1, {id, 6}},
                                .names = joined,
                                .name_count = 1};
    struct sio__op *op = sio__op_new(&spec);

    memset(nsp, '?', sizeof nsp);
    memset(room, '?', sizeof room);
    memset(other, '?', sizeof other);
    memset(left_out, '?', sizeof left_out);
    memset(id, '?', sizeof id);
    memset(name, '?', sizeof name);
    memset(rooms, 0, sizeof rooms);
    CHECK_EQ(op->spec.kind, SIO__OP_JOIN);
    CHECK(op->spec.is_local && !op->spec.is_volatile && op->spec.packet == NULL);
    CHECK_STR(op->spec.nsp.ptr, "/chat");
    CHECK_EQ(op->spec.target.room_count, 3);
    CHECK_EQ(op->spec.target.rooms[0].len, 0);
    CHECK_STR(op->spec.target.rooms[1].ptr, "r1");
    CHECK_MEM(op->spec.target.rooms[2].ptr, op->spec.target.rooms[2].len, "a\0b", 3);
    CHECK_STR(op->spec.target.except[0].ptr, "e");
    CHECK_STR(op->spec.target.sender.ptr, "sender");
    CHECK_STR(op->spec.names[0].ptr, "target");
    sio__op_rele(op);
}

TEST(without_a_sender_there_is_none_in_the_copy)
{
    struct sio__op *op =
        sio__op_new(&(struct sio__op_spec){.kind = SIO__OP_DISCONNECT, .nsp = SIO__SLICE("/")});

    CHECK(op->spec.target.sender.ptr == NULL);
    CHECK_EQ(op->spec.target.room_count + op->spec.target.except_count + op->spec.name_count, 0);
    sio__op_rele(op);
    sio__op_rele(NULL);
}

TEST(an_op_holds_its_packet)
{
    struct sio__frame *packet = sio__frame_text("42[\"x\"]", 7);
    struct sio__op *op = sio__op_new(
        &(struct sio__op_spec){.kind = SIO__OP_EMIT, .nsp = SIO__SLICE("/"), .packet = packet});

    CHECK_EQ(packet->refs, 2);
    sio__op_hold(op);
    sio__op_rele(op);
    CHECK_EQ(packet->refs, 2);
    sio__op_rele(op);
    CHECK_EQ(packet->refs, 1);
    sio__frame_rele(packet);
}

/* Writes down what it is told. */
static struct {
    struct sio__asker base; /* first */
    struct sio__reply heard;
    unsigned replies, frees;
} asker;

static void on_reply(struct sio__asker *base, const struct sio__reply *reply)
{
    CHECK(base == &asker.base);
    asker.heard = *reply;
    asker.replies++;
}

static void on_free(struct sio__asker *base)
{
    CHECK(base == &asker.base);
    asker.frees++;
}

static struct sio__op *make_question(struct sio__cargo *cargo)
{
    static const struct sio__asker_ops ops = {on_reply, on_free};
    struct sio__slice event = SIO__SLICE("event");

    memset(&asker, 0, sizeof asker);
    sio__asker_init(&asker.base, &ops);
    return sio__op_new(&(struct sio__op_spec){.kind = SIO__OP_SERVER_EMIT,
                                              .nsp = SIO__SLICE("/"),
                                              .names = &event,
                                              .name_count = 1,
                                              .cargo = cargo,
                                              .asker = &asker.base});
}

TEST(an_op_holds_its_cargo_and_its_asker)
{
    struct sio__cargo *cargo = sio__cargo_new(SIO__SLICE("1"), NULL, 0);
    struct sio__op *op = make_question(cargo);

    CHECK_EQ(cargo->refs, 2);
    sio__asker_rele(&asker.base);
    CHECK_EQ(asker.frees, 0);
    sio__op_rele(op);
    CHECK_EQ(asker.frees, 1);
    CHECK_EQ(cargo->refs, 1);
    sio__cargo_rele(cargo);
}

TEST(who_will_not_do_an_op_tells_its_asker)
{
    struct sio__op *op = make_question(NULL);

    sio__asker_expect(&asker.base, 2);
    CHECK_EQ(asker.base.parts, 2);
    sio__op_give_up(op, SIO_OK);
    sio__op_give_up(op, SIO_ENOMEM);
    CHECK_EQ(asker.replies, 2);
    CHECK_EQ(asker.heard.kind, SIO__REPLY_PART);
    CHECK_EQ(asker.heard.err, SIO_ENOMEM);
    CHECK_EQ(asker.heard.answers, 0);
    CHECK(asker.heard.snapshots == NULL && asker.heard.answer == NULL);
    sio__op_rele(op);
    sio__asker_rele(&asker.base);
    op = sio__op_new(&(struct sio__op_spec){.kind = SIO__OP_EMIT, .nsp = SIO__SLICE("/")});
    sio__op_give_up(op, SIO_OK); /* it asks nobody */
    sio__op_rele(op);
}

TEST(out_of_memory_holds_nothing)
{
    struct sio__frame *packet = sio__frame_text("2", 1);
    struct sio__op_spec spec = {.nsp = SIO__SLICE("/"), .packet = packet};

    sio__mem_fail_nth(1, true);
    CHECK(sio__op_new(&spec) == NULL);
    sio__mem_fail_nth(0, false);
    CHECK_EQ(packet->refs, 1);
    sio__frame_rele(packet);
}

static void *hold_and_release(void *arg)
{
    struct sio__op *op = arg;

    for (int i = 0; i < 1000; i++) {
        sio__op_hold(op);
        CHECK_STR(op->spec.nsp.ptr, "/");
        sio__op_rele(op);
    }
    sio__op_rele(op);
    return NULL;
}

TEST(any_thread_may_be_the_last)
{
    struct sio__op *op = sio__op_new(&(struct sio__op_spec){.nsp = SIO__SLICE("/")});
    pthread_t threads[4];

    for (int i = 0; i < 4; i++) {
        sio__op_hold(op);
        pthread_create(&threads[i], NULL, hold_and_release, op);
    }
    sio__op_rele(op);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

CHECK_MAIN(CHECK_ROW(an_op_lives_on_after_its_arguments),
           CHECK_ROW(without_a_sender_there_is_none_in_the_copy), CHECK_ROW(an_op_holds_its_packet),
           CHECK_ROW(an_op_holds_its_cargo_and_its_asker),
           CHECK_ROW(who_will_not_do_an_op_tells_its_asker), CHECK_ROW(out_of_memory_holds_nothing),
           CHECK_ROW(any_thread_may_be_the_last))
