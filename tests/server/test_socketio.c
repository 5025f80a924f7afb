/* Namespaces, events, acks, rooms and disconnections, as clients see them. */
#include "server/io/socket.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

#define CONNECTED "40{\"sid\":\"*\"}\n"

/* --- joining ------------------------------------------------------------------------------- */

TEST(a_client_joins_a_namespace_with_an_id_of_its_own)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    CHECK(strncmp(fake_heard(a), "0{\"sid\":\"", 9) == 0);
    fake_ws_text(server, a, "40");
    CHECK_STR(app_heard(a), CONNECTED);
    fake_ws_text(server, a, "40/plain,{\"token\":1}");
    CHECK_STR(app_heard(a), "40/plain,{\"sid\":\"*\"}\n");
    CHECK_STR(app_trace(), "+/ +/plain ");
    fake_free(server);
}

TEST(an_unknown_namespace_is_refused_and_the_connection_lives)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/a?x=1,");
    CHECK_STR(app_heard(a), "44/a?x=1,{\"message\":\"Invalid namespace\"}\n");
    fake_ws_text(server, a, "42[\"echo\",1]");
    CHECK_STR(app_heard(a), "42[\"echo\",1]\n");
    fake_free(server);
}

TEST(a_middleware_refuses_with_a_message_and_data)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"refuse\":1}");
    CHECK_STR(app_heard(a), "44/guarded,{\"message\":\"no\",\"data\":{\"code\":7}}\n");
    CHECK_STR(app_trace(), "");
    fake_ws_text(server, a, "40/guarded,{}");
    CHECK_STR(app_heard(a), "40/guarded,{\"sid\":\"*\"}\n");
    fake_free(server);
}

TEST(what_a_middleware_emits_comes_before_the_answer)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"early\":\"bird\"}");
    CHECK_STR(app_heard(a), "42/guarded,[\"early\",\"bird\"]\n40/guarded,{\"sid\":\"*\"}\n");
    fake_free(server);
}

TEST(a_room_joined_in_a_middleware_is_silent_until_the_join_is_over)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    sio_ns *guarded = sio_of(server, "/guarded");

    fake_ws_text(server, a, "40/guarded,{\"join\":1,\"wait\":1}");
    sio_emit(sio_to(sio_all(guarded), "joined"), "hello", NULL);
    fake_run(server);
    CHECK_STR(app_heard(a), "");
    sio_next_accept(app.next);
    fake_run(server);
    sio_emit(sio_to(sio_all(guarded), "joined"), "hello", NULL);
    fake_run(server);
    CHECK_STR(app_heard(a), "40/guarded,{\"sid\":\"*\"}\n42/guarded,[\"hello\"]\n");
    fake_free(server);
}

TEST(a_room_joined_in_a_middleware_that_refuses_is_left)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"join\":1,\"refuse\":1}");
    fake_ws_text(server, a, "40/guarded,{\"join\":1}");
    app_heard(a);
    sio_emit(sio_to(sio_all(sio_of(server, "/guarded")), "joined"), "hello", NULL);
    fake_run(server);
    CHECK_STR(app_heard(a), "42/guarded,[\"hello\"]\n");
    fake_free(server);
}

TEST(events_wait_for_a_join_that_takes_its_time)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fake_ws_text(server, a, "42/guarded,[\"echo\",1]");
    fake_ws_text(server, a, "451-/guarded,[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    fake_ws_send(server, a, true, "\1\2", 2);
    fake_ws_text(server, a, "42[\"echo\",\"other namespace\"]");
    CHECK_STR(app_heard(a), "42[\"echo\",\"other namespace\"]\n");
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_STR(app_heard(a), "40/guarded,{\"sid\":\"*\"}\n42/guarded,[\"echo\",1]\n"
                            "451-/guarded,[\"echo\",{\"_placeholder\":true,\"num\":0}]\nb:0102\n");
    fake_free(server);
}

TEST(what_waits_is_dropped_when_the_join_is_refused)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fake_ws_text(server, a, "42/guarded,[\"echo\",1]");
    sio_next_refuse(app.next, "late", NULL);
    fake_run(server);
    CHECK_STR(app_heard(a), "44/guarded,{\"message\":\"late\"}\n");
    CHECK(!a->is_over);
    fake_free(server);
}

TEST(data_of_a_refusal_that_are_not_one_value_are_left_out)
{
    static const struct {
        const char *message, *format, *heard;
    } rows[] = {
        {"no", "i", "44/guarded,{\"message\":\"no\",\"data\":1}\n"},
        {"no", "ii", "44/guarded,{\"message\":\"no\"}\n"},
        {"no", "", "44/guarded,{\"message\":\"no\"}\n"},
        {"\xff\"", "q", "44/guarded,{\"message\":\"\xef\xbf\xbd\\\"\"}\n"},
        {NULL, "i", "44/guarded,{\"data\":1}\n"},
        {NULL, NULL, "44/guarded,{}\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sio_server *server = app_start(NULL);
        struct fake_link *a = app_join(server, 0);

        fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
        sio_next_refuse(app.next, rows[i].message, rows[i].format, 1, 2);
        fake_run(server);
        CHECK_STR(app_heard(a), rows[i].heard);
        fake_free(server);
    }
}

TEST(too_much_before_the_join_is_over_closes_the_client)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    for (int i = 0; i < 16; i++)
        fake_ws_text(server, a, "42/guarded,[\"echo\",1]");
    CHECK(!a->is_over);
    fake_ws_text(server, a, "42/guarded,[\"echo\",1]");
    CHECK(a->is_over);
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) ");
    sio_next_accept(app.next); /* nobody waits for it */
    fake_run(server);
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

TEST(a_decision_after_the_client_is_gone_is_ignored)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_STR(app_trace(), "<transport close rooms:1> -/(transport close) ");
    sio_next_refuse(app.next, "late", "s", "data");
    fake_run(server);
    fake_free(server);
}

TEST(a_decision_after_the_server_is_gone_is_ignored)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fake_free(server);
    sio_next_accept(app.next);
}

TEST(a_second_connect_while_joining_starts_anew)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    sio_next *first;

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    first = app.next;
    fake_ws_text(server, a, "40/guarded,{\"wait\":2}");
    sio_next_accept(first);
    fake_run(server);
    CHECK_STR(app_heard(a), "");
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_STR(app_heard(a), "40/guarded,{\"sid\":\"*\"}\n");
    fake_free(server);
}

TEST(a_connect_to_a_joined_namespace_closes_the_client)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40");
    CHECK(a->is_over);
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) ");
    fake_free(server);
}

TEST(a_client_that_joins_nothing_is_closed)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_ws_text(server, a, "40/none,");
    fake_tick(server, 25000);
    fake_ws_text(server, a, "3");
    fake_tick(server, 19999);
    CHECK(!a->is_over);
    fake_tick(server, 1);
    CHECK(a->is_over);
    CHECK_EQ(a->close_code, 0);
    fake_free(server);
}

/* --- events -------------------------------------------------------------------------------- */

TEST(an_event_in_the_same_burst_as_the_connect_is_delivered)
{
    sio_server *server = app_start(NULL);
    struct fake_exchange *x = fake_get(server, 0, POLLING);
    char target[128];

    snprintf(target, sizeof target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    fake_post(server, 0, target,
              "40\x1e"
              "42[\"echo\",1]",
              15);
    x = fake_get(server, 0, target);
    CHECK(strstr(x->body.ptr, "\x1e"
                              "42[\"echo\",1]") != NULL);
    fake_free(server);
}

TEST(events_before_a_disconnect_in_one_burst_are_run)
{
    sio_server *server = app_start(NULL);
    struct fake_exchange *x = fake_get(server, 0, POLLING);
    char target[128];

    snprintf(target, sizeof target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    fake_post(server, 0, target, "40", 2);
    fake_post(server, 0, target,
              "42[\"7\"]\x1e"
              "41",
              10);
    CHECK_STR(app_trace(), "+/ 7 <client namespace disconnect rooms:1> "
                           "-/(client namespace disconnect) ");
    fake_free(server);
}

TEST(events_carry_any_arguments)
{
    static const char *const texts[] = {
        "42[\"echo\"]",
        "42[\"echo\",null,true,[1,{\"a\":\"\\ud83d\\ude00\"}],1e3]",
        "42[\"echo\",{\"_placeholder\":true,\"num\":0}]",
        "42[\"echo\",\"\xc3\xa9\\u0000\"]",
    };
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    char want[256];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fake_ws_text(server, a, texts[i]);
        snprintf(want, sizeof want, "%s\n", texts[i]);
        CHECK_STR(fake_heard(a), want);
    }
    fake_free(server);
}

TEST(values_are_packed_by_a_format)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"pack\"]");
    CHECK_STR(fake_heard(a), "451-[\"pack\",\"a\\n\",1,0.5,{\"k\":true,\"n\":null},"
                             "[{\"_placeholder\":true,\"num\":0}]]\nb:0102\n");
    fake_free(server);
}

TEST(binary_events_come_back_whole)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a,
                 "452-[\"echo\",{\"_placeholder\":true,\"num\":1},"
                 "{\"a\":{\"_placeholder\":true,\"num\":0}}]");
    fake_ws_send(server, a, true, "\0\1", 2);
    CHECK_STR(fake_heard(a), "");
    fake_ws_send(server, a, true, "\xff", 1);
    CHECK_STR(fake_heard(a), "452-[\"echo\",{\"_placeholder\":true,\"num\":0},"
                             "{\"a\":{\"_placeholder\":true,\"num\":1}}]\nb:ff\nb:0001\n");
    fake_free(server);
}

TEST(an_event_without_a_handler_goes_to_the_other_one)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"unknown\",1]");
    fake_ws_text(server, a, "42[1.5]");
    fake_ws_text(server, a, "42");
    fake_ws_text(server, a, "42[7]");
    CHECK_STR(app_trace(), "other(unknown) other(1.5) other() 7 ");
    fake_free(server);
}

TEST(what_breaks_the_protocol_closes_the_client)
{
    static const char *const texts[] = {
        "42[]",
        "42{}",
        "42[\"x\"",
        "41{}",
        "44{\"message\":\"x\"}",
        "42/plain,[\"x\"]",
        "41/plain",
        "431{}",
        "45[\"x\"]",
        "47",
        "4",
        "42[\"connect\"]",
        "40[]",
        "43/plain,",
        "4511-[\"x\"]",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sio_server *server = app_start(NULL);
        struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

        fake_ws_text(server, a, texts[i]);
        if (!a->is_over)
            printf("not closed: %s\n", texts[i]);
        CHECK(a->is_over);
        CHECK_EQ(a->close_code, 0);
        CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) ");
        fake_ws_text(server, b, "42[\"echo\"]");
        CHECK_STR(fake_heard(b), "42[\"echo\"]\n");
        fake_free(server);
    }
}

/* A polling client that has joined "/" and has no GET open. */
static const char *polling_target(sio_server *server)
{
    static char target[128];
    struct fake_exchange *x = fake_get(server, 0, POLLING);

    snprintf(target, sizeof target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    fake_post(server, 0, target, "40", 2);
    fake_get(server, 0, target);
    app_trace();
    return target;
}

TEST(a_polling_client_without_a_get_is_closed_by_force)
{
    sio_server *server = app_start(NULL);
    const char *target = polling_target(server);

    fake_post(server, 0, target, "41/plain,", 9);
    CHECK_STR(app_trace(), "<forced server close rooms:1> -/(forced server close) ");
    fake_free(server);
}

TEST(what_cannot_be_decoded_closes_the_sockets_with_the_session)
{
    sio_server *server = app_start(NULL);
    const char *target = polling_target(server);

    fake_post(server, 0, target, "4x", 2);
    CHECK_STR(app_trace(), "");
    CHECK_STR(fake_get(server, 0, target)->body.ptr, "6\x1e"
                                                     "1");
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) ");
    fake_free(server);
}

TEST(attachments_that_never_come_close_the_client)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "452-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    fake_tick(server, 20000);
    fake_ws_send(server, a, true, "x", 1);
    fake_tick(server, 5000);
    fake_ws_text(server, a, "3");
    fake_tick(server, 4999);
    CHECK(!a->is_over);
    fake_tick(server, 1);
    CHECK(a->is_over);
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) ");
    fake_free(server);
}

/* --- acks ---------------------------------------------------------------------------------- */

TEST(an_ack_is_answered_once)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "4212[\"ack\",\"x\",1]");
    fake_ws_text(server, a, "42013[\"ack\"]");
    fake_ws_text(server, a, "425[\"ack twice\"]");
    CHECK_STR(fake_heard(a), "4312[\"x\",1]\n4313[]\n435[1]\n");
    CHECK_STR(app_trace(), "closed ");
    fake_free(server);
}

TEST(an_ack_may_be_kept_and_answered_from_another_thread)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "421[\"keep ack\"]");
    CHECK_EQ(sio_ack_send(app.ack, "s", "later"), SIO_OK);
    CHECK_STR(fake_heard(a), "");
    fake_run(server);
    CHECK_STR(fake_heard(a), "431[\"later\"]\n");
    sio_ack_rele(app.ack);
    fake_free(server);
}

TEST(an_ack_is_sent_after_its_socket_left_the_namespace)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "421[\"keep ack\"]");
    fake_ws_text(server, a, "41");
    fake_enter(server, 0);
    CHECK_EQ(sio_ack_send(app.ack, NULL), SIO_OK);
    fake_run(server);
    CHECK_STR(fake_heard(a), "431[]\n");
    sio_ack_rele(app.ack);
    fake_free(server);
}

TEST(an_ack_outlives_its_client_and_the_server)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "421[\"keep ack\"]");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_EQ(sio_ack_send(app.ack, NULL), SIO_ECLOSED);
    fake_free(server);
    CHECK_EQ(sio_ack_send(app.ack, NULL), SIO_ECLOSED);
    sio_ack_rele(app.ack);
}

TEST(a_client_answers_what_it_is_asked)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    fake_ws_text(server, a, "42[\"ask\",0]");
    fake_ws_text(server, b, "42[\"ask\",0]");
    CHECK_STR(fake_heard(a), "420[\"question\",\"why\"]\n");
    CHECK_STR(fake_heard(b), "421[\"question\",\"why\"]\n");
    app_trace();
    fake_ws_text(server, a, "431[\"not mine\"]");
    fake_ws_text(server, a, "43[\"no id\"]");
    fake_ws_text(server, a, "4399[]");
    CHECK_STR(app_trace(), "");
    fake_ws_text(server, a, "430[\"because\"]");
    fake_ws_text(server, a, "430[\"again\"]");
    fake_ws_text(server, b, "431");
    CHECK_STR(app_trace(), "answer(ok \"because\") answer(ok) ");
    fake_free(server);
}

TEST(an_answer_that_does_not_come_times_out)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"ask\",100]");
    fake_tick(server, 99);
    CHECK_STR(app_trace(), "ok ");
    fake_tick(server, 1);
    fake_ws_text(server, a, "430[\"late\"]");
    CHECK_STR(app_trace(), "answer(timed out) ");
    fake_free(server);
}

TEST(awaited_answers_end_with_the_socket)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"ask\",100]");
    fake_ws_text(server, a, "42[\"ask\",0]");
    fake_ws_text(server, a, "41");
    CHECK_STR(app_trace(), "ok ok <client namespace disconnect rooms:1> answer(closed) "
                           "answer(closed) -/(client namespace disconnect) ");
    fake_tick(server, 1000);
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

static void few_acks(sio_config *config)
{
    config->max_pending_acks = 2;
}

TEST(awaited_answers_are_limited)
{
    sio_server *server = app_start(few_acks);
    struct fake_link *a = app_join(server, 0);

    for (int i = 0; i < 3; i++)
        fake_ws_text(server, a, "42[\"ask\",0]");
    CHECK_STR(app_trace(), "ok ok over a limit ");
    fake_free(server);
}

/* --- targets ------------------------------------------------------------------------------- */

TEST(emits_reach_who_is_meant)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0), *c = app_join(server, 0);

    fake_ws_text(server, a, "42[\"join\",\"r\"]");
    fake_ws_text(server, b, "42[\"join\",\"r\"]");
    fake_ws_text(server, a, "42[\"all\",1]");
    fake_ws_text(server, a, "42[\"others\",2]");
    fake_ws_text(server, c, "42[\"room\",\"r\"]");
    fake_ws_text(server, c, "42[\"but room\",\"r\"]");
    fake_ws_text(server, b, "42[\"leave\",\"r\"]");
    fake_ws_text(server, b, "42[\"room\",\"r\"]");
    CHECK_STR(fake_heard(a), "42[\"all\",1]\n42[\"room\",\"r\"]\n42[\"room\",\"r\"]\n");
    CHECK_STR(fake_heard(b), "42[\"all\",1]\n42[\"others\",2]\n42[\"room\",\"r\"]\n");
    CHECK_STR(fake_heard(c), "42[\"all\",1]\n42[\"others\",2]\n42[\"but room\",\"r\"]\n");
    fake_free(server);
}

static void three_workers(sio_config *config)
{
    config->workers = 3;
}

TEST(a_target_is_a_value)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    sio_target all = sio_all(sio_of(server, "/")), room = sio_to(all, "r");

    sio_emit(sio_except(all, "s"), "but s", NULL);
    sio_emit(room, "r", NULL);
    sio_emit(all, "all", NULL);
    fake_run(server);
    CHECK_STR(fake_heard(a), "42[\"but s\"]\n42[\"all\"]\n");
    fake_free(server);
}

TEST(a_namespace_may_be_named_without_its_slash)
{
    sio_server *server = app_start(NULL);

    CHECK(sio_of(server, "") == sio_of(server, "/"));
    CHECK(sio_of(server, "plain") == sio_of(server, "/plain"));
    CHECK_STR(sio_ns_name(sio_of(server, "plain")), "/plain");
    fake_free(server);
}

TEST(emits_reach_every_worker_in_order)
{
    sio_server *server = app_start(three_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1), *c = app_join(server, 2);
    sio_ns *ns = sio_of(server, "/");

    fake_ws_text(server, a, "42[\"all\",1]");
    CHECK_EQ(sio_emit(sio_all(ns), "from outside", "i", 2), SIO_OK);
    CHECK_EQ(sio_sockets_join(sio_all(ns), "r"), SIO_OK);
    CHECK_EQ(sio_emit(sio_local(sio_to(sio_all(ns), "r")), "r", NULL), SIO_OK);
    CHECK_EQ(sio_sockets_leave(sio_all(ns), "r"), SIO_OK);
    CHECK_EQ(sio_emit(sio_to(sio_all(ns), "r"), "r", NULL), SIO_OK);
    fake_run(server);
    CHECK_STR(fake_heard(a), "42[\"all\",1]\n42[\"from outside\",2]\n42[\"r\"]\n");
    CHECK_STR(fake_heard(b), "42[\"all\",1]\n42[\"from outside\",2]\n42[\"r\"]\n");
    CHECK_STR(fake_heard(c), "42[\"all\",1]\n42[\"from outside\",2]\n42[\"r\"]\n");
    fake_free(server);
}

TEST(a_volatile_event_is_dropped_for_who_cannot_take_it_now)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);
    sio_target target = sio_volatile(sio_all(sio_of(server, "/")));

    b->is_blocked = true;
    fake_enter(server, 0);
    CHECK_EQ(sio_emit(target, "x", "i", 1), SIO_OK);
    CHECK_EQ(sio_emit(target, "x", "i", 2), SIO_OK); /* the first is not written yet */
    fake_run(server);
    fake_unblock(server, b);
    CHECK_STR(fake_heard(a), "42[\"x\",1]\n");
    CHECK_STR(fake_heard(b), "");
    fake_free(server);
}

TEST(a_wrong_emit_is_refused)
{
    sio_server *server = app_start(NULL);
    sio_ns *ns = sio_of(server, "/");
    sio_target target = sio_all(ns);

    for (int i = 0; i < SIO_TARGET_ROOMS; i++)
        target = sio_to(target, "r");
    CHECK_EQ(sio_emit(target, "x", NULL), SIO_OK);
    CHECK_EQ(sio_emit(sio_to(target, "r"), "x", NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit(sio_all(ns), "disconnect", NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit(sio_all(ns), "x", "q"), SIO_EINVAL);
    CHECK_EQ(sio_emit(sio_all(ns), NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_ns_on(ns, "x", app_on, NULL), SIO_EBUSY);
    fake_stop(server);
    CHECK_EQ(sio_emit(sio_all(ns), "x", NULL), SIO_ECLOSED);
    CHECK(sio_of(server, "/new") != NULL);
    fake_free(server);
}

/* --- leaving ------------------------------------------------------------------------------- */

TEST(a_client_leaves_a_namespace_and_joins_it_again)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "41");
    CHECK_STR(app_trace(),
              "<client namespace disconnect rooms:1> -/(client namespace disconnect) ");
    CHECK_EQ(app.freed, 1);
    fake_ws_text(server, a, "40");
    CHECK_STR(app_heard(a), CONNECTED);
    fake_tick(server, 24000);
    CHECK(!a->is_over);
    fake_free(server);
}

TEST(a_handler_disconnects_its_own_socket)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"bye\",0]");
    CHECK_STR(fake_heard(a), "41\n");
    CHECK(!a->is_over);
    CHECK_STR(app_trace(),
              "<server namespace disconnect rooms:1> -/(server namespace disconnect) ");
    fake_free(server);
}

TEST(who_has_left_joins_no_room)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"bye, then join\"]");
    CHECK_STR(app_trace(),
              "<server namespace disconnect rooms:1> -/(server namespace disconnect) not in ");
    fake_free(server);
}

TEST(a_disconnect_that_closes_ends_every_namespace)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/plain,");
    fake_heard(a);
    app_trace();
    fake_ws_text(server, a, "42[\"bye\",1]");
    CHECK_STR(fake_heard(a), "41/plain,\n41\n");
    CHECK(a->is_over);
    CHECK_STR(app_trace(),
              "<server namespace disconnect rooms:1> -/plain(server namespace disconnect) "
              "<server namespace disconnect rooms:1> -/(server namespace disconnect) ");
    CHECK_EQ(app.freed, 2);
    fake_free(server);
}

TEST(all_sockets_are_disconnected_from_a_handler)
{
    sio_server *server = app_start(three_workers);
    struct fake_link *links[] = {app_join(server, 0), app_join(server, 0), app_join(server, 1)};

    for (int i = 0; i < 3; i++) {
        fake_ws_text(server, links[i], "40/plain,");
        fake_heard(links[i]);
    }
    app_trace();
    fake_ws_text(server, links[0], "42[\"kick\",0]");
    CHECK_STR(app_trace(),
              "<server namespace disconnect rooms:1> -/(server namespace disconnect) "
              "<server namespace disconnect rooms:1> -/(server namespace disconnect) "
              "<server namespace disconnect rooms:1> -/(server namespace disconnect) ");
    for (int i = 0; i < 3; i++)
        CHECK_STR(fake_heard(links[i]), "41\n");
    fake_ws_text(server, links[0], "42/plain,[\"kick\",1]");
    for (int i = 0; i < 3; i++) {
        CHECK_STR(fake_heard(links[i]), "41/plain,\n");
        CHECK(links[i]->is_over);
    }
    CHECK_EQ(app.freed, 6);
    fake_free(server);
}

TEST(a_lost_connection_tells_every_namespace_why)
{
    static const struct {
        enum sio__link_end how;
        const char *trace;
    } rows[] = {
        {SIO__LINK_CLOSED, "<transport close rooms:2> -/(transport close) "},
        {SIO__LINK_ERROR, "<transport error rooms:2> -/(transport error) "},
    };

    for (int i = 0; i < 2; i++) {
        sio_server *server = app_start(NULL);
        struct fake_link *a = app_join(server, 0);

        fake_ws_text(server, a, "42[\"gather\"]");
        fake_ws_closed(server, a, rows[i].how);
        CHECK_STR(app_trace(), rows[i].trace);
        fake_free(server);
    }
}

TEST(a_silent_client_times_out)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_tick(server, 44999);
    CHECK_STR(fake_heard(a), "2\n");
    CHECK(!a->is_over);
    fake_tick(server, 1);
    CHECK_STR(app_trace(), "<ping timeout rooms:1> -/(ping timeout) ");
    fake_free(server);
}

TEST(a_server_that_stops_says_so_to_its_application_alone)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fake_stop(server);
    CHECK_STR(app_trace(), "<server shutting down rooms:1> -/(server shutting down) ");
    CHECK_STR(fake_heard(a), "");
    CHECK(a->is_over);
    sio_next_accept(app.next);
    fake_free(server);
}

TEST(a_server_can_be_started_again)
{
    sio_server *server = app_start(NULL);

    app_join(server, 0);
    fake_stop(server);
    CHECK(fake_start(server));
    fake_ws_text(server, app_join(server, 0), "42[\"7\"]");
    CHECK_STR(app_trace(), "7 ");
    fake_free(server);
}

TEST(a_socket_is_small)
{
    CHECK(sizeof(struct sio_socket) < 400);
}

CHECK_MAIN(
    CHECK_ROW(a_client_joins_a_namespace_with_an_id_of_its_own),
    CHECK_ROW(an_unknown_namespace_is_refused_and_the_connection_lives),
    CHECK_ROW(a_middleware_refuses_with_a_message_and_data),
    CHECK_ROW(what_a_middleware_emits_comes_before_the_answer),
    CHECK_ROW(a_room_joined_in_a_middleware_is_silent_until_the_join_is_over),
    CHECK_ROW(a_room_joined_in_a_middleware_that_refuses_is_left),
    CHECK_ROW(events_wait_for_a_join_that_takes_its_time),
    CHECK_ROW(what_waits_is_dropped_when_the_join_is_refused),
    CHECK_ROW(data_of_a_refusal_that_are_not_one_value_are_left_out),
    CHECK_ROW(too_much_before_the_join_is_over_closes_the_client),
    CHECK_ROW(a_decision_after_the_client_is_gone_is_ignored),
    CHECK_ROW(a_decision_after_the_server_is_gone_is_ignored),
    CHECK_ROW(a_second_connect_while_joining_starts_anew),
    CHECK_ROW(a_connect_to_a_joined_namespace_closes_the_client),
    CHECK_ROW(a_client_that_joins_nothing_is_closed),
    CHECK_ROW(an_event_in_the_same_burst_as_the_connect_is_delivered),
    CHECK_ROW(events_before_a_disconnect_in_one_burst_are_run),
    CHECK_ROW(events_carry_any_arguments), CHECK_ROW(values_are_packed_by_a_format),
    CHECK_ROW(binary_events_come_back_whole),
    CHECK_ROW(an_event_without_a_handler_goes_to_the_other_one),
    CHECK_ROW(what_breaks_the_protocol_closes_the_client),
    CHECK_ROW(a_polling_client_without_a_get_is_closed_by_force),
    CHECK_ROW(what_cannot_be_decoded_closes_the_sockets_with_the_session),
    CHECK_ROW(attachments_that_never_come_close_the_client), CHECK_ROW(an_ack_is_answered_once),
    CHECK_ROW(an_ack_may_be_kept_and_answered_from_another_thread),
    CHECK_ROW(an_ack_is_sent_after_its_socket_left_the_namespace),
    CHECK_ROW(an_ack_outlives_its_client_and_the_server),
    CHECK_ROW(a_client_answers_what_it_is_asked), CHECK_ROW(an_answer_that_does_not_come_times_out),
    CHECK_ROW(awaited_answers_end_with_the_socket), CHECK_ROW(awaited_answers_are_limited),
    CHECK_ROW(emits_reach_who_is_meant), CHECK_ROW(a_target_is_a_value),
    CHECK_ROW(a_namespace_may_be_named_without_its_slash),
    CHECK_ROW(emits_reach_every_worker_in_order),
    CHECK_ROW(a_volatile_event_is_dropped_for_who_cannot_take_it_now),
    CHECK_ROW(a_wrong_emit_is_refused), CHECK_ROW(a_client_leaves_a_namespace_and_joins_it_again),
    CHECK_ROW(a_handler_disconnects_its_own_socket), CHECK_ROW(who_has_left_joins_no_room),
    CHECK_ROW(a_disconnect_that_closes_ends_every_namespace),
    CHECK_ROW(all_sockets_are_disconnected_from_a_handler),
    CHECK_ROW(a_lost_connection_tells_every_namespace_why), CHECK_ROW(a_silent_client_times_out),
    CHECK_ROW(a_server_that_stops_says_so_to_its_application_alone),
    CHECK_ROW(a_server_can_be_started_again), CHECK_ROW(a_socket_is_small))
