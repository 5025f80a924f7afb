/* A real server with its threads: started, stopped, started again, emitted to from outside. */
#include <pthread.h>
#include <sio/sio.h>

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

CHECK_MAIN(CHECK_ROW(a_server_starts_and_stops_and_starts_again),
           CHECK_ROW(a_server_need_not_be_started_or_stopped), CHECK_ROW(a_port_is_taken_once),
           CHECK_ROW(another_thread_may_emit_while_the_server_stops))
