/* Questions to many: emits with ack to a target, snapshots of sockets; asked by a worker and by a
 * thread of the application. */
#include "server/io/crowd.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

enum { APPLICATION = -1 };

static void two_workers(sio_config *config)
{
    config->workers = 2;
}

static void three_workers(sio_config *config)
{
    config->workers = 3;
}

static sio_err ask(sio_server *server, int from, uint32_t timeout_ms)
{
    sio_err err;

    fake_enter(server, from);
    err = sio_emit_ack(sio_all(sio_of(server, "/")), "question", timeout_ms, app_answers, NULL, "s",
                       "why");
    app_note("%s ", sio_strerror(err));
    fake_run(server);
    return err;
}

/* The id of the ack that a question asks for; answers it with this text. */
static void answer(sio_server *server, struct fake_link *link, const char *values)
{
    unsigned id = 0;
    char packet[256];

    if (sscanf(fake_heard(link), "42%u[\"question\",\"why\"]", &id) != 1)
        return;
    CHECK(id >= SIO__CROWD_ACK_ID && id <= INT32_MAX);
    snprintf(packet, sizeof packet, "43%u%s", id, values);
    fake_ws_text(server, link, packet);
}

/* --- emits with ack ------------------------------------------------------------------------ */

TEST(the_first_argument_of_each_client_comes_in_the_order_of_arrival)
{
    for (int from = APPLICATION; from < 2; from++) {
        sio_server *server = app_start(two_workers);
        struct fake_link *a = app_join(server, 0), *b = app_join(server, 1),
                         *c = app_join(server, 1);

        ask(server, from, 1000);
        CHECK_STR(app_trace(), "ok ");
        answer(server, b, "[{\"b\":[1]},2]");
        answer(server, a, "[]");
        CHECK_STR(app_trace(), "");
        answer(server, c, "[\"c\"]");
        CHECK_STR(app_trace(), "answers(ok {\"b\":[1]} - \"c\") ");
        fake_tick(server, 5000);
        CHECK_STR(app_trace(), "");
        fake_free(server);
    }
}

TEST(all_recipients_get_the_same_packet)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);
    char first[64];

    ask(server, 0, 1000);
    snprintf(first, sizeof first, "%s", fake_heard(a));
    CHECK_STR(fake_heard(b), first);
    fake_free(server);
}

TEST(without_recipients_there_is_an_empty_result_at_once)
{
    for (int from = APPLICATION; from < 2; from++) {
        sio_server *server = app_start(two_workers);

        ask(server, from, 1000);
        CHECK_STR(app_trace(), "ok answers(ok) ");
        fake_free(server);
    }
}

TEST(the_callback_does_not_run_within_the_call)
{
    sio_server *server = app_start(NULL);
    sio_target nobody = sio_to(sio_all(sio_of(server, "/")), "nowhere");

    fake_enter(server, 0);
    CHECK_EQ(sio_emit_ack(nobody, "question", 1, app_answers, NULL, NULL), SIO_OK);
    CHECK_STR(app_trace(), "");
    fake_run(server);
    CHECK_STR(app_trace(), "answers(ok) ");
    fake_free(server);
}

TEST(the_timeout_gives_what_has_come)
{
    for (int from = APPLICATION; from < 2; from++) {
        sio_server *server = app_start(two_workers);
        struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);

        ask(server, from, 1000);
        answer(server, b, "[7]");
        fake_tick(server, 999);
        CHECK_STR(app_trace(), "ok ");
        fake_tick(server, 1);
        CHECK_STR(app_trace(), "answers(timed out 7) ");
        answer(server, a, "[8]");
        CHECK_STR(app_trace(), "");
        CHECK(!a->is_over);
        fake_free(server);
    }
}

TEST(who_disconnects_is_not_waited_for)
{
    for (int from = APPLICATION; from < 2; from++) {
        sio_server *server = app_start(two_workers);
        struct fake_link *a = app_join(server, 0), *b = app_join(server, 1),
                         *c = app_join(server, 1);

        ask(server, from, 1000);
        answer(server, a, "[1]");
        fake_ws_closed(server, c, SIO__LINK_CLOSED);
        app_trace();
        fake_ws_text(server, b, "41");
        CHECK_STR(app_trace(), "<client namespace disconnect rooms:1> "
                               "-/(client namespace disconnect) answers(ok 1) ");
        fake_free(server);
    }
}

TEST(binary_answers_keep_the_attachments_of_the_first_argument)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *b = app_join(server, 1);
    unsigned id = 0;
    char packet[128];

    ask(server, 0, 1000);
    sscanf(fake_heard(b), "42%u", &id);
    snprintf(packet, sizeof packet,
             "462-%u[[{\"_placeholder\":true,\"num\":1}],{\"_placeholder\":true,\"num\":0}]", id);
    fake_ws_text(server, b, packet);
    fake_ws_send(server, b, true, "\1\2\3\4\5", 5);
    fake_ws_send(server, b, true, "\1\2", 2);
    CHECK_STR(app_trace(), "ok answers(ok [{\"_placeholder\":true,\"num\":0}]+2) ");
    fake_free(server);
}

TEST(a_client_answers_once_and_only_what_it_was_asked)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0), *c;
    unsigned id = 0;
    char packet[64];

    ask(server, 1, 1000);
    c = fake_ws(server, 0, WS);
    fake_ws_text(server, c, "40");
    sscanf(fake_heard(a), "42%u", &id);
    snprintf(packet, sizeof packet, "43%u[\"a\"]", id);
    app_trace();
    fake_ws_text(server, c, packet);
    fake_ws_text(server, a, packet);
    fake_ws_text(server, a, packet);
    snprintf(packet, sizeof packet, "43%u[\"?\"]", id + 1);
    fake_ws_text(server, a, packet);
    CHECK_STR(app_trace(), "");
    answer(server, b, "[\"b\"]");
    CHECK_STR(app_trace(), "answers(ok \"a\" \"b\") ");
    fake_free(server);
}

TEST(hundreds_of_clients_answer_several_questions_at_once)
{
    enum { CLIENTS = 300 };
    sio_server *server = app_start(two_workers);
    struct fake_link *links[CLIENTS];
    static char trace[4096];
    unsigned ids[3];

    for (int i = 0; i < CLIENTS; i++)
        links[i] = app_join(server, (unsigned)i % 2);
    for (int i = 0; i < 3; i++)
        ask(server, i - 1, 1000);
    for (int i = 0; i < CLIENTS; i++) {
        const char *heard = fake_heard(links[i]);
        char packets[3][32];

        CHECK_EQ(sscanf(heard, "42%u[\"question\",\"why\"] 42%u[\"question\",\"why\"] 42%u",
                        &ids[0], &ids[1], &ids[2]),
                 3);
        for (int k = 0; k < 3; k++)
            snprintf(packets[k], sizeof packets[k], "43%u[1]", ids[k]);
        for (int k = 0; k < 3; k++)
            fake_ws_text(server, links[i], packets[(k + i) % 3]);
    }
    snprintf(trace, sizeof trace, "%s", app_trace());
    for (int k = 0; k < 3; k++) {
        char *at = strstr(trace, "answers(ok");
        size_t count = 0;

        CHECK(at != NULL);
        if (at == NULL)
            break;
        for (at += strlen("answers(ok"); *at != ')'; at += 2)
            count++;
        CHECK_EQ(count, CLIENTS);
        memmove(trace, at, strlen(at) + 1);
    }
    fake_free(server);
}

TEST(a_volatile_question_does_not_wait_for_who_could_not_take_it)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);

    b->is_blocked = true;
    fake_enter(server, 0);
    CHECK_EQ(sio_emit_ack(sio_volatile(sio_all(sio_of(server, "/"))), "question", 1000, app_answers,
                          NULL, "s", "why"),
             SIO_OK);
    fake_run(server);
    answer(server, a, "[1]");
    CHECK_STR(app_trace(), "answers(ok 1) ");
    fake_unblock(server, b);
    CHECK_STR(fake_heard(b), "");
    fake_free(server);
}

TEST(what_a_question_must_have)
{
    sio_server *server = app_start(NULL);
    sio_target all = sio_all(sio_of(server, "/")), many = all;

    for (int i = 0; i < 9; i++)
        many = sio_to(many, "room");
    fake_enter(server, 0);
    CHECK_EQ(sio_emit_ack(all, "q", 0, app_answers, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit_ack(all, "q", 1, NULL, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit_ack(all, NULL, 1, app_answers, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit_ack(all, "connect", 1, app_answers, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit_ack(all, "q", 1, app_answers, NULL, "q"), SIO_EINVAL);
    CHECK_EQ(sio_emit_ack(many, "q", 1, app_answers, NULL, NULL), SIO_EINVAL);
    fake_run(server);
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

static void few_surveys(sio_config *config)
{
    config->workers = 2;
    config->max_pending_surveys = 2;
}

TEST(questions_that_wait_are_capped)
{
    sio_server *server = app_start(few_surveys);
    struct fake_link *a = app_join(server, 0);

    ask(server, 0, 1000);
    ask(server, APPLICATION, 1000);
    ask(server, 0, 1000);
    ask(server, APPLICATION, 1000);
    CHECK_STR(app_trace(), "ok ok over a limit over a limit ");
    CHECK_EQ(fake_count(server, "surveys_refused"), 2);
    fake_ws_text(server, a, "41");
    app_trace();
    ask(server, 1, 1000);
    CHECK_STR(app_trace(), "ok answers(ok) ");
    fake_free(server);
}

static void little_memory(sio_config *config)
{
    config->workers = 2;
    config->max_survey_bytes = 2000;
}

TEST(answers_that_hold_too_much_end_the_question_with_what_fits)
{
    sio_server *server = app_start(little_memory);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1), *c = app_join(server, 1);
    static char long_text[3000];
    unsigned id = 0;

    for (int from = APPLICATION; from < 2; from++) {
        ask(server, from, 1000);
        sscanf(fake_heard(b), "42%u", &id);
        snprintf(long_text, sizeof long_text, "43%u[\"%2500s\"]", id, "");
        answer(server, a, "[1]");
        app_trace();
        fake_ws_text(server, b, long_text);
        CHECK_STR(app_trace(), "answers(over a limit 1) ");
        answer(server, c, "[2]");
        CHECK_STR(app_trace(), "");
        CHECK_EQ(server->survey_bytes, 0);
    }
    CHECK_EQ(fake_count(server, "surveys_overflowed"), 3);
    fake_free(server);
}

TEST(the_end_of_the_server_answers_every_question)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0);

    app_join(server, 1);
    ask(server, 0, 1000);
    ask(server, APPLICATION, 1000);
    ask(server, 1, 1000);
    CHECK_STR(app_trace(), "ok ok ok ");
    answer(server, a, "[1]");
    fake_stop(server);
    CHECK(strstr(app_trace(), "answers(closed 1) ") != NULL);
    CHECK_EQ(server->surveys, 0);
    CHECK_EQ(sio_emit_ack(sio_all(sio_of(server, "/")), "q", 1, app_answers, NULL, NULL),
             SIO_ECLOSED);
    fake_free(server);
}

static void ask_again(sio_err err, const sio_args *const *answers, size_t count, void *user)
{
    (void)answers, (void)count;
    app_note(
        "again(%s %s) ", sio_strerror(err),
        sio_strerror(sio_emit_ack(sio_all(user), "question", 1000, app_answers, NULL, "s", "why")));
}

TEST(a_callback_may_ask_again)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    sio_ns *ns = sio_of(server, "/");

    fake_enter(server, 0);
    sio_emit_ack(sio_all(ns), "question", 1000, ask_again, ns, "s", "why");
    fake_run(server);
    answer(server, a, "[1]");
    answer(server, a, "[2]");
    CHECK_STR(app_trace(), "again(ok ok) answers(ok 2) ");
    fake_free(server);
}

TEST(acks_of_single_sockets_and_of_many_do_not_mix)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"ask\",1000]");
    CHECK_STR(fake_heard(a), "420[\"question\",\"why\"]\n");
    ask(server, 0, 1000);
    answer(server, a, "[\"many\"]");
    fake_ws_text(server, a, "430[\"one\"]");
    CHECK_STR(app_trace(), "ok ok answers(ok \"many\") answer(ok \"one\") ");
    fake_free(server);
}

/* --- snapshots ----------------------------------------------------------------------------- */

static void note_room(sio_str room, void *user)
{
    (void)user;
    app_note("%s", room.len == 20 ? " *" : " ");
    if (room.len != 20)
        app_note("%.*s", (int)room.len, room.ptr);
}

static void note_sockets(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                         void *user)
{
    (void)user;
    app_note("sockets(%s", sio_strerror(err));
    for (size_t i = 0; i < count; i++) {
        sio_str auth = sio_remote_socket_auth_raw(sockets[i]);
        sio_str data = sio_remote_socket_data_raw(sockets[i]);

        app_note(" [%s %.*s %.*s", sio_ns_name(sio_remote_socket_ns(sockets[i])), (int)auth.len,
                 auth.ptr, (int)data.len, data.ptr);
        sio_remote_socket_each_room(sockets[i], note_room, NULL);
        app_note("]");
    }
    app_note(") ");
}

static void fetch(sio_server *server, int from, sio_target target)
{
    fake_enter(server, from);
    CHECK_EQ(sio_fetch_sockets(target, 0, note_sockets, NULL), SIO_OK);
    CHECK_STR(app_trace(), "");
    fake_run(server);
}

static json_t *describe(sio_socket *socket, void *user)
{
    (void)user;
    return sio_socket_in_room(socket, "plain")
               ? NULL
               : json_pack("{s:b}", "has data", sio_socket_data(socket) != NULL);
}

static bool add_description(sio_ns *ns)
{
    return sio_ns_describe_data(ns, describe, NULL) == SIO_OK;
}

static sio_server *start_described(void)
{
    sio_server *server;

    app_add = add_description;
    server = app_start(three_workers);
    app_add = NULL;
    CHECK_EQ(sio_ns_describe_data(sio_of(server, "/"), describe, NULL), SIO_EBUSY);
    return server;
}

TEST(a_snapshot_has_rooms_auth_and_described_data)
{
    for (int from = APPLICATION; from < 3; from++) {
        sio_server *server = start_described();
        struct fake_link *a = fake_ws(server, 2, WS), *b = app_join(server, 1);

        fake_ws_text(server, a, "40{\"token\":7}");
        fake_ws_text(server, a, "42[\"join\",\"red\"]");
        fake_ws_text(server, b, "42[\"join\",\"plain\"]");
        app_trace();
        fetch(server, from, sio_to(sio_all(sio_of(server, "/")), "red"));
        CHECK_STR(app_trace(), "sockets(ok [/ {\"token\":7} {\"has data\":true} * red]) ");
        fetch(server, from, sio_except(sio_local(sio_all(sio_of(server, "/"))), "red"));
        CHECK_STR(app_trace(), "sockets(ok [/ {} {} * plain]) ");
        fake_free(server);
    }
}

static void note_facts(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                       void *user)
{
    const sio_remote_socket *one = sockets[0];
    char value[16];
    size_t len = 0;
    json_t *auth = sio_remote_socket_auth(one), *data = sio_remote_socket_data(one);

    (void)user;
    CHECK_EQ(err, SIO_OK);
    CHECK_EQ(count, 1);
    CHECK(sio_remote_socket_query(one, "transport", value, sizeof value, &len));
    CHECK_MEM(value, len, "websocket", 9);
    CHECK_MEM(sio_remote_socket_header(one, "user-agent").ptr, 4, "fake", 4);
    CHECK_MEM(sio_remote_socket_address(one).ptr, 9, "127.0.0.1", 9);
    CHECK_MEM(sio_remote_socket_url(one).ptr, strlen(WS), WS, strlen(WS));
    CHECK(!sio_remote_socket_secure(one) && !sio_remote_socket_xdomain(one));
    CHECK(sio_remote_socket_issued_ms(one) > 0);
    CHECK_EQ(strlen(sio_remote_socket_id(one)), 20);
    CHECK(sio_remote_socket_in_room(one, sio_remote_socket_id(one)));
    CHECK(!sio_remote_socket_in_room(one, "elsewhere"));
    CHECK(json_is_object(auth) && json_is_object(data));
    json_decref(auth);
    json_decref(data);
    app_note("%s ", sio_strerror(sio_emit(sio_remote_socket_target(one), "hello", NULL)));
    app_note("%s ", sio_strerror(sio_sockets_join(sio_remote_socket_target(one), "found")));
    app_note("%s ", sio_strerror(sio_emit_ack(sio_remote_socket_target(one), "question", 1000,
                                              app_answers, NULL, "s", "why")));
}

TEST(a_snapshot_has_the_facts_of_the_handshake_and_is_a_target)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *b = app_join(server, 1);
    unsigned id = 0;
    char packet[64];

    fake_enter(server, 0);
    CHECK_EQ(sio_fetch_sockets(sio_all(sio_of(server, "/")), 100, note_facts, NULL), SIO_OK);
    fake_run(server);
    CHECK_STR(app_trace(), "ok ok ok ");
    CHECK_EQ(sscanf(fake_heard(b), "42[\"hello\"] 42%u[", &id), 1);
    snprintf(packet, sizeof packet, "43%u[\"because\"]", id);
    fake_ws_text(server, b, packet);
    CHECK_STR(app_trace(), "answers(ok \"because\") ");
    sio_emit(sio_to(sio_all(sio_of(server, "/")), "found"), "found", NULL);
    fake_run(server);
    CHECK_STR(fake_heard(b), "42[\"found\"]\n");
    fake_free(server);
}

TEST(who_is_disconnected_in_the_same_turn_has_no_snapshot)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0);

    app_join(server, 0);
    app_join(server, 1);
    fake_ws_text(server, a, "42[\"join\",\"out\"]");
    fake_enter(server, 0);
    sio_fetch_sockets(sio_all(sio_of(server, "/")), 100, note_sockets, NULL);
    sio_disconnect_sockets(sio_to(sio_all(sio_of(server, "/")), "out"), true);
    fake_run(server);
    CHECK_STR(app_trace(), "<server namespace disconnect rooms:2> -/(server namespace disconnect) "
                           "sockets(ok [/ {} {} *] [/ {} {} *]) ");
    fake_free(server);
}

TEST(joining_sockets_are_not_fetched)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fetch(server, 0, sio_all(sio_of(server, "/guarded")));
    CHECK_STR(app_trace(), "sockets(ok) ");
    CHECK_EQ(sio_ns_socket_count(sio_of(server, "/guarded")), 0);
    CHECK_EQ(sio_ns_socket_count(sio_of(server, "/")), 1);
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_EQ(sio_ns_socket_count(sio_of(server, "/guarded")), 1);
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_EQ(sio_ns_socket_count(sio_of(server, "/guarded")), 0);
    CHECK_EQ(sio_ns_socket_count(sio_of(server, "/")), 0);
    fake_free(server);
}

/* --- targets ------------------------------------------------------------------------------- */

enum { MANY = 40 };

TEST(a_target_takes_any_number_of_rooms_as_an_array)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);
    sio_ns *ns = sio_of(server, "/");
    char names[MANY][8];
    sio_str rooms[MANY];

    for (int i = 0; i < MANY; i++)
        rooms[i] = (sio_str){names[i], (size_t)snprintf(names[i], sizeof names[i], "r%d", i)};
    fake_ws_text(server, a, "42[\"join\",\"r39\"]");
    fake_ws_text(server, b, "42[\"join\",\"r0\"]");
    CHECK_EQ(sio_emit(sio_to(sio_to_many(sio_all(ns), rooms, MANY), "r1"), "one", NULL), SIO_OK);
    CHECK_EQ(sio_emit(sio_except_many(sio_all(ns), rooms, MANY - 1), "two", NULL), SIO_OK);
    CHECK_EQ(sio_emit(sio_to_many(sio_to_many(sio_all(ns), rooms, 2), rooms + 2, 8), "three", NULL),
             SIO_OK);
    CHECK_EQ(sio_emit(sio_to_many(sio_to_many(sio_all(ns), rooms, 2), rooms + 2, 9), "no", NULL),
             SIO_EINVAL);
    CHECK_EQ(
        sio_emit(sio_except_many(sio_except_many(sio_all(ns), rooms, 2), rooms, 9), "no", NULL),
        SIO_EINVAL);
    fake_run(server);
    CHECK_STR(fake_heard(a), "42[\"one\"]\n42[\"two\"]\n");
    CHECK_STR(fake_heard(b), "42[\"one\"]\n42[\"three\"]\n");
    fake_free(server);
}

TEST(several_rooms_are_joined_and_left_in_one_call)
{
    sio_server *server = app_start(two_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);
    sio_str rooms[] = {{"x", 1}, {"y", 1}, {"z", 1}};

    fake_ws_text(server, b, "42[\"join\",\"here\"]");
    CHECK_EQ(sio_sockets_join_many(sio_to(sio_all(sio_of(server, "/")), "here"), rooms, 3), SIO_OK);
    CHECK_EQ(sio_sockets_leave_many(sio_all(sio_of(server, "/")), rooms + 1, 2), SIO_OK);
    fake_run(server);
    fetch(server, 0, sio_to(sio_all(sio_of(server, "/")), "x"));
    CHECK_STR(app_trace(), "sockets(ok [/ {} {} * here x]) ");
    CHECK_STR(fake_heard(a), "");
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(the_first_argument_of_each_client_comes_in_the_order_of_arrival),
           CHECK_ROW(all_recipients_get_the_same_packet),
           CHECK_ROW(without_recipients_there_is_an_empty_result_at_once),
           CHECK_ROW(the_callback_does_not_run_within_the_call),
           CHECK_ROW(the_timeout_gives_what_has_come), CHECK_ROW(who_disconnects_is_not_waited_for),
           CHECK_ROW(binary_answers_keep_the_attachments_of_the_first_argument),
           CHECK_ROW(a_client_answers_once_and_only_what_it_was_asked),
           CHECK_ROW(hundreds_of_clients_answer_several_questions_at_once),
           CHECK_ROW(a_volatile_question_does_not_wait_for_who_could_not_take_it),
           CHECK_ROW(what_a_question_must_have), CHECK_ROW(questions_that_wait_are_capped),
           CHECK_ROW(answers_that_hold_too_much_end_the_question_with_what_fits),
           CHECK_ROW(the_end_of_the_server_answers_every_question),
           CHECK_ROW(a_callback_may_ask_again),
           CHECK_ROW(acks_of_single_sockets_and_of_many_do_not_mix),
           CHECK_ROW(a_snapshot_has_rooms_auth_and_described_data),
           CHECK_ROW(a_snapshot_has_the_facts_of_the_handshake_and_is_a_target),
           CHECK_ROW(who_is_disconnected_in_the_same_turn_has_no_snapshot),
           CHECK_ROW(joining_sockets_are_not_fetched),
           CHECK_ROW(a_target_takes_any_number_of_rooms_as_an_array),
           CHECK_ROW(several_rooms_are_joined_and_left_in_one_call))
