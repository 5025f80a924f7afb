/* What is told of rooms: made, joined, left, gone. */
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

static void two_workers(sio_config *config)
{
    config->workers = 2;
}

static void note_room_change(sio_ns *ns, sio_room_change change, sio_str room, sio_str id,
                             void *user)
{
    (void)ns, (void)user;
    app_note("%c%.*s%s ", "+jl-"[change], room.len == 20 ? 1 : (int)room.len,
             room.len == 20 ? "*" : room.ptr,
             id.len == 20  ? ""
             : id.len == 0 ? "!"
                           : "?");
}

static bool add_room_listener(sio_ns *ns)
{
    return sio_ns_on_room_change(ns, note_room_change, NULL) == SIO_OK;
}

static sio_server *start_watched(void)
{
    sio_server *server;

    app_add = add_room_listener;
    server = app_start(two_workers);
    app_add = NULL;
    CHECK_EQ(sio_ns_on_room_change(sio_of(server, "/"), note_room_change, NULL), SIO_EBUSY);
    return server;
}

TEST(what_happens_to_rooms_is_told_at_the_end_of_the_turn)
{
    sio_server *server = start_watched();
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_ws_text(server, a, "40");
    CHECK_STR(app_trace(), "+/ +*! j* ");
    fake_ws_text(server, a, "42[\"join\",\"r\"]");
    fake_ws_text(server, a, "42[\"join\",\"r\"]");
    CHECK_STR(app_trace(), "+r! jr ");
    fake_ws_text(server, a, "42[\"gather\"]");
    CHECK_STR(app_trace(), "+gathered! jgathered ");
    fake_ws_text(server, a, "42[\"leave\",\"r\"]");
    CHECK_STR(app_trace(), "lr -r! ");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_STR(app_trace(), "<transport close rooms:2> -/(transport close) "
                           "l* -*! lgathered -gathered! ");
    fake_free(server);
}

TEST(each_worker_creates_a_room_for_sockets_of_its_own)
{
    sio_server *server = start_watched();

    app_join(server, 0);
    app_join(server, 0);
    app_join(server, 1);
    sio_sockets_join(sio_all(sio_of(server, "/")), "r");
    fake_run(server);
    CHECK_STR(app_trace(), "+r! jr jr +r! jr ");
    fake_free(server);
}

TEST(a_socket_whose_join_is_refused_was_in_no_room_of_its_id)
{
    sio_server *server = start_watched();
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/guarded,{\"join\":1,\"refuse\":1}");
    CHECK_STR(app_trace(), "+joined! jjoined ljoined -joined! ");
    fake_ws_text(server, a, "40/guarded,{\"join\":1}");
    CHECK_STR(app_trace(), "+/guarded +joined! jjoined +*! j* ");
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(what_happens_to_rooms_is_told_at_the_end_of_the_turn),
           CHECK_ROW(each_worker_creates_a_room_for_sockets_of_its_own),
           CHECK_ROW(a_socket_whose_join_is_refused_was_in_no_room_of_its_id))
