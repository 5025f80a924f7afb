/* Ids that the application makes, on two workers at one instant. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "server/engine/naming.h"
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

enum { ROUNDS = 200, YIELDS = 100 };

struct handshake {
    pthread_t thread;
    sio_server *server;
    struct sio__worker *worker;
    struct sio__session *session;
    bool is_named;
};

static atomic_uint started;

static bool make_id(const sio_request *request, char id[SIO_SESSION_ID_SIZE], void *user)
{
    (void)request, (void)user;
    strcpy(id, "one");
    return true;
}

static void two_workers(sio_config *config)
{
    config->workers = 2;
}

static void *shake_hands(void *arg)
{
    const struct sio__request_head head = {.method = SIO__GET, .target = SIO__SLICE("/")};
    struct sio__request *request = sio__request_new(&head);
    struct handshake *own = arg;

    started++;
    own->session =
        sio__named_session_new(own->server->engines, own->worker, request, 4, &own->is_named);
    sio__request_rele(request);
    return NULL;
}

/* Both look for the id while neither can have looked at the second worker's table, where it is put
 * off: without a lock over looking and taking both would find it free. */
static void shake_hands_at_once(sio_server *server, struct handshake at[2])
{
    uv_mutex_t *second = &server->workers[1].sessions.lock;

    started = 0;
    uv_mutex_lock(second);
    for (unsigned i = 0; i < 2; i++) {
        at[i] = (struct handshake){.server = server, .worker = &server->workers[i]};
        CHECK_EQ(pthread_create(&at[i].thread, NULL, shake_hands, &at[i]), 0);
    }
    while (started < 2)
        sched_yield();
    for (unsigned i = 0; i < YIELDS; i++)
        sched_yield();
    uv_mutex_unlock(second);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(at[i].thread, NULL);
}

TEST(of_two_handshakes_at_one_instant_one_gets_the_id)
{
    static const sio_engine_hooks hooks = {.generate_id = make_id};
    sio_server *server = fake_server_new(two_workers);
    struct handshake at[2];
    unsigned opened = 0, refused = 0;

    CHECK_EQ(sio_engine_set_hooks(server, NULL, &hooks), SIO_OK);
    CHECK(fake_start(server));
    for (unsigned round = 0; round < ROUNDS; round++) {
        shake_hands_at_once(server, at);
        for (unsigned i = 0; i < 2; i++) {
            refused += !at[i].is_named;
            opened += at[i].session != NULL;
            if (at[i].session != NULL)
                sio__session_end(at[i].session, SIO__CLOSE_FORCED);
        }
        fake_run(server);
    }
    CHECK_EQ(opened, ROUNDS);
    CHECK_EQ(refused, ROUNDS);
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(of_two_handshakes_at_one_instant_one_gets_the_id))
