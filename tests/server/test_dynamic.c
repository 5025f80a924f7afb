/* Namespaces that come while the server runs: by name, and as children of parents. */
#include <pthread.h>

#include "server/io/socket.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

#define INVALID(nsp) "44" nsp ",{\"message\":\"Invalid namespace\"}\n"
#define JOINED(nsp) "40" nsp ",{\"sid\":\"*\"}\n"

static char names[][8] = {"", "1", "2", "new", "again"};

static void clean_up(sio_config *config)
{
    config->cleanup_empty_child_namespaces = true;
}

static void clean_up_on_two(sio_config *config)
{
    config->cleanup_empty_child_namespaces = true;
    config->workers = 2;
}

static void allow_three(sio_config *config)
{
    config->max_child_namespaces = 3;
    config->max_client_children = 2;
    config->max_http_buffer_size = 100;
}

static uint64_t refused(sio_server *server)
{
    return server->workers[0].stats.child_namespaces_refused;
}

/* --- names --------------------------------------------------------------------------------- */

TEST(each_of_a_thousand_namespaces_is_found_by_its_name)
{
    enum { COUNT = 1000 };
    static sio_ns *made[COUNT];
    sio_server *server = fake_server_new(NULL);
    char name[16];

    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "/%d", i);
        made[i] = sio_of(server, name);
        CHECK_STR(sio_ns_name(made[i]), name);
    }
    CHECK(fake_start(server));
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "/%d", i);
        CHECK(sio_of(server, name) == made[i]);
    }
    CHECK_STR(sio_ns_name(sio_of(server, "/")), "/");
    CHECK(sio_of(server, "/new") != NULL);
    fake_free(server);
}

/* --- patterns and prefixes ----------------------------------------------------------------- */

static sio_ns *of_pattern(sio_server *server, const char *pattern)
{
    sio_ns *parent = NULL;

    CHECK_EQ(sio_of_pattern(&parent, server, pattern), SIO_OK);
    return parent;
}

TEST(a_pattern_makes_the_namespaces_that_it_matches)
{
    sio_server *server = app_start(NULL);
    sio_ns *parent = of_pattern(server, "^/room-[0-9]+$");
    struct fake_link *a = app_join(server, 0);

    CHECK_STR(sio_ns_name(parent), "/_0");
    CHECK(app_serve(parent));
    fake_ws_text(server, a, "40/room-1,{\"token\":1}");
    fake_ws_text(server, a, "42/room-1,[\"echo\",1]");
    fake_ws_text(server, a, "40/room-x,");
    fake_ws_text(server, a, "40/_0,");
    CHECK_STR(app_heard(a),
              JOINED("/room-1") "42/room-1,[\"echo\",1]\n" INVALID("/room-x") INVALID("/_0"));
    CHECK_STR(app_trace(), "+/room-1 ");
    fake_free(server);
}

static void note_line(sio_log_level level, const char *line, void *user)
{
    (void)user;
    app_note("%d:%s ", level, line);
}

static void log_errors(sio_config *config)
{
    config->log = note_line;
}

TEST(a_pattern_that_is_none_is_refused_and_told)
{
    sio_server *server = app_start(log_errors);
    sio_ns *parent = NULL;

    app_trace();
    CHECK_EQ(sio_of_pattern(&parent, server, "/room-("), SIO_EINVAL);
    CHECK(parent == NULL);
    CHECK(strncmp(app_trace(), "0:pattern /room-(: ", 19) == 0);
    fake_free(server);
}

TEST(a_prefix_takes_all_names_that_begin_so)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    sio_of_prefix(server, "/room-");
    fake_ws_text(server, a, "40/room-,");
    fake_ws_text(server, a, "40/room,");
    CHECK_STR(app_heard(a), JOINED("/room-") INVALID("/room"));
    fake_free(server);
}

/* --- functions ----------------------------------------------------------------------------- */

/* Allows, refuses or waits by the second letter of the name; the name is counted. */
static void ask(sio_str name, sio_str auth, sio_next *next, void *user)
{
    app_note("%s(%.*s %.*s) ", (const char *)user, (int)name.len, name.ptr, (int)auth.len,
             auth.ptr);
    if (name.ptr[1] == 'y')
        sio_next_accept(next);
    else if (name.ptr[1] == 'w')
        app.next = next;
    else
        sio_next_refuse(next, "never heard", NULL);
}

TEST(parents_are_asked_in_their_order_until_one_allows)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    app_serve(sio_of_fn(server, ask, names[1]));
    app_serve(of_pattern(server, "^/n2"));
    app_serve(sio_of_fn(server, ask, names[2]));
    fake_ws_text(server, a, "40/yes,{\"a\":1}");
    fake_ws_text(server, a, "40/no,");
    fake_ws_text(server, a, "40/n2,");
    CHECK_STR(app_heard(a), JOINED("/yes") INVALID("/no") JOINED("/n2"));
    CHECK_STR(app_trace(), "1(/yes {\"a\":1}) +/yes 1(/no {}) 2(/no {}) 1(/n2 {}) +/n2 ");
    fake_ws_text(server, a, "41/yes,");
    fake_ws_text(server, a, "40/yes,");
    CHECK_STR(app_trace(), "<client namespace disconnect rooms:1> "
                           "-/yes(client namespace disconnect) +/yes ");
    fake_free(server);
}

TEST(a_parent_may_take_its_time_and_what_comes_meanwhile_is_kept)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    app_serve(sio_of_fn(server, ask, names[1]));
    fake_ws_text(server, a, "40/wait,");
    fake_ws_text(server, a, "42/wait,[\"echo\",1]");
    fake_ws_text(server, a, "42/wait,[\"7\"]");
    CHECK_STR(app_heard(a), "");
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_STR(app_heard(a), JOINED("/wait") "42/wait,[\"echo\",1]\n");
    CHECK_STR(app_trace(), "1(/wait {}) +/wait 7 ");
    fake_free(server);
}

static void *accept_next(void *next)
{
    sio_next_accept(next);
    return NULL;
}

TEST(a_parent_decides_on_another_thread_and_middlewares_follow)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    sio_ns *parent = sio_of_fn(server, ask, names[1]);
    pthread_t thread;
    sio_next *next;

    CHECK_EQ(sio_ns_use(parent, app_use, NULL), SIO_OK);
    fake_ws_text(server, a, "40/wait,{\"wait\":1,\"early\":\"x\"}");
    next = app.next;
    app.next = NULL;
    pthread_create(&thread, NULL, accept_next, next);
    pthread_join(thread, NULL);
    fake_run(server);
    CHECK_STR(app_heard(a), "42/wait,[\"early\",\"x\"]\n");
    CHECK(app.next != NULL);
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_STR(app_heard(a), JOINED("/wait"));
    fake_free(server);
}

TEST(a_lookup_that_the_client_gives_up_is_given_up)
{
    sio_server *server = app_start(clean_up);
    struct fake_link *a = app_join(server, 0);
    sio_next *first;

    sio_of_fn(server, ask, names[1]);
    fake_ws_text(server, a, "40/wait,{\"n\":1}");
    first = app.next;
    fake_ws_text(server, a, "40/wait,{\"n\":2}");
    sio_next_accept(first);
    fake_run(server);
    CHECK_STR(app_heard(a), "");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_STR(
        app_trace(),
        "1(/wait {\"n\":1}) 1(/wait {\"n\":2}) <transport close rooms:1> -/(transport close) ");
    CHECK(sio_ns_find(server, "/wait") == NULL);
    fake_free(server);
}

TEST(a_decision_on_a_name_may_outlive_the_server)
{
    sio_server *server = app_start(NULL);

    sio_of_fn(server, ask, names[1]);
    fake_ws_text(server, app_join(server, 0), "40/wait,");
    fake_stop(server);
    sio_next_refuse(app.next, "too late", NULL);
    fake_free(server);
}

TEST(of_two_that_ask_at_a_time_both_join_the_same_namespace)
{
    sio_server *server = app_start(clean_up_on_two);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);
    sio_ns *parent = sio_of_fn(server, ask, names[1]);
    sio_next *first;

    app_serve(parent);
    fake_ws_text(server, a, "40/wait,");
    first = app.next;
    fake_ws_text(server, b, "40/wait,");
    sio_next_accept(app.next);
    sio_next_accept(first);
    fake_run(server);
    fake_ws_text(server, a, "42/wait,[\"all\",1]");
    CHECK_STR(app_heard(a), JOINED("/wait") "42/wait,[\"all\",1]\n");
    CHECK_STR(app_heard(b), JOINED("/wait") "42/wait,[\"all\",1]\n");
    fake_free(server);
}

/* --- the limits of a client ---------------------------------------------------------------- */

TEST(children_are_limited_for_all_and_for_each_client)
{
    sio_server *server = app_start(allow_three);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);

    sio_of_prefix(server, "/r");
    fake_ws_text(server, a, "40/r1,");
    fake_ws_text(server, a, "40/r2,");
    fake_ws_text(server, a, "40/r3,");
    CHECK_STR(app_heard(a), JOINED("/r1") JOINED("/r2") INVALID("/r3"));
    fake_ws_text(server, b, "40/r3,");
    fake_ws_text(server, b, "40/r4,");
    fake_ws_text(server, b, "40/r1,");
    fake_ws_text(server, b, "40/r2,");
    CHECK_STR(app_heard(b), JOINED("/r3") INVALID("/r4") JOINED("/r1") INVALID("/r2"));
    CHECK_EQ(refused(server), 3);
    fake_free(server);
}

TEST(lookups_count_and_so_do_the_bytes_that_came_with_them)
{
    sio_server *server = app_start(allow_three);
    struct fake_link *a = app_join(server, 0);
    sio_next *first;
    char text[128];

    sio_of_fn(server, ask, names[1]);
    fake_ws_text(server, a, "40/w1,");
    first = app.next;
    fake_ws_text(server, a, "40/w2,");
    fake_ws_text(server, a, "40/w3,");
    CHECK_STR(app_heard(a), INVALID("/w3"));
    sio_next_refuse(first, NULL, NULL);
    sio_next_refuse(app.next, NULL, NULL);
    fake_run(server);
    CHECK_STR(app_heard(a), INVALID("/w1") INVALID("/w2"));
    snprintf(text, sizeof text, "40/y1,{\"a\":\"%60s\"}", "");
    fake_ws_text(server, a, text);
    text[4] = '2';
    fake_ws_text(server, a, text);
    CHECK_STR(app_heard(a), JOINED("/y1") INVALID("/y2"));
    CHECK_EQ(refused(server), 2);
    fake_free(server);
}

TEST(names_of_children_are_short_and_have_no_nul)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    char text[300] = "40/";

    sio_of_prefix(server, "/");
    sio_of_fn(server, ask, names[1]);
    memset(text + 3, 'y', 254);
    strcpy(text + 257, ",");
    fake_ws_text(server, a, text);
    CHECK(strncmp(app_heard(a), "40/yyy", 6) == 0);
    memset(text + 3, 'y', 255);
    strcpy(text + 258, ",");
    fake_ws_text(server, a, text);
    CHECK(strncmp(app_heard(a), "44/yyy", 6) == 0);
    fake_ws_send(server, a, false, "40/y\0b,", 7);
    CHECK(strncmp(app_heard(a), "44/y", 4) == 0);
    fake_free(server);
}

/* --- children and their parent ------------------------------------------------------------- */

TEST(a_parent_s_emits_reach_all_children)
{
    sio_server *server = app_start(clean_up_on_two);
    sio_ns *parent = sio_of_prefix(server, "/r");
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);

    app_serve(parent);
    CHECK_EQ(sio_emit(sio_all(parent), "nobody", NULL), SIO_OK);
    fake_ws_text(server, a, "40/r1,");
    fake_ws_text(server, b, "40/r2,");
    fake_ws_text(server, b, "42/r2,[\"join\",\"x\"]");
    app_heard(a);
    app_heard(b);
    CHECK_EQ(sio_emit(sio_all(parent), "hi", "is", 1, "two"), SIO_OK);
    CHECK_EQ(sio_emit(sio_to(sio_all(parent), "x"), "x", "B#", "\1", (size_t)1), SIO_OK);
    fake_run(server);
    CHECK_STR(app_heard(a), "42/r1,[\"hi\",1,\"two\"]\n");
    CHECK_STR(app_heard(b), "42/r2,[\"hi\",1,\"two\"]\n"
                            "451-/r2,[\"x\",{\"_placeholder\":true,\"num\":0}]\nb:01\n");
    CHECK_EQ(sio_sockets_join(sio_all(parent), "y"), SIO_OK);
    CHECK_EQ(sio_emit(sio_to(sio_all(parent), "y"), "y", NULL), SIO_OK);
    CHECK_EQ(sio_disconnect_sockets(sio_to(sio_all(parent), "x"), false), SIO_OK);
    fake_run(server);
    CHECK_STR(app_heard(a), "42/r1,[\"y\"]\n");
    CHECK_STR(app_heard(b), "42/r2,[\"y\"]\n41/r2,\n");
    fake_free(server);
}

static void on_answers(sio_err err, const sio_args *const *answers, size_t count, void *user)
{
    (void)err, (void)answers, (void)count, (void)user;
    app_note("answers ");
}

static void on_sockets(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                       void *user)
{
    (void)err, (void)sockets, (void)count, (void)user;
    app_note("sockets ");
}

TEST(what_needs_answers_does_not_work_on_a_parent)
{
    sio_server *server = app_start(NULL);
    sio_ns *parent = sio_of_prefix(server, "/r");

    CHECK_EQ(sio_emit_ack(sio_all(parent), "x", 10, on_answers, NULL, NULL), SIO_EUNSUPPORTED);
    CHECK_EQ(sio_fetch_sockets(sio_all(parent), 10, on_sockets, NULL), SIO_EUNSUPPORTED);
    CHECK_EQ(sio_server_side_emit(parent, "x", NULL), SIO_EUNSUPPORTED);
    fake_tick(server, 100);
    CHECK_STR(app_trace(), "");
    fake_free(server);
}

TEST(a_child_has_what_its_parent_had_when_it_was_made)
{
    sio_server *server = app_start(NULL);
    sio_ns *parent = sio_of_prefix(server, "/r");
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "40/r1,");
    CHECK(app_serve(parent));
    fake_ws_text(server, a, "40/r2,");
    fake_ws_text(server, a, "42/r1,[\"echo\",1]");
    fake_ws_text(server, a, "42/r2,[\"echo\",2]");
    CHECK_STR(app_heard(a), JOINED("/r1") JOINED("/r2") "42/r2,[\"echo\",2]\n");
    fake_free(server);
}

/* --- the end of a child -------------------------------------------------------------------- */

static bool exists(sio_server *server, const char *name)
{
    sio_ns *ns = sio_ns_find(server, name);

    sio_ns_rele(ns);
    return ns != NULL;
}

TEST(a_child_goes_with_its_last_socket_on_all_workers)
{
    sio_server *server = app_start(clean_up_on_two);
    struct fake_link *a = app_join(server, 0), *b = app_join(server, 1);

    app_serve(sio_of_prefix(server, "/r"));
    fake_ws_text(server, a, "40/r1,");
    fake_ws_text(server, b, "40/r1,");
    fake_ws_text(server, a, "41/r1,");
    CHECK(exists(server, "r1"));
    fake_ws_text(server, b, "42/r1,[\"all\",1]");
    fake_ws_text(server, b, "41/r1,");
    CHECK(!exists(server, "r1"));
    fake_ws_text(server, a, "40/r1,");
    CHECK(exists(server, "r1"));
    CHECK_STR(app_heard(b), JOINED("/r1") "42/r1,[\"all\",1]\n");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK(!exists(server, "r1"));
    fake_free(server);
}

TEST(a_child_goes_when_its_only_client_was_refused)
{
    sio_server *server = app_start(clean_up);
    struct fake_link *a = app_join(server, 0);

    sio_ns_use(sio_of_prefix(server, "/r"), app_use, NULL);
    fake_ws_text(server, a, "40/r1,{\"refuse\":1}");
    CHECK(!exists(server, "/r1"));
    fake_ws_text(server, a, "40/r2,{\"wait\":1}");
    CHECK(exists(server, "/r2"));
    sio_next_refuse(app.next, "late", NULL);
    fake_run(server);
    CHECK(!exists(server, "/r2"));
    fake_free(server);
}

TEST(without_the_option_a_child_stays)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);

    sio_of_prefix(server, "/r");
    fake_ws_text(server, a, "40/r1,");
    fake_ws_text(server, a, "41/r1,");
    CHECK(exists(server, "/r1"));
    fake_free(server);
}

TEST(a_child_that_the_application_has_asked_for_by_name_stays)
{
    sio_server *server = app_start(clean_up);
    struct fake_link *a = app_join(server, 0);
    sio_ns *ns;

    sio_of_prefix(server, "/r");
    fake_ws_text(server, a, "40/r1,");
    ns = sio_of(server, "r1");
    fake_ws_text(server, a, "41/r1,");
    CHECK(exists(server, "/r1"));
    CHECK(sio_of(server, "/r1") == ns);
    fake_free(server);
}

TEST(acks_and_references_outlive_their_namespace)
{
    sio_server *server = app_start(clean_up);
    struct fake_link *a = app_join(server, 0);
    sio_ns *ns;

    app_serve(sio_of_prefix(server, "/r"));
    fake_ws_text(server, a, "40/r1,");
    fake_ws_text(server, a, "42/r1,3[\"keep ack\"]");
    ns = sio_ns_find(server, "/r1");
    fake_ws_text(server, a, "42/r1,[\"ask\",500]");
    app_heard(a);
    fake_ws_text(server, a, "41/r1,");
    CHECK(!exists(server, "/r1"));
    CHECK_STR(sio_ns_name(ns), "/r1");
    CHECK_EQ(sio_emit(sio_all(ns), "x", NULL), SIO_OK);
    CHECK_EQ(sio_ack_send(app.ack, "i", 1), SIO_OK);
    fake_run(server);
    CHECK_STR(app_heard(a), "43/r1,3[1]\n");
    sio_ack_rele(app.ack);
    sio_ns_rele(ns);
    fake_free(server);
}

/* --- by name ------------------------------------------------------------------------------- */

static void set_up(sio_ns *ns, void *user)
{
    app_note("%s:%s ", (const char *)user, sio_ns_name(ns));
    CHECK(app_serve(ns));
    CHECK(sio_of(sio_ns_server(ns), sio_ns_name(ns)) == ns);
}

TEST(a_namespace_made_while_the_server_runs_is_served_with_what_it_was_given)
{
    sio_server *server = app_start(NULL);
    struct fake_link *a = app_join(server, 0);
    sio_ns *ns = sio_of_new(server, "late", set_up, names[3]);

    CHECK(sio_of_new(server, "/late", set_up, names[4]) == ns);
    CHECK_EQ(sio_ns_on_connection(ns, app_connection, NULL), SIO_EBUSY);
    fake_ws_text(server, a, "40/late,");
    fake_ws_text(server, a, "42/late,[\"echo\",1]");
    CHECK_STR(app_heard(a), JOINED("/late") "42/late,[\"echo\",1]\n");
    CHECK_STR(app_trace(), "new:/late +/late ");
    fake_free(server);
}

static void watch(sio_ns *ns, void *user)
{
    (void)user;
    app_note("new:%s ", sio_ns_name(ns));
    sio_ns_on_connection(ns, app_connection, NULL);
    if (strcmp(sio_ns_name(ns), "/a") == 0)
        CHECK(sio_of(sio_ns_server(ns), "/b") != NULL);
}

TEST(new_namespaces_are_told_of_and_may_be_given_handlers)
{
    sio_server *server = fake_server_new(NULL);
    struct fake_link *a;

    memset(&app, 0, sizeof app);
    CHECK_EQ(sio_server_on_new_namespace(server, watch, NULL), SIO_OK);
    sio_of_prefix(server, "/r");
    sio_of(server, "/a");
    CHECK(fake_start(server));
    CHECK_EQ(sio_server_on_new_namespace(server, watch, NULL), SIO_EBUSY);
    a = fake_ws(server, 0, WS);
    fake_ws_text(server, a, "40/r1,");
    fake_ws_text(server, a, "40/r1,");
    fake_free(server);
    CHECK(strncmp(app_trace(), "new:/a new:/b new:/r1 +/r1 ", 27) == 0);
}

TEST(a_name_that_a_pattern_matches_makes_a_child)
{
    sio_server *server = app_start(clean_up);
    sio_ns *parent = of_pattern(server, "^/r");
    struct fake_link *a = app_join(server, 0);

    app_serve(parent);
    CHECK(sio_of(server, "/r1") != NULL);
    fake_ws_text(server, a, "40/r1,");
    CHECK_EQ(sio_emit(sio_all(parent), "x", NULL), SIO_OK);
    fake_run(server);
    CHECK_STR(app_heard(a), JOINED("/r1") "42/r1,[\"x\"]\n");
    fake_ws_text(server, a, "41/r1,");
    CHECK(exists(server, "/r1"));
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(each_of_a_thousand_namespaces_is_found_by_its_name),
           CHECK_ROW(a_pattern_makes_the_namespaces_that_it_matches),
           CHECK_ROW(a_pattern_that_is_none_is_refused_and_told),
           CHECK_ROW(a_prefix_takes_all_names_that_begin_so),
           CHECK_ROW(parents_are_asked_in_their_order_until_one_allows),
           CHECK_ROW(a_parent_may_take_its_time_and_what_comes_meanwhile_is_kept),
           CHECK_ROW(a_parent_decides_on_another_thread_and_middlewares_follow),
           CHECK_ROW(a_lookup_that_the_client_gives_up_is_given_up),
           CHECK_ROW(a_decision_on_a_name_may_outlive_the_server),
           CHECK_ROW(of_two_that_ask_at_a_time_both_join_the_same_namespace),
           CHECK_ROW(children_are_limited_for_all_and_for_each_client),
           CHECK_ROW(lookups_count_and_so_do_the_bytes_that_came_with_them),
           CHECK_ROW(names_of_children_are_short_and_have_no_nul),
           CHECK_ROW(a_parent_s_emits_reach_all_children),
           CHECK_ROW(what_needs_answers_does_not_work_on_a_parent),
           CHECK_ROW(a_child_has_what_its_parent_had_when_it_was_made),
           CHECK_ROW(a_child_goes_with_its_last_socket_on_all_workers),
           CHECK_ROW(a_child_goes_when_its_only_client_was_refused),
           CHECK_ROW(without_the_option_a_child_stays),
           CHECK_ROW(a_child_that_the_application_has_asked_for_by_name_stays),
           CHECK_ROW(acks_and_references_outlive_their_namespace),
           CHECK_ROW(a_namespace_made_while_the_server_runs_is_served_with_what_it_was_given),
           CHECK_ROW(new_namespaces_are_told_of_and_may_be_given_handlers),
           CHECK_ROW(a_name_that_a_pattern_matches_makes_a_child))
