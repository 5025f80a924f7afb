/* Real servers with their threads, or on a loop of the application: started, stopped, started
 * again, emitted to from outside; several of them. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sio/sio.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include "tests/support/check.h"

static sio_server *new_server(uint16_t port, unsigned workers)
{
    sio_server *server = NULL;
    sio_config config;

    sio_config_init(&config);
    config.host = "127.0.0.1";
    config.port = port;
    config.workers = workers;
    CHECK_EQ(sio_server_new(&server, &config), SIO_OK);
    return server;
}

TEST(a_server_starts_and_stops_and_starts_again)
{
    sio_server *server = new_server(0, 2);

    CHECK_EQ(sio_server_port(server), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(sio_server_start(server), SIO_OK);
        CHECK(sio_server_port(server) != 0);
        CHECK_EQ(sio_server_start(server), SIO_EINVAL);
        sio_server_stop(server, 0);
        sio_server_stop(server, 0);
    }
    sio_server_free(server);
}

TEST(paths_are_given_before_the_start)
{
    static const sio_engine_handlers none = {.open = NULL};
    sio_server *server = new_server(0, 1);

    CHECK_EQ(sio_engine_attach(server, "engine", &none), SIO_EINVAL);
    CHECK_EQ(sio_engine_attach(server, "/engine", &none), SIO_OK);
    CHECK_EQ(sio_engine_attach(server, "/engine/", &none), SIO_EINVAL);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    CHECK_EQ(sio_engine_attach(server, "/other", &none), SIO_EBUSY);
    CHECK_EQ(sio_http_get(server, "/x", NULL, NULL), SIO_EBUSY);
    CHECK_EQ(sio_http_serve_dir(server, "/", ".", NULL, 0), SIO_EBUSY);
    sio_server_free(server);
}

TEST(a_server_need_not_be_started_or_stopped)
{
    sio_server *server = new_server(0, 1);

    sio_server_free(server);
    server = new_server(0, 1);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    sio_server_free(server);
    sio_server_free(NULL);
}

TEST(a_port_is_taken_once)
{
    sio_server *first = new_server(0, 1), *second;

    CHECK_EQ(sio_server_start(first), SIO_OK);
    second = new_server(sio_server_port(first), 2);
    CHECK_EQ(sio_server_start(second), SIO_EADDRINUSE);
    CHECK_EQ(sio_server_port(second), 0);
    sio_server_free(first);
    CHECK_EQ(sio_server_start(second), SIO_OK);
    sio_server_free(second);
}

static void *emit_until_closed(void *ns)
{
    sio_err err;

    do {
        err = sio_emit(sio_to(sio_all(ns), "room"), "event", "{s:i}", "n", 1);
        CHECK(err == SIO_OK || err == SIO_ECLOSED);
    } while (err != SIO_ECLOSED);
    return NULL;
}

TEST(another_thread_may_emit_while_the_server_stops)
{
    sio_server *server = new_server(0, 2);
    sio_ns *ns = sio_of(server, "/");
    pthread_t threads[2];

    CHECK_EQ(sio_emit(sio_all(ns), "event", NULL), SIO_ECLOSED);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    CHECK_EQ(sio_emit(sio_all(ns), "event", NULL), SIO_OK);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, emit_until_closed, ns), 0);
    sio_server_stop(server, 100);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    sio_server_free(server);
}

/* One request on a connection of its own; the answer with its head, valid until the next call. */
static const char *ask(sio_server *server, const char *method, const char *query, const char *body)
{
    static char answer[4096];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sio_server_port(server))};
    char request[512];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t len = 0;
    ssize_t n;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    snprintf(request, sizeof request,
             "%s /socket.io/?EIO=4&transport=polling%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             method, query, strlen(body), body);
    CHECK_EQ(write(fd, request, strlen(request)), strlen(request));
    while (len < sizeof answer - 1 && (n = read(fd, answer + len, sizeof answer - 1 - len)) > 0)
        len += (size_t)n;
    answer[len] = '\0';
    close(fd);
    return answer;
}

static pthread_t decider, answerer;

static void *accept_next(void *next)
{
    sio_next_accept(next);
    return NULL;
}

static void *answer_ack(void *ack)
{
    CHECK_EQ(sio_ack_send(ack, "s", "from another thread"), SIO_OK);
    CHECK_EQ(sio_ack_send(ack, "s", "again"), SIO_ECLOSED);
    sio_ack_rele(ack);
    return NULL;
}

static void decide_elsewhere(sio_socket *socket, sio_next *next, void *user)
{
    (void)socket, (void)user;
    CHECK_EQ(pthread_create(&decider, NULL, accept_next, next), 0);
}

static void answer_elsewhere(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)socket, (void)args, (void)user;
    CHECK_EQ(pthread_create(&answerer, NULL, answer_ack, sio_ack_hold(ack)), 0);
}

TEST(other_threads_decide_joins_and_answer_acks)
{
    sio_server *server = new_server(0, 2);
    const char *heard;
    char sid[32];

    sio_ns_use(sio_of(server, "/"), decide_elsewhere, NULL);
    sio_ns_on(sio_of(server, "/"), "ask", answer_elsewhere, NULL);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    snprintf(sid, sizeof sid, "&sid=%.20s", strstr(ask(server, "GET", "", ""), "sid\":\"") + 6);
    ask(server, "POST", sid,
        "40\x1e"
        "420[\"ask\"]");
    heard = ask(server, "GET", sid, "");
    CHECK(strstr(heard, "40{\"sid\":") != NULL);
    if (strstr(heard, "430[") == NULL)
        heard = ask(server, "GET", sid, "");
    CHECK(strstr(heard, "430[\"from another thread\"]") != NULL);
    pthread_join(decider, NULL);
    pthread_join(answerer, NULL);
    sio_server_free(server);
}

/* --- closing ------------------------------------------------------------------------------- */

/* What a thread of the test waits for. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t is_raised;
    int raised;
} flag = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void raise_flag(void)
{
    pthread_mutex_lock(&flag.lock);
    flag.raised++;
    pthread_cond_signal(&flag.is_raised);
    pthread_mutex_unlock(&flag.lock);
}

static void await_flag(void)
{
    pthread_mutex_lock(&flag.lock);
    while (flag.raised == 0)
        pthread_cond_wait(&flag.is_raised, &flag.lock);
    flag.raised--;
    pthread_mutex_unlock(&flag.lock);
}

static void on_closed(sio_server *server, void *user)
{
    (void)user;
    CHECK_EQ(sio_server_port(server), 0);
    CHECK_EQ(sio_emit(sio_all(sio_of(server, "/")), "event", NULL), SIO_ECLOSED);
    raise_flag();
}

static void free_closed(sio_server *server, void *user)
{
    (void)user;
    sio_server_free(server);
    raise_flag();
}

TEST(a_server_is_closed_without_waiting_and_started_again)
{
    sio_server *server = new_server(0, 2);

    CHECK_EQ(sio_server_close(server, 0, on_closed, NULL), SIO_ECLOSED);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(sio_server_start(server), SIO_OK);
        CHECK_EQ(sio_server_close(server, 0, on_closed, NULL), SIO_OK);
        await_flag();
    }
    CHECK_EQ(sio_server_start(server), SIO_OK);
    CHECK_EQ(sio_server_close(server, 0, free_closed, NULL), SIO_OK);
    await_flag();
}

static void close_server(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_server *server = sio_ns_server(sio_socket_ns(socket));

    (void)args, (void)ack, (void)user;
    CHECK_EQ(sio_server_close(server, 0, on_closed, NULL), SIO_OK);
    CHECK_EQ(sio_server_close(server, 0, on_closed, NULL), SIO_EBUSY);
}

static void note_reason(sio_socket *socket, const char *reason, void *user)
{
    (void)socket;
    snprintf(user, 64, "%s", reason);
}

static const char *new_sid(sio_server *server)
{
    static char sid[32];
    const char *id = strstr(ask(server, "GET", "", ""), "sid\":\"");

    CHECK(id != NULL);
    snprintf(sid, sizeof sid, "&sid=%.20s", id != NULL ? id + 6 : "");
    return sid;
}

TEST(a_handler_closes_its_server)
{
    sio_server *server = new_server(0, 2);
    char reason[64] = "";

    sio_ns_on(sio_of(server, "/"), "close", close_server, NULL);
    sio_ns_on_disconnect(sio_of(server, "/"), note_reason, reason);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    ask(server, "POST", new_sid(server),
        "40\x1e"
        "42[\"close\"]");
    await_flag();
    CHECK_STR(reason, "server shutting down");
    sio_server_free(server);
}

/* --- several, at once ---------------------------------------------------------------------- */

enum { ROUNDS = 10 };

static atomic_bool is_over;

static void *emit_until_over(void *ns)
{
    while (!is_over) {
        sio_err err = sio_emit(sio_to(sio_all(ns), "room"), "event", "{s:i}", "n", 1);

        CHECK(err == SIO_OK || err == SIO_ECLOSED);
        CHECK(sio_server_clients_count(sio_ns_server(ns)) <= 1);
    }
    return NULL;
}

static void *start_and_stop(void *server)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(sio_server_start(server), SIO_OK);
        if (i % 2 == 0)
            CHECK(strstr(new_sid(server), "&sid=") != NULL);
        sio_server_stop(server, 0);
    }
    return NULL;
}

static void *start_and_close(void *server)
{
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(sio_server_start(server), SIO_OK);
        CHECK_EQ(sio_server_close(server, 0, on_closed, NULL), SIO_OK);
        await_flag();
    }
    return NULL;
}

TEST(servers_start_and_stop_beside_each_other_while_other_threads_emit)
{
    sio_server *servers[2] = {new_server(0, 2), new_server(0, 2)};
    pthread_t lives[2], emitters[2];

    is_over = false;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&emitters[i], NULL, emit_until_over, sio_of(servers[i], "/")), 0);
    CHECK_EQ(pthread_create(&lives[0], NULL, start_and_stop, servers[0]), 0);
    CHECK_EQ(pthread_create(&lives[1], NULL, start_and_close, servers[1]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(lives[i], NULL);
    is_over = true;
    for (int i = 0; i < 2; i++) {
        pthread_join(emitters[i], NULL);
        sio_server_free(servers[i]);
    }
}

/* --- on a loop of the application ---------------------------------------------------------- */

static sio_server *new_embedded(uv_loop_t *loop, uint16_t port)
{
    sio_server *server = NULL;
    sio_config config;

    sio_config_init(&config);
    config.host = "127.0.0.1";
    config.port = port;
    config.loop = loop;
    CHECK_EQ(sio_server_new(&server, &config), SIO_OK);
    return server;
}

TEST(a_loop_serves_with_one_worker)
{
    sio_server *server;
    sio_config config;
    uv_loop_t loop;

    sio_config_init(&config);
    config.loop = &loop;
    config.workers = 2;
    CHECK_EQ(sio_server_new(&server, &config), SIO_EINVAL);
}

/* What belongs to the application on its loop. */
struct host {
    uv_loop_t loop;
    uv_timer_t timer;
    uv_async_t wake;
    sio_server *servers[2];
    unsigned beats, left; /* servers that run */
    uv_thread_t thread;   /* of the loop */
};

static void check_thread(const struct host *host)
{
    uv_thread_t self = uv_thread_self();

    CHECK(uv_thread_equal(&self, &host->thread));
}

static void on_beat(uv_timer_t *timer)
{
    struct host *host = timer->data;

    host->beats++;
    sio_emit(sio_all(sio_of(host->servers[0], "/")), "beat", "i", 1);
    sio_emit(sio_all(sio_of(host->servers[0], "/")), "beat", "i", 2);
}

static void on_host_closed(sio_server *server, void *user)
{
    struct host *host = user;

    check_thread(host);
    CHECK_EQ(sio_server_port(server), 0);
    if (--host->left > 0)
        return;
    uv_close((uv_handle_t *)&host->timer, NULL);
    uv_close((uv_handle_t *)&host->wake, NULL);
}

static void on_wake(uv_async_t *wake)
{
    struct host *host = wake->data;

    for (int i = 0; i < 2; i++)
        CHECK_EQ(sio_server_close(host->servers[i], 1000, on_host_closed, host), SIO_OK);
    CHECK_EQ(sio_server_close(host->servers[0], 0, on_host_closed, host), SIO_EBUSY);
}

static void on_hosted(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    check_thread(user);
    sio_emit(sio_all(sio_socket_ns(socket)), "said", NULL);
    sio_ack_send_args(ack, args);
}

static void host_init(struct host *host)
{
    memset(host, 0, sizeof *host);
    CHECK_EQ(uv_loop_init(&host->loop), 0);
    uv_timer_init(&host->loop, &host->timer);
    uv_async_init(&host->loop, &host->wake, on_wake);
    host->timer.data = host->wake.data = host;
    host->thread = uv_thread_self();
    for (int i = 0; i < 2; i++) {
        host->servers[i] = new_embedded(&host->loop, 0);
        sio_ns_on(sio_of(host->servers[i], "/"), "say", on_hosted, host);
    }
}

/* A client of each server, on a thread of its own; wakes the loop at the end. */
static void *visit(void *user)
{
    struct host *host = user;

    for (int i = 0; i < 2; i++) {
        char sid[32];
        const char *heard;

        snprintf(sid, sizeof sid, "%s", new_sid(host->servers[i]));
        ask(host->servers[i], "POST", sid,
            "40\x1e"
            "421[\"say\",5]");
        heard = ask(host->servers[i], "GET", sid, "");
        CHECK(strstr(heard, "40{\"sid\":") != NULL);
        CHECK(strstr(heard, "42[\"said\"]\x1e"
                            "431[5]") != NULL);
        if (i == 0) {
            heard = ask(host->servers[0], "GET", sid, "");
            CHECK(strstr(heard, "42[\"beat\",1]\x1e"
                                "42[\"beat\",2]") != NULL);
        }
    }
    CHECK_EQ(sio_emit(sio_all(sio_of(host->servers[1], "/")), "event", NULL), SIO_OK);
    uv_async_send(&host->wake);
    return NULL;
}

TEST(two_servers_run_on_a_loop_of_the_application_and_leave_it_as_it_was)
{
    struct host host;
    pthread_t visitor;

    host_init(&host);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(sio_server_start(host.servers[i]), SIO_OK);
    host.left = 2;
    uv_timer_start(&host.timer, on_beat, 1, 5);
    CHECK_EQ(pthread_create(&visitor, NULL, visit, &host), 0);
    CHECK_EQ(uv_run(&host.loop, UV_RUN_DEFAULT), 0);
    pthread_join(visitor, NULL);
    CHECK(host.beats > 0);
    CHECK_EQ(uv_loop_close(&host.loop), 0);
    for (int i = 0; i < 2; i++)
        sio_server_free(host.servers[i]);
}

static void start_again(sio_server *server, void *starts)
{
    if (--*(int *)starts == 0) {
        sio_server_free(server);
        return;
    }
    CHECK_EQ(sio_server_start(server), SIO_OK);
    CHECK(sio_server_port(server) != 0);
    CHECK_EQ(sio_server_close(server, 0, start_again, starts), SIO_OK);
}

TEST(a_server_on_a_loop_is_started_again_and_freed_when_it_is_told_that_it_has_ended)
{
    uv_loop_t loop;
    sio_server *server;
    int starts = 4;

    CHECK_EQ(uv_loop_init(&loop), 0);
    server = new_embedded(&loop, 0);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    CHECK_EQ(sio_server_start(server), SIO_EINVAL);
    CHECK_EQ(sio_server_close(server, 0, start_again, &starts), SIO_OK);
    CHECK_EQ(uv_run(&loop, UV_RUN_DEFAULT), 0);
    CHECK_EQ(starts, 0);
    CHECK_EQ(uv_loop_close(&loop), 0);
}

TEST(a_server_on_a_loop_is_stopped_and_freed_from_outside_of_it)
{
    uv_loop_t loop;
    sio_server *server;

    CHECK_EQ(uv_loop_init(&loop), 0);
    server = new_embedded(&loop, 0);
    CHECK_EQ(sio_server_start(server), SIO_OK);
    sio_server_stop(server, 0);
    CHECK(!uv_loop_alive(&loop));
    CHECK_EQ(sio_server_start(server), SIO_OK);
    uv_run(&loop, UV_RUN_NOWAIT);
    sio_server_free(server);
    CHECK_EQ(uv_loop_close(&loop), 0);
}

TEST(a_port_that_is_taken_leaves_nothing_on_the_loop)
{
    sio_server *first = new_server(0, 1), *second;
    uv_loop_t loop;

    CHECK_EQ(uv_loop_init(&loop), 0);
    CHECK_EQ(sio_server_start(first), SIO_OK);
    second = new_embedded(&loop, sio_server_port(first));
    CHECK_EQ(sio_server_start(second), SIO_EADDRINUSE);
    CHECK_EQ(uv_loop_close(&loop), 0);
    sio_server_free(first);
    sio_server_free(second);
}

CHECK_MAIN(
    CHECK_ROW(a_server_starts_and_stops_and_starts_again),
    CHECK_ROW(paths_are_given_before_the_start), CHECK_ROW(a_server_need_not_be_started_or_stopped),
    CHECK_ROW(a_port_is_taken_once), CHECK_ROW(another_thread_may_emit_while_the_server_stops),
    CHECK_ROW(other_threads_decide_joins_and_answer_acks),
    CHECK_ROW(a_server_is_closed_without_waiting_and_started_again),
    CHECK_ROW(a_handler_closes_its_server),
    CHECK_ROW(servers_start_and_stop_beside_each_other_while_other_threads_emit),
    CHECK_ROW(a_loop_serves_with_one_worker),
    CHECK_ROW(two_servers_run_on_a_loop_of_the_application_and_leave_it_as_it_was),
    CHECK_ROW(a_server_on_a_loop_is_started_again_and_freed_when_it_is_told_that_it_has_ended),
    CHECK_ROW(a_server_on_a_loop_is_stopped_and_freed_from_outside_of_it),
    CHECK_ROW(a_port_that_is_taken_leaves_nothing_on_the_loop))
