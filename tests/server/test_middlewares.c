/* Middlewares of an engine: what they are asked, what they may do, and that they may take their
 * time, on a fake transport with two workers. */
#include "protocol/mem.h"
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

#define PATH "/engine.io/?EIO=4&transport="

static struct {
    char trace[1024]; /* who was asked about what */
    char late;        /* the one that decides later: 'a', 'b' or 'h' (allow_request); 0: none */
    sio_admission *admission; /* its */
    char refuses, answers;
    int errors;
    char context[128]; /* of the last one */
} app;

static void on_asked(const sio_request *request, sio_admission *admission, void *user)
{
    const char *name = user;
    size_t at = strlen(app.trace);

    snprintf(app.trace + at, sizeof app.trace - at, "%s:%s%s ", name, sio_request_method(request),
             sio_request_is_upgrade(request) ? "!" : "");
    sio_admission_add_header(admission, "X-Name", name);
    if (name[0] == app.late)
        app.admission = admission;
    else if (name[0] == app.refuses)
        sio_admission_refuse(admission, "not today");
    else if (name[0] == app.answers)
        sio_admission_answer(admission, 418, "text/plain", "teapot", 6);
    else
        sio_admission_allow(admission);
}

static void on_error(const sio_connection_error *error, void *user)
{
    (void)user;
    app.errors = 10 * app.errors + error->code;
    snprintf(app.context, sizeof app.context, "%s", error->context);
}

static void echo(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    sio_conn_send(conn, binary, ptr, len);
}

static void two_workers(sio_config *config)
{
    config->workers = 2;
}

static sio_server *start(void)
{
    static char names[][2] = {"a", "b", "h"};
    static const sio_engine_handlers handlers = {.message = echo};
    static const sio_engine_hooks hooks = {
        .allow_request = on_asked, .connection_error = on_error, .user = names[2]};
    sio_server *server = fake_server_new(two_workers);

    memset(&app, 0, sizeof app);
    CHECK_EQ(sio_engine_attach(server, "/engine.io", &handlers), SIO_OK);
    CHECK_EQ(sio_engine_use(server, "/engine.io", on_asked, names[0]), SIO_OK);
    CHECK_EQ(sio_engine_use(server, "/engine.io/", on_asked, names[1]), SIO_OK);
    CHECK_EQ(sio_engine_use(server, "/nowhere", on_asked, names[0]), SIO_ENOENT);
    CHECK_EQ(sio_engine_set_hooks(server, "/engine.io", &hooks), SIO_OK);
    CHECK(fake_start(server));
    CHECK_EQ(sio_engine_use(server, "/engine.io", on_asked, names[0]), SIO_EBUSY);
    return server;
}

static const char *take_trace(void)
{
    static char copy[sizeof app.trace];

    memcpy(copy, app.trace, sizeof copy);
    app.trace[0] = '\0';
    return copy;
}

/* The one that waits decides, on a thread of the application. */
static void allow(sio_server *server)
{
    sio_admission *admission = app.admission;

    if (admission == NULL) /* it was not asked: no memory */
        return;
    app.admission = NULL;
    fake_enter(server, -1);
    sio_admission_allow(admission);
    fake_run(server);
}

static const char *sid_of(const struct fake_exchange *x)
{
    static const char before[] = "0{\"sid\":\"";
    static char sid[21];
    bool is_open = x->body.len > strlen(before); /* without memory it may be a mere "1" */

    snprintf(sid, sizeof sid, "%.20s", is_open ? x->body.ptr + strlen(before) : "none");
    return sid;
}

static const char *with_sid(const char *transport, const char *sid)
{
    static char target[128];

    snprintf(target, sizeof target, PATH "%s&sid=%s", transport, sid);
    return target;
}

TEST(middlewares_are_asked_in_their_order_about_every_request)
{
    sio_server *server = start();
    struct fake_exchange *x = fake_get(server, 0, PATH "polling");
    const char *sid = sid_of(x);
    struct fake_link *link;

    CHECK_STR(take_trace(), "a:GET b:GET h:GET ");
    /* Once, also where the session lives on another worker. */
    CHECK_EQ(fake_post(server, 1, with_sid("polling", sid), "4x", 2)->status, 200);
    CHECK_STR(take_trace(), "a:POST b:POST ");
    CHECK_STR(fake_get(server, 1, with_sid("polling", sid))->body.ptr, "4x");
    CHECK_STR(take_trace(), "a:GET b:GET ");
    link = fake_ws(server, 1, with_sid("websocket", sid));
    CHECK_STR(take_trace(), "a:GET! b:GET! ");
    fake_ws_text(server, link, "2probe");
    CHECK_STR(fake_heard(link), "3probe\n");
    fake_ws(server, 0, PATH "websocket");
    CHECK_STR(take_trace(), "a:GET! b:GET! h:GET! ");
    /* What the checks refuse has passed them before. */
    CHECK_EQ(fake_request(server, 0, SIO__DELETE, PATH "nothing")->status, 400);
    CHECK_STR(take_trace(), "a:DELETE b:DELETE ");
    CHECK_EQ(app.errors, 0);
    fake_free(server);
}

TEST(a_middleware_refuses_with_code_3)
{
    sio_server *server = start();
    struct fake_exchange *x;

    app.refuses = 'a';
    x = fake_get(server, 0, PATH "polling");
    CHECK_EQ(x->status, 400);
    CHECK_STR(x->body.ptr, "{\"code\":3,\"message\":\"Bad request\"}");
    CHECK_STR(app.context, "not today");
    CHECK(fake_ws(server, 0, PATH "websocket") == NULL);
    CHECK_STR(take_trace(), "a:GET a:GET! ");
    CHECK_EQ(app.errors, 33);
    fake_free(server);
}

TEST(a_middleware_answers_by_itself)
{
    sio_server *server = start();
    struct fake_exchange *x;

    app.answers = 'b';
    x = fake_get(server, 0, PATH "polling");
    CHECK_EQ(x->status, 418);
    CHECK_STR(x->body.ptr, "teapot");
    CHECK(fake_ws(server, 0, PATH "websocket") == NULL);
    CHECK_STR(take_trace(), "a:GET b:GET a:GET! b:GET! ");
    CHECK_EQ(app.errors, 0);
    fake_free(server);
}

TEST(middlewares_may_decide_later)
{
    sio_server *server = start();
    struct fake_exchange *x, *post, *poll;
    struct fake_link *link;
    char sid[21];

    app.late = 'a';
    x = fake_get(server, 0, PATH "polling");
    CHECK_EQ(x->status, 0);
    CHECK_STR(take_trace(), "a:GET ");
    allow(server);
    CHECK_EQ(x->status, 200);
    CHECK_STR(take_trace(), "b:GET h:GET ");
    snprintf(sid, sizeof sid, "%s", sid_of(x));

    for (unsigned worker = 0; worker < 2; worker++) {
        post = fake_post(server, worker, with_sid("polling", sid), "4body", 5);
        CHECK_EQ(post->status, 0);
        allow(server);
        CHECK_EQ(post->status, 200);
        poll = fake_get(server, worker, with_sid("polling", sid));
        CHECK_EQ(poll->status, 0);
        allow(server);
        CHECK_STR(poll->body.ptr, "4body");

        link = fake_ws(server, worker, with_sid("websocket", sid));
        CHECK(link->is_held);
        allow(server);
        CHECK(!link->is_held);
        fake_ws_text(server, link, "2probe");
        CHECK_STR(fake_heard(link), "3probe\n");
        fake_ws_closed(server, link, SIO__LINK_CLOSED);
    }
    fake_free(server);
}

TEST(a_body_that_comes_after_the_decision_or_is_too_large_is_handled_as_ever)
{
    sio_server *server = start();
    struct fake_exchange *x = fake_get(server, 0, PATH "polling"), *post;
    static char large[1000001];

    app.late = 'b';
    for (unsigned worker = 0; worker < 2; worker++) {
        post = fake_request(server, worker, SIO__POST, with_sid("polling", sid_of(x)));
        allow(server);
        CHECK_EQ(post->status, 0);
        CHECK(post->base.take_body);
        post->base.events->body(&post->base, "4late", 5, false);
        fake_run(server);
        CHECK_EQ(post->status, 200);

        post = fake_post(server, worker, with_sid("polling", sid_of(x)), large, sizeof large);
        allow(server);
        CHECK_EQ(post->status, 413);
    }
    app.late = 0;
    CHECK_STR(fake_get(server, 0, with_sid("polling", sid_of(x)))->body.ptr, "4late\x1e"
                                                                             "4late");
    fake_free(server);
}

TEST(each_of_them_may_take_its_time)
{
    sio_server *server = start();
    struct fake_exchange *x;
    struct fake_link *link;

    app.late = 'a';
    x = fake_get(server, 0, PATH "polling");
    link = NULL;
    app.late = 'b';
    allow(server);
    CHECK_STR(take_trace(), "a:GET b:GET ");
    app.late = 'h';
    allow(server);
    CHECK_STR(take_trace(), "h:GET ");
    CHECK_EQ(x->status, 0);
    allow(server);
    CHECK_EQ(x->status, 200);

    app.late = 'a';
    link = fake_ws(server, 0, PATH "websocket");
    app.late = 'b';
    allow(server);
    app.late = 'h';
    allow(server);
    CHECK_STR(take_trace(), "a:GET! b:GET! h:GET! ");
    CHECK_STR(fake_heard(link), "");
    allow(server);
    CHECK(strncmp(fake_heard(link), "0{\"sid\":\"", 9) == 0);
    fake_free(server);
}

TEST(a_websocket_is_refused_as_late_as_a_middleware_or_a_check_does)
{
    sio_server *server = start();
    struct fake_link *link;

    app.late = 'a';
    app.refuses = 'b';
    link = fake_ws(server, 0, PATH "websocket");
    CHECK(link->is_held);
    allow(server);
    CHECK_EQ(link->status, 400);
    CHECK_STR(fake_heard(link), "Bad request");
    CHECK_EQ(app.errors, 3);

    app.refuses = 'h';
    link = fake_ws(server, 0, PATH "websocket");
    allow(server);
    CHECK_EQ(link->status, 400);
    CHECK_STR(fake_heard(link), "not today");
    CHECK_EQ(app.errors, 34);

    app.refuses = 0;
    link = fake_ws(server, 0, with_sid("websocket", "none"));
    allow(server);
    CHECK_EQ(link->status, 400);
    CHECK_STR(fake_heard(link), "Session ID unknown");
    CHECK_EQ(app.errors, 341);

    app.answers = 'b';
    link = fake_ws(server, 0, PATH "websocket");
    allow(server);
    CHECK(link->is_over);
    CHECK_EQ(link->status, 0);
    fake_free(server);
}

TEST(who_is_gone_while_a_middleware_decides_costs_nothing)
{
    sio_server *server = start();
    struct fake_link *link;

    app.late = 'a';
    fake_gone(server, fake_get(server, 0, PATH "polling"));
    allow(server);
    link = fake_ws(server, 0, PATH "websocket");
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    allow(server);
    CHECK_STR(take_trace(), "a:GET a:GET! ");
    CHECK_EQ(sio_server_clients_count(server), 0);
    fake_free(server);
}

/* What a client does while each of the middlewares takes its time. */
static void play(sio_server *server)
{
    struct fake_exchange *x;
    struct fake_link *link;
    char sid[21];

    for (char late = 'a'; late <= 'b'; late++) {
        app.late = late;
        x = fake_get(server, 0, PATH "polling");
        allow(server);
        fake_ws(server, 0, PATH "websocket");
        allow(server);
        if (x == NULL || x->status != 200)
            continue;
        snprintf(sid, sizeof sid, "%s", sid_of(x));
        fake_post(server, 1, with_sid("polling", sid), "4x", 2);
        allow(server);
        fake_get(server, 0, with_sid("polling", sid));
        allow(server);
        link = fake_ws(server, 1, with_sid("websocket", sid));
        allow(server);
        fake_ws_text(server, link, "2probe");
        fake_ws_text(server, link, "5");
    }
    app.late = 0;
    app.answers = 'b';
    fake_get(server, 0, PATH "polling");
    app.answers = 0;
    app.refuses = 'h';
    fake_get(server, 0, PATH "polling");
    fake_ws(server, 0, PATH "websocket");
    app.refuses = 0;
}

/* False: it was over before the n-th allocation. */
static bool try_to_play(long n, bool and_after)
{
    sio_server *server = start();
    struct fake_link *other = fake_ws(server, 1, PATH "websocket");
    bool was_hit;

    fake_heard(other);
    sio__mem_fail_nth(n, and_after);
    play(server);
    was_hit = sio__mem_count() >= n;
    sio__mem_fail_nth(0, false);
    app.late = app.answers = app.refuses = 0;
    fake_ws_text(server, other, "4still here");
    CHECK_STR(fake_heard(other), "4still here\n");
    fake_free(server);
    return was_hit;
}

TEST(asking_survives_without_memory)
{
    for (int and_after = 0; and_after < 2; and_after++) {
        long n = 1;

        while (n < 1000 && try_to_play(n, and_after))
            n++;
        CHECK(n > 50 && n < 1000);
    }
}

CHECK_MAIN(CHECK_ROW(middlewares_are_asked_in_their_order_about_every_request),
           CHECK_ROW(a_middleware_refuses_with_code_3), CHECK_ROW(a_middleware_answers_by_itself),
           CHECK_ROW(middlewares_may_decide_later),
           CHECK_ROW(a_body_that_comes_after_the_decision_or_is_too_large_is_handled_as_ever),
           CHECK_ROW(each_of_them_may_take_its_time),
           CHECK_ROW(a_websocket_is_refused_as_late_as_a_middleware_or_a_check_does),
           CHECK_ROW(who_is_gone_while_a_middleware_decides_costs_nothing),
           CHECK_ROW(asking_survives_without_memory))
