/* The i-th allocation fails, for every i, while a client does what clients do.  It may lose its
 * connection; another client must not notice, and nothing may leak (the sanitizer says). */
#include "protocol/mem.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

enum { TRIES_MAX = 3000 };

struct scene {
    sio_server *server;
    struct fake_link *a; /* the client that it costs */
};

typedef void scene_fn(struct scene *scene);

static void two_workers(sio_config *config)
{
    config->workers = 2;
    config->allow_eio3 = true;
    config->cleanup_empty_child_namespaces = true;
}

static void recovering(sio_config *config)
{
    two_workers(config);
    config->connection_state_recovery.enabled = true;
    config->connection_state_recovery.skip_middlewares = false;
}

/* --- what a client does -------------------------------------------------------------------- */

static void say(struct scene *s, const char *text)
{
    if (s->a != NULL)
        fake_ws_text(s->server, s->a, text);
}

static void open_client(struct scene *s)
{
    s->a = fake_ws(s->server, 0, WS);
    say(s, "40{\"token\":\"x\"}");
}

static void connects(struct scene *s)
{
    open_client(s);
    say(s, "40/plain,");
    say(s, "40/unknown,");
    say(s, "41/plain,");
}

static void joins_late(struct scene *s)
{
    open_client(s);
    say(s, "40/guarded,{\"wait\":1,\"join\":1,\"early\":\"x\"}");
    say(s, "42/guarded,[\"echo\",\"\\u00e9\"]");
    say(s, "451-/guarded,[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    if (s->a != NULL)
        fake_ws_send(s->server, s->a, true, "\1\2\3", 3);
    if (app.next != NULL)
        sio_next_accept(app.next);
    app.next = NULL;
    fake_run(s->server);
}

static void is_refused(struct scene *s)
{
    open_client(s);
    say(s, "40/guarded,{\"refuse\":1}");
    say(s, "40/guarded,{\"wait\":1}");
    if (app.next != NULL)
        sio_next_refuse(app.next, "late \x01", "{s:s}", "why", "so");
    app.next = NULL;
    fake_run(s->server);
}

static void sends_events(struct scene *s)
{
    open_client(s);
    say(s, "42[\"echo\",\"\\ud83d\\ude00\",1,2,3,4,5,6,7,8,9,10]");
    say(s, "42[\"join\",\"r\\u006fom\"]");
    say(s, "42[\"pack\"]");
    say(s, "42[\"leave\",\"room\"]");
    say(s, "42[\"\\u0065cho\"]");
}

static void sends_binary(struct scene *s)
{
    open_client(s);
    say(s, "452-[\"echo\",{\"_placeholder\":true,\"num\":1},[{\"num\":0,\"_placeholder\":true}]]");
    for (int i = 0; i < 2 && s->a != NULL; i++)
        fake_ws_send(s->server, s->a, true, "\1\2\3\4", 4);
    say(s, "452-[\"echo\",{\"_placeholder\":true,\"num\":1}]");
    if (s->a != NULL)
        fake_ws_send(s->server, s->a, true, "\1\2\3\4", 4);
}

static void sends_acks(struct scene *s)
{
    open_client(s);
    say(s, "421[\"ack\",{\"a\":[1]}]");
    say(s, "422[\"keep ack\"]");
    if (app.ack != NULL)
        sio_ack_send(app.ack, "{s:[iii]}", "a", 1, 2, 3);
    sio_ack_rele(app.ack);
    app.ack = NULL;
    fake_run(s->server);
    say(s, "42[\"ask\",50]");
    say(s, "42[\"ask\",70]");
    say(s, "430[1]");
    fake_tick(s->server, 100);
}

static void broadcasts(struct scene *s)
{
    sio_ns *ns = sio_of(s->server, "/");

    open_client(s);
    say(s, "42[\"all\",{\"text\":\"hello\"}]");
    say(s, "42[\"others\",1]");
    say(s, "42[\"but room\",\"nobody\"]");
    if (ns == NULL)
        return;
    sio_emit(sio_except(sio_to(sio_all(ns), "r"), "s"), "x", "[sB#]", "a", "b", (size_t)1);
    sio_sockets_leave(sio_all(ns), "r");
    fake_run(s->server);
}

static void listens(struct scene *s)
{
    open_client(s);
    say(s, "42[\"listen\"]");
    say(s, "42[\"own\"]");
    say(s, "421[\"own\",\"\\u00e9\"]");
    say(s, "42[\"whisper\"]");
    say(s, "42[\"pack\"]");
    say(s, "42[\"all\",{\"text\":\"hello\"}]");
    say(s, "421[\"refuse\"]");
    say(s, "452-1[\"wait\",{\"_placeholder\":true,\"num\":1}]");
    for (int i = 0; i < 2 && s->a != NULL; i++)
        fake_ws_send(s->server, s->a, true, "\1\2\3\4", 4);
    if (app.next != NULL)
        sio_next_accept(app.next);
    app.next = NULL;
    fake_run(s->server);
    say(s, "42[\"error\",1]");
    say(s, "42[");
}

static void gathers(struct scene *s)
{
    open_client(s);
    say(s, "42[\"gather\"]");
}

static void is_disconnected(struct scene *s)
{
    open_client(s);
    say(s, "40/plain,");
    say(s, "42/plain,[\"kick\",0]");
    say(s, "42[\"bye\",1]");
}

static void polls(struct scene *s)
{
    struct fake_exchange *x = fake_get(s->server, 0, POLLING);
    char target[160];
    const char *sid = x != NULL && x->status == 200 ? strstr(x->body.ptr, "sid\":\"") : NULL;

    if (sid == NULL)
        return;
    snprintf(target, sizeof target, POLLING "&sid=%.20s", sid + 6);
    fake_post(s->server, 1, target,
              "40\x1e"
              "42[\"echo\",\"\xff\"]",
              17);
    fake_get(s->server, 1, target);
    fake_post(s->server, 0, target,
              "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1e"
              "bAQID",
              48);
    fake_get(s->server, 0, target);
    snprintf(target, sizeof target, WS "&sid=%.20s", sid + 6);
    s->a = fake_ws(s->server, 1, target);
    say(s, "2probe");
    fake_tick(s->server, 100);
    say(s, "5");
    say(s, "42[\"echo\",2]");
}

static void is_old(struct scene *s)
{
    struct fake_exchange *x = fake_get(s->server, 0, "/socket.io/?EIO=3&transport=polling");
    const char *sid = x != NULL && x->status == 200 ? strstr(x->body.ptr, "sid\":\"") : NULL;
    char target[160];

    s->a = fake_ws(s->server, 0, "/socket.io/?EIO=3&transport=websocket");
    say(s, "40/guarded?token=1%20&x,");
    say(s, "42/guarded,[\"echo\",1]");
    say(s, "40/guarded?refuse=1,");
    say(s, "2");
    if (sid == NULL)
        return;
    snprintf(target, sizeof target, "/socket.io/?EIO=3&transport=polling&sid=%.20s", sid + 6);
    fake_post(s->server, 1, target, "12:42[\"echo\",1]", 15);
    fake_get(s->server, 1, target);
}

static void count_answers(sio_err err, const sio_args *const *answers, size_t count, void *user)
{
    sio_str text;

    (void)err;
    for (size_t i = 0; i < count; i++)
        sio_args_string(answers[i], 0, &text);
    ++*(int *)user;
}

static void count_sockets(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                          void *user)
{
    (void)err;
    for (size_t i = 0; i < count; i++)
        json_decref(sio_remote_socket_data(sockets[i]));
    ++*(int *)user;
}

static json_t *describe(sio_socket *socket, void *user)
{
    (void)user;
    return json_pack("{s:s}", "id", sio_socket_id(socket));
}

static void on_told(sio_ns *ns, const sio_args *args, sio_ack *ack, void *user)
{
    (void)ns, (void)user;
    sio_ack_send_args(ack, args);
}

static void on_room(sio_ns *ns, sio_room_change change, sio_str room, sio_str id, void *user)
{
    (void)ns, (void)change, (void)room, (void)id, (void)user;
}

static bool add_survey_handlers(sio_ns *ns)
{
    return sio_ns_on_room_change(ns, on_room, NULL) == SIO_OK &&
           sio_ns_describe_data(ns, describe, NULL) == SIO_OK &&
           sio_ns_on_server_side(ns, "told", on_told, NULL) == SIO_OK;
}

/* Whatever is refused, what was taken on calls back exactly once. */
static void check_called(struct scene *s, int taken, const int *called)
{
    fake_tick(s->server, 10000);
    CHECK_EQ(*called, taken);
}

/* From a worker and from a thread of the application. */
static void is_asked_with_many(struct scene *s)
{
    static const char binary[] = "461-%u[{\"_placeholder\":true,\"num\":0}]";
    sio_ns *ns = sio_of(s->server, "/");
    int taken = 0, called = 0;

    open_client(s);
    for (int from = -1; from < 2; from++) {
        unsigned id = 0;
        char text[80];

        fake_enter(s->server, from);
        taken += sio_emit_ack(sio_all(ns), "question", 1000, count_answers, &called, "[s]", "x") ==
                 SIO_OK;
        fake_run(s->server);
        if (s->a == NULL || s->a->is_over || sscanf(fake_heard(s->a), "42%u", &id) != 1)
            continue;
        snprintf(text, sizeof text, from == 0 ? binary : "43%u[\"\\u0041\"]", id);
        say(s, text);
        if (from == 0)
            fake_ws_send(s->server, s->a, true, "\1\2", 2);
    }
    check_called(s, taken, &called);
}

static void is_fetched(struct scene *s)
{
    sio_ns *ns = sio_of(s->server, "/");
    int taken = 0, called = 0;

    open_client(s);
    for (int from = -1; from < 2; from++) {
        fake_enter(s->server, from);
        taken += sio_fetch_sockets(sio_all(ns), 0, count_sockets, &called) == SIO_OK;
        fake_run(s->server);
    }
    check_called(s, taken, &called);
}

static void workers_talk(struct scene *s)
{
    sio_ns *ns = sio_of(s->server, "/");
    int taken = 0, called = 0;

    for (int from = -1; from < 2; from++) {
        fake_enter(s->server, from);
        sio_server_side_emit(ns, "told", "[sB#]", "x", "y", (size_t)1);
        taken += sio_server_side_emit_ack(ns, "told", 0, count_answers, &called, "[sB#]", "x", "y",
                                          (size_t)1) == SIO_OK;
        fake_run(s->server);
    }
    check_called(s, taken, &called);
}

static void many_rooms(struct scene *s)
{
    sio_str rooms[20];
    sio_ns *ns = sio_of(s->server, "/");

    for (size_t i = 0; i < 20; i++)
        rooms[i] = (sio_str){&"abcdefghijklmnopqrst"[i], 1};
    open_client(s);
    say(s, "42[\"join\",\"mine\"]");
    sio_sockets_join_many(sio_except(sio_to(sio_all(ns), "mine"), "b"), rooms, 20);
    sio_emit(sio_to_many(sio_except_many(sio_all(ns), rooms + 1, 19), rooms, 20), "x", NULL);
    fake_run(s->server);
}

/* Connects with the pid that it was given; where it is not lost yet it is taken over. */
static void comes_back(struct scene *s, unsigned worker)
{
    const char *pid = s->a != NULL ? strstr(fake_heard(s->a), "\"pid\":\"") : NULL;
    char text[100];

    if (pid == NULL)
        return;
    snprintf(text, sizeof text, "40/guarded,{%.28s,\"wait\":1}", pid);
    s->a = fake_ws(s->server, worker, WS);
    say(s, text);
    say(s, "42/guarded,[\"echo\",2]");
    if (app.next != NULL)
        sio_next_accept(app.next);
    app.next = NULL;
    fake_run(s->server);
}

static void recovers(struct scene *s)
{
    sio_ns *ns = sio_of(s->server, "/guarded");
    unsigned worker;

    s->a = fake_ws(s->server, 0, WS);
    say(s, "40/guarded,{\"join\":1,\"early\":\"x\"}");
    say(s, "42/guarded,[\"join\",\"r\"]");
    say(s, "42/guarded,[\"echo\",1]");
    for (worker = 0; worker < 2; worker++) {
        comes_back(s, worker);
        if (worker == 0 && s->a != NULL)
            fake_ws_closed(s->server, s->a, SIO__LINK_CLOSED);
        sio_sockets_join(sio_all(ns), "s");
        sio_emit(sio_to(sio_all(ns), "s"), "x", "[sB#]", "a", "b", (size_t)1);
        fake_run(s->server);
    }
    say(s, "42/guarded,[\"leave\",\"r\"]");
}

/* Allows what begins with y, keeps the decision on one other. */
static void on_name(sio_str name, sio_str auth, sio_next *next, void *user)
{
    (void)auth, (void)user;
    if (name.ptr[1] == 'y' || app.next != NULL)
        sio_next_accept(next);
    else
        app.next = next;
}

static void set_up_late(sio_ns *ns, void *user)
{
    (void)user;
    app_serve(ns);
}

static void asks_for_children(struct scene *s)
{
    sio_ns *pattern = NULL, *function;

    sio_of_pattern(&pattern, s->server, "^/r");
    function = sio_of_fn(s->server, on_name, NULL);
    if (function != NULL)
        sio_ns_use(function, app_use, NULL);
    if (pattern != NULL)
        app_serve(pattern);
    open_client(s);
    say(s, "40/r1,");
    say(s, "42/r1,1[\"ack\",1]");
    say(s, "40/yes,{\"join\":1}");
    say(s, "40/wait,");
    say(s, "42/wait,[\"echo\",1]");
    if (app.next != NULL)
        sio_next_accept(app.next);
    app.next = NULL;
    fake_run(s->server);
    if (pattern != NULL)
        sio_emit(sio_to(sio_all(pattern), "x"), "x", "i", 1);
    say(s, "41/r1,");
    sio_of_new(s->server, "/late", set_up_late, NULL);
    say(s, "40/late,");
}

/* --- tries --------------------------------------------------------------------------------- */

static bool echoes(sio_server *server, struct fake_link *link)
{
    fake_heard(link);
    fake_ws_text(server, link, "42[\"echo\",\"still here\"]");
    return strstr(fake_heard(link), "42[\"echo\",\"still here\"") != NULL;
}

/* False: the scene was over before the n-th allocation. */
static bool try_scene(scene_fn *play, long n, bool and_after)
{
    struct scene scene = {.server = app_start(play == recovers ? recovering : two_workers)};
    struct fake_link *near = app_join(scene.server, 0), *far = app_join(scene.server, 1);
    bool was_hit;

    sio__mem_fail_nth(n, and_after);
    play(&scene);
    was_hit = sio__mem_count() >= n;
    sio__mem_fail_nth(0, false);
    if (app.next != NULL)
        sio_next_accept(app.next);
    fake_run(scene.server);
    if (play != is_disconnected && play != gathers) /* these reach for the others */
        CHECK(echoes(scene.server, near) && echoes(scene.server, far));
    fake_free(scene.server);
    return was_hit;
}

static void try_all(scene_fn *play)
{
    json_set_alloc_funcs(sio__malloc, sio__free);
    app_add = add_survey_handlers;
    for (int and_after = 0; and_after < 2; and_after++) {
        long n = 1;

        while (n < TRIES_MAX && try_scene(play, n, and_after))
            n++;
        CHECK(n > 1 && n < TRIES_MAX);
    }
    json_set_alloc_funcs(malloc, free);
}

TEST(joining_survives_without_memory)
{
    try_all(connects);
    try_all(joins_late);
    try_all(is_refused);
}

TEST(events_survive_without_memory)
{
    try_all(sends_events);
    try_all(sends_binary);
    try_all(sends_acks);
}

TEST(broadcasts_survive_without_memory)
{
    try_all(broadcasts);
}

TEST(listeners_and_middlewares_of_events_survive_without_memory)
{
    try_all(listens);
}

TEST(leaving_survives_without_memory)
{
    try_all(is_disconnected);
    try_all(gathers);
}

TEST(questions_to_many_survive_without_memory)
{
    try_all(is_asked_with_many);
    try_all(is_fetched);
    try_all(workers_talk);
    try_all(many_rooms);
}

TEST(polling_and_upgrade_survive_without_memory)
{
    try_all(polls);
}

TEST(old_clients_survive_without_memory)
{
    try_all(is_old);
}

TEST(coming_back_survives_without_memory)
{
    try_all(recovers);
}

TEST(dynamic_namespaces_survive_without_memory)
{
    try_all(asks_for_children);
}

TEST(a_server_that_finds_no_memory_does_not_start)
{
    long n = 1;

    for (sio_server *server = NULL; server == NULL && n < TRIES_MAX; n++) {
        sio__mem_fail_nth(n, false);
        server = app_start(recovering);
        sio__mem_fail_nth(0, false);
        if (server == NULL)
            continue;
        fake_free(server);
        break;
    }
    CHECK(n > 10 && n < TRIES_MAX);
}

CHECK_MAIN(CHECK_ROW(joining_survives_without_memory), CHECK_ROW(events_survive_without_memory),
           CHECK_ROW(broadcasts_survive_without_memory),
           CHECK_ROW(listeners_and_middlewares_of_events_survive_without_memory),
           CHECK_ROW(leaving_survives_without_memory),
           CHECK_ROW(questions_to_many_survive_without_memory),
           CHECK_ROW(polling_and_upgrade_survive_without_memory),
           CHECK_ROW(old_clients_survive_without_memory),
           CHECK_ROW(coming_back_survives_without_memory),
           CHECK_ROW(dynamic_namespaces_survive_without_memory),
           CHECK_ROW(a_server_that_finds_no_memory_does_not_start))
