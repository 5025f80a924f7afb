/* Listeners of one socket, catch-alls, middlewares of events, errors, flags of one emit. */
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

/* --- an application that lets tests do things inside of its handlers ----------------------- */

typedef void act_fn(sio_socket *socket);

static struct {
    sio_socket *socket; /* connected last */
    act_fn *act;        /* what `act` does */
    act_fn *at_connection;
} the;

/* The same pointer for the same name: listeners are known by it. */
static char *as(const char *name)
{
    static char names[64][16];
    size_t i = 0;

    while (names[i][0] != '\0' && strcmp(names[i], name) != 0)
        i++;
    return strcpy(names[i], name);
}

static void on_connection(sio_socket *socket, void *user)
{
    (void)user;
    the.socket = socket;
    if (the.at_connection != NULL)
        the.at_connection(socket);
}

static void on_act(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)args, (void)ack, (void)user;
    the.act(socket);
}

/* Notes its own name, the event's, and the first argument. */
static void hear(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str name = sio_args_event(args), text = {"", 0};

    (void)socket, (void)ack;
    sio_args_raw(args, 0, &text);
    app_note("%s:%.*s(%.*s) ", (const char *)user, (int)name.len, name.ptr, (int)text.len,
             text.ptr);
}

static void hear_sent(sio_socket *socket, const sio_args *args, void *user)
{
    hear(socket, args, NULL, user);
}

static void on_leaving(sio_socket *socket, const char *reason, void *user)
{
    (void)socket;
    app_note("%s(%s) ", (const char *)user, reason);
}

static void on_error(sio_socket *socket, const sio_socket_error *error, void *user)
{
    sio_str text = {"", 0};

    (void)socket;
    if (error->args != NULL)
        sio_args_raw(error->args, 0, &text);
    app_note("%s{%s|%.*s|%.*s} ", (const char *)user, error->message != NULL ? error->message : "-",
             (int)error->data.len, error->data.ptr, (int)text.len, text.ptr);
    sio_ack_send(error->ack, "s", "noted");
}

typedef void set_up_fn(sio_ns *ns);

/* Serves "/" and "/b", which set_up makes alike; what is said to `act` goes to the.act. */
static sio_server *start_with(set_up_fn *set_up, fake_configure_fn *configure)
{
    sio_server *server = fake_server_new(configure);

    memset(&app, 0, sizeof app);
    memset(&the, 0, sizeof the);
    for (const char *const *name = (const char *const[]){"/", "/b", NULL}; *name != NULL; name++) {
        sio_ns *ns = sio_of(server, *name);

        sio_ns_on_connection(ns, on_connection, NULL);
        sio_ns_on(ns, "act", on_act, NULL);
        if (set_up != NULL)
            set_up(ns);
    }
    fake_start(server);
    return server;
}

/* Does something inside of a handler of this client's socket. */
static void act(sio_server *server, struct fake_link *link, act_fn *fn)
{
    the.act = fn;
    fake_ws_text(server, link, "42[\"act\"]");
}

/* --- listeners of one socket --------------------------------------------------------------- */

static void hear_x_and_others(sio_ns *ns)
{
    sio_ns_on(ns, "x", hear, as("ns"));
    sio_ns_on_other(ns, hear, as("other"));
}

static void hear_x_and_y(sio_socket *socket)
{
    CHECK_EQ(sio_socket_on(socket, "x", hear, as("first")), SIO_OK);
    CHECK_EQ(sio_socket_on(socket, "x", hear, as("second")), SIO_OK);
    CHECK_EQ(sio_socket_on(socket, "y", hear, as("own")), SIO_OK);
}

TEST(a_socket_hears_after_its_namespace_and_alone)
{
    sio_server *server = start_with(hear_x_and_others, NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    act(server, a, hear_x_and_y);
    fake_ws_text(server, a, "42[\"x\",1]");
    fake_ws_text(server, a, "42[\"y\",2]");
    CHECK_STR(app_trace(), "ns:x(1) first:x(1) second:x(1) own:y(2) ");
    fake_ws_text(server, b, "42[\"x\",3]");
    fake_ws_text(server, b, "42[\"y\",4]");
    CHECK_STR(app_trace(), "ns:x(3) other:y(4) ");
    fake_free(server);
}

static void hear_again(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    hear(socket, args, ack, user);
    sio_socket_once(socket, "x", hear_again, as("again"));
}

static void hear_once(sio_socket *socket)
{
    sio_socket_once(socket, "x", hear_again, as("once"));
    sio_socket_once(socket, "x", hear, as("too"));
}

TEST(once_is_once_and_may_be_said_again_from_within)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, hear_once);
    fake_ws_text(server, a, "42[\"x\",1]");
    fake_ws_text(server, a, "42[\"x\",2]");
    CHECK_STR(app_trace(), "once:x(1) too:x(1) again:x(2) ");
    fake_free(server);
}

static void add_and_remove(sio_socket *socket)
{
    sio_socket_on(socket, "x", hear, as("same"));
    sio_socket_on(socket, "x", hear, as("other"));
    sio_socket_on(socket, "x", hear, as("same"));
    CHECK(sio_socket_off(socket, "x", hear, as("same"))); /* the last one */
    CHECK_EQ(sio_socket_listener_count(socket, "x"), 2);
    CHECK(!sio_socket_off(socket, "x", on_act, as("same")));
    CHECK(!sio_socket_off(socket, "y", hear, as("same")));
}

static void remove_all_of_x(sio_socket *socket)
{
    CHECK(sio_socket_off(socket, "x", NULL, NULL));
    CHECK(!sio_socket_off(socket, "x", NULL, NULL));
    CHECK_EQ(sio_socket_listener_count(socket, "x"), 0);
}

TEST(a_listener_is_removed_by_function_and_pointer)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, add_and_remove);
    fake_ws_text(server, a, "42[\"x\"]");
    CHECK_STR(app_trace(), "same:x() other:x() ");
    act(server, a, remove_all_of_x);
    fake_ws_text(server, a, "42[\"x\"]");
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

static void change_listeners(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    hear(socket, args, ack, user);
    sio_socket_off(socket, "x", change_listeners, user);
    sio_socket_off(socket, "x", hear, as("second"));
    sio_socket_on(socket, "x", hear, as("added"));
    sio_socket_on_any(socket, hear, as("any"));
}

static void hear_with_changes(sio_socket *socket)
{
    sio_socket_on(socket, "x", change_listeners, as("changes"));
    sio_socket_on(socket, "x", hear, as("second"));
    sio_socket_on(socket, "x", hear, as("third"));
}

TEST(who_is_removed_during_an_event_is_not_called_and_who_is_added_only_for_the_next)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, hear_with_changes);
    fake_ws_text(server, a, "42[\"x\",1]");
    CHECK_STR(app_trace(), "changes:x(1) third:x(1) ");
    fake_ws_text(server, a, "42[\"x\",2]");
    CHECK_STR(app_trace(), "any:x(2) third:x(2) added:x(2) ");
    fake_free(server);
}

static void leave_at_once(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)args, (void)ack, (void)user;
    sio_socket_off_all(socket);
    sio_socket_disconnect(socket, true);
    CHECK_EQ(sio_socket_on(socket, "x", hear, as("late")), SIO_OK);
}

static void hear_and_leave(sio_socket *socket)
{
    sio_socket_on(socket, "x", leave_at_once, NULL);
    sio_socket_on(socket, "x", hear, as("never"));
    sio_socket_on_disconnect(socket, on_leaving, as("never"));
}

static void hear_the_end(sio_ns *ns)
{
    sio_ns_on_disconnecting(ns, on_leaving, as("ns-"));
    sio_ns_on_disconnect(ns, on_leaving, as("ns"));
}

TEST(a_listener_may_remove_all_and_disconnect)
{
    sio_server *server = start_with(hear_the_end, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, hear_and_leave);
    fake_ws_text(server, a, "42[\"x\"]");
    CHECK(a->is_over);
    CHECK_STR(app_trace(), "ns-(server namespace disconnect) ns(server namespace disconnect) ");
    fake_free(server);
}

static void leave_on(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    hear(socket, args, ack, user);
    sio_socket_disconnect(socket, false);
}

static void note_connection(sio_socket *socket, void *user)
{
    (void)socket, (void)user;
    app_note("connected ");
}

static void leave_on_x(sio_ns *ns)
{
    sio_ns_on_connection(ns, note_connection, NULL);
    sio_ns_on(ns, "x", leave_on, as("leaves"));
    sio_ns_on(ns, "x", hear, as("never"));
    sio_ns_on_disconnect(ns, on_leaving, as("ns"));
}

static void leave_at_connection(sio_socket *socket)
{
    sio_socket_disconnect(socket, false);
}

TEST(nobody_hears_of_an_event_after_the_end_of_the_socket)
{
    sio_server *server = start_with(leave_on_x, NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    fake_ws_text(server, a, "42[\"x\"]");
    CHECK_STR(app_trace(), "leaves:x() ns(server namespace disconnect) ");
    act(server, b, hear_x_and_y); /* has listeners of its own */
    fake_ws_text(server, b, "42[\"x\"]");
    CHECK_STR(app_trace(), "leaves:x() ns(server namespace disconnect) ");
    the.at_connection = leave_at_connection;
    fake_ws_text(server, b, "40/b,");
    CHECK_STR(app_trace(), "ns(server namespace disconnect) ");
    fake_free(server);
}

static void note_event(sio_str event, size_t listeners, void *user)
{
    (void)user;
    app_note("%.*s=%zu ", (int)event.len, event.ptr, listeners);
}

static void count(sio_socket *socket)
{
    hear_x_and_y(socket);
    sio_socket_once(socket, "y", hear, as("once"));
    sio_socket_on_any(socket, hear, as("any"));
    sio_socket_prepend_any(socket, hear, as("any"));
    sio_socket_on_any_outgoing(socket, hear_sent, as("sent"));
    sio_socket_each_event(socket, note_event, NULL);
    app_note("any=%zu sent=%zu none=%zu ", sio_socket_any_count(socket),
             sio_socket_any_outgoing_count(socket), sio_socket_listener_count(socket, "z"));
    sio_socket_off_all(socket);
    sio_socket_each_event(socket, note_event, NULL);
    app_note("any=%zu", sio_socket_any_count(socket));
}

TEST(listeners_are_counted_by_event)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, count);
    CHECK_STR(app_trace(), "x=2 y=2 any=2 sent=1 none=0 any=2");
    fake_free(server);
}

static void leave_again(sio_socket *socket, const char *reason, void *user)
{
    on_leaving(socket, reason, user);
    sio_socket_disconnect(socket, false);
    sio_socket_off_disconnect(socket, on_leaving, as("gone"));
}

static void hear_own_end(sio_socket *socket)
{
    sio_socket_on_disconnecting(socket, leave_again, as("own-"));
    sio_socket_on_disconnecting(socket, on_leaving, as("gone"));
    CHECK(sio_socket_off_disconnecting(socket, on_leaving, as("gone")));
    sio_socket_on_disconnect(socket, on_leaving, as("own"));
    sio_socket_on_disconnect(socket, on_leaving, as("gone"));
}

TEST(a_socket_hears_of_its_own_end)
{
    sio_server *server = start_with(hear_the_end, NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    act(server, a, hear_own_end);
    fake_ws_text(server, a, "41");
    fake_ws_text(server, b, "41");
    CHECK_STR(app_trace(), "ns-(client namespace disconnect) own-(client namespace disconnect) "
                           "ns(client namespace disconnect) own(client namespace disconnect) "
                           "ns-(client namespace disconnect) ns(client namespace disconnect) ");
    fake_free(server);
}

static const char *const reserved[] = {"error",         "connect",     "connect_error",
                                       "disconnect",    "newListener", "disconnecting",
                                       "removeListener"};

static void reserve(sio_ns *ns)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        CHECK_EQ(sio_ns_on(ns, reserved[i], hear, NULL), SIO_EINVAL);
    CHECK_EQ(sio_ns_on(ns, NULL, hear, NULL), SIO_EINVAL);
    CHECK_EQ(sio_ns_on(ns, "x", NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_ns_use_event(ns, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_ns_on_any(NULL, hear, NULL), SIO_ENOMEM);
}

static void reserve_too(sio_socket *socket)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        CHECK_EQ(sio_socket_on(socket, reserved[i], hear, NULL), SIO_EINVAL);
        CHECK_EQ(sio_socket_once(socket, reserved[i], hear, NULL), SIO_EINVAL);
    }
    CHECK_EQ(sio_socket_on(socket, "x", NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_socket_use(socket, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_ns_on_any(sio_socket_ns(socket), hear, NULL), SIO_EBUSY);
    app_note("checked");
}

TEST(nobody_listens_to_names_that_cannot_come)
{
    sio_server *server = start_with(reserve, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, reserve_too);
    CHECK_STR(app_trace(), "checked");
    fake_free(server);
}

/* --- incoming catch-alls ------------------------------------------------------------------- */

static void pass(sio_socket *socket, const sio_args *args, sio_next *next, void *user)
{
    hear(socket, args, NULL, user);
    sio_next_accept(next);
}

static void hear_everything(sio_ns *ns)
{
    sio_ns_on(ns, "x", hear, as("ns"));
    sio_ns_use_event(ns, pass, as("use"));
    sio_ns_on_any(ns, hear, as("any"));
    sio_ns_prepend_any(ns, hear, as("first"));
}

static void hear_everything_too(sio_socket *socket)
{
    sio_socket_on(socket, "x", hear, as("own"));
    sio_socket_use(socket, pass, as("own-use"));
    sio_socket_on_any(socket, hear, as("own-any"));
    sio_socket_prepend_any(socket, hear, as("own-first"));
}

TEST(an_event_passes_catch_alls_then_middlewares_then_listeners)
{
    sio_server *server = start_with(hear_everything, NULL);
    struct fake_link *a;

    the.at_connection = hear_everything_too;
    a = app_join(server, 0);
    fake_ws_text(server, a, "42[\"x\",1]");
    CHECK_STR(app_trace(), "first:x(1) any:x(1) own-first:x(1) own-any:x(1) "
                           "use:x(1) own-use:x(1) ns:x(1) own:x(1) ");
    fake_ws_text(server, a, "42[\"unknown\"]");
    CHECK_STR(app_trace(), "first:unknown() any:unknown() own-first:unknown() own-any:unknown() "
                           "use:unknown() own-use:unknown() ");
    fake_free(server);
}

static void answer(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)socket, (void)args;
    sio_ack_send(ack, "s", user);
}

static void answer_any(sio_socket *socket)
{
    sio_socket_on_any(socket, answer, as("any"));
    sio_socket_on(socket, "x", answer, as("listener"));
}

TEST(a_catch_all_may_answer_the_ack)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, answer_any);
    fake_ws_text(server, a, "421[\"x\"]");
    fake_ws_text(server, a, "422[\"unknown\"]");
    CHECK_STR(fake_heard(a), "431[\"any\"]\n432[\"any\"]\n");
    fake_free(server);
}

static void hear_less(sio_socket *socket)
{
    sio_socket_on_any(socket, hear, as("one"));
    sio_socket_on_any(socket, hear, as("two"));
    sio_socket_on_any(socket, hear, as("one"));
    CHECK(sio_socket_off_any(socket, hear, as("one"))); /* the first of them */
    CHECK(!sio_socket_off_any(socket, hear, as("none")));
}

static void hear_nothing(sio_socket *socket)
{
    CHECK(sio_socket_off_any(socket, NULL, NULL));
    CHECK_EQ(sio_socket_any_count(socket), 0);
}

TEST(catch_alls_are_removed_one_by_one_or_all)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, hear_less);
    fake_ws_text(server, a, "42[\"x\"]");
    CHECK_STR(app_trace(), "two:x() one:x() ");
    act(server, a, hear_nothing);
    app_trace();
    fake_ws_text(server, a, "42[\"x\"]");
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

/* --- outgoing catch-alls ------------------------------------------------------------------- */

static void hear_all_sent(sio_ns *ns)
{
    sio_ns_on_any_outgoing(ns, hear_sent, as("sent"));
    sio_ns_prepend_any_outgoing(ns, hear_sent, as("first"));
}

static void on_answer(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    (void)socket, (void)err, (void)args, (void)user;
}

static void emit_in_every_way(sio_socket *socket)
{
    sio_emit(sio_all(sio_socket_ns(socket)), "all", "i", 1);
    sio_socket_emit(socket, "one", "{s:i}", "n", 2);
    sio_socket_emit_ack(socket, "asked", 0, on_answer, NULL, "i", 3);
    sio_emit(sio_volatile(sio_self(socket)), "dropped", "i", 4); /* others are in its way */
    sio_emit(sio_broadcast(socket), "others", "i", 5);
    app_note("emitted ");
}

TEST(what_is_sent_is_heard_after_the_emit_and_in_its_order)
{
    sio_server *server = start_with(hear_all_sent, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, emit_in_every_way);
    CHECK_STR(app_trace(), "emitted first:all(1) sent:all(1) first:one({\"n\":2}) "
                           "sent:one({\"n\":2}) first:asked(3) sent:asked(3) first:dropped(4) "
                           "sent:dropped(4) ");
    CHECK_STR(fake_heard(a), "42[\"all\",1]\n42[\"one\",{\"n\":2}]\n420[\"asked\",3]\n");
    fake_ws_text(server, a, "421[\"unknown\"]");
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

static void two_workers(sio_config *config)
{
    config->workers = 2;
}

static void note_binary(sio_socket *socket, const sio_args *args, void *user)
{
    sio_str bytes = {"", 0};

    (void)socket, (void)user;
    sio_args_binary(args, 1, &bytes);
    app_note("%zu args, %zu bytes ", sio_args_count(args), bytes.len);
}

static void hear_own_sent(sio_socket *socket)
{
    sio_socket_on_any_outgoing(socket, note_binary, NULL);
    sio_socket_prepend_any_outgoing(socket, hear_sent, as("first"));
}

static void hear_no_more(sio_socket *socket)
{
    CHECK(sio_socket_off_any_outgoing(socket, note_binary, NULL));
    CHECK(!sio_socket_off_any_outgoing(socket, note_binary, NULL));
}

TEST(a_broadcast_is_heard_on_each_worker_for_those_who_listen)
{
    sio_server *server = start_with(NULL, two_workers);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);
    sio_ns *ns = sio_of(server, "/");

    app_join(server, 1);
    act(server, a, hear_own_sent);
    act(server, b, hear_own_sent);
    CHECK_EQ(sio_emit(sio_all(ns), "x", "iB#B#", 1, "ab", (size_t)2, "c", (size_t)1), SIO_OK);
    fake_run(server);
    CHECK_STR(app_trace(), "first:x(1) 3 args, 2 bytes first:x(1) 3 args, 2 bytes ");
    act(server, a, hear_no_more);
    sio_emit(sio_all(ns), "y", NULL);
    fake_run(server);
    CHECK_STR(app_trace(), "first:y() first:y() 0 args, 0 bytes ");
    fake_free(server);
}

static void emit_and_leave(sio_socket *socket)
{
    sio_socket_emit(socket, "bye", NULL);
    sio_socket_disconnect(socket, false);
    sio_socket_emit(socket, "too late", NULL);
}

static void hear_sent_and_end(sio_ns *ns)
{
    sio_ns_on_any_outgoing(ns, hear_sent, as("sent"));
    hear_the_end(ns);
}

TEST(what_is_sent_is_heard_before_disconnecting_and_not_after_it)
{
    sio_server *server = start_with(hear_sent_and_end, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, emit_and_leave);
    CHECK_STR(app_trace(), "sent:bye() ns-(server namespace disconnect) "
                           "ns(server namespace disconnect) ");
    fake_free(server);
}

static void leave_when_sent(sio_socket *socket, const sio_args *args, void *user)
{
    hear_sent(socket, args, user);
    sio_socket_disconnect(socket, true);
}

static void hear_and_leave_when_sent(sio_ns *ns)
{
    sio_ns_on_any_outgoing(ns, leave_when_sent, as("leaves"));
    sio_ns_on_any_outgoing(ns, hear_sent, as("never"));
    sio_ns_on_disconnect(ns, on_leaving, as("ns"));
}

static void emit_twice(sio_socket *socket)
{
    sio_socket_emit(socket, "one", NULL);
    sio_socket_emit(socket, "two", NULL);
}

TEST(a_listener_to_what_is_sent_may_disconnect)
{
    sio_server *server = start_with(hear_and_leave_when_sent, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, emit_twice);
    CHECK_STR(app_trace(), "leaves:one() ns(server namespace disconnect) ");
    CHECK(a->is_over);
    fake_free(server);
}

static void echo_once(sio_socket *socket, const sio_args *args, void *user)
{
    hear_sent(socket, args, user);
    sio_socket_off_any_outgoing(socket, echo_once, user);
    sio_emit(sio_all(sio_socket_ns(socket)), "echo", NULL);
}

static void echo_what_is_sent(sio_socket *socket)
{
    sio_socket_on_any_outgoing(socket, echo_once, as("once"));
    sio_socket_on_any_outgoing(socket, hear_sent, as("sent"));
    sio_socket_emit(socket, "x", NULL);
}

TEST(what_a_listener_to_what_is_sent_sends_is_heard_too)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, echo_what_is_sent);
    CHECK_STR(app_trace(), "once:x() sent:x() sent:echo() ");
    CHECK_STR(fake_heard(a), "42[\"x\"]\n42[\"echo\"]\n");
    fake_free(server);
}

/* --- middlewares of events ----------------------------------------------------------------- */

static struct {
    sio_next *next[4];
    unsigned count;
} waiting;

/* What the event is called decides: "no..." is refused, "wait..." waits. */
static void judge(sio_socket *socket, const sio_args *args, sio_next *next, void *user)
{
    sio_str name = sio_args_event(args);

    hear(socket, args, NULL, user);
    if (name.len >= 2 && memcmp(name.ptr, "no", 2) == 0)
        sio_next_refuse(next, "refused \xff", "{s:i}", "code", 7);
    else if (name.len >= 4 && memcmp(name.ptr, "wait", 4) == 0)
        waiting.next[waiting.count++ % 4] = next;
    else
        sio_next_accept(next);
}

static void be_judged(sio_ns *ns)
{
    memset(&waiting, 0, sizeof waiting);
    sio_ns_use_event(ns, judge, as("judge"));
    sio_ns_on_other(ns, hear, as("heard"));
    sio_ns_on_error(ns, on_error, as("error"));
    sio_ns_on_disconnect(ns, on_leaving, as("ns"));
}

TEST(a_refused_event_is_dropped_and_told_as_an_error_alone)
{
    sio_server *server = start_with(be_judged, NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "421[\"no\",1]");
    fake_ws_text(server, a, "42[\"yes\",2]");
    CHECK_STR(app_trace(), "judge:no(1) error{refused \xef\xbf\xbd|{\"code\":7}|} "
                           "judge:yes(2) heard:yes(2) ");
    CHECK_STR(fake_heard(a), "");
    fake_free(server);
}

TEST(an_event_that_waits_is_overtaken_and_comes_when_it_is_accepted)
{
    sio_server *server = start_with(be_judged, NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "451-[\"wait\",{\"_placeholder\":true,\"num\":0}]");
    fake_ws_send(server, a, true, "\1\2", 2);
    fake_ws_text(server, a, "42[\"wait\\u0020too\",\"\\u00e9\"]");
    fake_ws_text(server, a, "42[\"yes\",1]");
    app_trace();
    sio_next_accept(waiting.next[1]); /* on a thread of the application */
    fake_run(server);
    CHECK_STR(app_trace(), "heard:wait too(\"\\u00e9\") ");
    fake_enter(server, 0);
    sio_next_accept(waiting.next[0]);
    fake_run(server);
    CHECK_STR(app_trace(), "heard:wait({\"_placeholder\":true,\"num\":0}) ");
    fake_free(server);
}

TEST(an_event_that_waits_may_still_be_refused)
{
    sio_server *server = start_with(be_judged, NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"wait\",1]");
    sio_next_refuse(waiting.next[0], NULL, NULL);
    fake_run(server);
    CHECK_STR(app_trace(), "judge:wait(1) error{-||} ");
    fake_free(server);
}

TEST(an_event_that_waits_goes_with_its_socket)
{
    sio_server *server = start_with(be_judged, NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    fake_ws_text(server, a, "421[\"wait\"]");
    fake_ws_text(server, a, "41");
    sio_next_accept(waiting.next[0]);
    fake_ws_text(server, b, "421[\"wait\"]");
    fake_ws_closed(server, b, SIO__LINK_CLOSED);
    sio_next_refuse(waiting.next[1], "late", NULL);
    fake_run(server);
    CHECK_STR(app_trace(), "judge:wait() ns(client namespace disconnect) "
                           "judge:wait() ns(transport close) ");
    fake_free(server);
}

static void disconnect_and_wait(sio_socket *socket, const sio_args *args, sio_next *next,
                                void *user)
{
    sio_socket_disconnect(socket, false);
    hear(socket, args, NULL, user);
    waiting.next[0] = next;
}

static void disconnect_and_accept(sio_socket *socket, const sio_args *args, sio_next *next,
                                  void *user)
{
    disconnect_and_wait(socket, args, next, user);
    sio_next_accept(next);
}

static void use_two(sio_socket *socket)
{
    sio_socket_use(socket, disconnect_and_accept, as("leaves"));
    sio_socket_use(socket, pass, as("never"));
}

static void use_one_that_waits(sio_socket *socket)
{
    sio_socket_use(socket, disconnect_and_wait, as("leaves"));
}

TEST(a_middleware_may_disconnect)
{
    sio_server *server = start_with(hear_x_and_others, NULL);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    act(server, a, use_two);
    fake_ws_text(server, a, "421[\"x\",1]");
    act(server, b, use_one_that_waits);
    fake_ws_text(server, b, "421[\"x\",2]");
    sio_next_accept(waiting.next[0]);
    fake_run(server);
    CHECK_STR(app_trace(), "leaves:x(1) leaves:x(2) ");
    fake_free(server);
}

static void use_more(sio_socket *socket, const sio_args *args, sio_next *next, void *user)
{
    pass(socket, args, next, user);
    sio_socket_use(socket, pass, as("more"));
}

static void use_one_that_adds(sio_socket *socket)
{
    sio_socket_use(socket, use_more, as("adds"));
}

TEST(a_middleware_that_is_added_counts_from_the_next_event)
{
    sio_server *server = start_with(hear_x_and_others, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, use_one_that_adds);
    fake_ws_text(server, a, "42[\"x\",1]");
    CHECK_STR(app_trace(), "adds:x(1) ns:x(1) ");
    fake_ws_text(server, a, "42[\"x\",2]");
    CHECK_STR(app_trace(), "adds:x(2) more:x(2) ns:x(2) ");
    fake_free(server);
}

static void wait_little(sio_config *config)
{
    config->max_waiting_bytes = 2000;
}

TEST(events_that_wait_are_limited_together_and_one_always_fits)
{
    sio_server *server = start_with(be_judged, wait_little);
    struct fake_link *a = app_join(server, 0);
    char large[4000];

    snprintf(large, sizeof large, "42[\"wait\",\"%0*d\"]", 3000, 0);
    fake_ws_text(server, a, large);
    sio_next_accept(waiting.next[0]);
    fake_run(server);
    fake_ws_text(server, a, large);
    CHECK(!a->is_over);
    app_trace();
    fake_ws_text(server, a, "42[\"yes\"]"); /* does not wait */
    fake_ws_text(server, a, "42[\"wait\"]");
    CHECK(a->is_over);
    CHECK_STR(app_trace(), "judge:yes() heard:yes() judge:wait() ns(forced close) ");
    for (unsigned i = 1; i < 3; i++)
        sio_next_accept(waiting.next[i]);
    fake_run(server);
    fake_free(server);
}

/* --- errors -------------------------------------------------------------------------------- */

static void hear_errors(sio_ns *ns)
{
    sio_ns_on_error(ns, on_error, as("error"));
    sio_ns_on_other(ns, hear, as("other"));
    sio_ns_on_any(ns, hear, as("any"));
    sio_ns_on_disconnect(ns, on_leaving, as("ns"));
}

static void hear_own_errors(sio_socket *socket)
{
    sio_socket_on_error(socket, on_error, as("own"));
    sio_socket_on_error(socket, on_error, as("gone"));
    CHECK(sio_socket_off_error(socket, on_error, as("gone")));
}

TEST(what_is_no_packet_is_told_to_every_socket_of_the_client_before_the_end)
{
    sio_server *server = start_with(hear_errors, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, hear_own_errors);
    fake_ws_text(server, a, "40/b,");
    app_trace();
    fake_ws_text(server, a, "42[\"x\"");
    CHECK_STR(app_trace(), "error{invalid payload||} error{invalid payload||} "
                           "own{invalid payload||} ns(forced close) ns(forced close) ");
    fake_free(server);
}

static void leave_on_error(sio_socket *socket, const sio_socket_error *error, void *user)
{
    on_error(socket, error, user);
    sio_socket_disconnect(socket, true);
}

static void hear_errors_and_leave(sio_ns *ns)
{
    sio_ns_on_error(ns, leave_on_error, as("error"));
    sio_ns_on_disconnect(ns, on_leaving, as("ns"));
}

TEST(an_error_listener_may_disconnect)
{
    sio_server *server = start_with(hear_errors_and_leave, NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/b,");
    fake_ws_text(server, a, "49");
    CHECK_STR(app_trace(), "error{unknown packet type 9||} ns(server namespace disconnect) "
                           "ns(server namespace disconnect) ");
    CHECK(a->is_over);
    fake_free(server);
}

TEST(an_event_named_error_goes_to_the_error_listeners)
{
    sio_server *server = start_with(hear_errors, NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "421[\"error\",\"mine\"]");
    CHECK_STR(app_trace(), "any:error(\"mine\") error{-||\"mine\"} ");
    CHECK_STR(fake_heard(a), "431[\"noted\"]\n");
    fake_free(server);
}

TEST(errors_that_nobody_listens_to_do_nothing)
{
    sio_server *server = start_with(hear_x_and_others, NULL);
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "421[\"error\",\"mine\"]");
    CHECK_STR(app_trace(), "");
    CHECK_STR(fake_heard(a), "");
    CHECK(!a->is_over);
    fake_free(server);
}

/* --- flags of one socket's emit ------------------------------------------------------------ */

static void emit_to_itself(sio_socket *socket)
{
    sio_target self = sio_self(socket);

    CHECK_EQ(sio_emit(self, "x", "i", 1), SIO_OK);
    CHECK_EQ(sio_emit(sio_compress(sio_local(self), false), "x", "i", 2), SIO_OK);
    CHECK_EQ(sio_emit(sio_volatile(self), "x", "i", 3), SIO_OK); /* the first is in its way */
    CHECK_EQ(sio_emit(sio_to(self, "r"), "x", NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit(sio_except(self, "r"), "x", NULL), SIO_EINVAL);
    CHECK_EQ(sio_emit(self, "disconnect", NULL), SIO_EINVAL);
    CHECK_EQ(sio_sockets_join(self, "r"), SIO_EINVAL);
    sio_socket_disconnect(socket, true);
    CHECK_EQ(sio_emit(self, "x", NULL), SIO_ECLOSED);
}

TEST(a_socket_emits_to_itself_with_flags)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, emit_to_itself);
    CHECK_STR(fake_heard(a), "42[\"x\",1]\n42[\"x\",2]\n41\n");
    fake_free(server);
}

static void note_silence(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    (void)socket, (void)args, (void)user;
    app_note("%s ", sio_strerror(err));
}

static void ask_itself(sio_socket *socket)
{
    sio_target self = sio_self(socket);

    CHECK_EQ(sio_self_emit_ack(self, "q", 50, note_silence, NULL, NULL), SIO_OK);
    CHECK_EQ(sio_self_emit_ack(sio_volatile(self), "q", 70, note_silence, NULL, NULL), SIO_OK);
    CHECK_EQ(sio_self_emit_ack(sio_to(self, "r"), "q", 50, note_silence, NULL, NULL), SIO_EINVAL);
    CHECK_EQ(sio_self_emit_ack(sio_broadcast(socket), "q", 50, note_silence, NULL, NULL),
             SIO_EINVAL);
}

TEST(a_volatile_question_that_is_dropped_is_waited_for)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, ask_itself);
    CHECK_STR(fake_heard(a), "420[\"q\"]\n");
    fake_ws_text(server, a, "430[]");
    CHECK_STR(app_trace(), "ok ");
    fake_tick(server, 100);
    CHECK_STR(app_trace(), "timed out ");
    fake_free(server);
}

static void emit_volatile(sio_socket *socket)
{
    sio_emit(sio_volatile(sio_self(socket)), "x", NULL);
}

TEST(a_volatile_event_to_itself_goes_when_nothing_is_in_its_way)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, emit_volatile);
    a->is_blocked = true;
    act(server, a, emit_volatile);
    fake_unblock(server, a);
    CHECK_STR(fake_heard(a), "42[\"x\"]\n");
    fake_free(server);
}

/* --- acks with binary ---------------------------------------------------------------------- */

static void note_answer(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    sio_str first = {"", 0}, second = {"", 0};

    (void)socket, (void)user;
    if (err == SIO_OK && sio_args_binary(args, 0, &first) && sio_args_binary(args, 1, &second))
        app_note("%.*s+%.*s ", (int)first.len, first.ptr, (int)second.len, second.ptr);
}

static void ask_with_binary(sio_socket *socket)
{
    CHECK_EQ(sio_socket_emit_ack(socket, "q", 0, note_answer, NULL, "B#", "?", (size_t)1), SIO_OK);
}

TEST(questions_and_answers_carry_binary)
{
    sio_server *server = start_with(NULL, NULL);
    struct fake_link *a = app_join(server, 0);

    act(server, a, ask_with_binary);
    CHECK_STR(fake_heard(a), "451-0[\"q\",{\"_placeholder\":true,\"num\":0}]\nb:3f\n");
    fake_ws_text(server, a,
                 "462-0[{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]");
    fake_ws_send(server, a, true, "ab", 2);
    fake_ws_send(server, a, true, "cd", 2);
    CHECK_STR(app_trace(), "cd+ab ");
    fake_free(server);
}

CHECK_MAIN(
    CHECK_ROW(a_socket_hears_after_its_namespace_and_alone),
    CHECK_ROW(once_is_once_and_may_be_said_again_from_within),
    CHECK_ROW(a_listener_is_removed_by_function_and_pointer),
    CHECK_ROW(who_is_removed_during_an_event_is_not_called_and_who_is_added_only_for_the_next),
    CHECK_ROW(a_listener_may_remove_all_and_disconnect),
    CHECK_ROW(nobody_hears_of_an_event_after_the_end_of_the_socket),
    CHECK_ROW(listeners_are_counted_by_event), CHECK_ROW(a_socket_hears_of_its_own_end),
    CHECK_ROW(nobody_listens_to_names_that_cannot_come),
    CHECK_ROW(an_event_passes_catch_alls_then_middlewares_then_listeners),
    CHECK_ROW(a_catch_all_may_answer_the_ack), CHECK_ROW(catch_alls_are_removed_one_by_one_or_all),
    CHECK_ROW(what_is_sent_is_heard_after_the_emit_and_in_its_order),
    CHECK_ROW(a_broadcast_is_heard_on_each_worker_for_those_who_listen),
    CHECK_ROW(what_is_sent_is_heard_before_disconnecting_and_not_after_it),
    CHECK_ROW(a_listener_to_what_is_sent_may_disconnect),
    CHECK_ROW(what_a_listener_to_what_is_sent_sends_is_heard_too),
    CHECK_ROW(a_refused_event_is_dropped_and_told_as_an_error_alone),
    CHECK_ROW(an_event_that_waits_is_overtaken_and_comes_when_it_is_accepted),
    CHECK_ROW(an_event_that_waits_may_still_be_refused),
    CHECK_ROW(an_event_that_waits_goes_with_its_socket), CHECK_ROW(a_middleware_may_disconnect),
    CHECK_ROW(a_middleware_that_is_added_counts_from_the_next_event),
    CHECK_ROW(events_that_wait_are_limited_together_and_one_always_fits),
    CHECK_ROW(what_is_no_packet_is_told_to_every_socket_of_the_client_before_the_end),
    CHECK_ROW(an_error_listener_may_disconnect),
    CHECK_ROW(an_event_named_error_goes_to_the_error_listeners),
    CHECK_ROW(errors_that_nobody_listens_to_do_nothing),
    CHECK_ROW(a_socket_emits_to_itself_with_flags),
    CHECK_ROW(a_volatile_question_that_is_dropped_is_waited_for),
    CHECK_ROW(a_volatile_event_to_itself_goes_when_nothing_is_in_its_way),
    CHECK_ROW(questions_and_answers_carry_binary))
