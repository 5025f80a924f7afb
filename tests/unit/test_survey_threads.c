/* Real servers with their threads: threads of the application ask many, while the server is stopped
 * and started again.  Whatever is taken on calls back exactly once. */
#include <pthread.h>
#include <sio/sio.h>
#include <stdatomic.h>

#include "server/server.h"
#include "tests/support/check.h"

enum { ASKERS = 3, ROUNDS = 10, WORKERS = 4 };

static atomic_bool is_over;
static atomic_size_t taken, called, answered;

static void count_answers(sio_err err, const sio_args *const *answers, size_t count, void *user)
{
    int64_t number;

    (void)user;
    CHECK(err == SIO_OK || err == SIO_ECLOSED);
    CHECK(count <= WORKERS);
    for (size_t i = 0; i < count; i++)
        CHECK(sio_args_int(answers[i], 0, &number) && number == 7);
    answered += count;
    called++;
}

static void count_sockets(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                          void *user)
{
    (void)sockets, (void)user;
    CHECK(err == SIO_OK || err == SIO_ECLOSED);
    CHECK_EQ(count, 0);
    called++;
}

static void on_asked(sio_ns *ns, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    sio_ack_send_args(ack, args);
    /* A handler asks too. */
    taken += sio_emit_ack(sio_all(ns), "question", 5000, count_answers, NULL, NULL) == SIO_OK;
}

static void take(sio_err err)
{
    CHECK(err == SIO_OK || err == SIO_ECLOSED || err == SIO_ELIMIT);
    taken += err == SIO_OK;
}

static void *ask_until_over(void *ns)
{
    while (!is_over) {
        take(sio_emit_ack(sio_to(sio_all(ns), "room"), "question", 5000, count_answers, NULL, "s",
                          "why"));
        take(sio_fetch_sockets(sio_all(ns), 5000, count_sockets, NULL));
        take(sio_server_side_emit_ack(ns, "ask", 5000, count_answers, NULL, "i", 7));
    }
    return NULL;
}

static sio_server *new_server(bool recovers)
{
    sio_server *server = NULL;
    sio_config config;

    sio_config_init(&config);
    config.host = "127.0.0.1";
    config.port = 0;
    config.workers = WORKERS;
    config.max_pending_surveys = 1000;
    config.connection_state_recovery.enabled = recovers;
    CHECK_EQ(sio_server_new(&server, &config), SIO_OK);
    CHECK_EQ(sio_ns_on_server_side(sio_of(server, "/"), "ask", on_asked, NULL), SIO_OK);
    return server;
}

static void ask_while_it_comes_and_goes(sio_server *server)
{
    pthread_t askers[ASKERS];

    is_over = false;
    taken = called = answered = 0;
    for (int i = 0; i < ASKERS; i++)
        CHECK_EQ(pthread_create(&askers[i], NULL, ask_until_over, sio_of(server, "/")), 0);
    for (int i = 0; i < ROUNDS; i++) {
        size_t before = answered;

        CHECK_EQ(sio_server_start(server), SIO_OK);
        while (answered == before)
            sched_yield();
        sio_server_stop(server, 0);
    }
    is_over = true;
    for (int i = 0; i < ASKERS; i++)
        pthread_join(askers[i], NULL);
    CHECK(taken > 0);
    CHECK_EQ(called, taken);
    CHECK_EQ(server->surveys, 0);
    CHECK_EQ(server->survey_bytes, 0);
    sio_server_free(server);
}

TEST(every_question_is_answered_once_while_the_server_comes_and_goes)
{
    ask_while_it_comes_and_goes(new_server(false));
}

TEST(so_it_is_where_ops_have_one_order)
{
    ask_while_it_comes_and_goes(new_server(true));
}

CHECK_MAIN(CHECK_ROW(every_question_is_answered_once_while_the_server_comes_and_goes),
           CHECK_ROW(so_it_is_where_ops_have_one_order))
