/* Acks that we await of clients. */
#include "protocol/mem.h"
#include "server/io/ack.h"
#include "server/io/crowd.h"
#include "server/io/event.h"
#include "server/io/socket.h"

static struct sio__pending *find(const struct sio__space *space, uint32_t id)
{
    struct sio__pending *pending;

    HASH_FIND(hh, space->pending, &id, sizeof id, pending);
    return pending;
}

static uint32_t take_id(struct sio__space *space)
{
    uint32_t id;

    do {
        id = space->next_ack_id;
        space->next_ack_id = (id + 1) & (SIO__CROWD_ACK_ID - 1);
    } while (find(space, id) != NULL);
    return id;
}

static void settle(struct sio__pending *pending, sio_err err, const sio_args *args)
{
    struct sio_socket *socket = pending->socket;
    sio_answer_cb cb = pending->cb;
    void *user = pending->user;

    sio__pending_free(pending);
    cb(socket, err, args, user);
}

static void on_timeout(struct sio__timer *timer)
{
    settle((struct sio__pending *)((char *)timer - offsetof(struct sio__pending, timeout)),
           SIO_ETIMEDOUT, NULL);
}

struct sio__pending *sio__pending_new(struct sio_socket *socket, uint32_t timeout_ms,
                                      sio_answer_cb cb, void *user)
{
    struct sio__space *space = socket->space;
    struct sio__worker *worker = space->spaces->worker;
    struct sio__pending *pending = sio__calloc(1, sizeof *pending);

    if (pending == NULL)
        return NULL;
    pending->id = take_id(space);
    HASH_ADD(hh, space->pending, id, sizeof pending->id, pending);
    if (!SIO__TABLE_ADDED(hh, pending)) {
        sio__free(pending);
        return NULL;
    }
    pending->socket = socket;
    pending->cb = cb;
    pending->user = user;
    pending->timeout.fire = on_timeout;
    pending->next = socket->pending;
    pending->link = &socket->pending;
    if (pending->next != NULL)
        pending->next->link = &pending->next;
    socket->pending = pending;
    socket->pending_count++;
    if (timeout_ms > 0)
        sio__timer_start(&worker->timers, &pending->timeout, sio__worker_now(worker), timeout_ms);
    return pending;
}

void sio__pending_free(struct sio__pending *pending)
{
    struct sio_socket *socket = pending->socket;

    sio__timer_stop(&pending->timeout);
    HASH_DEL(socket->space->pending, pending);
    *pending->link = pending->next;
    if (pending->next != NULL)
        pending->next->link = pending->link;
    socket->pending_count--;
    sio__free(pending);
}

void sio__pending_answer(struct sio_socket *socket, const struct sio__packet *packet)
{
    struct sio__pending *pending;
    struct sio_args args;

    if (!packet->has_ack || packet->ack_id > INT32_MAX)
        return;
    if (packet->ack_id >= SIO__CROWD_ACK_ID) {
        sio__crowd_answer(socket, packet);
        return;
    }
    pending = find(socket->space, (uint32_t)packet->ack_id);
    if (pending == NULL || pending->socket != socket)
        return;
    sio__args_init(&args, packet);
    settle(pending, SIO_OK, &args);
    sio__args_fini(&args);
}

void sio__pending_close(struct sio_socket *socket)
{
    while (socket->pending != NULL)
        settle(socket->pending, SIO_ECLOSED, NULL);
}
