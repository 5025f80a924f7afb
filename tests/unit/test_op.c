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
           CHECK_ROW(out_of_memory_holds_nothing), CHECK_ROW(any_thread_may_be_the_last))
