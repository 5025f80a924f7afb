/* A real server with its threads: started, stopped, started again, emitted to from outside. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sio/sio.h>
#include <stdio.h>
#include <unistd.h>

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

CHECK_MAIN(CHECK_ROW(a_server_starts_and_stops_and_starts_again),
           CHECK_ROW(a_server_need_not_be_started_or_stopped), CHECK_ROW(a_port_is_taken_once),
           CHECK_ROW(another_thread_may_emit_while_the_server_stops),
           CHECK_ROW(other_threads_decide_joins_and_answer_acks))
