/* Who is written to first at the end of a turn, when one packet is for many. */
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

#define WS "/socket.io/?EIO=4&transport=websocket"

enum { CLIENTS = 200 };

/* Sessions in the order in which they are flushed, by their ids; of one turn. */
static struct {
    char ids[2 * CLIENTS][21];
    unsigned count;
} flushed;

static char asker[21]; /* the session of whoever sent the last packet */

static void on_session(sio_session_event event, const sio_session_info *info, void *user)
{
    (void)user;
    if (event == SIO_SESSION_PACKET)
        strcpy(asker, info->id);
    if (event == SIO_SESSION_FLUSH && flushed.count < 2 * CLIENTS)
        strcpy(flushed.ids[flushed.count++], info->id);
}

static void on_shout(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)args, (void)user;
    CHECK_EQ(sio_emit(sio_all(sio_socket_ns(socket)), "all", NULL), SIO_OK);
    sio_ack_send(ack, NULL);
}

static unsigned place_of(const char *id)
{
    unsigned place = 0;

    while (place < flushed.count && strcmp(flushed.ids[place], id) != 0)
        place++;
    return place;
}

static bool has_twice(unsigned place)
{
    for (unsigned i = place + 1; i < flushed.count; i++)
        if (strcmp(flushed.ids[i], flushed.ids[place]) == 0)
            return true;
    return false;
}

static sio_server *start(struct fake_link **links)
{
    static const sio_engine_hooks hooks = {.session = on_session};
    sio_server *server = fake_server_new(NULL);

    sio_ns_on(sio_of(server, "/"), "shout", on_shout, NULL);
    CHECK_EQ(sio_engine_set_hooks(server, NULL, &hooks), SIO_OK);
    CHECK(fake_start(server));
    for (unsigned i = 0; i < CLIENTS; i++) {
        links[i] = fake_ws(server, 0, WS);
        fake_ws_text(server, links[i], "40");
        fake_heard(links[i]);
    }
    flushed.count = 0;
    return server;
}

TEST(an_answer_does_not_wait_for_a_broadcast_to_many)
{
    struct fake_link *links[CLIENTS];
    sio_server *server = start(links);

    for (unsigned i = 0; i < CLIENTS; i += 50) {
        flushed.count = 0;
        fake_ws_text(server, links[i], "427[\"shout\"]");
        CHECK(place_of(asker) <= SIO__SESSIONS_BULK);
        CHECK_STR(fake_heard(links[i]), "42[\"all\"]\n437[]\n");
        for (unsigned other = 0; other < CLIENTS; other++)
            fake_heard(links[other]);
    }
    fake_free(server);
}

TEST(every_receiver_of_a_broadcast_is_flushed_once)
{
    struct fake_link *links[CLIENTS];
    sio_server *server = start(links);

    fake_ws_text(server, links[0], "42[\"shout\"]");
    CHECK_EQ(flushed.count, CLIENTS);
    for (unsigned i = 0; i < flushed.count; i++)
        CHECK(!has_twice(i));
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_STR(fake_heard(links[i]), "42[\"all\"]\n");
    fake_free(server);
}

TEST(who_ends_while_a_broadcast_is_under_way_is_left_out)
{
    struct fake_link *links[CLIENTS];
    sio_server *server = start(links);

    for (unsigned i = 0; i < CLIENTS; i += 3)
        links[i]->is_blocked = true;
    fake_ws_text(server, links[1], "42[\"shout\"]");
    for (unsigned i = 0; i < CLIENTS; i += 3)
        fake_ws_closed(server, links[i], SIO__LINK_CLOSED);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_STR(fake_heard(links[i]), i % 3 == 0 ? "" : "42[\"all\"]\n");
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(an_answer_does_not_wait_for_a_broadcast_to_many),
           CHECK_ROW(every_receiver_of_a_broadcast_is_flushed_once),
           CHECK_ROW(who_ends_while_a_broadcast_is_under_way_is_left_out))
