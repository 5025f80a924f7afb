/* growth.c: what one operation costs a server with so many clients, rooms, namespaces or workers,
 * in instructions, for tests/growth/growth.mjs, which runs it under callgrind:
 *
 *     growth CROWD SIZE      one of the crowds below, so large
 *
 * Each figure is one dump of callgrind's, whose description is "NAME|TIMES|LETTERS": what was done,
 * how often it was counted, and how many letters went between workers meanwhile.  Without callgrind
 * it prints "NAME|NANOSECONDS" instead, which shows how caches bear large crowds.  The server is
 * the real one but for its connections (tests/support/fake_server.h): no kernel, no libwebsockets,
 * all workers on this thread.  A figure that did not deliver what it should aborts the program. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "server/net/sendq.h"
#include "tests/support/fake_server.h"

#define TARGET "/socket.io/?EIO=4&transport=websocket"

enum {
    TURN = 20, /* messages that arrive in one turn of the loop */
    EVENTS = 100 * TURN,
    DELIVERIES = 20000, /* of broadcasts, at least */
    COMINGS = 500,
    ROUNDS = 5,   /* when it is timed */
    MEMBERS = 10, /* of each room with a number for its name */
    PASSED = 10,  /* rooms that are joined and left at a time */
};

/* How many of everything there are. */
struct crowd {
    const char *name;
    unsigned clients; /* and one that comes and goes */
    unsigned namespaces, workers;
    unsigned rooms; /* that the first client is in, alone */
};

static struct {
    struct crowd crowd;
    sio_server *server;
    struct fake_link **links;
    const struct sio__link_ops *fake_ops;
    char (*ids)[21]; /* of their sockets */
    unsigned coming; /* the client that is connecting */
    uint64_t sent;   /* packets that links took */
    uint64_t acts;   /* so far */
    uint64_t start_ns, spent_ns;
} growth;

static void die(const char *what)
{
    fprintf(stderr, "growth: %s\n", what);
    abort();
}

/* --- the application ----------------------------------------------------------------------- */

#define HANDLER(name)                                                                              \
    static void name(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)

static sio_str room_of(const sio_args *args)
{
    sio_str room;

    if (!sio_args_string(args, 0, &room))
        die("a room without a name");
    return room;
}

HANDLER(on_ask)
{
    (void)socket, (void)user;
    sio_ack_send_args(ack, args);
}

HANDLER(on_all)
{
    (void)ack, (void)user;
    sio_emit_args(sio_all(sio_socket_ns(socket)), "all", args);
}

/* To everybody in a namespace that is asked for by its name. */
HANDLER(on_named)
{
    (void)ack, (void)user;
    sio_emit_args(sio_all(sio_of(growth.server, sio_ns_name(sio_socket_ns(socket)))), "all", args);
}

HANDLER(on_room)
{
    sio_str room = room_of(args);

    (void)ack, (void)user;
    sio_emit_args(sio_to_n(sio_all(sio_socket_ns(socket)), room.ptr, room.len), "room", args);
}

HANDLER(on_others)
{
    sio_str room = room_of(args);

    (void)ack, (void)user;
    sio_emit_args(sio_to_n(sio_broadcast(socket), room.ptr, room.len), "room", args);
}

HANDLER(on_odd)
{
    sio_str room = room_of(args);
    sio_target target = sio_to_n(sio_all(sio_socket_ns(socket)), room.ptr, room.len);

    (void)ack, (void)user;
    sio_emit_args(sio_except(target, "even"), "room", args);
}

HANDLER(on_join)
{
    sio_str room = room_of(args);

    (void)ack, (void)user;
    sio_socket_join_n(socket, room.ptr, room.len);
}

/* To one client, by its id. */
HANDLER(on_one)
{
    sio_str number = room_of(args);

    (void)ack, (void)user;
    sio_emit_args(sio_to(sio_all(sio_socket_ns(socket)), growth.ids[strtoul(number.ptr, NULL, 10)]),
                  "one", args);
}

/* Rooms that come and go, and one that everybody is in. */
HANDLER(on_pass)
{
    char room[] = "passing 0";

    (void)args, (void)ack, (void)user;
    for (unsigned i = 0; i < PASSED; i++, room[sizeof room - 2]++)
        sio_socket_join(socket, room);
    for (unsigned i = 0; i < PASSED; i++) {
        room[sizeof room - 2]--;
        sio_socket_leave(socket, room);
    }
}

HANDLER(on_return)
{
    (void)args, (void)ack, (void)user;
    sio_socket_leave(socket, "lobby");
    sio_socket_join(socket, "lobby");
}

static void on_connection(sio_socket *socket, void *user)
{
    (void)user;
    strcpy(growth.ids[growth.coming], sio_socket_id(socket));
    sio_socket_join(socket, "lobby");
}

static void serve(const char *name)
{
    static const struct {
        const char *event;
        sio_event_cb cb;
    } handlers[] = {{"one", on_one},       {"ask", on_ask},   {"all", on_all},
                    {"named", on_named},   {"room", on_room}, {"odd", on_odd},
                    {"others", on_others}, {"join", on_join}, {"pass", on_pass},
                    {"return", on_return}};
    sio_ns *ns = sio_of(growth.server, name);
    sio_err err = sio_ns_on_connection(ns, on_connection, NULL);

    for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
        err |= sio_ns_on(ns, handlers[i].event, handlers[i].cb, NULL);
    if (err != SIO_OK)
        die("a namespace could not be set up");
}

/* --- clients ------------------------------------------------------------------------------- */

/* Takes everything and keeps nothing: what a fake link writes down is not the server's cost. */
static bool take_all(struct sio__link *link, struct sio__sendq *queue)
{
    (void)link;
    for (; !sio__sendq_is_empty(queue); growth.sent++)
        sio__frame_rele(sio__sendq_pop(queue));
    return true;
}

static bool is_writable(struct sio__link *link)
{
    (void)link;
    return true;
}

static void end(struct sio__link *link, struct sio__frame *last)
{
    growth.fake_ops->end(link, last);
}

/* The name of the namespace that a client is in; valid until the next call. */
static const char *namespace_of(unsigned client)
{
    static char name[32];

    snprintf(name, sizeof name, "/%.0u", client % growth.crowd.namespaces);
    return name;
}

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What lies between these two is counted: the server's work, and not how it is asked for. */
static void start(void)
{
    growth.start_ns = clock_ns();
    CALLGRIND_TOGGLE_COLLECT;
}

static void stop(void)
{
    CALLGRIND_TOGGLE_COLLECT;
    growth.spent_ns += clock_ns() - growth.start_ns;
}

/* A message arrives.  Turns are taken by whoever calls this. */
static void arrive(unsigned client, const char *text)
{
    struct fake_link *link = growth.links[client];

    fake_enter(growth.server, (int)link->worker);
    start();
    link->base.events->message(&link->base, false, text, strlen(text));
    stop();
}

static void take_turns(void)
{
    start();
    fake_run(growth.server);
    stop();
}

/* packet: all behind the namespace. */
static void say(unsigned client, char type, const char *packet)
{
    const char *name = namespace_of(client);
    char text[128];

    if (name[1] == '\0')
        snprintf(text, sizeof text, "4%c%s", type, packet);
    else
        snprintf(text, sizeof text, "4%c%s,%s", type, name, packet);
    arrive(client, text);
}

/* Somebody comes, joins its namespace, and is in the place of its number. */
static void come(unsigned client)
{
    static const struct sio__link_ops ops = {take_all, is_writable, end};
    struct fake_link *link;

    start();
    link = fake_ws(growth.server, client % growth.crowd.workers, TARGET);
    stop();
    if (link == NULL)
        die("a client was refused");
    growth.fake_ops = link->base.ops;
    link->base.ops = &ops;
    growth.links[client] = link;
    growth.coming = client;
    say(client, '0', "");
    take_turns();
}

static void go(unsigned client)
{
    start();
    fake_ws_closed(growth.server, growth.links[client], SIO__LINK_CLOSED);
    stop();
}

/* Somebody from all over the crowd, and not the same as the last time. */
static unsigned anybody(unsigned i)
{
    return (unsigned)((growth.acts + i) * 7919 % growth.crowd.clients);
}

/* The one with the rooms, if there is such a one. */
static unsigned some(unsigned i)
{
    return growth.crowd.rooms > 0 ? 0 : anybody(i);
}

/* --- figures ------------------------------------------------------------------------------- */

/* What is done so many times; receivers: the packets that are sent each time. */
struct figure {
    const char *name;
    void (*act)(unsigned i);
    unsigned times, receivers;
    bool is_by_delivery; /* counted for each packet */
};

static void ask(unsigned i)
{
    say(some(i), '2', "7[\"ask\",\"hello\"]");
}

static void broadcast(unsigned i)
{
    say(some(i), '2', "[\"all\",\"hello\"]");
    take_turns();
}

static void emit_by_name(unsigned i)
{
    say(some(i), '2', "[\"named\",\"hello\"]");
}

/* An emit to the room that the client is in, by one of the handlers. */
static void emit_to_room(unsigned i, const char *event)
{
    unsigned client = some(i);
    char packet[64];

    snprintf(packet, sizeof packet, "[\"%s\",\"%u\"]", event,
             growth.crowd.rooms > 0 ? i % growth.crowd.rooms : client / MEMBERS);
    say(client, '2', packet);
    take_turns();
}

static void emit_to_one(unsigned i)
{
    char packet[64];

    snprintf(packet, sizeof packet, "[\"one\",\"%u\"]", anybody(i + 1));
    say(some(i), '2', packet);
    take_turns();
}

static void emit_to_members(unsigned i)
{
    emit_to_room(i, "room");
}

static void emit_to_others(unsigned i)
{
    emit_to_room(i, "others");
}

static void emit_to_odd(unsigned i)
{
    emit_to_room(i, "odd");
}

static void join_and_leave(unsigned i)
{
    say(some(i), '2', "[\"pass\"]");
}

static void leave_and_return(unsigned i)
{
    say(anybody(i), '2', "[\"return\"]");
}

/* Of the last place, from which those who ask do not mind. */
static void come_and_go(unsigned i)
{
    (void)i;
    go(growth.crowd.clients);
    come(growth.crowd.clients);
}

/* All of them at once: an interval passes, and each answers its ping. */
static void beat(unsigned i)
{
    (void)i;
    start();
    fake_tick(growth.server, 25000);
    stop();
    for (unsigned client = 0; client <= growth.crowd.clients; client++)
        arrive(client, "3");
}

static void act(const struct figure *figure)
{
    for (unsigned i = 0; i < figure->times; i++) {
        figure->act(i);
        if (i % TURN == TURN - 1)
            take_turns();
    }
    take_turns();
    growth.acts += figure->times;
}

static uint64_t time_ns(const struct figure *figure)
{
    growth.spent_ns = 0;
    act(figure);
    return growth.spent_ns;
}

/* The least of some: who else is on the machine only makes it more. */
static uint64_t least_ns(const struct figure *figure)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t ns = time_ns(figure);

        least = ns < least ? ns : least;
    }
    return least;
}

static void count(struct figure figure)
{
    uint64_t times = (uint64_t)figure.times * (figure.is_by_delivery ? figure.receivers : 1);
    uint64_t sent, letters;
    char name[128];

    act(&figure); /* the first time may make a table or a queue grow */
    sent = growth.sent;
    letters = fake_letters();
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    act(&figure);
    snprintf(name, sizeof name, "%s|%" PRIu64 "|%" PRIu64, figure.name, times,
             fake_letters() - letters);
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
    if (growth.sent - sent != (uint64_t)figure.times * figure.receivers)
        die(name);
    if (!RUNNING_ON_VALGRIND)
        printf("%s|%.1f\n", figure.name, (double)least_ns(&figure) / (double)times);
}

static void count_all(void)
{
    const struct crowd *crowd = &growth.crowd;
    unsigned everybody = (crowd->clients + 1) / crowd->namespaces;
    unsigned members = crowd->rooms > 0 ? 1 : crowd->namespaces > 1 ? 0 : MEMBERS;
    unsigned broadcasts = (DELIVERIES + everybody - 1) / everybody;

    count((struct figure){"event with ack", ask, EVENTS, 1});
    count((struct figure){"broadcast, each delivery", broadcast, broadcasts, everybody, true});
    if (crowd->namespaces > 1)
        count((struct figure){"emit to a namespace by its name", emit_by_name, EVENTS, everybody});
    if (crowd->namespaces == 1)
        count((struct figure){"emit to one client", emit_to_one, EVENTS, 1});
    if (members > 0)
        count((struct figure){"emit to a room", emit_to_members, EVENTS, members});
    if (members > 1) {
        count((struct figure){"emit to the others in a room", emit_to_others, EVENTS, members - 1});
        count(
            (struct figure){"emit to a room except half of all", emit_to_odd, EVENTS, members / 2});
    }
    count((struct figure){"join and leave ten rooms", join_and_leave, EVENTS, 0});
    count((struct figure){"leave and join the room of all", leave_and_return, EVENTS, 0});
    count((struct figure){"connect and disconnect", come_and_go, COMINGS, 1});
    count((struct figure){"heartbeat, each client", beat, 1, crowd->clients + 1, true});
}

/* --- crowds -------------------------------------------------------------------------------- */

static struct crowd crowd_of(const char *name, unsigned size)
{
    if (strcmp(name, "clients") == 0)
        return (struct crowd){name, .clients = size, .namespaces = 1, .workers = 1};
    if (strcmp(name, "rooms") == 0)
        return (struct crowd){name, .clients = 100, .namespaces = 1, .workers = 1, .rooms = size};
    if (strcmp(name, "namespaces") == 0)
        return (struct crowd){name, .clients = size - 1, .namespaces = size, .workers = 1};
    if (strcmp(name, "workers") == 0)
        return (struct crowd){name, .clients = 1000, .namespaces = 1, .workers = size};
    die("no such crowd");
    return (struct crowd){0};
}

static void configure(sio_config *config)
{
    config->workers = growth.crowd.workers;
}

static void join(unsigned client, const char *room)
{
    char packet[64];

    snprintf(packet, sizeof packet, "[\"join\",\"%s\"]", room);
    say(client, '2', packet);
    take_turns();
}

static void join_numbered(unsigned client, unsigned room)
{
    char name[16];

    snprintf(name, sizeof name, "%u", room);
    join(client, name);
}

static void gather(void)
{
    const struct crowd *crowd = &growth.crowd;

    for (unsigned i = 0; i <= crowd->clients; i++) {
        come(i);
        if (i % 2 == 0)
            join(i, "even");
        if (crowd->rooms == 0 && i < crowd->clients)
            join_numbered(i, i / MEMBERS);
    }
    for (unsigned i = 0; i < crowd->rooms; i++)
        join_numbered(0, i);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("which crowd, and how large?");
    growth.crowd = crowd_of(argv[1], (unsigned)strtoul(argv[2], NULL, 10));
    growth.links = calloc(growth.crowd.clients + 1, sizeof(struct fake_link *));
    growth.ids = calloc(growth.crowd.clients + 1, sizeof *growth.ids);
    growth.server = fake_server_new(configure);
    if (growth.links == NULL || growth.ids == NULL || growth.server == NULL)
        die("out of memory");
    for (unsigned i = 0; i < growth.crowd.namespaces; i++)
        serve(namespace_of(i));
    if (!fake_start(growth.server))
        die("it does not start");
    gather();
    count_all();
    for (unsigned i = 0; i <= growth.crowd.clients; i++)
        go(i);
    fake_free(growth.server);
    free(growth.links);
    free(growth.ids);
    return 0;
}
