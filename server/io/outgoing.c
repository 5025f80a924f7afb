#include "server/io/outgoing.h"

#include "protocol/mem.h"
#include "protocol/sio_decoder.h"
#include "server/io/event.h"

/* A packet that the listeners of a socket are to hear of. */
struct sio__sent {
    struct sio__sent *next;
    struct sio_socket *socket;
    struct sio__frame *packet;
};

/* --- notes --------------------------------------------------------------------------------- */

static bool has_listener(const struct sio_socket *socket)
{
    const enum sio__ear_kind kind = SIO__EAR_ANY_OUTGOING;

    return socket->space->ns->ears.lists[kind].first != NULL ||
           (socket->own != NULL && socket->own->ears.lists[kind].first != NULL);
}

bool sio__outgoing_note(struct sio_socket *socket, struct sio__frame *packet)
{
    struct sio__spaces *spaces = socket->space->spaces;
    struct sio__sent *sent;

    if (!has_listener(socket))
        return true;
    if ((sent = sio__malloc(sizeof *sent)) == NULL)
        return false;
    *sent = (struct sio__sent){NULL, socket, sio__frame_hold(packet)};
    *spaces->sent_end = sent;
    spaces->sent_end = &sent->next;
    return true;
}

/* --- telling ------------------------------------------------------------------------------- */

/* The packet decoded last: one that went to many is decoded once. */
struct decoded {
    struct sio__frame *of; /* NULL: none */
    struct sio__packet packet;
};

static void decoded_fini(struct decoded *decoded)
{
    if (decoded->of == NULL)
        return;
    sio__packet_fini(&decoded->packet);
    sio__frame_rele(decoded->of);
    decoded->of = NULL;
}

/* False: out of memory, for this socket; the next one tries again. */
static bool decode(struct decoded *decoded, const struct sio_server *server,
                   struct sio__frame *frame)
{
    if (decoded->of == frame)
        return true;
    decoded_fini(decoded);
    if (sio__decode_sent(sio__server_parser(server), frame, &decoded->packet) != SIO__DECODE_PACKET)
        return false;
    decoded->of = sio__frame_hold(frame);
    return true;
}

static void call_listeners(struct sio_socket *socket, const struct sio__packet *packet)
{
    const struct sio__ear *ear;
    struct sio__walk walk;
    struct sio_args args;

    sio__args_init(&args, packet);
    sio__socket_walk(socket, SIO__EAR_ANY_OUTGOING, &walk);
    while (socket->state != SIO__LEFT && (ear = sio__walk_next(&walk)) != NULL)
        ear->call.outgoing(socket, &args, ear->call.user);
    sio__walk_fini(&walk);
    sio__args_fini(&args);
}

static void tell(struct sio__sent *sent, struct decoded *decoded)
{
    if (sent->socket->state == SIO__LEFT)
        return;
    if (decode(decoded, sent->socket->space->ns->server, sent->packet))
        call_listeners(sent->socket, &decoded->packet);
    else
        sio__client_discard(sent->socket->client);
}

static struct sio__sent *pop(struct sio__spaces *spaces)
{
    struct sio__sent *sent = spaces->sent;

    spaces->sent = sent->next;
    if (spaces->sent == NULL)
        spaces->sent_end = &spaces->sent;
    return sent;
}

void sio__outgoing_tell_all(struct sio__spaces *spaces)
{
    struct decoded decoded = {.of = NULL};

    if (spaces->is_telling)
        return;
    spaces->is_telling = true;
    while (spaces->sent != NULL) {
        struct sio__sent *sent = pop(spaces);

        tell(sent, &decoded);
        sio__frame_rele(sent->packet);
        sio__free(sent);
    }
    decoded_fini(&decoded);
    spaces->is_telling = false;
}
