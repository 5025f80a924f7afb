#include "server/io/lookup.h"

#include "server/io/middleware.h"
#include "server/io/parent.h"

static struct sio__registry *registry_of(const struct sio__client *client)
{
    return client->spaces->worker->server->registry;
}

static void refuse(struct sio__client *client, struct sio__slice nsp)
{
    sio__join_refuse(client, nsp, SIO__SLICE("{\"message\":\"Invalid namespace\"}"));
}

static void refuse_for_limit(struct sio__client *client, struct sio__slice nsp)
{
    SIO__COUNT(&client->spaces->worker->stats, child_namespaces_refused);
    refuse(client, nsp);
}

/* A client may be in so many children, and what it gives with its CONNECTs to them is kept: its
 * size together is limited as that of one message. */
static bool may_join_child(const struct sio__client *client, struct sio__slice auth)
{
    const struct sio_config *config = &client->spaces->worker->server->config;
    size_t count = 1, bytes = auth.len;

    for (const struct sio_socket *socket = client->sockets; socket != NULL; socket = socket->next) {
        if (socket->space->ns->parent == NULL && !socket->space->is_limbo)
            continue;
        count++;
        bytes += socket->auth_len;
    }
    return count <= config->max_client_children && bytes <= config->max_http_buffer_size;
}

/* --- children ------------------------------------------------------------------------------ */

/* This worker's part of a child, which is made if need be; held.  SIO_OK; SIO_ELIMIT; SIO_ENOMEM.
 */
static sio_err enter(struct sio__spaces *spaces, struct sio__parent *parent, struct sio__slice name,
                     struct sio__space **space)
{
    struct sio_ns *ns;
    sio_err err;

    if ((*space = sio__spaces_find(spaces, name)) == NULL) {
        err = sio__registry_enter_child(spaces->worker->server->registry, parent, name, &ns);
        if (err != SIO_OK)
            return err;
        if ((*space = sio__spaces_add(spaces, ns)) == NULL)
            return SIO_ENOMEM;
    }
    sio__space_hold(*space);
    return SIO_OK;
}

/* --- asking -------------------------------------------------------------------------------- */

static void call_parent(struct sio__chain *chain, const struct sio__ear *ear, struct sio_next *next)
{
    const struct sio__parent *parent = ear->call.user;
    const struct sio_ns *ns = chain->socket->space->ns;

    parent->cb((sio_str){ns->name, ns->name_len}, sio_socket_auth_raw(chain->socket), next,
               parent->user);
}

static void allow(struct sio_socket *socket, struct sio__parent *parent)
{
    struct sio__client *client = socket->client;
    struct sio__slice name = sio__ns_name(socket->space->ns);
    struct sio__space *space;
    sio_err err;

    if (!sio__client_is_open(client)) {
        sio__socket_drop(socket);
        return;
    }
    if ((err = enter(client->spaces, parent, name, &space)) == SIO_ELIMIT) {
        sio__socket_drop(socket);
        refuse_for_limit(client, name);
        return;
    }
    if (err == SIO_OK && sio__socket_move(socket, space))
        sio__join_enter(socket);
    else
        sio__client_discard(client);
    if (err == SIO_OK)
        sio__space_rele(space);
}

static void ask(struct sio_socket *socket, struct sio__parent *parent);

/* The one that has been asked. */
static struct sio__parent *asked(const struct sio__chain *chain)
{
    return sio__join_asked(chain->socket);
}

static void on_allowed(struct sio__chain *chain)
{
    allow(chain->socket, asked(chain));
}

static void on_denied(struct sio__chain *chain, const struct sio__rejection *rejection)
{
    (void)rejection;
    ask(chain->socket, sio__parent_next(asked(chain)));
}

static const struct sio__chain_ops ops = {
    .call = call_parent, .passed = on_allowed, .refused = on_denied, .free = sio__join_free_chain};

/* From this parent on. */
static void ask(struct sio_socket *socket, struct sio__parent *parent)
{
    struct sio__client *client = socket->client;
    struct sio__slice name = sio__ns_name(socket->space->ns);

    while (parent != NULL && parent->cb == NULL && !sio__parent_matches(parent, name))
        parent = sio__parent_next(parent);
    if (parent == NULL) {
        sio__socket_drop(socket);
        refuse(client, name);
    } else if (parent->cb == NULL) {
        allow(socket, parent);
    } else {
        sio__join_ask(socket, &ops, parent);
    }
}

/* In limbo until somebody allows it. */
static void ask_from(struct sio__client *client, struct sio__parent *parent, struct sio__slice nsp,
                     struct sio__slice auth)
{
    struct sio__space *limbo = sio__spaces_limbo(client->spaces, nsp);
    struct sio_socket *socket;

    if (limbo == NULL) {
        sio__client_discard(client);
        return;
    }
    sio__space_hold(limbo);
    if ((socket = sio__socket_new(client, limbo, auth)) != NULL && sio__join_init(socket))
        ask(socket, parent);
    else
        sio__client_discard(client);
    sio__space_rele(limbo);
}

/* --- beginning ----------------------------------------------------------------------------- */

static struct sio__parent *first_that_may(const struct sio__client *client, struct sio__slice nsp)
{
    struct sio__parent *parent = sio__registry_parents(registry_of(client));

    while (parent != NULL && parent->cb == NULL && !sio__parent_matches(parent, nsp))
        parent = sio__parent_next(parent);
    return parent;
}

/* There is no namespace of this name. */
static void look_for_parent(struct sio__client *client, struct sio__slice nsp,
                            struct sio__slice auth)
{
    struct sio__parent *parent = sio__parent_takes(nsp) ? first_that_may(client, nsp) : NULL;
    struct sio__space *space;
    sio_err err;

    if (parent == NULL) {
        refuse(client, nsp);
    } else if (!may_join_child(client, auth)) {
        refuse_for_limit(client, nsp);
    } else if (parent->cb != NULL) {
        ask_from(client, parent, nsp, auth);
    } else if ((err = enter(client->spaces, parent, nsp, &space)) == SIO_OK) {
        sio__join_start(client, space, auth);
        sio__space_rele(space);
    } else if (err == SIO_ELIMIT) {
        refuse_for_limit(client, nsp);
    } else {
        sio__client_discard(client);
    }
}

static void join(struct sio__client *client, struct sio__space *space, struct sio__slice auth)
{
    sio__space_hold(space);
    if (space->ns->parent != NULL && !may_join_child(client, auth))
        refuse_for_limit(client, sio__ns_name(space->ns));
    else
        sio__join_start(client, space, auth);
    sio__space_rele(space);
}

void sio__lookup_start(struct sio__client *client, struct sio__slice nsp, struct sio__slice auth)
{
    struct sio__space *space = sio__spaces_find(client->spaces, nsp);
    struct sio_ns *ns;

    if (!sio__client_is_open(client))
        return;
    if (space != NULL)
        join(client, space, auth);
    else if ((ns = sio__registry_enter(registry_of(client), nsp)) == NULL)
        look_for_parent(client, nsp, auth);
    else if ((space = sio__spaces_add(client->spaces, ns)) != NULL)
        join(client, space, auth);
    else
        sio__client_discard(client);
}
