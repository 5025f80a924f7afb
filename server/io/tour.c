#include "server/io/tour.h"

#include "protocol/mem.h"
#include "server/io/socket.h"

struct sio__tour {
    struct sio__tour *next;
    struct sio__space *space; /* held */
    struct sio__op *op;       /* a reference */
    struct sio__visit visit;
    uint64_t number;
    size_t bytes; /* of its packet */
};

/* --- who is owed what ---------------------------------------------------------------------- */

static struct sio_socket *socket_in(const struct sio__client *client,
                                    const struct sio__space *space)
{
    struct sio_socket *socket = client->sockets;

    while (socket != NULL && socket->space != space)
        socket = socket->next;
    return socket;
}

static void give(struct sio__client *client, const struct sio__tour *tour)
{
    const struct sio__op_spec *spec = &tour->op->spec;
    struct sio_socket *socket = socket_in(client, tour->space);

    if (socket != NULL && sio__socket_is_within_reach(socket) &&
        sio__target_means(&spec->target, &socket->member))
        sio__socket_send_op(socket, spec);
}

void sio__tours_bring(struct sio__client *client)
{
    const struct sio__tours *tours = &client->spaces->tours;
    uint64_t since = client->toured;

    client->toured = tours->latest; /* first: what is sent asks for it again */
    if (client->session == NULL)
        return;
    for (const struct sio__tour *tour = tours->first; tour != NULL; tour = tour->next)
        if (tour->number > since)
            give(client, tour);
}

/* --- beginning ----------------------------------------------------------------------------- */

static bool is_worth_it(struct sio__space *space, const struct sio__op_spec *spec)
{
    const struct sio__tours *tours = &space->spaces->tours;
    size_t most = space->spaces->worker->server->config.max_queue_bytes;

    return spec->kind == SIO__OP_EMIT && spec->seq == 0 &&
           spec->target.room_count + spec->target.except_count <= SIO__TOUR_NAMES_MOST &&
           sio__target_most(&spec->target, &space->rooms) > SIO__TOUR_LEAST &&
           tours->bytes + sio__frame_chain_bytes(spec->packet) <= most;
}

bool sio__tours_take(struct sio__space *space, struct sio__op *op)
{
    struct sio__tours *tours = &space->spaces->tours;
    struct sio__tour *tour;

    if (!is_worth_it(space, &op->spec) || (tour = sio__malloc(sizeof *tour)) == NULL)
        return false;
    *tour = (struct sio__tour){
        .space = space,
        .op = sio__op_hold(op),
        .number = ++tours->latest,
        .bytes = sio__frame_chain_bytes(op->spec.packet),
    };
    sio__space_hold(space);
    sio__visit_init(&tour->visit, &space->rooms, &tour->op->spec.target);
    tours->bytes += tour->bytes;
    *tours->end = tour;
    tours->end = &tour->next;
    return true;
}

/* --- going on ------------------------------------------------------------------------------ */

static void end_first(struct sio__tours *tours)
{
    struct sio__tour *tour = tours->first;

    tours->first = tour->next;
    if (tours->first == NULL)
        tours->end = &tours->first;
    tours->bytes -= tour->bytes;
    sio__op_rele(tour->op);
    sio__space_rele(tour->space);
    sio__free(tour);
}

/* At most so many looks and clients.  True: the first tour has seen everybody. */
static bool go_on(struct sio__tours *tours, unsigned *looks, unsigned *clients)
{
    struct sio__tour *tour = tours->first;
    struct sio__member *member;

    sio__visit_resume(&tour->visit);
    while (*looks > 0 && *clients > 0) {
        struct sio__client *client;

        --*looks;
        if ((member = sio__visit_next(&tour->visit)) == NULL)
            return true;
        client = sio__socket_of(member)->client;
        if (client->toured >= tour->number)
            continue;
        sio__tours_bring(client);
        --*clients;
    }
    return false;
}

bool sio__tours_turn(struct sio__spaces *spaces)
{
    struct sio__tours *tours = &spaces->tours;
    unsigned looks = SIO__TOUR_LOOKS, clients = SIO__TOUR_STEP;

    if (tours->first == NULL)
        return false;
    while (tours->first != NULL && go_on(tours, &looks, &clients))
        end_first(tours);
    return true;
}

void sio__tours_finish(struct sio__spaces *spaces)
{
    while (sio__tours_turn(spaces))
        ;
}
