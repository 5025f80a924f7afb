/* A byte string read as what four clients, the clock, the heap and the application do to a whole
 * server on a fake transport.  The fake aborts on what the seams forbid; here the application
 * checks that each socket is told once that it is gone and hears nothing later, that numbered
 * events come in order and once, and that whatever was asked is answered. */
#include <stdio.h>
#include <string.h>

#include "protocol/mem.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/fake_server.h"

enum { CLIENTS = 4, STEPS = 300, KEPT = 8, POST_MAX = 4096 };

static const char *const packets[] = {
    "40",
    "40/m,{\"w\":1}",
    "40/m,",
    "40/u,",
    "41",
    "41/m,",
    "42[\"b\",1]",
    "421[\"a\"]",
    "42[\"x\",0]",
    "42[\"x\",1]",
    "42[\"k\",0]",
    "42[\"k\",1]",
    "42[\"j\",\"r\"]",
    "42[\"q\",500]",
    "42[\"q\",0]",
    "430[1]",
    "431[2]",
    "451-[\"b\",{\"_placeholder\":true,\"num\":0}]",
    "42/m,[\"b\",\"\\u00e9\"]",
    "42/m,[\"q\",300]",
    "2probe",
    "5",
    "3",
    "2",
    "1",
    "6",
    "4",
    "4x",
    "2",
    "bAQID",
    "43/m,0[]",
    "42/m,[\"k\",0]",
    "42[\"l\",79]",
    "42[\"l\",48]",
    "42/m,[\"l\",6]",
    "421[\"w\",[1]]",
    "451-[\"w\",{\"_placeholder\":true,\"num\":0}]",
    "42/m,[\"w\"]",
    "42[\"error\",1]",
    "40/r1,",
    "40/r2,{\"w\":1}",
    "40/f1,",
    "40/f2,{\"w\":1}",
    "41/r1,",
    "41/f1,",
    "421/r1,[\"a\"]",
    "42/f1,[\"b\",1]",
    "42/r1,[\"q\",300]",
    "42/f1,[\"k\",1]",
    "42/r1,[\"x\",0]",
};

struct client {
    char polling[128], websocket[128]; /* targets with the sid; empty: no session known */
    struct fake_link *link;
    struct fake_exchange *get;
    char pid[21], offset[12]; /* what it needs to come back; empty: not known */
    bool is_old;              /* Engine.IO 3 */
};

static struct {
    sio_server *server;
    const uint8_t *data;
    size_t size;
    struct client clients[CLIENTS];
    sio_ns *parent;
    sio_next *nexts[KEPT];
    sio_ack *acks[KEPT];
    unsigned number; /* of the latest numbered event */
    long sockets, conns, asked;
} f;

static unsigned next(void)
{
    if (f.size == 0)
        return 0;
    f.size--;
    return *f.data++;
}

/* --- the application ----------------------------------------------------------------------- */

struct record {
    bool has_left;
    int64_t last;
    int once; /* listeners that are still to be called once */
};

static struct record *record_of(sio_socket *socket)
{
    struct record *record = sio_socket_data(socket);

    FUZZ_CHECK(record != NULL && !record->has_left);
    return record;
}

/* For later, if there is a place. */
static void keep_or_accept(sio_next *decision, bool is_later)
{
    for (int i = 0; is_later && i < KEPT; i++) {
        if (f.nexts[i] == NULL) {
            f.nexts[i] = decision;
            return;
        }
    }
    sio_next_accept(decision);
}

static void on_use(sio_socket *socket, sio_next *decision, void *user)
{
    (void)user;
    keep_or_accept(decision, sio_socket_auth_raw(socket).len > 2);
}

static void on_use_event(sio_socket *socket, const sio_args *args, sio_next *decision, void *user)
{
    (void)user;
    record_of(socket);
    keep_or_accept(decision, sio_args_event(args).ptr[0] == 'w');
}

static void on_heard(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str text;

    (void)ack, (void)user;
    record_of(socket);
    sio_args_string(args, 0, &text);
}

static void on_heard_once(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    on_heard(socket, args, ack, user);
    FUZZ_CHECK(record_of(socket)->once-- > 0);
}

static void on_sent(sio_socket *socket, const sio_args *args, void *user)
{
    FUZZ_CHECK(sio_args_event(args).len > 0);
    on_heard(socket, args, NULL, user);
}

static void on_error(sio_socket *socket, const sio_socket_error *error, void *user)
{
    (void)user;
    record_of(socket);
    FUZZ_CHECK(error->args != NULL || error->message != NULL);
}

/* Each bit of how is a kind of listener that comes or goes. */
static void change_listeners(sio_socket *socket, int64_t how)
{
    if (how & 16) {
        sio_socket_off_all(socket);
        record_of(socket)->once = 0;
    }
    if (how & 32) {
        sio_socket_off_any(socket, NULL, NULL);
        sio_socket_off_any_outgoing(socket, NULL, NULL);
    }
    if (how & 1)
        sio_socket_prepend_any(socket, on_heard, NULL);
    if (how & 2)
        sio_socket_on_any_outgoing(socket, on_sent, NULL);
    if (how & 4)
        sio_socket_use(socket, on_use_event, NULL);
    if (how & 8)
        record_of(socket)->once += sio_socket_once(socket, "b", on_heard_once, NULL) == SIO_OK;
    if (how & 64)
        sio_socket_on_error(socket, on_error, NULL);
}

static void on_name(sio_str name, sio_str auth, sio_next *decision, void *user)
{
    (void)name, (void)user;
    keep_or_accept(decision, auth.len > 2);
}

static void on_connection(sio_socket *socket, void *user)
{
    struct record *record = sio_socket_data(socket);

    (void)user;
    FUZZ_CHECK(sio_socket_recovered(socket) == (record != NULL));
    if (record == NULL) {
        sio_socket_set_data(socket, calloc(1, sizeof(struct record)), free);
    } else {
        FUZZ_CHECK(record->has_left);
        *record = (struct record){.last = record->last};
    }
    f.sockets++;
}

static void on_disconnect(sio_socket *socket, const char *reason, void *user)
{
    (void)user;
    FUZZ_CHECK(reason != NULL && !sio_socket_connected(socket));
    record_of(socket)->has_left = true;
    f.sockets--;
}

static void on_answer(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    (void)user;
    FUZZ_CHECK((err == SIO_OK) == (args != NULL));
    record_of(socket);
    f.asked--;
}

static void on_event(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_ns *ns = sio_socket_ns(socket);
    struct record *record = record_of(socket);
    char what = sio_args_event(args).ptr[0];
    int64_t number = 0;

    (void)user;
    sio_args_int(args, 0, &number);
    if (what == 'n') {
        FUZZ_CHECK(number > record->last);
        record->last = number;
        sio_socket_emit_args(socket, "n", args);
    } else if (what == 'b') {
        sio_emit_args(sio_all(ns), "b", args);
    } else if (what == 'x') {
        sio_socket_disconnect(socket, number != 0);
    } else if (what == 'k') {
        sio_disconnect_sockets(sio_all(ns), number != 0);
    } else if (what == 'j') {
        sio_sockets_join(sio_all(ns), "r");
        sio_emit(sio_except(sio_to(sio_broadcast(socket), "r"), "s"), "r", "B#", "x", (size_t)1);
    } else if (what == 'q') {
        f.asked +=
            sio_socket_emit_ack(socket, "q", (uint32_t)number, on_answer, NULL, NULL) == SIO_OK;
    } else if (what == 'l') {
        change_listeners(socket, number);
    } else if (what == 'a') {
        for (int i = 0; i < KEPT; i++) {
            if (f.acks[i] == NULL) {
                f.acks[i] = sio_ack_hold(ack);
                break;
            }
        }
    }
}

static void on_open(sio_conn *conn, void *user)
{
    (void)conn, (void)user;
    f.conns++;
}

static void on_message(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    sio_conn_send(conn, binary, ptr, len);
}

static void on_close(sio_conn *conn, const char *reason, void *user)
{
    (void)conn, (void)reason, (void)user;
    f.conns--;
}

static void configure(sio_config *config)
{
    config->workers = 2;
    config->max_queue_bytes = 4096;
    config->max_http_buffer_size = POST_MAX;
    config->max_pending_acks = 3;
    config->max_waiting_bytes = 2000;
    config->allow_eio3 = true;
    config->cleanup_empty_child_namespaces = true;
    config->max_child_namespaces = 3;
    if (f.size % 2 == 1) {
        config->connection_state_recovery.enabled = true;
        config->connection_state_recovery.max_bytes = 2000;
        config->connection_state_recovery.max_sessions = 2;
        config->connection_state_recovery.skip_middlewares = f.size % 4 == 1;
    }
}

static void set_up(sio_ns *ns)
{
    static const char *const names[] = {"n", "b", "x", "k", "j", "q", "a", "l"};

    sio_ns_on_connection(ns, on_connection, NULL);
    sio_ns_on_disconnect(ns, on_disconnect, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        sio_ns_on(ns, names[i], on_event, NULL);
}

/* --- steps ---------------------------------------------------------------------------------
 */

static void know_sid(struct client *c, const char *engine, const char *open_packet)
{
    const char *sid = open_packet != NULL ? strstr(open_packet, "\"sid\":\"") : NULL;

    if (sid == NULL)
        return;
    snprintf(c->polling, sizeof c->polling, "%s?EIO=%c&transport=polling&sid=%.20s", engine,
             c->is_old ? '3' : '4', sid + 7);
    snprintf(c->websocket, sizeof c->websocket, "%s?EIO=%c&transport=websocket&sid=%.20s", engine,
             c->is_old ? '3' : '4', sid + 7);
}

static void open_session(struct client *c, bool by_websocket)
{
    unsigned how = next();
    const char *engine = how & 2 ? "/engine.io/" : "/socket.io/";
    struct fake_exchange *x;
    char target[64];

    c->is_old = how & 4;
    snprintf(target, sizeof target, "%s?EIO=%c&transport=%s%s", engine, c->is_old ? '3' : '4',
             by_websocket ? "websocket" : "polling", how & 8 ? "&b64=1" : "");
    if (by_websocket) {
        fake_ws_closed(f.server, c->link, SIO__LINK_CLOSED);
        c->link = fake_ws(f.server, how & 1, target);
        know_sid(c, engine, c->link != NULL ? fake_heard(c->link) : NULL);
    } else {
        x = fake_get(f.server, how & 1, target);
        know_sid(c, engine, x != NULL ? x->body.ptr : NULL);
    }
}

/* Never a numbered event, which would be counted as a double. */
static size_t take_bytes(char *bytes, size_t max)
{
    size_t len = next();

    len = len == 255 ? max : len;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)next();
    for (size_t i = 0; i < len; i++)
        if (bytes[i] == 'n' || bytes[i] == '\\')
            bytes[i] = 'm';
    return len;
}

static const char *take_packet(void)
{
    return packets[next() % (sizeof packets / sizeof *packets)];
}

static void post(struct client *c, const char *body, size_t len)
{
    fake_post(f.server, next() & 1, c->polling, body, len);
}

/* One packet; old bodies tell its length. */
static void post_packet(struct client *c, const char *packet)
{
    char body[128];

    if (c->is_old)
        snprintf(body, sizeof body, "%zu:%s", strlen(packet), packet);
    else
        snprintf(body, sizeof body, "%s", packet);
    post(c, body, strlen(body));
}

static void send_bytes(struct client *c)
{
    char bytes[POST_MAX + 1];
    bool by_post = next() & 1;
    size_t len = take_bytes(bytes, sizeof bytes);

    if (by_post)
        post(c, bytes, len);
    else
        fake_ws_send(f.server, c->link, !sio__utf8_valid(bytes, len), bytes, len);
}

static void send_number(struct client *c)
{
    char text[32];

    snprintf(text, sizeof text, "42[\"n\",%u]", ++f.number);
    if (c->link != NULL && !c->link->is_over)
        fake_ws_text(f.server, c->link, text);
    else
        post_packet(c, text);
}

static void decide(unsigned how)
{
    sio_next **decision = &f.nexts[how % KEPT];

    if (*decision == NULL)
        return;
    fake_enter(f.server, how & 64 ? 0 : -1);
    if (how & 128)
        sio_next_refuse(*decision, "no", "i", 1);
    else
        sio_next_accept(*decision);
    *decision = NULL;
    fake_run(f.server);
}

static void answer(unsigned how)
{
    sio_ack **ack = &f.acks[how % KEPT];

    fake_enter(f.server, how & 64 ? 0 : -1);
    sio_ack_send(*ack, "sB#", "answer", "\1", (size_t)1);
    sio_ack_rele(*ack);
    *ack = NULL;
    fake_run(f.server);
}

static void act_from_outside(unsigned how)
{
    sio_target target = sio_all(sio_of(f.server, how & 1 ? "/" : "/m"));

    if (how & 32)
        target = sio_all(f.parent);
    if (how & 16)
        target = sio_volatile(target);
    if (how & 2)
        sio_disconnect_sockets(target, how & 4);
    else
        sio_emit(how & 8 ? sio_to(target, "r") : target, "outside", "{s:i}", "a", 1);
    fake_run(f.server);
}

/* The latest pid and offset that came over its WebSocket. */
static void know_pid(struct client *c)
{
    const char *text = c->link != NULL ? fake_heard(c->link) : "", *at;

    for (at = text; (at = strstr(at, "\"pid\":\"")) != NULL; at++)
        snprintf(c->pid, sizeof c->pid, "%.20s", at + 7);
    for (at = text; (at = strstr(at, "\"]\n")) != NULL; at++)
        if (at - text >= 11)
            snprintf(c->offset, sizeof c->offset, "%.11s", at - 11);
}

/* Its old link dies before, later or never. */
static void come_back(struct client *c)
{
    unsigned how = next();
    char text[100];

    know_pid(c);
    if (how & 1)
        fake_ws_closed(f.server, c->link, SIO__LINK_CLOSED);
    c->link = fake_ws(f.server, how >> 1 & 1, "/socket.io/?EIO=4&transport=websocket");
    c->is_old = false;
    snprintf(text, sizeof text, "40%s{\"pid\":\"%s\"%s%s%s}", how & 4 ? "/m," : "", c->pid,
             how & 8 ? ",\"offset\":\"" : "", how & 8 ? c->offset : "", how & 8 ? "\"" : "");
    fake_ws_text(f.server, c->link, text);
}

static void step(void)
{
    unsigned code = next();
    struct client *c = &f.clients[code % CLIENTS];

    switch (code / CLIENTS % 16) {
    case 0:
        open_session(c, false);
        break;
    case 1:
        open_session(c, true);
        break;
    case 2:
        c->get = fake_get(f.server, next() & 1, c->polling);
        break;
    case 3:
        post_packet(c, take_packet());
        break;
    case 4:
    case 5:
        fake_ws_text(f.server, c->link, take_packet());
        break;
    case 6:
        send_bytes(c);
        break;
    case 7:
        fake_ws_closed(f.server, c->link, SIO__LINK_CLOSED);
        c->link = fake_ws(f.server, next() & 1, c->websocket);
        break;
    case 8:
        if (code & 64)
            come_back(c);
        else
            fake_ws_closed(f.server, c->link, next() & 1 ? SIO__LINK_CLOSED : SIO__LINK_ERROR);
        break;
    case 9:
        fake_gone(f.server, c->get);
        break;
    case 10:
        fake_tick(f.server, next() * 200);
        break;
    case 11:
        if (c->link != NULL && !c->link->is_blocked)
            c->link->is_blocked = true;
        else
            fake_unblock(f.server, c->link);
        break;
    case 12:
        decide(next());
        break;
    case 13:
        answer(next());
        break;
    case 14:
        act_from_outside(next());
        break;
    default:
        if (code & 64)
            sio__mem_fail_nth(next(), code & 128);
        else
            send_number(c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const sio_engine_handlers handlers = {on_open, on_message, on_close, NULL};

    memset(&f, 0, sizeof f);
    f.data = data;
    f.size = size;
    f.server = fake_server_new(configure);
    sio_engine_attach(f.server, "/engine.io", &handlers);
    set_up(sio_of(f.server, "/"));
    set_up(sio_of(f.server, "/m"));
    sio_ns_use(sio_of(f.server, "/m"), on_use, NULL);
    FUZZ_CHECK(sio_of_pattern(&f.parent, f.server, "^/r") == SIO_OK);
    set_up(f.parent);
    sio_ns_use(f.parent, on_use, NULL);
    set_up(sio_of_fn(f.server, on_name, NULL));
    FUZZ_CHECK(fake_start(f.server));
    for (int i = 0; i < STEPS && f.size > 0; i++)
        step();
    sio__mem_fail_nth(0, false);
    fake_stop(f.server);
    FUZZ_CHECK(f.sockets == 0 && f.conns == 0 && f.asked == 0);
    for (unsigned i = 0; i < KEPT; i++) {
        if (f.nexts[i] != NULL)
            sio_next_accept(f.nexts[i]);
        sio_ack_rele(f.acks[i]);
    }
    fake_free(f.server);
    return 0;
}
