#include "server/io/incoming.h"

#include "protocol/buf.h"
#include "protocol/mem.h"
#include "server/io/ack.h"
#include "server/io/chain.h"
#include "server/io/event.h"

/* An event on its way through middlewares. */
struct sio__incoming {
    struct sio__chain chain; /* first */
    struct sio__incoming *next,
        **link;                 /* in socket->own->waiting; link points to what points here */
    struct sio__packet *packet; /* the caller's; kept, when it has to wait */
    struct sio__packet kept;
    struct sio_ack *ack;
    size_t bytes; /* counted in socket->own->waiting_bytes */
};

static struct sio__ears *own_ears(const struct sio_socket *socket)
{
    return socket->own != NULL ? &socket->own->ears : NULL;
}

/* --- listeners ----------------------------------------------------------------------------- */

void sio__incoming_error(struct sio_socket *socket, const sio_socket_error *error)
{
    const struct sio__ear *ear;
    struct sio__walk walk;

    sio__socket_walk(socket, SIO__EAR_ERROR, &walk);
    while (socket->state != SIO__LEFT && (ear = sio__walk_next(&walk)) != NULL)
        ear->call.error(socket, error, ear->call.user);
    sio__walk_fini(&walk);
}

/* The list of an event's name, NULL or empty if nobody is there. */
static const struct sio__ear_list *named(const struct sio__ears *ears,
                                         const struct sio__packet *packet)
{
    return packet->has_name && ears->events != NULL ? sio__ears_of(ears, packet->name) : NULL;
}

/* False: nobody listens. */
static bool start_walk(const struct sio_socket *socket, const struct sio__packet *packet,
                       struct sio__walk *walk)
{
    const struct sio__ears *shared = &socket->space->ns->ears;
    const struct sio__ear_list *of_all = named(shared, packet), *of_this = NULL;
    struct sio__ears *own = own_ears(socket);

    if (own != NULL)
        of_this = named(own, packet);
    if (of_all == NULL && (of_this == NULL || of_this->first == NULL))
        of_all = &shared->lists[SIO__EAR_OTHER];
    sio__walk_init(walk, of_all, own, of_this);
    return walk->shared != NULL || walk->own != NULL;
}

static void call_each(struct sio_socket *socket, const struct sio__packet *packet,
                      struct sio_ack *ack, struct sio__walk *walk)
{
    const struct sio__ear *ear;
    struct sio_args args;

    sio__args_init(&args, packet);
    while (socket->state != SIO__LEFT && (ear = sio__walk_next(walk)) != NULL)
        ear->call.event(socket, &args, ack, ear->call.user);
    sio__args_fini(&args);
}

static void tell_error(struct sio_socket *socket, const struct sio__packet *packet,
                       struct sio_ack *ack)
{
    sio_socket_error error = {.data = {"", 0}, .ack = ack};
    struct sio_args args;

    sio__args_init(&args, packet);
    error.args = &args;
    sio__incoming_error(socket, &error);
    sio__args_fini(&args);
}

/* False: out of memory, and the client is closed.  *ack is NULL if none was asked for. */
static bool make_ack(struct sio_socket *socket, const struct sio__packet *packet,
                     struct sio_ack **ack)
{
    *ack = NULL;
    if (!packet->has_ack || (*ack = sio__ack_new(socket, packet->ack_id)) != NULL)
        return true;
    sio__client_discard(socket->client);
    return false;
}

static bool is_error(const struct sio__packet *packet)
{
    return sio__slice_is(packet->name, "error");
}

/* To its listeners, with the ack that was made for it. */
static void deliver(struct sio_socket *socket, const struct sio__packet *packet,
                    struct sio_ack *ack)
{
    struct sio__walk walk;

    if (is_error(packet)) {
        tell_error(socket, packet, ack);
        return;
    }
    if (start_walk(socket, packet, &walk))
        call_each(socket, packet, ack, &walk);
    sio__walk_fini(&walk);
}

/* --- middlewares --------------------------------------------------------------------------- */

static void call_use(struct sio__chain *chain, const struct sio__ear *ear, struct sio_next *next)
{
    const struct sio__incoming *incoming = (struct sio__incoming *)chain;
    struct sio_args args;

    sio__args_init(&args, incoming->packet);
    ear->call.use_event(chain->socket, &args, next, ear->call.user);
    sio__args_fini(&args);
}

static void unlink_incoming(struct sio__incoming *incoming)
{
    struct sio__own *own = incoming->chain.socket->own;

    *incoming->link = incoming->next;
    if (incoming->next != NULL)
        incoming->next->link = incoming->link;
    own->waiting_bytes -= incoming->bytes;
}

static void end(struct sio__incoming *incoming)
{
    unlink_incoming(incoming);
    sio__chain_end(&incoming->chain);
}

static void free_incoming(struct sio__chain *chain)
{
    struct sio__incoming *incoming = (struct sio__incoming *)chain;

    sio__packet_fini(&incoming->kept);
    sio_ack_rele(incoming->ack);
    sio__free(incoming);
}

void sio__incoming_drop(struct sio_socket *socket)
{
    while (socket->own != NULL && socket->own->waiting != NULL)
        end(socket->own->waiting);
}

/* The event under its name, with other arguments; everything is its own.  False: out of memory. */
static bool make_anew(const struct sio__packet *from, const struct sio__cargo *args,
                      struct sio__packet *packet)
{
    const struct sio__span *name = sio__spans_at(&from->spans, 0);
    struct sio__slice rest = sio__slice_from(args->text, 1); /* arguments and ']' */
    struct sio__buf text = SIO__BUF_INIT;
    bool is_made;

    sio__packet_init(packet);
    packet->type = SIO__EVENT;
    packet->has_ack = from->has_ack;
    packet->ack_id = from->ack_id;
    packet->nsp = from->nsp;
    sio__buf_char(&text, '[');
    sio__buf_slice(&text, sio__slice_make(from->text.ptr + name->off, name->len));
    if (rest.len > 1)
        sio__buf_char(&text, ',');
    sio__buf_slice(&text, rest);
    is_made = !text.failed && sio__packet_set_payload(packet, sio__buf_view(&text)) == SIO__JSON_OK;
    for (uint32_t i = 0; is_made && i < args->attachment_count; i++)
        is_made = sio__packet_attach(packet, args->attachments[i]);
    is_made = is_made && sio__packet_own(packet);
    if (!is_made)
        sio__packet_fini(packet);
    sio__buf_fini(&text);
    return is_made;
}

static size_t weight(const struct sio__packet *packet)
{
    size_t bytes = sizeof(struct sio__incoming) + packet->nsp.len + packet->text.len;

    for (uint32_t i = 0; i < packet->attachment_count; i++)
        bytes += packet->attachments[i].len;
    return bytes;
}

static void keep(struct sio__chain *chain)
{
    struct sio__incoming *incoming = (struct sio__incoming *)chain;
    struct sio_socket *socket = chain->socket;
    struct sio__worker *worker = socket->space->spaces->worker;
    size_t limit = worker->server->config.max_waiting_bytes, held = socket->own->waiting_bytes;
    size_t bytes;

    if (incoming->packet == &incoming->kept)
        return;
    bytes = weight(incoming->packet);
    if (held > 0 && (held >= limit || bytes > limit - held)) {
        SIO__COUNT(&worker->stats, waits_full);
        sio__client_violated(socket->client,
                             "too many events for middlewares that take their time");
        return;
    }
    if (!sio__packet_own(incoming->packet)) {
        sio__client_discard(socket->client);
        return;
    }
    incoming->kept = *incoming->packet;
    sio__packet_init(incoming->packet);
    incoming->packet = &incoming->kept;
    incoming->bytes = bytes;
    socket->own->waiting_bytes += bytes;
}

static bool replace(struct sio__chain *chain, const struct sio__cargo *args)
{
    struct sio__incoming *incoming = (struct sio__incoming *)chain;
    struct sio__own *own = chain->socket->own;
    struct sio__packet packet;

    if (!incoming->packet->has_name)
        return true;
    if (!make_anew(incoming->packet, args, &packet))
        return false;
    sio__packet_fini(&incoming->kept);
    incoming->kept = packet;
    incoming->packet = &incoming->kept;
    own->waiting_bytes -= incoming->bytes;
    incoming->bytes = weight(incoming->packet);
    own->waiting_bytes += incoming->bytes;
    return true;
}

/* Out of the list first: what a handler drops must not be what it was called for. */
static void passed(struct sio__chain *chain)
{
    struct sio__incoming *incoming = (struct sio__incoming *)chain;

    unlink_incoming(incoming);
    deliver(chain->socket, incoming->packet, incoming->ack);
    sio__chain_end(chain);
}

static void refused(struct sio__chain *chain, const struct sio__rejection *rejection)
{
    struct sio__incoming *incoming = (struct sio__incoming *)chain;
    struct sio_socket *socket = chain->socket;
    const sio_socket_error error = {
        .message = rejection->message,
        .data = {rejection->data != NULL ? rejection->data : "", rejection->data_len},
    };

    SIO__COUNT(&socket->space->spaces->worker->stats, events_refused);
    end(incoming);
    if (rejection->failed)
        sio__client_discard(socket->client);
    else
        sio__incoming_error(socket, &error);
}

static const struct sio__chain_ops event_ops = {.call = call_use,
                                                .wait = keep,
                                                .replace = replace,
                                                .passed = passed,
                                                .refused = refused,
                                                .free = free_incoming};

/* Takes over the ack.  NULL: out of memory. */
static struct sio__incoming *incoming_new(struct sio_socket *socket, struct sio__packet *packet,
                                          struct sio_ack *ack)
{
    struct sio__own *own = sio__socket_own(socket);
    struct sio__incoming *incoming = own != NULL ? sio__calloc(1, sizeof *incoming) : NULL;

    if (incoming == NULL) {
        sio_ack_rele(ack);
        return NULL;
    }
    sio__chain_init(&incoming->chain, &event_ops, socket,
                    &socket->space->ns->ears.lists[SIO__EAR_USE_EVENT],
                    &own->ears.lists[SIO__EAR_USE_EVENT]);
    sio__packet_init(&incoming->kept);
    incoming->packet = packet;
    incoming->ack = ack;
    incoming->next = own->waiting;
    incoming->link = &own->waiting;
    if (incoming->next != NULL)
        incoming->next->link = &incoming->next;
    own->waiting = incoming;
    return incoming;
}

/* --- the way of an event ------------------------------------------------------------------- */

static bool has(const struct sio_socket *socket, enum sio__ear_kind kind)
{
    const struct sio__ears *own = own_ears(socket);

    return socket->space->ns->ears.lists[kind].first != NULL ||
           (own != NULL && own->lists[kind].first != NULL);
}

static void tell_any(struct sio_socket *socket, const struct sio__packet *packet,
                     struct sio_ack *ack)
{
    struct sio__walk walk;

    sio__socket_walk(socket, SIO__EAR_ANY, &walk);
    call_each(socket, packet, ack, &walk);
    sio__walk_fini(&walk);
}

static void pass_middlewares(struct sio_socket *socket, struct sio__packet *packet,
                             struct sio_ack *ack)
{
    struct sio__incoming *incoming = incoming_new(socket, packet, ack);

    if (incoming == NULL)
        sio__client_discard(socket->client);
    else
        sio__chain_run(&incoming->chain);
}

static void pass_all(struct sio_socket *socket, struct sio__packet *packet)
{
    struct sio_ack *ack;

    if (!make_ack(socket, packet, &ack))
        return;
    tell_any(socket, packet, ack);
    if (socket->state == SIO__CONNECTED && has(socket, SIO__EAR_USE_EVENT)) {
        pass_middlewares(socket, packet, ack);
        return;
    }
    if (socket->state == SIO__CONNECTED)
        deliver(socket, packet, ack);
    sio_ack_rele(ack);
}

/* Nearly every event: listeners of the namespace are all that there is, and none of its lists
 * changes.  No ack is made if nobody listens. */
static void call_plain(struct sio_socket *socket, const struct sio__packet *packet)
{
    const struct sio__ears *ears = &socket->space->ns->ears;
    const struct sio__ear_list *list = named(ears, packet);
    const struct sio__ear *ear = list != NULL ? list->first : ears->lists[SIO__EAR_OTHER].first;
    struct sio_args args;
    struct sio_ack *ack;

    if (ear == NULL || !make_ack(socket, packet, &ack))
        return;
    sio__args_init(&args, packet);
    for (; ear != NULL && socket->state != SIO__LEFT; ear = ear->next)
        ear->call.event(socket, &args, ack, ear->call.user);
    sio__args_fini(&args);
    sio_ack_rele(ack);
}

static bool is_plain(const struct sio_socket *socket, const struct sio__packet *packet)
{
    const struct sio__ears *ears = &socket->space->ns->ears;

    return socket->own == NULL && ears->lists[SIO__EAR_ANY].first == NULL &&
           ears->lists[SIO__EAR_USE_EVENT].first == NULL && !is_error(packet);
}

void sio__incoming_event(struct sio_socket *socket, struct sio__packet *packet)
{
    if (is_plain(socket, packet))
        call_plain(socket, packet);
    else
        pass_all(socket, packet);
}
