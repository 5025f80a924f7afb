/* Events from server to server, which here are workers; asked by a worker and by a thread of the
 * application. */
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

static void on_server_side(sio_ns *ns, const sio_args *args, sio_ack *ack, void *user)
{
    const char *what = user;
    sio_str text = {"-", 1}, bytes;

    if (strcmp(sio_ns_name(ns), "/") != 0)
        app_note("%s:", sio_ns_name(ns));
    sio_args_raw(args, 0, &text);
    app_note("%s%d(%.*s", what, (int)sio__worker_here(sio_ns_server(ns))->index, (int)text.len,
             text.ptr);
    if (sio_args_binary(args, 1, &bytes))
        app_note("+%zu", bytes.len);
    app_note(") ");
    CHECK_EQ(sio_args_event(args).len, 0);
    if (strcmp(what, "ask") == 0) {
        CHECK_EQ(sio_ack_send(ack, "is", (int)sio__worker_here(sio_ns_server(ns))->index, "second"),
                 SIO_OK);
        CHECK_EQ(sio_ack_send(ack, "i", 9), SIO_ECLOSED);
    } else if (strcmp(what, "echo") == 0) {
        CHECK_EQ(sio_ack_send_args(ack, args), SIO_OK);
    } else if (strcmp(what, "keep") == 0) {
        app.ack = sio_ack_hold(ack);
    }
}

static bool add_server_side(sio_ns *ns)
{
    static char names[][8] = {"tell", "ask", "echo", "keep", "silent"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sio_ns_on_server_side(ns, names[i], on_server_side, names[i]) != SIO_OK)
            return false;
    return true;
}

static sio_server *start_servers(fake_configure_fn *configure)
{
    sio_server *server;

    app_add = add_server_side;
    server = app_start(configure);
    app_add = NULL;
    CHECK_EQ(sio_ns_on_server_side(sio_of(server, "/"), "late", on_server_side, NULL), SIO_EBUSY);
    return server;
}

static sio_err emit_ack(sio_server *server, int from, const char *event)
{
    sio_err err;

    fake_enter(server, from);
    err = sio_server_side_emit_ack(sio_of(server, "/"), event, 0, app_answers, NULL, "sB#", "x",
                                   "\1\2", (size_t)2);
    fake_run(server);
    return err;
}

TEST(a_server_side_event_runs_once_on_each_other_worker)
{
    static const char *const heard[] = {"tell0([1]) tell1([1]) tell2([1]) ",
                                        "tell1([1]) tell2([1]) ", "tell0([1]) tell2([1]) "};
    sio_server *server = start_servers(three_workers);

    for (int from = APPLICATION; from < 2; from++) {
        fake_enter(server, from);
        CHECK_EQ(sio_server_side_emit(sio_of(server, "/"), "tell", "[i]", 1), SIO_OK);
        CHECK_STR(app_trace(), "");
        fake_run(server);
        CHECK_STR(app_trace(), heard[from + 1]);
    }
    CHECK_EQ(sio_server_side_emit(sio_of(server, "/"), "nobody", NULL), SIO_OK);
    fake_run(server);
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

static void set_up_server_side(sio_ns *ns, void *user)
{
    (void)user;
    CHECK(add_server_side(ns));
}

TEST(a_namespace_made_while_the_server_runs_hears_them_on_each_other_worker)
{
    sio_server *server = start_servers(three_workers);
    sio_ns *ns;

    fake_enter(server, 0);
    ns = sio_of_new(server, "/late", set_up_server_side, NULL);
    for (int i = 0; i < 2; i++) {
        fake_enter(server, 0);
        CHECK_EQ(sio_server_side_emit(ns, "tell", "[i]", 1), SIO_OK);
        fake_run(server);
        CHECK_STR(app_trace(), "/late:tell1([1]) /late:tell2([1]) ");
    }
    fake_free(server);
}

TEST(each_other_worker_answers_a_server_side_event_once)
{
    sio_server *server = start_servers(three_workers);

    CHECK_EQ(emit_ack(server, 0, "ask"), SIO_OK);
    CHECK_STR(app_trace(), "ask1(\"x\"+2) ask2(\"x\"+2) answers(ok 1 2) ");
    CHECK_EQ(emit_ack(server, APPLICATION, "ask"), SIO_OK);
    CHECK_STR(app_trace(), "ask0(\"x\"+2) ask1(\"x\"+2) ask2(\"x\"+2) answers(ok 0 1 2) ");
    CHECK_EQ(emit_ack(server, 2, "echo"), SIO_OK);
    CHECK_STR(app_trace(), "echo0(\"x\"+2) echo1(\"x\"+2) answers(ok \"x\"+2 \"x\"+2) ");
    fake_free(server);
}

TEST(with_one_worker_there_is_nobody_to_ask)
{
    sio_server *server = start_servers(NULL);

    CHECK_EQ(emit_ack(server, 0, "ask"), SIO_OK);
    CHECK_STR(app_trace(), "answers(ok) ");
    fake_free(server);
}

TEST(servers_that_do_not_answer_are_waited_for_five_seconds)
{
    sio_server *server = start_servers(three_workers);

    CHECK_EQ(emit_ack(server, 0, "silent"), SIO_OK);
    CHECK_EQ(emit_ack(server, 1, "nobody"), SIO_OK);
    fake_tick(server, 4999);
    CHECK_STR(app_trace(), "silent1(\"x\"+2) silent2(\"x\"+2) ");
    fake_tick(server, 1);
    CHECK_STR(app_trace(), "answers(timed out) answers(timed out) ");
    fake_free(server);
}

TEST(a_held_server_side_ack_is_answered_on_any_thread)
{
    for (int from = APPLICATION; from < 2; from++) {
        sio_server *server = start_servers(two_workers);

        CHECK_EQ(emit_ack(server, 0, "keep"), SIO_OK);
        CHECK_STR(app_trace(), "keep1(\"x\"+2) ");
        fake_enter(server, from);
        CHECK_EQ(sio_ack_send(app.ack, "q"), SIO_EINVAL);
        CHECK_EQ(sio_ack_send(app.ack, "{s:i}", "late", 1), SIO_OK);
        CHECK_EQ(sio_ack_send(app.ack, "i", 2), SIO_ECLOSED);
        sio_ack_rele(app.ack);
        fake_run(server);
        CHECK_STR(app_trace(), "answers(ok {\"late\":1}) ");
        fake_free(server);
    }
}

TEST(a_server_side_ack_may_outlive_the_server)
{
    sio_server *server = start_servers(two_workers);

    CHECK_EQ(emit_ack(server, 0, "keep"), SIO_OK);
    fake_free(server);
    CHECK_STR(app_trace(), "keep1(\"x\"+2) answers(closed) ");
    CHECK_EQ(sio_ack_send(app.ack, "i", 1), SIO_ECLOSED);
    sio_ack_rele(app.ack);
}

TEST(reserved_names_are_no_server_side_events)
{
    static const char *const names[] = {"connect", "connection", "new_namespace", "\xff", NULL};
    sio_server *server = start_servers(two_workers);

    fake_enter(server, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_EQ(sio_server_side_emit(sio_of(server, "/"), names[i], NULL), SIO_EINVAL);
        CHECK_EQ(emit_ack(server, 0, names[i]), SIO_EINVAL);
    }
    CHECK_EQ(sio_server_side_emit(sio_of(server, "/"), "tell", "s", "\xff"), SIO_EINVAL);
    CHECK_EQ(server->surveys, 0);
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(a_server_side_event_runs_once_on_each_other_worker),
           CHECK_ROW(a_namespace_made_while_the_server_runs_hears_them_on_each_other_worker),
           CHECK_ROW(each_other_worker_answers_a_server_side_event_once),
           CHECK_ROW(with_one_worker_there_is_nobody_to_ask),
           CHECK_ROW(servers_that_do_not_answer_are_waited_for_five_seconds),
           CHECK_ROW(a_held_server_side_ack_is_answered_on_any_thread),
           CHECK_ROW(a_server_side_ack_may_outlive_the_server),
           CHECK_ROW(reserved_names_are_no_server_side_events))
