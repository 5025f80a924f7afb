#include "server/io/crowd.h"

#include "protocol/mem.h"
#include "server/io/cargo_args.h"
#include "server/io/socket.h"

struct sio__crowd {
    UT_hash_handle hh; /* in space->crowds, by id */
    struct sio__space *space;
    struct sio__asker *asker;
    struct sio__timer timeout;
    uint32_t id;
    size_t awaited, mask;
    struct sio__owed owed[]; /* table by socket, with a free place for each that is taken */
};

static struct sio__crowd *find(const struct sio__space *space, uint32_t id)
{
    struct sio__crowd *crowd;

    HASH_FIND(hh, space->crowds, &id, sizeof id, crowd);
    return crowd;
}

/* The place of a socket, or the free one where it would be. */
static struct sio__owed *place_of(struct sio__crowd *crowd, const struct sio_socket *socket)
{
    size_t i = (size_t)sio__hash(&socket, sizeof socket);

    while (crowd->owed[i & crowd->mask].socket != NULL &&
           crowd->owed[i & crowd->mask].socket != socket)
        i++;
    return &crowd->owed[i & crowd->mask];
}

static void link_owed(struct sio__crowd *crowd, struct sio_socket *socket)
{
    struct sio__owed *owed = place_of(crowd, socket);

    *owed = (struct sio__owed){socket, crowd, socket->owed, &socket->owed};
    if (owed->next != NULL)
        owed->next->link = &owed->next;
    socket->owed = owed;
    crowd->awaited++;
}

/* The place stays taken: others are found beyond it. */
static void unlink_owed(struct sio__owed *owed)
{
    *owed->link = owed->next;
    if (owed->next != NULL)
        owed->next->link = owed->link;
    owed->link = NULL;
    owed->crowd->awaited--;
}

static void crowd_free(struct sio__crowd *crowd)
{
    for (size_t i = 0; crowd->awaited > 0; i++)
        if (crowd->owed[i].link != NULL)
            unlink_owed(&crowd->owed[i]);
    sio__timer_stop(&crowd->timeout);
    HASH_DEL(crowd->space->crowds, crowd);
    sio__asker_rele(crowd->asker);
    sio__free(crowd);
}

/* The asker has its own timeout. */
static void on_timeout(struct sio__timer *timer)
{
    crowd_free((struct sio__crowd *)((char *)timer - offsetof(struct sio__crowd, timeout)));
}

/* NULL: out of memory, or (after 2^30 emits in the time of one) the id is in use. */
static struct sio__crowd *crowd_new(struct sio__space *space, const struct sio__op_spec *spec,
                                    size_t count)
{
    struct sio__worker *worker = space->spaces->worker;
    struct sio__crowd *crowd;
    size_t places = 2;

    while (places < 2 * count)
        places *= 2;
    if (find(space, spec->ack_id) != NULL)
        return NULL;
    crowd = sio__calloc(1, sizeof *crowd + places * sizeof crowd->owed[0]);
    if (crowd == NULL)
        return NULL;
    crowd->space = space;
    crowd->id = spec->ack_id;
    crowd->mask = places - 1;
    crowd->timeout.fire = on_timeout;
    HASH_ADD(hh, space->crowds, id, sizeof crowd->id, crowd);
    if (!SIO__TABLE_ADDED(hh, crowd)) {
        sio__free(crowd);
        return NULL;
    }
    crowd->asker = sio__asker_hold(spec->asker);
    sio__timer_start(&worker->timers, &crowd->timeout, sio__worker_now(worker), spec->timeout_ms);
    return crowd;
}

/* --- asking -------------------------------------------------------------------------------- */

/* Who is not sent the packet is not waited for. */
static void send_all(struct sio__crowd *crowd, const struct sio__op_spec *spec)
{
    struct sio__selection selection;
    struct sio_socket *socket;

    sio__selection_init(&selection, &crowd->space->rooms, &spec->target);
    while ((socket = sio__socket_next(&selection)) != NULL)
        if (sio__socket_send_op(socket, spec))
            link_owed(crowd, socket);
}

void sio__crowd_emit(struct sio__space *space, const struct sio__op *op)
{
    size_t count = sio__space_count(space, &op->spec.target);
    struct sio__crowd *crowd;

    if (count == 0) {
        sio__op_give_up(op, SIO_OK);
        return;
    }
    if ((crowd = crowd_new(space, &op->spec, count)) == NULL) {
        SIO__COUNT(&space->spaces->worker->stats, out_of_memory);
        sio__op_give_up(op, SIO_ENOMEM);
        return;
    }
    send_all(crowd, &op->spec);
    sio__asker_reply(op->spec.asker,
                     (struct sio__reply){.kind = SIO__REPLY_PART, .answers = crowd->awaited});
    if (crowd->awaited == 0)
        crowd_free(crowd);
}

/* --- answers ------------------------------------------------------------------------------- */

/* The first argument with its attachments; empty, if there is none.  NULL: out of memory. */
static struct sio__cargo *first_value(const struct sio__packet *packet)
{
    return sio__cargo_of(sio__packet_arg_count(packet) > 0 ? sio__packet_arg_text(packet, 0)
                                                           : SIO__SLICE(""),
                         packet);
}

static void settle(struct sio__owed *owed, const struct sio__reply *reply)
{
    struct sio__crowd *crowd = owed->crowd;

    unlink_owed(owed);
    sio__asker_reply(crowd->asker, *reply);
    if (crowd->awaited == 0)
        crowd_free(crowd);
}

void sio__crowd_answer(struct sio_socket *socket, const struct sio__packet *packet)
{
    struct sio__crowd *crowd = find(socket->space, (uint32_t)packet->ack_id);
    struct sio__owed *owed;
    struct sio__reply reply = {.kind = SIO__REPLY_ANSWER};

    if (crowd == NULL)
        return;
    owed = place_of(crowd, socket);
    if (owed->link == NULL)
        return;
    if ((reply.answer = first_value(packet)) == NULL)
        reply.err = SIO_ENOMEM;
    settle(owed, &reply);
}

void sio__crowd_leave(struct sio_socket *socket)
{
    while (socket->owed != NULL)
        settle(socket->owed, &(struct sio__reply){.kind = SIO__REPLY_NONE});
}
