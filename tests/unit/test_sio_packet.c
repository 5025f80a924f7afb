#include "protocol/sio_packet.h"

#include "tests/support/check.h"

TEST(reserved_names_are_six)
{
    static const char *const reserved[] = {"connect",       "connect_error", "disconnect",
                                           "disconnecting", "newListener",   "removeListener"};
    static const char *const allowed[] = {"connection", "error",    "message", "new_namespace", "",
                                          "__proto__",  "toString", "Connect", "disconnected"};

    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        CHECK(sio__event_is_reserved(sio__slice_of(reserved[i])));
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        CHECK(!sio__event_is_reserved(sio__slice_of(allowed[i])));
    CHECK(!sio__event_is_reserved(sio__slice_of(NULL)));
}

static void check_split(const char *text, const char *nsp, const char *query)
{
    struct sio__slice whole = sio__slice_of(text), rest = sio__nsp_split_query(&whole);

    CHECK_MEM(whole.ptr, whole.len, nsp, strlen(nsp));
    CHECK_MEM(rest.ptr, rest.len, query, strlen(query));
}

TEST(a_namespace_of_revision_4_may_carry_a_query)
{
    check_split("/admin?token=12&uid=ab", "/admin", "token=12&uid=ab");
    check_split("/admin", "/admin", "");
    check_split("/admin?", "/admin", "");
    check_split("/?a=1?b", "/", "a=1?b");
    check_split("", "", "");
}

TEST(an_initialised_packet_needs_no_end_and_stands_two)
{
    struct sio__packet p;

    sio__packet_init(&p);
    CHECK_MEM(p.nsp.ptr, p.nsp.len, "/", 1);
    CHECK_EQ(sio__packet_arg_count(&p), 0);
    CHECK_EQ(sio__packet_args_text(&p).len, 0);
    sio__packet_fini(&p);
    sio__packet_fini(&p);
}

CHECK_MAIN(CHECK_ROW(reserved_names_are_six),
           CHECK_ROW(a_namespace_of_revision_4_may_carry_a_query),
           CHECK_ROW(an_initialised_packet_needs_no_end_and_stands_two))
