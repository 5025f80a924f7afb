#include "protocol/mem.h"
#include "rooms/cargo.h"
#include "tests/support/check.h"

TEST(cargo_lives_on_after_what_it_was_made_of)
{
    char values[] = "1,{\"_placeholder\":true,\"num\":0}", bytes[] = "\0\1\2";
    struct sio__slice attachments[] = {{bytes, 3}, {NULL, 0}};
    struct sio__cargo *cargo = sio__cargo_new(sio__slice_of(values), attachments, 2);

    memset(values, '?', sizeof values);
    memset(bytes, '?', sizeof bytes);
    CHECK_MEM(cargo->text.ptr, cargo->text.len, "[1,{\"_placeholder\":true,\"num\":0}]", 33);
    CHECK_EQ(cargo->attachment_count, 2);
    CHECK_MEM(cargo->attachments[0].ptr, cargo->attachments[0].len, "\0\1\2", 3);
    CHECK_EQ(cargo->attachments[1].len, 0);
    CHECK(sio__cargo_bytes(cargo) >= sizeof *cargo + 33 + 3);
    CHECK(sio__cargo_hold(cargo) == cargo);
    sio__cargo_rele(cargo);
    CHECK_MEM(cargo->text.ptr, 2, "[1", 2);
    sio__cargo_rele(cargo);
    sio__cargo_rele(NULL);
}

TEST(no_values_are_an_empty_array)
{
    struct sio__cargo *cargo = sio__cargo_new(SIO__SLICE(""), NULL, 0);

    CHECK_MEM(cargo->text.ptr, cargo->text.len, "[]", 2);
    sio__cargo_rele(cargo);
    cargo = sio__cargo_new((struct sio__slice){NULL, 0}, NULL, 0);
    CHECK_MEM(cargo->text.ptr, cargo->text.len, "[]", 2);
    sio__cargo_rele(cargo);
}

TEST(out_of_memory_makes_none)
{
    sio__mem_fail_nth(1, true);
    CHECK(sio__cargo_new(SIO__SLICE("1"), NULL, 0) == NULL);
    sio__mem_fail_nth(0, false);
}

CHECK_MAIN(CHECK_ROW(cargo_lives_on_after_what_it_was_made_of),
           CHECK_ROW(no_values_are_an_empty_array), CHECK_ROW(out_of_memory_makes_none))
