/* A client that reads too slowly: volatile first, then close (docs/LIMITS.md). */
#include "protocol/mem.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

static char log_text[1024], closed[256];

static void on_log(sio_log_level level, const char *line, void *user)
{
    size_t at = strlen(log_text);

    (void)level, (void)user;
    snprintf(log_text + at, sizeof log_text - at, "%s\n", line);
}

static void on_session(sio_session_event event, const sio_session_info *info, void *user)
{
    (void)user;
    if (event == SIO_SESSION_CLOSE)
        snprintf(closed, sizeof closed, "%s: %s", info->reason,
                 info->description != NULL ? info->description : "-");
}

static void small_queue(sio_config *config)
{
    config->max_queue_bytes = 100;
    config->log = on_log;
}

static sio_server *start(void)
{
    static const sio_engine_hooks hooks = {.session = on_session};
    sio_server *server;

    log_text[0] = closed[0] = '\0';
    memset(&app, 0, sizeof app);
    server = fake_server_new(small_queue);
    CHECK(app_serve(sio_of(server, "/")));
    CHECK_EQ(sio_engine_set_hooks(server, NULL, &hooks), SIO_OK);
    CHECK(fake_start(server));
    return server;
}

/* 30 bytes on the wire of a WebSocket; what a worker does in a turn of its own. */
static void tell_all(sio_server *server, bool is_volatile)
{
    sio_target all = sio_all(sio_of(server, "/"));

    fake_enter(server, 0);
    CHECK_EQ(sio_emit(is_volatile ? sio_volatile(all) : all, "x", "s", "18 bytes of a text"),
             SIO_OK);
    fake_run(server);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        count++;
    return count;
}

TEST(a_packet_over_the_limit_closes_its_client_and_nobody_else)
{
    sio_server *server = start();
    struct fake_link *lazy = app_join(server, 0), *reader = app_join(server, 0);

    lazy->is_blocked = true;
    for (int i = 0; i < 3; i++)
        tell_all(server, false);
    CHECK(!lazy->is_over);
    tell_all(server, false);
    CHECK(lazy->is_over);
    CHECK_STR(app_trace(), "<transport error rooms:1> -/(transport error) ");
    CHECK_STR(closed, "transport error: reads too slowly");
    tell_all(server, false);
    CHECK_EQ(count_of(fake_heard(reader), "18 bytes"), 5);
    CHECK_EQ(fake_count(server, "queues_full"), 1);
    CHECK_EQ(fake_count(server, "packets_dropped"), 1);
    fake_free(server);
}

TEST(the_log_names_the_client_once)
{
    sio_server *server = start();
    struct fake_link *lazy = fake_ws(server, 0, WS);
    char id[21], line[256];

    snprintf(id, sizeof id, "%.20s", strstr(fake_heard(lazy), "sid\":\"") + 6);
    fake_ws_text(server, lazy, "40");
    lazy->is_blocked = true;
    for (int i = 0; i < 10; i++)
        tell_all(server, false);
    snprintf(line, sizeof line,
             "session %s (websocket, 127.0.0.1) reads too slowly: closed with 90 bytes waiting, of "
             "100 (max_queue_bytes)\n",
             id);
    CHECK_STR(log_text, line);
    fake_free(server);
}

TEST(volatile_packets_are_dropped_first_and_close_nobody)
{
    sio_server *server = start();
    struct fake_link *lazy = app_join(server, 0), *reader = app_join(server, 0);

    lazy->is_blocked = true;
    tell_all(server, false);
    for (int i = 0; i < 100; i++)
        tell_all(server, true);
    CHECK_EQ(count_of(fake_heard(reader), "18 bytes"), 101);
    CHECK_EQ(fake_count(server, "packets_dropped"), 100);
    CHECK_EQ(fake_count(server, "queues_full"), 0);
    fake_unblock(server, lazy);
    CHECK_EQ(count_of(fake_heard(lazy), "18 bytes"), 1);
    tell_all(server, true);
    CHECK_EQ(count_of(fake_heard(lazy), "18 bytes"), 1);
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

TEST(who_does_not_poll_is_closed_at_the_same_limit)
{
    sio_server *server = start();
    struct fake_exchange *x = fake_get(server, 0, POLLING);
    char target[128];

    snprintf(target, sizeof target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    CHECK_EQ(fake_post(server, 0, target, "40", 2)->status, 200);
    fake_get(server, 0, target);
    app_trace();
    for (int i = 0; i < 4; i++)
        tell_all(server, i < 1);
    CHECK_STR(closed, ""); /* of four, the volatile one did not wait */
    tell_all(server, false);
    CHECK_STR(app_trace(), "<transport error rooms:1> -/(transport error) ");
    CHECK_STR(closed, "transport error: reads too slowly");
    CHECK_EQ(count_of(log_text, "(polling, 127.0.0.1) reads too slowly: closed with 90 bytes"), 1);
    CHECK_EQ(fake_count(server, "queues_full"), 1);
    x = fake_get(server, 0, target);
    CHECK_EQ(x->status, 400);
    CHECK_STR(x->body.ptr, "{\"code\":1,\"message\":\"Session ID unknown\"}");
    fake_free(server);
}

TEST(an_empty_queue_takes_a_packet_of_any_size)
{
    sio_server *server = start();
    struct fake_link *lazy = app_join(server, 0);
    char text[1000];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    lazy->is_blocked = true;
    fake_enter(server, 0);
    CHECK_EQ(sio_emit(sio_all(sio_of(server, "/")), "x", "s", text), SIO_OK);
    fake_run(server);
    fake_unblock(server, lazy);
    CHECK_EQ(count_of(fake_heard(lazy), text), 1);
    fake_free(server);
}

TEST(answers_to_connects_that_are_refused_wait_in_the_same_queue)
{
    sio_server *server = start();
    struct fake_link *a = app_join(server, 0);
    unsigned asked = 0;

    for (; asked < 100; asked++)
        fake_ws_text(server, a, "40/nowhere,");
    CHECK_EQ(count_of(fake_heard(a), "44/nowhere,{\"message\":\"Invalid namespace\"}"), 100);
    a->is_blocked = true;
    for (; !a->is_over; asked++)
        fake_ws_text(server, a, "40/nowhere,");
    CHECK_EQ(asked, 103); /* 43 bytes each on the wire */
    CHECK_STR(closed, "transport error: reads too slowly");
    CHECK_EQ(fake_count(server, "connects_refused"), 103);
    fake_free(server);
}

/* What its own handler is told when it emits: "x" asks for it. */
static sio_err first_err, second_err;
static long fail_nth;

static void on_emit_twice(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)args, (void)ack, (void)user;
    sio__mem_fail_nth(fail_nth, false);
    first_err = sio_socket_emit(socket, "x", "s", "18 bytes of a text");
    sio__mem_fail_nth(0, false);
    second_err = sio_socket_emit(socket, "x", NULL);
}

static bool add_emit_twice(sio_ns *ns)
{
    return sio_ns_on(ns, "emit twice", on_emit_twice, NULL) == SIO_OK;
}

/* With so many packets waiting, and the n-th allocation of the first emit failing (0: none). */
static sio_server *emit_twice(int waiting, long nth)
{
    sio_server *server;
    struct fake_link *a;

    app_add = add_emit_twice;
    server = start();
    app_add = NULL;
    a = app_join(server, 0);
    a->is_blocked = true;
    for (int i = 0; i < waiting; i++)
        tell_all(server, false);
    fail_nth = nth;
    fake_ws_text(server, a, "42[\"emit twice\"]");
    return server;
}

TEST(who_emits_over_the_limit_is_told_that_it_is_closed)
{
    sio_server *server = emit_twice(3, 0);

    CHECK_EQ(first_err, SIO_ECLOSED);
    CHECK_EQ(second_err, SIO_ECLOSED);
    CHECK_STR(closed, "transport error: reads too slowly");
    fake_free(server);
}

/* The queue's ring is the last that is asked for. */
TEST(no_memory_for_the_queue_is_told_as_such)
{
    long nth = 1;

    for (;; nth++) {
        sio_server *server = emit_twice(SIO__SENDQ_INLINE, nth);
        bool is_closed = closed[0] != '\0';

        CHECK_EQ(first_err, SIO_ENOMEM);
        CHECK_EQ(second_err, is_closed ? SIO_ECLOSED : SIO_OK);
        if (is_closed) {
            CHECK_STR(closed, "transport error: out of memory");
            CHECK_STR(app_trace(), "<transport error rooms:1> -/(transport error) ");
            CHECK_STR(log_text, "");
            CHECK_EQ(fake_count(server, "out_of_memory"), 1);
            CHECK_EQ(fake_count(server, "queues_full"), 0);
        }
        fake_free(server);
        if (is_closed)
            break;
    }
    fake_free(emit_twice(SIO__SENDQ_INLINE, nth + 1));
    CHECK_EQ(first_err, SIO_OK);
}

CHECK_MAIN(CHECK_ROW(a_packet_over_the_limit_closes_its_client_and_nobody_else),
           CHECK_ROW(the_log_names_the_client_once),
           CHECK_ROW(volatile_packets_are_dropped_first_and_close_nobody),
           CHECK_ROW(who_does_not_poll_is_closed_at_the_same_limit),
           CHECK_ROW(an_empty_queue_takes_a_packet_of_any_size),
           CHECK_ROW(answers_to_connects_that_are_refused_wait_in_the_same_queue),
           CHECK_ROW(who_emits_over_the_limit_is_told_that_it_is_closed),
           CHECK_ROW(no_memory_for_the_queue_is_told_as_such))
