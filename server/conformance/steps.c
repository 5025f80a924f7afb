#include "steps.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { STEPS = 3 };

/* What a socket keeps: the middlewares that it has passed, and whether it was connected in one. */
struct steps {
    int count, passed[STEPS];
    bool was_connected;
};

/* The second one takes its time. */
static void *accept_later(void *next)
{
    const struct timespec wait = {.tv_nsec = 20 * 1000 * 1000};

    nanosleep(&wait, NULL);
    sio_next_accept(next);
    return NULL;
}

static void decide(sio_next *next, int step)
{
    pthread_t thread;

    if (step == 2 && pthread_create(&thread, NULL, accept_later, next) == 0)
        pthread_detach(thread);
    else
        sio_next_accept(next);
}

static void take_step(sio_socket *socket, sio_next *next, void *user)
{
    json_t *auth = sio_socket_auth(socket);
    struct steps *steps = sio_socket_data(socket);
    int step = *(const int *)user;

    if (steps == NULL && (steps = calloc(1, sizeof *steps)) != NULL)
        sio_socket_set_data(socket, steps, free);
    if (steps != NULL) {
        steps->passed[steps->count++] = step;
        steps->was_connected |= sio_socket_connected(socket);
    }
    if (json_integer_value(json_object_get(auth, "stop")) == step)
        sio_next_refuse(next, "stopped", "i", step);
    else
        decide(next, step);
    json_decref(auth);
}

static void on_connection(sio_socket *socket, void *user)
{
    const struct steps *steps = sio_socket_data(socket);

    (void)user;
    if (steps != NULL && steps->count == STEPS)
        sio_socket_emit(socket, "steps", "[iii]bb", steps->passed[0], steps->passed[1],
                        steps->passed[2], steps->was_connected, sio_socket_connected(socket));
}

bool serve_steps(sio_ns *ns)
{
    static int numbers[STEPS] = {1, 2, 3};

    for (int i = 0; i < STEPS; i++)
        if (sio_ns_use(ns, take_step, &numbers[i]) != SIO_OK)
            return false;
    return sio_ns_on_connection(ns, on_connection, NULL) == SIO_OK;
}
