#include "server/io/middleware.h"

#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "server/io/chain.h"

struct kept {
    struct kept *next;
    struct sio__packet packet;
};

/* The state of a join whose namespace has middlewares. */
struct sio__join {
    struct sio__chain chain; /* first */
    struct kept *kept, **kept_end;
    unsigned kept_count;
    size_t kept_bytes;
};

/* --- packets that wait --------------------------------------------------------------------- */

void sio__join_keep(struct sio_socket *socket, struct sio__packet *packet)
{
    struct sio__join *join = socket->join;
    struct kept *kept;
    size_t bytes = packet->text.len;

    for (uint32_t i = 0; i < packet->attachment_count; i++)
        bytes += packet->attachments[i].len;
    if (join->kept_count == SIO__HELD_PACKETS || bytes > SIO__HELD_BYTES - join->kept_bytes) {
        sio__client_violated(socket->client, "too much for a namespace before the join was over");
        return;
    }
    kept = sio__malloc(sizeof *kept);
    if (kept == NULL || !sio__packet_own(packet)) {
        sio__free(kept);
        sio__client_discard(socket->client);
        return;
    }
    kept->next = NULL;
    kept->packet = *packet;
    sio__packet_init(packet);
    *join->kept_end = kept;
    join->kept_end = &kept->next;
    join->kept_count++;
    join->kept_bytes += bytes;
}

static void take_kept(struct sio_socket *socket, struct sio__join *join)
{
    for (struct kept *kept = join->kept; kept != NULL; kept = kept->next)
        if (socket->state == SIO__CONNECTED && socket->doom == SIO__DOOM_NONE)
            sio__socket_take(socket, &kept->packet);
}

/* --- joins --------------------------------------------------------------------------------- */

static void free_join(struct sio__chain *chain)
{
    struct sio__join *join = (struct sio__join *)chain;

    while (join->kept != NULL) {
        struct kept *kept = join->kept;

        join->kept = kept->next;
        sio__packet_fini(&kept->packet);
        sio__free(kept);
    }
    sio__free(join);
}

void sio__join_free(struct sio_socket *socket)
{
    struct sio__join *join = socket->join;

    socket->join = NULL;
    if (join != NULL)
        sio__chain_end(&join->chain);
}

/* Every middleware has accepted. */
static void finish(struct sio_socket *socket)
{
    struct sio__join *join = socket->join;

    if (!sio__client_is_open(socket->client)) {
        sio__socket_drop(socket);
        return;
    }
    socket->join = NULL; /* what the handlers below close must not free what is walked here */
    sio__socket_connected(socket);
    if (join == NULL)
        return;
    take_kept(socket, join);
    sio__chain_end(&join->chain);
}

void sio__join_refuse(struct sio__client *client, struct sio__slice nsp, struct sio__slice payload)
{
    struct sio__frame *packet;

    SIO__COUNT(&client->spaces->worker->stats, connects_refused);
    if (sio__encode_connect_error(nsp, payload, &packet) != SIO_OK) {
        sio__client_discard(client);
        return;
    }
    sio__client_send(client, packet);
    sio__frame_rele(packet);
}

static void call_use(struct sio__chain *chain, const struct sio__ear *ear, struct sio_next *next)
{
    ear->call.use(chain->socket, next, ear->call.user);
}

static void passed(struct sio__chain *chain)
{
    finish(chain->socket);
}

static void refused(struct sio__chain *chain, const struct sio__rejection *rejection)
{
    struct sio_socket *socket = chain->socket;
    struct sio__client *client = socket->client;
    size_t len = 0;
    char *payload = sio__rejection_payload(rejection, client->is_old, &len);

    sio__socket_drop(socket);
    if (payload == NULL)
        sio__client_discard(client);
    else
        sio__join_refuse(client, sio__ns_name(socket->space->ns), sio__slice_make(payload, len));
    sio__free(payload);
}

static const struct sio__chain_ops join_ops = {call_use, NULL, passed, refused, free_join};

void sio__join_start(struct sio__client *client, struct sio__space *space, struct sio__slice auth)
{
    const struct sio__ear_list *uses = &space->ns->ears.lists[SIO__EAR_USE];
    struct sio_socket *socket;

    if (!sio__client_is_open(client))
        return;
    socket = sio__socket_new(client, space, auth);
    if (socket == NULL) {
        sio__client_discard(client);
    } else if (uses->first == NULL) {
        finish(socket);
    } else if ((socket->join = sio__calloc(1, sizeof *socket->join)) == NULL) {
        sio__client_discard(client);
    } else {
        sio__chain_init(&socket->join->chain, &join_ops, socket, uses, NULL);
        socket->join->kept_end = &socket->join->kept;
        sio__chain_run(&socket->join->chain);
    }
}
