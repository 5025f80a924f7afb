/* An emit to many is carried out in steps; nobody can tell from what comes in which order. */
#include "protocol/mem.h"
#include "server/io/tour.h"
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

#define WS "/socket.io/?EIO=4&transport=websocket"

enum { CLIENTS = 100, TRIES_MAX = 3000 };

static struct {
    sio_server *server;
    sio_ns *ns, *news;
    struct fake_link *links[CLIENTS];
    sio_socket *sockets[CLIENTS]; /* of the main namespace; NULL: it has left */
    unsigned count;
} app;

static void on_connection(sio_socket *socket, void *user)
{
    (void)user;
    app.sockets[app.count++] = socket;
}

static void on_disconnect(sio_socket *socket, const char *reason, void *user)
{
    (void)reason, (void)user;
    for (unsigned i = 0; i < app.count; i++)
        if (app.sockets[i] == socket)
            app.sockets[i] = NULL;
}

static void connect_all(void)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        app.links[i] = fake_ws(app.server, 0, WS);
        fake_ws_text(app.server, app.links[i], "40");
        fake_heard(app.links[i]);
    }
}

static void begin_with(fake_configure_fn *configure)
{
    memset(&app, 0, sizeof app);
    app.server = fake_server_new(configure);
    app.ns = sio_of(app.server, "/");
    app.news = sio_of(app.server, "/news");
    CHECK_EQ(sio_ns_on_connection(app.ns, on_connection, NULL), SIO_OK);
    CHECK_EQ(sio_ns_on_disconnect(app.ns, on_disconnect, NULL), SIO_OK);
    CHECK(fake_start(app.server));
    connect_all();
    fake_enter(app.server, 0); /* the worker's thread: what is emitted is applied at once */
}

static void begin(void)
{
    begin_with(NULL);
}

static void end(void)
{
    fake_enter(app.server, -1);
    fake_free(app.server);
}

static void emit(sio_target target, const char *event)
{
    CHECK_EQ(sio_emit(target, event, NULL), SIO_OK);
}

/* The rest is still to be visited. */
static void check_under_way(void)
{
    CHECK(app.server->workers[0].spaces->tours.first != NULL);
}

/* All hear the first; who is one of the chosen hears the other. */
static void check_heard(const char *most, unsigned every, const char *chosen)
{
    fake_run(app.server);
    fake_enter(app.server, 0);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_STR(fake_heard(app.links[i]), i % every == 0 ? chosen : most);
}

TEST(what_is_emitted_to_one_comes_between_what_is_emitted_to_all)
{
    begin();
    emit(sio_all(app.ns), "1");
    for (unsigned i = 0; i < CLIENTS; i += 7)
        CHECK_EQ(sio_socket_emit(app.sockets[i], "own", NULL), SIO_OK);
    emit(sio_all(app.ns), "2");
    check_under_way();
    check_heard("42[\"1\"]\n42[\"2\"]\n", 7, "42[\"1\"]\n42[\"own\"]\n42[\"2\"]\n");
    end();
}

TEST(an_emit_to_few_does_not_overtake_one_to_many)
{
    begin();
    for (unsigned i = 0; i < CLIENTS; i += 10)
        CHECK_EQ(sio_socket_join(app.sockets[i], "few"), SIO_OK);
    emit(sio_all(app.ns), "all");
    emit(sio_to(sio_all(app.ns), "few"), "few");
    check_under_way();
    check_heard("42[\"all\"]\n", 10, "42[\"all\"]\n42[\"few\"]\n");
    end();
}

TEST(who_joins_after_the_emit_is_not_meant_and_who_leaves_after_it_is)
{
    begin();
    for (unsigned i = 0; i < CLIENTS; i++)
        if (i % 3 != 0)
            CHECK_EQ(sio_socket_join(app.sockets[i], "room"), SIO_OK);
    emit(sio_to(sio_all(app.ns), "room"), "hello");
    check_under_way();
    for (unsigned i = 0; i < CLIENTS; i++)
        if (i % 3 == 0)
            CHECK_EQ(sio_socket_join(app.sockets[i], "room"), SIO_OK);
        else if (i % 2 == 0)
            sio_socket_leave(app.sockets[i], "room");
    check_heard("42[\"hello\"]\n", 3, "");
    end();
}

TEST(the_same_holds_for_rooms_that_are_changed_by_a_target)
{
    begin();
    CHECK_EQ(sio_sockets_join(sio_all(app.ns), "room"), SIO_OK);
    emit(sio_to(sio_all(app.ns), "room"), "before");
    check_under_way();
    CHECK_EQ(sio_sockets_leave(sio_all(app.ns), "room"), SIO_OK);
    emit(sio_to(sio_all(app.ns), "room"), "without anybody");
    CHECK_EQ(sio_sockets_join(sio_all(app.ns), "room"), SIO_OK);
    emit(sio_to(sio_all(app.ns), "room"), "after");
    check_heard("42[\"before\"]\n42[\"after\"]\n", 1, "42[\"before\"]\n42[\"after\"]\n");
    end();
}

TEST(exceptions_and_the_sender_are_left_out)
{
    begin();
    for (unsigned i = 0; i < CLIENTS; i += 4)
        CHECK_EQ(sio_socket_join(app.sockets[i], "no"), SIO_OK);
    emit(sio_except(sio_all(app.ns), "no"), "hello");
    check_under_way();
    check_heard("42[\"hello\"]\n", 4, "");
    emit(sio_broadcast(app.sockets[0]), "hello");
    check_under_way();
    check_heard("42[\"hello\"]\n", CLIENTS, "");
    end();
}

TEST(who_is_in_several_rooms_hears_it_once)
{
    begin();
    for (unsigned i = 0; i < CLIENTS; i++) {
        CHECK_EQ(sio_socket_join(app.sockets[i], "a"), SIO_OK);
        if (i % 2 == 0)
            CHECK_EQ(sio_socket_join(app.sockets[i], "b"), SIO_OK);
    }
    emit(sio_to(sio_to(sio_all(app.ns), "a"), "b"), "hello");
    check_under_way();
    check_heard("42[\"hello\"]\n", 1, "42[\"hello\"]\n");
    end();
}

TEST(two_namespaces_of_a_client_keep_their_order)
{
    begin();
    for (unsigned i = 0; i < CLIENTS; i++) {
        fake_ws_text(app.server, app.links[i], "40/news,");
        fake_heard(app.links[i]);
    }
    fake_enter(app.server, 0);
    emit(sio_all(app.ns), "1");
    emit(sio_all(app.news), "2");
    emit(sio_all(app.ns), "3");
    check_under_way();
    check_heard("42[\"1\"]\n42/news,[\"2\"]\n42[\"3\"]\n", 1,
                "42[\"1\"]\n42/news,[\"2\"]\n42[\"3\"]\n");
    end();
}

TEST(who_comes_after_the_emit_does_not_hear_it)
{
    struct fake_link *late;

    begin();
    emit(sio_all(app.ns), "early");
    fake_enter(app.server, -1);
    app.count--; /* in the last one's place */
    late = fake_ws(app.server, 0, WS);
    fake_heard(late);
    fake_ws_text(app.server, late, "40");
    CHECK(strstr(fake_heard(late), "early") == NULL);
    check_heard("42[\"early\"]\n", 1, "42[\"early\"]\n");
    end();
}

TEST(who_connects_while_it_is_under_way_does_not_hear_it)
{
    struct sio__tours *tours;
    struct fake_link *link;

    begin();
    fake_enter(app.server, -1);
    app.count--;
    link = fake_ws(app.server, 0, WS);
    fake_heard(link);
    fake_enter(app.server, 0);
    emit(sio_all(app.ns), "early");
    tours = &app.server->workers[0].spaces->tours;
    CHECK(tours->first != NULL);
    link->base.events->message(&link->base, false, "40", 2);
    CHECK(tours->first != NULL);
    fake_run(app.server);
    CHECK(strstr(fake_heard(link), "early") == NULL);
    end();
}

TEST(who_is_disconnected_after_the_emit_hears_it_first)
{
    begin();
    emit(sio_all(app.ns), "hello");
    check_under_way();
    for (unsigned i = 0; i < CLIENTS; i += 5)
        sio_socket_disconnect(app.sockets[i], false);
    CHECK_EQ(sio_disconnect_sockets(sio_all(app.ns), false), SIO_OK);
    check_heard("42[\"hello\"]\n41\n", 1, "42[\"hello\"]\n41\n");
    end();
}

TEST(who_is_lost_while_it_is_under_way_costs_nobody_else_anything)
{
    begin();
    emit(sio_all(app.ns), "hello");
    for (unsigned i = 0; i < CLIENTS; i += 2)
        app.links[i]->base.events->closed(&app.links[i]->base, SIO__LINK_CLOSED),
            app.links[i]->is_over = true;
    check_under_way();
    check_heard("42[\"hello\"]\n", 2, "");
    end();
}

TEST(a_volatile_emit_behind_another_is_dropped)
{
    begin();
    emit(sio_all(app.ns), "1");
    emit(sio_volatile(sio_all(app.ns)), "2");
    emit(sio_volatile(sio_self(app.sockets[0])), "own");
    check_under_way();
    check_heard("42[\"1\"]\n", 1, "42[\"1\"]\n");
    emit(sio_volatile(sio_all(app.ns)), "3");
    check_under_way();
    check_heard("42[\"3\"]\n", 1, "42[\"3\"]\n");
    end();
}

static void small_queues(sio_config *config)
{
    config->max_queue_bytes = 1000;
}

TEST(more_than_a_queue_may_hold_is_not_put_off)
{
    char text[301], expected[12 * 320] = "";

    begin_with(small_queues);
    memset(text, 'x', 300);
    text[300] = '\0';
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(sio_emit(sio_all(app.ns), "e", "is", i, text), SIO_OK);
        sprintf(expected + strlen(expected), "42[\"e\",%d,\"%s\"]\n", i, text);
    }
    check_under_way();
    check_heard(expected, 1, expected);
    end();
}

TEST(what_was_emitted_before_the_stop_goes_out)
{
    begin();
    emit(sio_all(app.ns), "bye");
    check_under_way();
    fake_enter(app.server, -1);
    fake_stop(app.server);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK(strncmp(fake_heard(app.links[i]), "42[\"bye\"]\n", 10) == 0);
    fake_free(app.server);
}

TEST(a_failed_allocation_costs_no_client_its_order)
{
    long tries = 0;
    bool is_through = false;

    begin();
    while (!is_through && tries++ < TRIES_MAX) {
        sio_err first, last;

        sio__mem_fail_nth(tries, false);
        first = sio_emit(sio_all(app.ns), "1", NULL);
        last = sio_emit(sio_all(app.ns), "2", NULL);
        fake_run(app.server);
        is_through = sio__mem_count() < tries;
        sio__mem_fail_nth(0, false);
        for (unsigned i = 0; i < CLIENTS; i++)
            if (!app.links[i]->is_over)
                CHECK_STR(fake_heard(app.links[i]), first != SIO_OK  ? "42[\"2\"]\n"
                                                    : last != SIO_OK ? "42[\"1\"]\n"
                                                                     : "42[\"1\"]\n42[\"2\"]\n");
        fake_enter(app.server, 0);
    }
    CHECK(is_through);
    end();
}

CHECK_MAIN(CHECK_ROW(what_is_emitted_to_one_comes_between_what_is_emitted_to_all),
           CHECK_ROW(an_emit_to_few_does_not_overtake_one_to_many),
           CHECK_ROW(who_joins_after_the_emit_is_not_meant_and_who_leaves_after_it_is),
           CHECK_ROW(the_same_holds_for_rooms_that_are_changed_by_a_target),
           CHECK_ROW(exceptions_and_the_sender_are_left_out),
           CHECK_ROW(who_is_in_several_rooms_hears_it_once),
           CHECK_ROW(two_namespaces_of_a_client_keep_their_order),
           CHECK_ROW(who_comes_after_the_emit_does_not_hear_it),
           CHECK_ROW(who_connects_while_it_is_under_way_does_not_hear_it),
           CHECK_ROW(who_is_disconnected_after_the_emit_hears_it_first),
           CHECK_ROW(who_is_lost_while_it_is_under_way_costs_nobody_else_anything),
           CHECK_ROW(a_volatile_emit_behind_another_is_dropped),
           CHECK_ROW(more_than_a_queue_may_hold_is_not_put_off),
           CHECK_ROW(what_was_emitted_before_the_stop_goes_out),
           CHECK_ROW(a_failed_allocation_costs_no_client_its_order))
