#include "server/io/client.h"

#include "protocol/buf.h"
#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "server/io/incoming.h"
#include "server/io/lookup.h"
#include "server/io/middleware.h"
#include "server/io/socket.h"
#include "server/io/tour.h"

#define CLIENT_OF(timer_, field_)                                                                  \
    ((struct sio__client *)((char *)(timer_)-offsetof(struct sio__client, field_)))

static struct sio__worker *worker_of(const struct sio__client *client)
{
    return client->spaces->worker;
}

static const struct sio_config *config_of(const struct sio__client *client)
{
    return &worker_of(client)->server->config;
}

static void start_timer(struct sio__client *client, struct sio__timer *timer, uint32_t ms)
{
    struct sio__worker *worker = worker_of(client);

    sio__timer_start(&worker->timers, timer, sio__worker_now(worker), ms);
}

/* --- references ---------------------------------------------------------------------------- */

struct sio__client *sio__client_hold(struct sio__client *client)
{
    atomic_fetch_add_explicit(&client->refs, 1, memory_order_relaxed);
    return client;
}

void sio__client_rele(struct sio__client *client)
{
    if (atomic_fetch_sub_explicit(&client->refs, 1, memory_order_acq_rel) != 1)
        return;
    sio__request_rele(client->request);
    sio__home_rele(client->home);
    sio__free(client);
}

/* --- its sockets --------------------------------------------------------------------------- */

struct sio_socket *sio__client_find(const struct sio__client *client, struct sio__slice nsp)
{
    struct sio_socket *socket = client->sockets;

    while (socket != NULL && !sio__slice_eq(sio__ns_name(socket->space->ns), nsp))
        socket = socket->next;
    return socket;
}

void sio__client_remove(struct sio__client *client, struct sio_socket *socket)
{
    struct sio_socket **link = &client->sockets;

    while (*link != socket)
        link = &(*link)->next;
    *link = socket->next;
}

/* The first that can still be told to go: one that is leaving is taken off by whoever began it. */
static struct sio_socket *next_to_go(const struct sio__client *client)
{
    struct sio_socket *socket = client->sockets;

    while (socket != NULL && socket->state == SIO__LEAVING)
        socket = socket->next;
    return socket;
}

void sio__client_leave_all(struct sio__client *client, const char *reason)
{
    struct sio_socket *socket;

    while ((socket = next_to_go(client)) != NULL) {
        sio__socket_leave(socket, reason);
        sio__socket_drop(socket);
    }
}

/* --- out ----------------------------------------------------------------------------------- */

bool sio__client_is_open(const struct sio__client *client)
{
    return client->session != NULL && client->session->state == SIO__OPEN;
}

sio_err sio__client_send(struct sio__client *client, struct sio__frame *packet)
{
    sio__tours_catch_up(client);
    return client->session != NULL ? sio__session_send(client->session, packet) : SIO_ECLOSED;
}

/* --- ends ---------------------------------------------------------------------------------- */

/* If the session cannot close at once, its sockets do not wait for it. */
static void close_gracefully(struct sio__client *client)
{
    if (client->session != NULL && !sio__session_close(client->session, false))
        sio__client_leave_all(client, "forced server close");
}

static void tell_violation(struct sio__client *client, const char *what)
{
    struct sio__worker *worker = worker_of(client);

    SIO__COUNT(&worker->stats, packets_invalid);
    SIO__LOG(&worker->server->log, SIO_LOG_INFO, "a client broke the protocol: %s", what);
}

void sio__client_violated(struct sio__client *client, const char *what)
{
    tell_violation(client, what);
    close_gracefully(client);
}

/* A connected socket that has not been told yet. */
static struct sio_socket *next_to_tell(const struct sio__client *client)
{
    struct sio_socket *socket = client->sockets;

    while (socket != NULL && (socket->state != SIO__CONNECTED || socket->knows_error))
        socket = socket->next;
    return socket;
}

/* Handlers may change the list, so each search starts anew. */
static void tell_sockets(struct sio__client *client, const char *message)
{
    const sio_socket_error error = {.message = message, .data = {"", 0}};
    struct sio_socket *socket;

    while ((socket = next_to_tell(client)) != NULL) {
        socket->knows_error = true;
        sio__incoming_error(socket, &error);
    }
}

/* As in the reference, the sockets stay until the session has closed ("forced close"). */
static void close_undecodable(struct sio__client *client)
{
    tell_violation(client, client->decoder.error);
    tell_sockets(client, client->decoder.error);
    if (client->session != NULL)
        sio__session_close(client->session, false);
}

void sio__client_cut(struct sio__client *client)
{
    if (client->session != NULL)
        sio__session_close(client->session, true);
}

void sio__client_discard(struct sio__client *client)
{
    SIO__COUNT(&worker_of(client)->stats, out_of_memory);
    sio__client_cut(client);
}

void sio__client_disconnect(struct sio__client *client)
{
    struct sio_socket *socket;

    while ((socket = next_to_go(client)) != NULL) {
        sio__socket_evict(socket);
        sio__socket_drop(socket);
    }
    close_gracefully(client);
}

static void on_connecting(struct sio__timer *timer)
{
    struct sio__client *client = CLIENT_OF(timer, connecting);

    SIO__COUNT(&worker_of(client)->stats, connect_timeouts);
    close_gracefully(client);
}

static void on_attaching(struct sio__timer *timer)
{
    struct sio__client *client = CLIENT_OF(timer, attaching);

    SIO__COUNT(&worker_of(client)->stats, attachment_timeouts);
    sio__decoder_reset(&client->decoder);
    close_gracefully(client);
}

/* --- in ------------------------------------------------------------------------------------ */

static bool on_open(struct sio__session *session)
{
    struct sio__spaces *spaces = session->worker->spaces;
    const struct sio_config *config = &session->worker->server->config;
    struct sio__client *client = sio__calloc(1, sizeof *client);

    if (client == NULL)
        return false;
    atomic_init(&client->refs, 1);
    client->home = sio__home_hold(spaces->home);
    client->spaces = spaces;
    client->toured = spaces->tours.latest;
    client->session = session;
    client->request = sio__request_hold(session->request);
    client->is_old = session->revision == 3;
    client->connecting.fire = on_connecting;
    client->attaching.fire = on_attaching;
    sio__decoder_init(
        &client->decoder, sio__server_parser(session->worker->server),
        (struct sio__decoder_limits){config->max_attachments, config->max_http_buffer_size});
    session->user = client;
    start_timer(client, &client->connecting, config->connect_timeout_ms);
    if (client->is_old)
        sio__join_start(client, sio__spaces_find(spaces, SIO__SLICE("/")), SIO__SLICE(""));
    return true;
}

/* A CONNECT to a namespace whose middlewares still run starts anew: the client has given up the
 * first one, and is to hear one answer. */
static void take_connect(struct sio__client *client, struct sio_socket *socket,
                         const struct sio__packet *packet, struct sio__slice auth)
{
    if (socket != NULL && socket->state != SIO__JOINING) {
        sio__client_violated(client, "CONNECT to a namespace that it has joined");
        return;
    }
    if (socket != NULL)
        sio__socket_drop(socket);
    sio__lookup_start(client, packet->nsp, auth);
}

/* An old client gives its auth as a query of the namespace. */
static void take_old_connect(struct sio__client *client, struct sio_socket *socket,
                             const struct sio__packet *packet, struct sio__slice query)
{
    struct sio__buf auth = SIO__BUF_INIT;

    sio__auth_of_query(&auth, query);
    if (auth.failed)
        sio__client_discard(client);
    else
        take_connect(client, socket, packet, sio__buf_view(&auth));
    sio__buf_fini(&auth);
}

static void take_packet(struct sio__client *client, struct sio__packet *packet)
{
    struct sio__slice query = client->is_old ? sio__nsp_split_query(&packet->nsp) : packet->nsp;
    struct sio_socket *socket = sio__client_find(client, packet->nsp);

    if (socket != NULL && socket->doom != SIO__DOOM_NONE) {
        sio__socket_meet_doom(socket);
        if (!sio__client_is_open(client))
            return;
        socket = NULL;
    }
    if (packet->type == SIO__CONNECT && client->is_old)
        take_old_connect(client, socket, packet, query);
    else if (packet->type == SIO__CONNECT)
        take_connect(client, socket, packet, packet->text);
    else if (packet->type == SIO__CONNECT_ERROR)
        sio__client_violated(client, "a packet that only servers send");
    else if (socket == NULL)
        sio__client_violated(client, "a packet for a namespace that it has not joined");
    else if (socket->state == SIO__JOINING)
        sio__join_keep(socket, packet);
    else
        sio__socket_take(socket, packet);
}

static void on_message(struct sio__session *session, bool binary, const char *ptr, size_t len)
{
    struct sio__client *client = session->user;
    struct sio__packet packet;

    switch (binary ? sio__decoder_binary(&client->decoder, ptr, len, &packet)
                   : sio__decoder_text(&client->decoder, ptr, len, &packet)) {
    case SIO__DECODE_PACKET:
        sio__timer_stop(&client->attaching);
        take_packet(client, &packet);
        sio__packet_fini(&packet);
        break;
    case SIO__DECODE_MORE:
        if (!sio__timer_is_running(&client->attaching))
            start_timer(client, &client->attaching, config_of(client)->attachment_wait_ms);
        break;
    case SIO__DECODE_BAD:
        sio__timer_stop(&client->attaching);
        close_undecodable(client);
        break;
    case SIO__DECODE_NOMEM:
        sio__client_discard(client);
        break;
    }
}

static void on_close(struct sio__session *session, enum sio__close_reason reason)
{
    struct sio__client *client = session->user;

    atomic_store_explicit(&client->is_gone, true, memory_order_relaxed);
    sio__timer_stop(&client->connecting);
    sio__timer_stop(&client->attaching);
    sio__client_leave_all(client, sio__close_text(reason));
    client->transport = sio__session_transport(session);
    client->session = NULL;
    sio__decoder_fini(&client->decoder);
    client->next_gone = client->spaces->gone_clients;
    client->spaces->gone_clients = client;
}

const struct sio__session_events sio__client_events = {on_open, on_message, on_close};
