/* Connection state recovery: clients that lose their connection and come back. */
#include "protocol/sio_offset.h"
#include "server/engine/id.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

enum { AWAY_MS = 10000, PING_MS = 25000, PONG_MS = 20000 };

static void one_worker(sio_config *config)
{
    config->connection_state_recovery.enabled = true;
    config->connection_state_recovery.max_disconnection_ms = AWAY_MS;
}

static void two_workers(sio_config *config)
{
    one_worker(config);
    config->workers = 2;
}

/* --- a client that remembers what it needs to come back, as the official one ---------------- */

struct client {
    sio_server *server;
    const char *nsp; /* as on the wire: "" or "/name," */
    struct fake_link *link;
    char sid[SIO__ID_LEN + 1], pid[SIO__ID_LEN + 1];
    char offset[SIO__OFFSET_LEN + 1]; /* empty: none came */
    bool is_disordered;               /* an offset was not above the one before */
};

/* Copies what stands behind a key of a CONNECT packet. */
static void read_id(char id[SIO__ID_LEN + 1], const char *line, const char *key)
{
    const char *at = strstr(line, key);

    memcpy(id, at != NULL ? at + strlen(key) : "--------------------", SIO__ID_LEN);
    id[SIO__ID_LEN] = '\0';
}

/* Appends a line without its ids or its offset. */
static char *read_line(struct client *c, char *out, const char *line, size_t len)
{
    enum { TAIL = SIO__OFFSET_LEN + 4 }; /* ,"offset"] */
    uint64_t place;

    if (strncmp(line, "40", 2) == 0) {
        read_id(c->sid, line, "\"sid\":\"");
        read_id(c->pid, line, "\"pid\":\"");
        return out + sprintf(out, "CONNECTED ");
    }
    if (len > TAIL &&
        sio__offset_read(sio__slice_make(line + len - TAIL + 2, SIO__OFFSET_LEN), &place)) {
        c->is_disordered |= memcmp(c->offset, line + len - TAIL + 2, SIO__OFFSET_LEN) >= 0;
        memcpy(c->offset, line + len - TAIL + 2, SIO__OFFSET_LEN);
        return out + sprintf(out, "%.*s] ", (int)(len - TAIL), line);
    }
    return out + sprintf(out, "%.*s ", (int)len, line);
}

/* What came since the last call: packets with blanks between. */
static const char *heard(struct client *c)
{
    static char text[1 << 17];
    const char *line = fake_heard(c->link), *end;
    char *out = text;

    text[0] = '\0';
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
        out = read_line(c, out, line, (size_t)(end - line));
    return text;
}

static void say(struct client *c, const char *text)
{
    fake_ws_text(c->server, c->link, text);
}

/* Connects again, with what it remembers; says "42..." in the same burst if there is more. */
static void connect_with(struct client *c, unsigned worker, const char *pid, const char *offset)
{
    char text[200];

    c->link = fake_ws(c->server, worker, WS);
    fake_heard(c->link);
    snprintf(text, sizeof text, "40%s{\"pid\":\"%s\"%s%s%s}", c->nsp, pid,
             offset[0] != '\0' ? ",\"offset\":\"" : "", offset, offset[0] != '\0' ? "\"" : "");
    say(c, text);
}

static void come_back(struct client *c, unsigned worker)
{
    connect_with(c, worker, c->pid, c->offset);
}

static void lose(struct client *c)
{
    heard(c);
    fake_ws_closed(c->server, c->link, SIO__LINK_CLOSED);
}

/* A client that has joined; nothing has happened yet. */
static struct client join(sio_server *server, unsigned worker, const char *nsp)
{
    struct client c = {.server = server, .nsp = nsp};
    char text[40];

    c.link = fake_ws(server, worker, WS);
    snprintf(text, sizeof text, "40%s", nsp);
    say(&c, text);
    heard(&c);
    app_trace();
    return c;
}

static void emit(sio_server *server, const char *room, int number)
{
    sio_target target = sio_all(sio_of(server, "/"));

    sio_emit(room != NULL ? sio_to(target, room) : target, "n", "i", number);
    fake_run(server);
}

/* --- the basics ---------------------------------------------------------------------------- */

TEST(a_client_gets_a_private_id_and_its_events_carry_ascending_offsets)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");
    char first[SIO__ID_LEN + 1];

    CHECK(strcmp(a.sid, a.pid) != 0 && strlen(a.pid) == SIO__ID_LEN);
    strcpy(first, a.pid);
    say(&a, "42[\"echo\",1]");
    say(&a, "42[\"echo\",\"x\"]");
    say(&a, "42[\"echo\"]");
    emit(server, NULL, 5);
    CHECK_STR(heard(&a), "42[\"echo\",1] 42[\"echo\",\"x\"] 42[\"echo\"] 42[\"n\",5] ");
    CHECK(a.offset[0] != '\0' && !a.is_disordered);
    say(&a, "427[\"ack\",1]");
    say(&a, "42[\"ask\",0]");
    CHECK_STR(fake_heard(a.link), "437[1]\n420[\"question\",\"why\"]\n");
    fake_free(server);
}

TEST(without_the_option_nothing_is_different)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"echo\",1]");
    CHECK_STR(fake_heard(a), "42[\"echo\",1]\n");
    fake_ws_text(server, a, "41");
    fake_ws_text(server, a, "40{\"pid\":\"aaaaaaaaaaaaaaaaaaaa\",\"offset\":\"-----------\"}");
    CHECK_STR(app_heard(a), "40{\"sid\":\"*\"}\n");
    fake_free(server);
}

TEST(who_comes_back_is_the_same_and_gets_what_it_missed_after_the_answer)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");
    char sid[SIO__ID_LEN + 1], pid[SIO__ID_LEN + 1];

    strcpy(sid, a.sid);
    strcpy(pid, a.pid);
    say(&a, "42[\"join\",\"r\"]");
    emit(server, "r", 1);
    lose(&a);
    CHECK_STR(app_trace(), "<transport close rooms:2> -/(transport close) ");
    emit(server, "r", 2);
    emit(server, "other", 3);
    emit(server, NULL, 4);
    emit(server, sid, 5);
    come_back(&a, 1);
    CHECK_STR(app_trace(), "+/(recovered) ");
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] 42[\"n\",4] 42[\"n\",5] ");
    CHECK_STR(a.sid, sid);
    CHECK_STR(a.pid, pid);
    emit(server, "r", 6);
    emit(server, sid, 7);
    CHECK_STR(heard(&a), "42[\"n\",6] 42[\"n\",7] ");
    CHECK(!a.is_disordered);
    CHECK_EQ(app.freed, 0);
    CHECK_EQ(fake_count(server, "sockets_recovered"), 1);
    fake_free(server);
    CHECK_EQ(app.freed, 1);
}

TEST(what_was_sent_but_did_not_arrive_is_sent_again)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");

    emit(server, NULL, 1);
    heard(&a);
    emit(server, NULL, 2);
    say(&a, "42[\"echo\",3]");
    fake_heard(a.link); /* on its way when the link died */
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    emit(server, NULL, 4);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] 42[\"echo\",3] 42[\"n\",4] ");
    fake_free(server);
}

TEST(who_has_received_nothing_comes_back_too)
{
    sio_server *server = app_start(one_worker);
    struct client a, b;

    emit(server, NULL, 1);
    a = join(server, 0, "");
    b = join(server, 0, "");
    emit(server, NULL, 2);
    fake_heard(a.link);
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    fake_ws_closed(server, b.link, SIO__LINK_CLOSED);
    emit(server, NULL, 3);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] 42[\"n\",3] ");
    CHECK_STR(app_trace(), "<transport close rooms:1> -/(transport close) "
                           "<transport close rooms:1> -/(transport close) +/(recovered) ");
    fake_free(server);
}

TEST(an_offset_of_an_earlier_session_or_start_counts_as_none)
{
    sio_server *server = app_start(one_worker);
    struct client a, b = join(server, 0, "");

    emit(server, NULL, 1);
    heard(&b);
    a = join(server, 0, "");
    emit(server, NULL, 2);
    fake_heard(a.link);
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    connect_with(&a, 0, a.pid, b.offset);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] ");
    fake_free(server);
}

TEST(who_comes_back_and_is_lost_again_loses_and_doubles_nothing)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");
    int number = 0, got = 0;

    for (unsigned i = 0; i < 40; i++) {
        const char *packet;

        emit(server, NULL, ++number);
        packet = heard(&a);
        if (i % 3 != 0) /* what is on its way is lost with the link */
            emit(server, NULL, ++number);
        fake_heard(a.link);
        fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
        if (i % 4 != 0)
            emit(server, NULL, ++number);
        for (; (packet = strstr(packet, "\"n\",")) != NULL; packet += 4)
            CHECK_EQ(atoi(packet + 4), ++got);
        come_back(&a, i % 2);
        if (i % 5 == 0) { /* the answer and the replay are lost too */
            fake_heard(a.link);
            fake_ws_closed(server, a.link, SIO__LINK_ERROR);
            come_back(&a, i % 2);
        }
        for (packet = heard(&a); (packet = strstr(packet, "\"n\",")) != NULL; packet += 4)
            CHECK_EQ(atoi(packet + 4), ++got);
    }
    CHECK_EQ(got, number);
    CHECK(!a.is_disordered);
    fake_free(server);
}

TEST(who_leaves_or_is_sent_away_does_not_come_back)
{
    static const char *const ways[] = {"41", "42[\"bye\",0]", "42[\"bye\",1]", "42[\"kick\",0]",
                                       "42[\"kick\",1]"};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        sio_server *server = app_start(two_workers);
        struct client a = join(server, 0, "");
        char sid[SIO__ID_LEN + 1];

        strcpy(sid, a.sid);
        say(&a, ways[i]);
        fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
        CHECK_EQ(app.freed, 1);
        come_back(&a, 1);
        CHECK_STR(heard(&a), "CONNECTED ");
        CHECK(strcmp(a.sid, sid) != 0);
        CHECK(strstr(app_trace(), "recovered") == NULL);
        CHECK_EQ(fake_count(server, "recoveries_failed"), 1);
        fake_free(server);
    }
}

TEST(a_session_comes_back_once)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, ""), b = a;

    lose(&a);
    come_back(&a, 0);
    say(&a, "41");
    come_back(&b, 0);
    heard(&b);
    CHECK(strcmp(b.pid, a.pid) != 0);
    fake_free(server);
}

TEST(a_session_is_of_its_namespace)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, ""), b;

    lose(&a);
    b = a;
    b.nsp = "/plain,";
    come_back(&b, 0);
    heard(&b);
    CHECK(strcmp(b.pid, a.pid) != 0);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED ");
    CHECK_STR(app_trace(), "<transport close rooms:1> -/(transport close) +/plain +/(recovered) ");
    fake_free(server);
}

TEST(what_is_no_wish_of_ours_gets_a_new_session)
{
    static const char *const auths[][2] = {
        {"{\"pid\":\"", "\",\"offset\":7}"},
        {"{\"pid\":\"", "\",\"offset\":\"\"}"},
        {"{\"pid\":\"", "\",\"offset\":\"Q7xGEtR.0\"}"},
        {"{\"pid\":\"", "\",\"offset\":\"Ezzzzzzzzzz\"}"}, /* of the future */
        {"{\"pid\":[\"", "\"]}"},
        {"{\"nested\":{\"pid\":\"", "\"}}"},
        {"{\"pid\":\"", "\",\"pid\":\"aaaaaaaaaaaaaaaaaaaa\"}"},
        {"{\"pid\":\"", " \"}"},
    };

    for (size_t i = 0; i < sizeof auths / sizeof *auths; i++) {
        sio_server *server = app_start(one_worker);
        struct client a = join(server, 0, "");
        char text[200], pid[SIO__ID_LEN + 1];

        lose(&a);
        strcpy(pid, a.pid);
        snprintf(text, sizeof text, "40%s%s%s", auths[i][0], a.pid, auths[i][1]);
        a.link = fake_ws(server, 0, WS);
        fake_heard(a.link);
        say(&a, text);
        heard(&a);
        CHECK(strcmp(a.pid, pid) != 0);
        fake_free(server);
    }
}

static void cleans_up(sio_config *config)
{
    two_workers(config);
    config->cleanup_empty_child_namespaces = true;
}

TEST(a_namespace_that_went_with_its_last_socket_comes_back_with_it)
{
    sio_server *server = app_start(cleans_up);
    struct client a;

    CHECK(app_serve(sio_of_prefix(server, "/room-")));
    a = join(server, 0, "/room-1,");
    say(&a, "42/room-1,[\"echo\",1]");
    lose(&a);
    come_back(&a, 1);
    CHECK_STR(heard(&a), "CONNECTED ");
    say(&a, "42/room-1,[\"echo\",2]");
    CHECK_STR(heard(&a), "42/room-1,[\"echo\",2] ");
    CHECK_STR(app_trace(),
              "<transport close rooms:1> -/room-1(transport close) +/room-1(recovered) ");
    fake_free(server);
}

/* --- bounds -------------------------------------------------------------------------------- */

TEST(who_is_away_too_long_gets_a_new_session)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");
    char sid[SIO__ID_LEN + 1];

    strcpy(sid, a.sid);
    lose(&a);
    fake_tick(server, AWAY_MS);
    come_back(&a, 0);
    heard(&a);
    CHECK_STR(a.sid, sid);
    lose(&a);
    fake_tick(server, AWAY_MS + 1);
    come_back(&a, 0);
    heard(&a);
    CHECK(strcmp(a.sid, sid) != 0);
    lose(&a);
    fake_tick(server, AWAY_MS + 5001);
    CHECK_EQ(app.freed, 2);
    fake_free(server);
}

TEST(a_quiet_session_comes_back_after_its_last_packet_aged_out)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");

    emit(server, NULL, 1);
    heard(&a);
    for (int i = 0; i < 20; i++) {
        fake_tick(server, 20000);
        say(&a, "3");
        emit(server, "others", 100 + i);
    }
    fake_heard(a.link);
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    emit(server, NULL, 2);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] ");
    fake_free(server);
}

TEST(when_what_it_may_have_missed_aged_out_it_gets_a_new_session)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");
    char pid[SIO__ID_LEN + 1];

    strcpy(pid, a.pid);
    emit(server, NULL, 1);
    fake_heard(a.link); /* it says that it has nothing */
    for (int i = 0; i < 4; i++) {
        fake_tick(server, 20000);
        say(&a, "3");
    }
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED ");
    CHECK(strcmp(a.pid, pid) != 0);
    CHECK_EQ(fake_count(server, "recoveries_failed"), 1);
    fake_free(server);
}

static void little_memory(sio_config *config)
{
    two_workers(config);
    config->connection_state_recovery.max_bytes = 3000;
    config->connection_state_recovery.max_sessions = 2;
}

TEST(packets_are_bounded_in_bytes)
{
    sio_server *server = app_start(little_memory);
    struct client a = join(server, 0, ""), b = join(server, 1, "");

    lose(&a);
    lose(&b);
    emit(server, NULL, 1);
    emit(server, NULL, 2);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",1] 42[\"n\",2] ");
    for (int i = 0; i < 20; i++)
        emit(server, NULL, i);
    come_back(&b, 0);
    CHECK_STR(heard(&b), "CONNECTED ");
    CHECK(strstr(app_trace(), "+/(recovered) +/ ") != NULL);
    fake_tick(server, 5000);
    CHECK(fake_count(server, "recovery_packets_dropped") > 0);
    fake_free(server);
}

TEST(sessions_are_bounded_in_number_and_the_oldest_goes_first)
{
    sio_server *server = app_start(little_memory);
    struct client a = join(server, 0, ""), b = join(server, 1, ""), c = join(server, 0, "");

    lose(&a);
    lose(&b);
    CHECK_EQ(app.freed, 0);
    lose(&c);
    CHECK_EQ(app.freed, 1);
    app_trace();
    come_back(&a, 0);
    come_back(&b, 0);
    come_back(&c, 0);
    CHECK_STR(app_trace(), "+/ +/(recovered) +/(recovered) ");
    fake_tick(server, 5000);
    CHECK_EQ(fake_count(server, "recovery_sessions_dropped"), 1);
    fake_free(server);
}

static void small_queue(sio_config *config)
{
    one_worker(config);
    config->max_queue_bytes = 1000;
}

TEST(a_replay_longer_than_the_queue_does_not_cost_the_client)
{
    sio_server *server = app_start(small_queue);
    struct client a = join(server, 0, "");
    int got = 0;

    lose(&a);
    for (int i = 0; i < 100; i++)
        emit(server, NULL, i);
    a.link = fake_ws(server, 0, WS);
    fake_heard(a.link);
    a.link->is_blocked = true;
    {
        char text[100];

        snprintf(text, sizeof text, "40{\"pid\":\"%s\"}", a.pid);
        say(&a, text);
    }
    for (int i = 100; i < 110; i++) /* what else comes waits behind it */
        emit(server, NULL, i);
    fake_unblock(server, a.link);
    for (const char *at = heard(&a); (at = strstr(at, "\"n\",")) != NULL; at += 4)
        CHECK_EQ(atoi(at + 4), got++);
    CHECK_EQ(got, 110);
    CHECK(!a.link->is_over);

    fake_tick(server, PING_MS);
    say(&a, "3"); /* from here on the limit is what it was */
    a.link->is_blocked = true;
    for (int i = 0; i < 100; i++)
        emit(server, NULL, i);
    CHECK(a.link->is_over);
    fake_free(server);
}

/* --- rooms and time ------------------------------------------------------------------------ */

TEST(what_was_said_in_a_room_before_it_joined_is_not_repeated)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");

    emit(server, "late", 1);
    emit(server, "early", 2);
    say(&a, "42[\"join\",\"late\"]");
    emit(server, "late", 3);
    emit(server, NULL, 4);
    fake_heard(a.link); /* nothing arrived */
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    come_back(&a, 1);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",3] 42[\"n\",4] ");
    fake_free(server);
}

TEST(what_was_said_in_a_room_before_it_left_is_repeated)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");

    say(&a, "42[\"join\",\"r\"]");
    emit(server, "r", 1);
    say(&a, "42[\"leave\",\"r\"]");
    emit(server, "r", 2);
    fake_heard(a.link);
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    emit(server, "r", 3);
    come_back(&a, 1);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",1] ");
    fake_free(server);
}

TEST(exceptions_and_the_sender_hold_for_who_is_away)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b = join(server, 1, "");
    sio_ns *ns = sio_of(server, "/");

    say(&a, "42[\"join\",\"muted\"]");
    say(&a, "42[\"others\",1]");
    lose(&a);
    lose(&b);
    sio_emit(sio_except(sio_all(ns), "muted"), "n", "i", 2);
    sio_emit(sio_except(sio_all(ns), b.sid), "n", "i", 3);
    sio_emit(sio_to(sio_to(sio_all(ns), "muted"), a.sid), "n", "i", 4);
    fake_run(server);
    come_back(&a, 0);
    come_back(&b, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",3] 42[\"n\",4] ");
    CHECK_STR(heard(&b), "CONNECTED 42[\"n\",2] ");
    fake_free(server);
}

TEST(what_is_done_to_many_sockets_reaches_who_is_away)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b = join(server, 1, ""), c = join(server, 1, "");
    sio_ns *ns = sio_of(server, "/");
    char pid[SIO__ID_LEN + 1];

    say(&a, "42[\"join\",\"old\"]");
    lose(&a);
    lose(&b);
    sio_sockets_join(sio_to(sio_all(ns), a.sid), "new");
    sio_sockets_leave(sio_all(ns), "old");
    sio_disconnect_sockets(sio_to(sio_all(ns), b.sid), false);
    fake_run(server);
    emit(server, "new", 1);
    emit(server, "old", 2);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",1] ");
    emit(server, "new", 3);
    emit(server, "old", 4);
    CHECK_STR(heard(&a), "42[\"n\",3] ");

    strcpy(pid, b.pid);
    come_back(&b, 1);
    CHECK(b.link->is_over);
    CHECK_STR(heard(&b), "");
    come_back(&b, 1);
    CHECK_STR(heard(&b), "CONNECTED ");
    CHECK(strcmp(b.pid, pid) != 0);
    CHECK(!c.link->is_over);
    fake_free(server);
}

TEST(when_its_rooms_changed_too_often_to_be_told_it_gets_a_new_session)
{
    for (int has_all = 0; has_all < 2; has_all++) {
        sio_server *server = app_start(two_workers);
        struct client a = join(server, 0, "");
        sio_ns *ns = sio_of(server, "/");
        char pid[SIO__ID_LEN + 1];

        strcpy(pid, a.pid);
        emit(server, NULL, 1);
        if (has_all)
            heard(&a);
        fake_heard(a.link);
        fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
        for (int i = 0; i < 2 * 40; i++)
            i % 2 == 0 ? sio_sockets_join(sio_all(ns), "r") : sio_sockets_leave(sio_all(ns), "r");
        fake_run(server);
        come_back(&a, 1);
        CHECK(a.link->is_over);
        come_back(&a, 1);
        CHECK_STR(heard(&a), "CONNECTED ");
        CHECK(strcmp(a.pid, pid) != 0);
        fake_free(server);
    }
}

TEST(a_socket_that_left_its_own_room_stays_out_of_it)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");
    char text[60];

    snprintf(text, sizeof text, "42[\"leave\",\"%s\"]", a.sid);
    say(&a, text);
    lose(&a);
    emit(server, a.sid, 1);
    emit(server, NULL, 2);
    come_back(&a, 0);
    emit(server, a.sid, 3);
    say(&a, "42[\"echo\",4]"); /* that goes to the socket, whatever its rooms are */
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] 42[\"echo\",4] ");
    fake_free(server);
}

TEST(volatile_events_have_an_offset_and_are_not_repeated)
{
    sio_server *server = app_start(one_worker);
    struct client a = join(server, 0, "");
    sio_target all = sio_volatile(sio_all(sio_of(server, "/")));

    emit(server, NULL, 1);
    sio_emit(all, "v", "s", "text");
    fake_run(server);
    CHECK_STR(heard(&a), "42[\"n\",1] 42[\"v\",\"text\"] ");
    CHECK(!a.is_disordered);
    lose(&a);
    sio_emit(all, "v", "s", "gone");
    emit(server, NULL, 2);
    come_back(&a, 0);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] ");
    fake_free(server);
}

TEST(ops_of_workers_and_of_other_threads_come_in_one_order_everywhere)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b = join(server, 1, "");
    sio_target all = sio_all(sio_of(server, "/"));

    fake_enter(server, -1);
    sio_emit(all, "n", "i", 1);
    fake_enter(server, 0);
    sio_emit(all, "n", "i", 2);
    fake_enter(server, 1);
    sio_emit(all, "n", "i", 3);
    fake_enter(server, 0);
    sio_emit(all, "n", "i", 4);
    fake_enter(server, -1);
    sio_emit(all, "n", "i", 5);
    fake_run(server);
    CHECK_STR(heard(&a), "42[\"n\",1] 42[\"n\",2] 42[\"n\",3] 42[\"n\",4] 42[\"n\",5] ");
    CHECK_STR(heard(&b), "42[\"n\",1] 42[\"n\",2] 42[\"n\",3] 42[\"n\",4] 42[\"n\",5] ");
    CHECK(!a.is_disordered && !b.is_disordered);
    fake_free(server);
}

TEST(a_worker_that_lags_behind_the_one_before_repeats_nothing)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");
    struct fake_link *old = a.link, *new = fake_ws(server, 1, WS);
    char text[100];

    fake_enter(server, 0);
    sio_emit(sio_all(sio_of(server, "/")), "n", "i", 1);
    sio__sessions_turn(&server->workers[0].sessions); /* the other worker has no turn yet */
    CHECK_STR(heard(&a), "42[\"n\",1] ");
    old->is_over = true;
    old->base.events->closed(&old->base, SIO__LINK_CLOSED);
    fake_enter(server, 1);
    snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"offset\":\"%s\"}", a.pid, a.offset);
    new->base.events->message(&new->base, false, text, strlen(text));
    a.link = new;
    fake_run(server);
    CHECK(strstr(heard(&a), "\"n\"") == NULL);
    emit(server, NULL, 2);
    CHECK_STR(heard(&a), "42[\"n\",2] ");
    CHECK(!a.is_disordered);
    fake_free(server);
}

TEST(an_emit_and_an_ack_of_one_handler_keep_their_order)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");

    say(&a, "42[\"all\",1]");
    say(&a, "423[\"ack\",2]");
    say(&a, "42[\"echo\",3]");
    CHECK_STR(heard(&a), "42[\"all\",1] 433[2] 42[\"echo\",3] ");
    fake_free(server);
}

/* --- half-open links ----------------------------------------------------------------------- */

TEST(who_is_back_before_its_loss_was_noticed_takes_its_session_over)
{
    for (unsigned worker = 0; worker < 2; worker++) {
        sio_server *server = app_start(two_workers);
        struct client a = join(server, 0, ""), old;
        char sid[SIO__ID_LEN + 1];

        strcpy(sid, a.sid);
        say(&a, "42[\"join\",\"r\"]");
        emit(server, "r", 1);
        heard(&a);
        emit(server, "r", 2); /* into the void */
        old = a;
        come_back(&a, worker);
        CHECK(old.link->is_over);
        CHECK_STR(app_trace(), "<forced close rooms:2> -/(forced close) +/(recovered) ");
        CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] ");
        CHECK_STR(a.sid, sid);
        emit(server, "r", 3);
        CHECK_STR(heard(&a), "42[\"n\",3] ");
        CHECK_EQ(fake_count(server, "recovery_takeovers"), 1);
        CHECK_EQ(app.freed, 0);
        fake_free(server);
    }
}

TEST(two_clients_with_one_pid_do_not_fight_for_ever)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b = a;
    int takeovers = 0;

    while (takeovers < 100 && strcmp(a.pid, b.pid) == 0) {
        struct client *next = takeovers % 2 == 0 ? &b : &a;

        come_back(next, (unsigned)takeovers % 2);
        heard(next);
        takeovers++;
    }
    CHECK_EQ(takeovers, 33);
    CHECK(!a.link->is_over && !b.link->is_over);
    fake_free(server);
}

TEST(what_a_client_says_while_its_old_link_is_closed_is_kept)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, "");
    char text[200];

    a.link = fake_ws(server, 1, WS);
    fake_heard(a.link);
    snprintf(text, sizeof text, "40{\"pid\":\"%s\"}", a.pid);
    fake_enter(server, 1);
    a.link->base.events->message(&a.link->base, false, text, strlen(text));
    fake_enter(server, 1);
    a.link->base.events->message(&a.link->base, false, "42[\"echo\",1]", 12);
    fake_run(server);
    CHECK_STR(heard(&a), "CONNECTED 42[\"echo\",1] ");
    fake_free(server);
}

TEST(of_two_claims_on_their_way_the_later_one_wins)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b = a;
    char text[200];

    snprintf(text, sizeof text, "40{\"pid\":\"%s\"}", a.pid);
    b.link = fake_ws(server, 1, WS);
    a.link = fake_ws(server, 1, WS);
    fake_heard(a.link);
    fake_heard(b.link);
    fake_enter(server, 1);
    b.link->base.events->message(&b.link->base, false, text, strlen(text));
    a.link->base.events->message(&a.link->base, false, text, strlen(text));
    fake_run(server);
    heard(&a);
    heard(&b);
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) +/ +/(recovered) ");
    CHECK(strcmp(a.pid, b.pid) != 0);
    fake_free(server);
}

TEST(a_claim_whose_client_is_gone_meanwhile_leaves_the_session_for_the_next)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b;
    char text[200];

    emit(server, NULL, 1);
    heard(&a);
    b = a;
    snprintf(text, sizeof text, "40{\"pid\":\"%s\"}", a.pid);
    b.link = fake_ws(server, 1, WS);
    fake_enter(server, 1);
    b.link->base.events->message(&b.link->base, false, text, strlen(text));
    fake_ws_closed(server, b.link, SIO__LINK_ERROR);
    emit(server, NULL, 2);
    come_back(&a, 1);
    CHECK_STR(heard(&a), "CONNECTED 42[\"n\",2] ");
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) +/(recovered) ");
    fake_free(server);
}

/* --- a model ------------------------------------------------------------------------------- */

enum { PEOPLE = 4, ROOMS = 3, STEPS = 2000, NUMBERS = STEPS };

/* What a client is to get, decided when it is emitted; and what it got. */
struct person {
    struct client client;
    bool is_away, is_in[ROOMS];
    int expected[NUMBERS], expected_count, got_count, wrong;
};

static const char *const room_names[ROOMS] = {"r0", "r1", "r2"};
static uint32_t dice;

static unsigned roll(unsigned sides)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 16) % sides;
}

static void take_heard(struct person *person)
{
    for (const char *at = heard(&person->client); (at = strstr(at, "\"n\",")) != NULL; at += 4) {
        bool is_right = person->got_count < person->expected_count &&
                        atoi(at + 4) == person->expected[person->got_count];

        person->got_count++;
        person->wrong += !is_right;
    }
}

static void move(struct person *person)
{
    unsigned room = roll(ROOMS);
    bool joins = roll(2) == 0;
    char text[60];

    if (person->is_away)
        return;
    snprintf(text, sizeof text, "42[\"%s\",\"%s\"]", joins ? "join" : "leave", room_names[room]);
    say(&person->client, text);
    person->is_in[room] = joins;
}

static void move_all(sio_ns *ns, struct person *people)
{
    unsigned to = roll(ROOMS), room = roll(ROOMS);
    bool joins = roll(2) == 0;
    sio_target target = sio_to(sio_all(ns), room_names[to]);

    if (joins)
        sio_sockets_join(target, room_names[room]);
    else
        sio_sockets_leave(target, room_names[room]);
    for (int i = 0; i < PEOPLE; i++)
        if (people[i].is_in[to])
            people[i].is_in[room] = joins;
}

/* To everybody, a room or two, without those in another, or to one alone. */
static void emit_number(sio_ns *ns, struct person *people, int number)
{
    unsigned to = roll(ROOMS + 2), more = roll(ROOMS + 1), but = roll(2 * ROOMS),
             one = roll(PEOPLE);
    sio_target target = sio_all(ns);

    if (to < ROOMS)
        target = sio_to(target, room_names[to]);
    if (to < ROOMS && more < ROOMS)
        target = sio_to(target, room_names[more]);
    if (to == ROOMS)
        target = sio_to(target, people[one].client.sid);
    if (but < ROOMS)
        target = sio_except(target, room_names[but]);
    sio_emit(target, "n", "i", number);
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct person *person = &people[i];
        bool is_meant = to < ROOMS    ? person->is_in[to] || (more < ROOMS && person->is_in[more])
                        : to == ROOMS ? i == one
                                      : true;

        if (is_meant && !(but < ROOMS && person->is_in[but]))
            person->expected[person->expected_count++] = number;
    }
}

/* Its link dies, perhaps with something on its way, perhaps unnoticed. */
static void go_or_come(struct person *person)
{
    unsigned worker = roll(2);

    if (!person->is_away && roll(2) == 0)
        take_heard(person);
    if (!person->is_away && roll(3) > 0)
        fake_ws_closed(person->client.server, person->client.link, SIO__LINK_CLOSED);
    person->is_away = !person->is_away;
    if (person->is_away)
        return;
    come_back(&person->client, worker);
    if (roll(4) == 0) /* not even the answer arrives */
        come_back(&person->client, !worker);
}

static void play(uint32_t seed)
{
    static struct person people[PEOPLE];
    sio_server *server = app_start(two_workers);
    sio_ns *ns = sio_of(server, "/");

    dice = seed;
    for (int i = 0; i < PEOPLE; i++)
        people[i] = (struct person){.client = join(server, roll(2), "")};
    for (int step = 0; step < STEPS; step++) {
        struct person *person = &people[roll(PEOPLE)];
        unsigned what = roll(12);

        app_trace();
        fake_enter(server, (int)roll(3) - 1);
        if (what < 6)
            emit_number(ns, people, step);
        else if (what < 8)
            move(person);
        else if (what < 9)
            move_all(ns, people);
        else if (what < 10 && !person->is_away)
            take_heard(person);
        else if (what == 11)
            go_or_come(person);
        fake_run(server);
        fake_tick(server, 1);
    }
    for (int i = 0; i < PEOPLE; i++) {
        if (people[i].is_away)
            come_back(&people[i].client, 0);
        take_heard(&people[i]);
        CHECK_EQ(people[i].wrong, 0);
        CHECK_EQ(people[i].got_count, people[i].expected_count);
        CHECK(!people[i].client.is_disordered);
    }
    fake_free(server);
}

TEST(whatever_happens_everybody_gets_what_was_meant_for_it_once_and_in_order)
{
    for (uint32_t seed = 1; seed <= 20; seed++)
        play(seed);
}

/* --- middlewares --------------------------------------------------------------------------- */

static void runs_middlewares(sio_config *config)
{
    two_workers(config);
    config->connection_state_recovery.skip_middlewares = false;
}

static void connect_guarded(struct client *c, const char *more)
{
    char text[200];

    c->link = fake_ws(c->server, 1, WS);
    fake_heard(c->link);
    snprintf(text, sizeof text, "40/guarded,{\"pid\":\"%s\",\"offset\":\"%s\"%s}", c->pid,
             c->offset, more);
    say(c, text);
}

static void emit_guarded(sio_server *server, int number)
{
    sio_emit(sio_all(sio_of(server, "/guarded")), "n", "i", number);
    fake_run(server);
}

TEST(middlewares_are_skipped_for_who_comes_back_unless_they_are_wanted)
{
    for (int wanted = 0; wanted < 2; wanted++) {
        sio_server *server = app_start(wanted ? runs_middlewares : two_workers);
        struct client a = join(server, 0, "/guarded,");

        emit_guarded(server, 1);
        lose(&a);
        app_trace();
        emit_guarded(server, 2);
        connect_guarded(&a, ",\"refuse\":1");
        if (wanted) {
            CHECK_STR(heard(&a), "44/guarded,{\"message\":\"no\",\"data\":{\"code\":7}} ");
            connect_guarded(&a, ""); /* refused once, not for ever */
        }
        CHECK_STR(heard(&a), "CONNECTED 42/guarded,[\"n\",2] ");
        CHECK_STR(app_trace(), "+/guarded(recovered) ");
        fake_free(server);
    }
}

TEST(a_slow_middleware_costs_no_packet_and_doubles_none)
{
    sio_server *server = app_start(runs_middlewares);
    struct client a = join(server, 0, "/guarded,");

    emit_guarded(server, 1);
    lose(&a);
    emit_guarded(server, 2);
    connect_guarded(&a, ",\"wait\":1,\"early\":\"bird\",\"join\":1");
    emit_guarded(server, 3);
    sio_emit(sio_to(sio_all(sio_of(server, "/guarded")), "joined"), "n", "i", 4);
    fake_run(server);
    sio_next_accept(app.next);
    sio_emit(sio_all(sio_of(server, "/guarded")), "n", "i", 5);
    fake_run(server);
    CHECK_STR(heard(&a), "42/guarded,[\"early\",\"bird\"] CONNECTED 42/guarded,[\"n\",2] "
                         "42/guarded,[\"n\",3] 42/guarded,[\"n\",4] 42/guarded,[\"n\",5] ");
    fake_free(server);
}

static void runs_middlewares_with_little_memory(sio_config *config)
{
    runs_middlewares(config);
    config->connection_state_recovery.max_bytes = 1000;
}

TEST(what_is_gone_after_a_slow_middleware_costs_the_link_and_the_application_hears_nothing)
{
    sio_server *server = app_start(runs_middlewares_with_little_memory);
    struct client a = join(server, 0, "/guarded,");
    char pid[SIO__ID_LEN + 1];

    strcpy(pid, a.pid);
    emit_guarded(server, 1);
    lose(&a);
    emit_guarded(server, 2);
    connect_guarded(&a, ",\"wait\":1");
    for (int i = 0; i < 50; i++)
        emit_guarded(server, i);
    app_trace();
    sio_next_accept(app.next);
    fake_run(server);
    CHECK(a.link->is_over);
    CHECK_STR(app_trace(), "");
    connect_guarded(&a, "");
    CHECK_STR(heard(&a), "CONNECTED ");
    CHECK(strcmp(a.pid, pid) != 0);
    CHECK_STR(app_trace(), "+/guarded ");
    fake_free(server);
}

TEST(a_link_that_dies_in_a_slow_middleware_leaves_the_session_as_it_was)
{
    sio_server *server = app_start(runs_middlewares);
    struct client a = join(server, 0, "/guarded,");
    char offset[SIO__OFFSET_LEN + 1];

    emit_guarded(server, 1);
    lose(&a);
    strcpy(offset, a.offset);
    emit_guarded(server, 2);
    connect_guarded(&a, ",\"wait\":1,\"early\":\"bird\"");
    heard(&a);
    CHECK_STR(a.offset, offset); /* the early one does not pretend that the second has come */
    fake_ws_closed(server, a.link, SIO__LINK_CLOSED);
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_EQ(app.freed, 0);
    connect_guarded(&a, "");
    CHECK_STR(heard(&a), "CONNECTED 42/guarded,[\"n\",2] ");
    fake_free(server);
    CHECK_EQ(app.freed, 1);
}

/* --- polling, old clients, the end --------------------------------------------------------- */

TEST(a_polling_client_comes_back_and_takes_its_held_request_over)
{
    sio_server *server = app_start(two_workers);
    struct fake_exchange *x = fake_get(server, 0, POLLING), *held;
    char target[160], text[200], pid[SIO__ID_LEN + 1];

    snprintf(target, sizeof target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    fake_post(server, 1, target, "40", 2);
    read_id(pid, fake_get(server, 0, target)->body.ptr, "\"pid\":\"");
    held = fake_get(server, 1, target);
    x = fake_get(server, 1, POLLING);
    snprintf(target, sizeof target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    app_trace();
    snprintf(text, sizeof text, "40{\"pid\":\"%s\"}", pid);
    fake_post(server, 0, target, text, strlen(text));
    CHECK(held->is_over);
    emit(server, NULL, 1);
    CHECK(strstr(fake_get(server, 0, target)->body.ptr, pid) != NULL);
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) +/(recovered) ");
    fake_free(server);
}

static void old_ones_too(sio_config *config)
{
    one_worker(config);
    config->allow_eio3 = true;
}

TEST(an_old_client_has_no_private_id)
{
    sio_server *server = app_start(old_ones_too);
    struct fake_link *a = fake_ws(server, 0, "/socket.io/?EIO=3&transport=websocket");

    CHECK(strstr(fake_heard(a), "\n40\n") != NULL);
    fake_ws_text(server, a, "42[\"echo\",1]");
    CHECK(strncmp(fake_heard(a), "42[\"echo\",1,\"", 13) == 0);
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_EQ(app.freed, 1);
    fake_free(server);
}

TEST(a_server_that_ends_frees_what_was_kept)
{
    sio_server *server = app_start(two_workers);
    struct client a = join(server, 0, ""), b = join(server, 1, "");

    lose(&a);
    emit(server, NULL, 1);
    CHECK(!b.link->is_over);
    fake_free(server);
    CHECK_EQ(app.freed, 2);
}

CHECK_MAIN(
    CHECK_ROW(a_client_gets_a_private_id_and_its_events_carry_ascending_offsets),
    CHECK_ROW(without_the_option_nothing_is_different),
    CHECK_ROW(who_comes_back_is_the_same_and_gets_what_it_missed_after_the_answer),
    CHECK_ROW(what_was_sent_but_did_not_arrive_is_sent_again),
    CHECK_ROW(who_has_received_nothing_comes_back_too),
    CHECK_ROW(an_offset_of_an_earlier_session_or_start_counts_as_none),
    CHECK_ROW(who_comes_back_and_is_lost_again_loses_and_doubles_nothing),
    CHECK_ROW(who_leaves_or_is_sent_away_does_not_come_back),
    CHECK_ROW(a_namespace_that_went_with_its_last_socket_comes_back_with_it),
    CHECK_ROW(a_session_comes_back_once), CHECK_ROW(a_session_is_of_its_namespace),
    CHECK_ROW(what_is_no_wish_of_ours_gets_a_new_session),
    CHECK_ROW(who_is_away_too_long_gets_a_new_session),
    CHECK_ROW(a_quiet_session_comes_back_after_its_last_packet_aged_out),
    CHECK_ROW(when_what_it_may_have_missed_aged_out_it_gets_a_new_session),
    CHECK_ROW(packets_are_bounded_in_bytes),
    CHECK_ROW(sessions_are_bounded_in_number_and_the_oldest_goes_first),
    CHECK_ROW(a_replay_longer_than_the_queue_does_not_cost_the_client),
    CHECK_ROW(what_was_said_in_a_room_before_it_joined_is_not_repeated),
    CHECK_ROW(what_was_said_in_a_room_before_it_left_is_repeated),
    CHECK_ROW(exceptions_and_the_sender_hold_for_who_is_away),
    CHECK_ROW(what_is_done_to_many_sockets_reaches_who_is_away),
    CHECK_ROW(when_its_rooms_changed_too_often_to_be_told_it_gets_a_new_session),
    CHECK_ROW(a_socket_that_left_its_own_room_stays_out_of_it),
    CHECK_ROW(volatile_events_have_an_offset_and_are_not_repeated),
    CHECK_ROW(ops_of_workers_and_of_other_threads_come_in_one_order_everywhere),
    CHECK_ROW(a_worker_that_lags_behind_the_one_before_repeats_nothing),
    CHECK_ROW(an_emit_and_an_ack_of_one_handler_keep_their_order),
    CHECK_ROW(who_is_back_before_its_loss_was_noticed_takes_its_session_over),
    CHECK_ROW(two_clients_with_one_pid_do_not_fight_for_ever),
    CHECK_ROW(what_a_client_says_while_its_old_link_is_closed_is_kept),
    CHECK_ROW(of_two_claims_on_their_way_the_later_one_wins),
    CHECK_ROW(a_claim_whose_client_is_gone_meanwhile_leaves_the_session_for_the_next),
    CHECK_ROW(whatever_happens_everybody_gets_what_was_meant_for_it_once_and_in_order),
    CHECK_ROW(middlewares_are_skipped_for_who_comes_back_unless_they_are_wanted),
    CHECK_ROW(a_slow_middleware_costs_no_packet_and_doubles_none),
    CHECK_ROW(
        what_is_gone_after_a_slow_middleware_costs_the_link_and_the_application_hears_nothing),
    CHECK_ROW(a_link_that_dies_in_a_slow_middleware_leaves_the_session_as_it_was),
    CHECK_ROW(a_polling_client_comes_back_and_takes_its_held_request_over),
    CHECK_ROW(an_old_client_has_no_private_id), CHECK_ROW(a_server_that_ends_frees_what_was_kept))
