#include "server/io/middleware.h"

#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "server/io/parent.h"

struct kept {
    struct kept *next;
    struct sio__packet packet;
};

/* The state of a join that may take its time. */
struct sio__join {
    struct sio__chain chain;   /* first */
    struct sio__claim *claim;  /* the answer that it waits for before its middlewares run */
    struct sio__parent *asked; /* the parent whose answer it waits for before all that */
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

void sio__join_free_chain(struct sio__chain *chain)
{
    struct sio__join *join = (struct sio__join *)chain;

    if (join->claim != NULL)
        sio__claim_give_up(join->claim);
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
    if (sio__encode_connect_error(sio__server_parser(client->spaces->worker->server), nsp, payload,
                                  &packet) != SIO_OK) {
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

static const struct sio__chain_ops join_ops = {
    .call = call_use, .passed = passed, .refused = refused, .free = sio__join_free_chain};

static void init_chain(struct sio_socket *socket)
{
    sio__chain_init(&socket->join->chain, &join_ops, socket,
                    &socket->space->ns->ears.lists[SIO__EAR_USE], NULL);
}

bool sio__join_init(struct sio_socket *socket)
{
    if ((socket->join = sio__calloc(1, sizeof *socket->join)) == NULL)
        return false;
    init_chain(socket);
    socket->join->kept_end = &socket->join->kept;
    return true;
}

static bool has_middlewares(const struct sio_socket *socket)
{
    const struct sio_server *server = socket->space->ns->server;

    return socket->space->ns->ears.lists[SIO__EAR_USE].first != NULL &&
           !(socket->is_recovered && server->config.connection_state_recovery.skip_middlewares);
}

static void run_middlewares(struct sio_socket *socket)
{
    if (!has_middlewares(socket))
        finish(socket);
    else if (socket->join == NULL && !sio__join_init(socket))
        sio__client_discard(socket->client);
    else
        sio__chain_run(&socket->join->chain);
}

/* The socket is the old one again, or a new one. */
static void go_on(struct sio_socket *socket, enum sio__restore result)
{
    if (result == SIO__RESTORE_NOMEM)
        sio__client_discard(socket->client);
    else if (result == SIO__RESTORE_CLOSE)
        sio__client_cut(socket->client);
    else
        run_middlewares(socket);
}

static void await(struct sio_socket *socket, struct sio__claim *claim)
{
    if (socket->join != NULL || sio__join_init(socket)) {
        socket->join->claim = claim;
    } else {
        sio__claim_give_up(claim);
        sio__client_discard(socket->client);
    }
}

static void begin(struct sio_socket *socket)
{
    struct sio__claim *claim;
    enum sio__restore result = sio__restore_begin(socket, &claim);

    if (result == SIO__RESTORE_WAIT)
        await(socket, claim);
    else
        go_on(socket, result);
}

void sio__join_start(struct sio__client *client, struct sio__space *space, struct sio__slice auth)
{
    struct sio_socket *socket;

    if (!sio__client_is_open(client))
        return;
    if ((socket = sio__socket_new(client, space, auth)) != NULL)
        begin(socket);
    else
        sio__client_discard(client);
}

void sio__join_ask(struct sio_socket *socket, const struct sio__chain_ops *ops,
                   struct sio__parent *parent)
{
    struct sio__chain *chain = &socket->join->chain;

    socket->join->asked = parent;
    sio__chain_init(chain, ops, socket, &(struct sio__ear_list){&parent->ear, &parent->ear}, NULL);
    sio__chain_run(chain);
}

struct sio__parent *sio__join_asked(const struct sio_socket *socket)
{
    return socket->join->asked;
}

void sio__join_enter(struct sio_socket *socket)
{
    init_chain(socket);
    begin(socket);
}

void sio__join_restored(struct sio_socket *socket, enum sio__restore result)
{
    struct sio__join *join = socket->join;

    sio__claim_give_up(join->claim);
    join->claim = NULL;
    go_on(socket, result);
}
