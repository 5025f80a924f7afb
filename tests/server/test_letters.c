/* Which workers hear of what is emitted, and that it is enough. */
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

#define WS "/socket.io/?EIO=4&transport=websocket"

enum { WORKERS = 3 };

static struct {
    sio_server *server;
    struct fake_link *links[WORKERS]; /* one client on each */
    sio_socket *sockets[WORKERS + 1]; /* and one that a test may make */
    unsigned came;
} here;

static void on_connection(sio_socket *socket, void *user)
{
    (void)user;
    here.sockets[here.came] = socket;
}

/* An id that names no worker. */
static bool make_id(const sio_request *request, char id[SIO_SESSION_ID_SIZE], void *user)
{
    static unsigned count;

    (void)request, (void)user;
    snprintf(id, SIO_SESSION_ID_SIZE, "client-%u", ++count);
    return true;
}

static void have_workers(sio_config *config)
{
    config->workers = WORKERS;
    config->allow_eio3 = true;
}

static void set_up(void)
{
    static const sio_engine_hooks hooks = {.generate_id = make_id};

    here.server = fake_server_new(have_workers);
    CHECK_EQ(sio_engine_set_hooks(here.server, NULL, &hooks), SIO_OK);
    sio_ns_on_connection(sio_of(here.server, "/"), on_connection, NULL);
    sio_of(here.server, "/old");
    CHECK(fake_start(here.server));
    for (here.came = 0; here.came < WORKERS; here.came++) {
        struct fake_link *link = fake_ws(here.server, here.came, WS);

        fake_ws_text(here.server, link, "40");
        fake_heard(link);
        here.links[here.came] = link;
    }
}

static void tear_down(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        fake_ws_closed(here.server, here.links[i], SIO__LINK_CLOSED);
    fake_free(here.server);
}

static void join(unsigned client, const char *room)
{
    fake_enter(here.server, (int)client);
    CHECK_EQ(sio_socket_join(here.sockets[client], room), SIO_OK);
    fake_enter(here.server, -1);
}

static void leave(unsigned client, const char *room)
{
    fake_enter(here.server, (int)client);
    sio_socket_leave(here.sockets[client], room);
    fake_enter(here.server, -1);
}

static sio_target all(void)
{
    return sio_all(sio_of(here.server, "/"));
}

/* On no worker's thread; how many letters it took. */
static unsigned emit(sio_target target)
{
    uint64_t before = fake_letters();

    fake_enter(here.server, -1);
    CHECK_EQ(sio_emit(target, "e", NULL), SIO_OK);
    fake_run(here.server);
    return (unsigned)(fake_letters() - before);
}

/* Who heard the event since the last call, as bits. */
static unsigned heard(void)
{
    unsigned who = 0;

    for (unsigned i = 0; i < WORKERS; i++) {
        const char *text = fake_heard(here.links[i]);

        CHECK(*text == '\0' || strcmp(text, "42[\"e\"]\n") == 0);
        who |= *text != '\0' ? 1u << i : 0;
    }
    return who;
}

TEST(an_emit_to_a_room_goes_to_the_workers_where_somebody_is_in_it)
{
    set_up();
    CHECK_EQ(emit(all()), 3);
    CHECK_EQ(heard(), 7);
    CHECK_EQ(emit(sio_to(all(), "x")), 0);
    join(1, "x");
    CHECK_EQ(emit(sio_to(all(), "x")), 1);
    CHECK_EQ(heard(), 2);
    join(2, "y");
    CHECK_EQ(emit(sio_to(sio_to(all(), "x"), "y")), 2);
    CHECK_EQ(heard(), 6);
    CHECK_EQ(emit(sio_except(sio_to(sio_to(all(), "x"), "y"), "y")), 2);
    CHECK_EQ(heard(), 2);
    leave(1, "x");
    CHECK_EQ(emit(sio_to(all(), "x")), 0);
    CHECK_EQ(heard(), 0);
    tear_down();
}

TEST(rooms_of_one_name_in_two_namespaces_are_two)
{
    set_up();
    join(1, "x");
    CHECK_EQ(emit(sio_to(sio_all(sio_of(here.server, "/other")), "x")), 0);
    tear_down();
}

TEST(an_emit_to_an_id_goes_to_its_worker)
{
    set_up();
    CHECK_EQ(emit(sio_to(all(), sio_socket_id(here.sockets[2]))), 1);
    CHECK_EQ(heard(), 4);
    join(0, sio_socket_id(here.sockets[2]));
    CHECK_EQ(emit(sio_to(all(), sio_socket_id(here.sockets[2]))), 2);
    CHECK_EQ(heard(), 5);
    tear_down();
}

/* Of revision 3: after its session, and after its namespace if that is not the main one. */
TEST(an_emit_to_an_id_that_names_no_worker_goes_to_its_worker_too)
{
    struct fake_link *old;
    sio_target target;
    char id[2 * SIO_SESSION_ID_SIZE], other[2 * SIO_SESSION_ID_SIZE + 8];

    set_up();
    old = fake_ws(here.server, 1, "/socket.io/?EIO=3&transport=websocket");
    CHECK_EQ(sscanf(fake_heard(old), "0{\"sid\":\"%63[^\"]", id), 1);
    snprintf(other, sizeof other, "/old#%s", id);
    fake_ws_text(here.server, old, "40/old,");
    fake_heard(old);
    CHECK_EQ(emit(sio_to(all(), id)), 1);
    CHECK_STR(fake_heard(old), "42[\"e\"]\n");
    target = sio_to(sio_all(sio_of(here.server, "/old")), other);
    CHECK_EQ(emit(target), 1);
    CHECK_STR(fake_heard(old), "42/old,[\"e\"]\n");
    fake_ws_closed(here.server, old, SIO__LINK_CLOSED);
    CHECK_EQ(emit(sio_to(all(), id)), 0);
    CHECK_EQ(emit(target), 0);
    tear_down();
}

/* The letters that make them join have been posted, but not read. */
TEST(what_is_emitted_behind_a_join_of_others_reaches_them)
{
    set_up();
    fake_enter(here.server, 0);
    CHECK_EQ(sio_sockets_join(all(), "new"), SIO_OK);
    CHECK_EQ(sio_emit(sio_to(all(), "new"), "e", NULL), SIO_OK);
    fake_run(here.server);
    CHECK_EQ(heard(), 7);
    CHECK_EQ(emit(sio_to(all(), "new")), 3);
    CHECK_EQ(heard(), 7);
    CHECK_EQ(emit(sio_to(all(), "other")), 0);
    tear_down();
}

TEST(who_is_in_a_room_is_made_to_leave_on_its_worker_alone)
{
    uint64_t before;

    set_up();
    join(1, "x");
    before = fake_letters();
    CHECK_EQ(sio_sockets_leave(sio_to(all(), "x"), "x"), SIO_OK);
    fake_run(here.server);
    CHECK_EQ(fake_letters() - before, 1);
    CHECK_EQ(emit(sio_to(all(), "x")), 0);
    tear_down();
}

TEST(a_client_that_goes_leaves_its_rooms_to_nobody)
{
    set_up();
    join(1, "x");
    fake_ws_closed(here.server, here.links[1], SIO__LINK_CLOSED);
    CHECK_EQ(emit(sio_to(all(), "x")), 0);
    tear_down();
}

CHECK_MAIN(CHECK_ROW(an_emit_to_a_room_goes_to_the_workers_where_somebody_is_in_it),
           CHECK_ROW(rooms_of_one_name_in_two_namespaces_are_two),
           CHECK_ROW(an_emit_to_an_id_goes_to_its_worker),
           CHECK_ROW(an_emit_to_an_id_that_names_no_worker_goes_to_its_worker_too),
           CHECK_ROW(what_is_emitted_behind_a_join_of_others_reaches_them),
           CHECK_ROW(who_is_in_a_room_is_made_to_leave_on_its_worker_alone),
           CHECK_ROW(a_client_that_goes_leaves_its_rooms_to_nobody))
