#include "server/io/socket.h"

#include <time.h>

#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "server/io/ack.h"
#include "server/io/crowd.h"
#include "server/io/emit.h"
#include "server/io/incoming.h"
#include "server/io/middleware.h"
#include "server/io/recovery.h"
#include "server/io/restore.h"
#include "server/io/outgoing.h"
#include "server/io/tour.h"

static struct sio__stats *stats_of(const struct sio_socket *socket)
{
    return &socket->space->spaces->worker->stats;
}

static enum sio__parser parser_of(const struct sio_socket *socket)
{
    return sio__server_parser(socket->space->ns->server);
}

/* --- life ---------------------------------------------------------------------------------- */

static int64_t wall_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Revision 3 names a socket after its session, and after its namespace if that is not the main one;
 * later ones get an id that tells nothing of the session. */
static bool has_prefix(const struct sio__client *client, const struct sio_ns *ns)
{
    return client->is_old && ns->name_len > 1;
}

static size_t id_len_of(const struct sio__client *client, const struct sio_ns *ns)
{
    size_t len = client->is_old ? client->session->sid_len : SIO__ID_LEN;

    return len + (has_prefix(client, ns) ? ns->name_len + 1 : 0);
}

/* False: no randomness to be had. */
static bool write_id(char *id, const struct sio__client *client, const struct sio__space *space)
{
    struct sio__spaces *spaces = space->spaces;

    if (!client->is_old)
        return sio__id_make(id, spaces->worker->index, spaces->id_counter++);
    if (has_prefix(client, space->ns)) {
        memcpy(id, space->ns->name, space->ns->name_len);
        id += space->ns->name_len;
        *id++ = '#';
    }
    memcpy(id, client->session->sid, client->session->sid_len);
    return true;
}

/* The ids of old clients, which may be the application's, name no worker: the census has to. */
static bool is_counted(const struct sio_socket *socket)
{
    return socket->client->is_old;
}

static uint32_t census_hash(const struct sio_socket *socket)
{
    return sio__room_index_hash(socket->id) ^ socket->member.index->census_key;
}

/* False: out of memory. */
static bool enter(struct sio_socket *socket, struct sio__space *space)
{
    if (!sio__room_index_add(&space->rooms, &socket->member, socket->id))
        return false;
    if (is_counted(socket))
        sio__census_add(&space->spaces->census, census_hash(socket));
    return true;
}

/* No effect if it has not entered. */
static void leave(struct sio_socket *socket)
{
    if (socket->member.index != NULL && is_counted(socket))
        sio__census_remove(socket->member.index->census, census_hash(socket));
    sio__room_index_remove(&socket->member);
}

struct sio_socket *sio__socket_new(struct sio__client *client, struct sio__space *space,
                                   struct sio__slice auth)
{
    size_t id_len = id_len_of(client, space->ns);
    struct sio_socket *socket = sio__calloc(1, sizeof *socket + auth.len + id_len + 1);

    if (socket == NULL)
        return NULL;
    socket->id = sio__slice_make(socket->auth + auth.len, id_len);
    socket->client = client;
    if (!write_id(socket->auth + auth.len, client, space) ||
        (!space->is_limbo && !enter(socket, space))) {
        sio__free(socket);
        return NULL;
    }
    socket->space = space;
    sio__space_hold(space);
    socket->issued_ms = wall_clock_ms();
    socket->auth_len = auth.len;
    if (auth.len > 0)
        memcpy(socket->auth, auth.ptr, auth.len);
    socket->next = client->sockets;
    client->sockets = socket;
    return socket;
}

struct sio__own *sio__socket_own(struct sio_socket *socket)
{
    if (socket->own == NULL)
        socket->own = sio__calloc(1, sizeof *socket->own);
    return socket->own;
}

bool sio__socket_move(struct sio_socket *socket, struct sio__space *space)
{
    if (!enter(socket, space))
        return false;
    sio__space_hold(space);
    sio__space_rele(socket->space);
    socket->space = space;
    return true;
}

bool sio__socket_rename(struct sio_socket *socket, const char *id)
{
    leave(socket);
    memcpy(socket->auth + socket->auth_len, id, SIO__ID_LEN);
    return enter(socket, socket->space);
}

/* Out of every set; awaited acks are answered; the memory stays until the end of the turn. */
static void remove_socket(struct sio_socket *socket)
{
    struct sio__spaces *spaces = socket->space->spaces;

    leave(socket);
    sio__client_remove(socket->client, socket);
    socket->state = SIO__LEFT;
    socket->next = spaces->gone;
    spaces->gone = socket;
    sio__incoming_drop(socket);
    sio__crowd_leave(socket);
    sio__pending_close(socket);
}

void sio__socket_free(struct sio_socket *socket)
{
    if (socket->free_data != NULL)
        socket->free_data(socket->data);
    if (socket->own != NULL)
        sio__ears_fini(&socket->own->ears);
    sio__free(socket->own);
    sio__space_rele(socket->space);
    sio__free(socket);
}

static struct sio__frame *make_welcome(const struct sio_socket *socket)
{
    char text[sizeof "{\"sid\":\"\",\"pid\":\"\"}" + SIO__ID_LEN + SIO__ID_LEN];
    struct sio__slice payload = {text, 0};
    struct sio__frame *packet;

    if (socket->record != NULL)
        payload.len = (size_t)snprintf(text, sizeof text, "{\"sid\":\"%s\",\"pid\":\"%s\"}",
                                       socket->id.ptr, socket->record->pid);
    else if (!socket->client->is_old)
        payload.len = (size_t)snprintf(text, sizeof text, "{\"sid\":\"%s\"}", socket->id.ptr);
    if (sio__encode_connect(parser_of(socket), sio__ns_name(socket->space->ns), payload, &packet) !=
        SIO_OK)
        return NULL;
    return packet;
}

/* True: it needs no record, or has one.  False: out of memory. */
static bool has_record(struct sio_socket *socket)
{
    return socket->space->ns->server->recovery == NULL || socket->client->is_old ||
           socket->record != NULL || sio__record_new(socket);
}

void sio__socket_connected(struct sio_socket *socket)
{
    const struct sio__ear *ear = socket->space->ns->ears.lists[SIO__EAR_CONNECTION].first;
    struct sio__frame *packet = has_record(socket) ? make_welcome(socket) : NULL;

    if (packet == NULL) {
        sio__client_discard(socket->client);
        return;
    }
    sio__client_send(socket->client, packet);
    sio__frame_rele(packet);
    if (socket->is_recovered && !sio__restore_replay(socket)) {
        sio__client_cut(socket->client); /* the application has not heard of it yet */
        return;
    }
    socket->state = SIO__CONNECTED;
    SIO__COUNT(stats_of(socket), sockets_connected);
    atomic_fetch_add_explicit(&socket->space->ns->socket_count, 1, memory_order_relaxed);
    sio__room_index_tell_own(&socket->member);
    sio__timer_stop(&socket->client->connecting);
    for (; ear != NULL && socket->state != SIO__LEFT; ear = ear->next)
        ear->call.connection(socket, ear->call.user);
}

/* What was sent before it is heard before it.  False: a listener has ended the socket. */
static bool tell_first(const struct sio_socket *socket)
{
    sio__outgoing_tell(socket->space->spaces);
    return socket->state == SIO__CONNECTED;
}

void sio__socket_take(struct sio_socket *socket, struct sio__packet *packet)
{
    if (socket->space->spaces->sent != NULL && !tell_first(socket))
        return;
    if (packet->type == SIO__EVENT)
        sio__incoming_event(socket, packet);
    else if (packet->type == SIO__ACK)
        sio__pending_answer(socket, packet);
    else
        sio__socket_leave(socket, "client namespace disconnect");
}

bool sio__socket_send_op(struct sio_socket *socket, const struct sio__op_spec *spec)
{
    struct sio__client *client = socket->client;

    sio__tours_catch_up(client);
    if (socket->space->is_heard && !sio__outgoing_note(socket, spec->packet)) {
        sio__socket_doom(socket, SIO__DOOM_DISCARD);
        return false;
    }
    if (!spec->is_volatile || sio__session_is_writable(client->session))
        return sio__client_send(client, spec->packet) == SIO_OK;
    SIO__COUNT(stats_of(socket), packets_dropped);
    return false;
}

/* --- ends ---------------------------------------------------------------------------------- */

/* kind: SIO__EAR_DISCONNECTING or SIO__EAR_DISCONNECT. */
static void run_disconnect(struct sio_socket *socket, enum sio__ear_kind kind, const char *reason)
{
    const struct sio__ear *ear;
    struct sio__walk walk;

    sio__socket_walk(socket, kind, &walk);
    while ((ear = sio__walk_next(&walk)) != NULL)
        ear->call.disconnect(socket, reason, ear->call.user);
    sio__walk_fini(&walk);
}

/* The connection is lost, and nobody has wanted it to end. */
static bool may_come_back(const struct sio_socket *socket, const char *reason)
{
    static const char *const reasons[] = {"ping timeout", "transport close", "transport error",
                                          "forced close", "forced server close"};

    if (socket->doom == SIO__DOOM_LEAVE || socket->doom == SIO__DOOM_CLOSE)
        return false;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reason, reasons[i]) == 0)
            return true;
    return false;
}

void sio__socket_leave(struct sio_socket *socket, const char *reason)
{
    struct sio_ns *ns = socket->space->ns;

    if (socket->state != SIO__CONNECTED)
        return;
    socket->state = SIO__LEAVING;
    if (socket->record != NULL && may_come_back(socket, reason))
        socket->record->lost = socket->record->altered = socket->space->spaces->reader.applied;
    else
        sio__record_forget(socket);
    sio__outgoing_tell(socket->space->spaces);
    run_disconnect(socket, SIO__EAR_DISCONNECTING, reason);
    sio__record_lose(socket);
    remove_socket(socket);
    atomic_fetch_sub_explicit(&ns->socket_count, 1, memory_order_relaxed);
    SIO__COUNT(stats_of(socket), sockets_disconnected);
    run_disconnect(socket, SIO__EAR_DISCONNECT, reason);
    sio__record_publish(socket);
}

/* False: out of memory. */
static bool tell(struct sio_socket *socket)
{
    struct sio__frame *packet;

    if (sio__encode_disconnect(parser_of(socket), sio__ns_name(socket->space->ns), &packet) !=
        SIO_OK)
        return false;
    sio__client_send(socket->client, packet);
    sio__frame_rele(packet);
    return true;
}

void sio__socket_evict(struct sio_socket *socket)
{
    if (socket->state != SIO__CONNECTED)
        return;
    if (socket->doom == SIO__DOOM_NONE && !tell(socket)) {
        sio__record_forget(socket);
        sio__client_discard(socket->client);
        return;
    }
    sio__socket_leave(socket, "server namespace disconnect");
}

void sio__socket_drop(struct sio_socket *socket)
{
    if (socket->state != SIO__JOINING)
        return;
    sio__join_free(socket);
    sio__record_lose(socket);
    remove_socket(socket);
    sio__record_publish(socket);
}

void sio__socket_doom(struct sio_socket *socket, enum sio__doom doom)
{
    struct sio__spaces *spaces = socket->space->spaces;

    if (doom != SIO__DOOM_DISCARD && !tell(socket)) {
        sio__record_forget(socket);
        doom = SIO__DOOM_DISCARD;
    }
    socket->doom = doom;
    socket->next_doomed = spaces->doomed;
    spaces->doomed = socket;
}

void sio__socket_meet_doom(struct sio_socket *socket)
{
    if (socket->state != SIO__CONNECTED)
        return;
    switch ((enum sio__doom)socket->doom) {
    case SIO__DOOM_NONE:
        break;
    case SIO__DOOM_LEAVE:
        sio__socket_evict(socket);
        break;
    case SIO__DOOM_CLOSE:
        sio__client_disconnect(socket->client);
        break;
    case SIO__DOOM_DISCARD:
        sio__client_discard(socket->client);
        break;
    }
}

void sio_socket_disconnect(sio_socket *socket, bool close)
{
    if (socket->state != SIO__CONNECTED)
        return;
    if (close)
        sio__client_disconnect(socket->client);
    else
        sio__socket_evict(socket);
}

/* --- what it is ---------------------------------------------------------------------------- */

const char *sio_socket_id(const sio_socket *socket)
{
    return socket->id.ptr;
}

sio_ns *sio_socket_ns(const sio_socket *socket)
{
    return socket->space->ns;
}

bool sio_socket_connected(const sio_socket *socket)
{
    return socket->state == SIO__CONNECTED || socket->state == SIO__LEAVING;
}

void sio_socket_set_data(sio_socket *socket, void *data, void (*free_data)(void *data))
{
    void (*free_old)(void *data) = socket->free_data;
    void *old = socket->data;

    socket->data = data;
    socket->free_data = free_data;
    if (free_old != NULL && old != data)
        free_old(old);
}

void *sio_socket_data(const sio_socket *socket)
{
    return socket->data;
}

bool sio_socket_recovered(const sio_socket *socket)
{
    return socket->is_recovered;
}

/* --- rooms --------------------------------------------------------------------------------- */

static bool set_room(struct sio_socket *socket, struct sio__slice room, bool is_in)
{
    if (is_in)
        return sio__room_index_join(&socket->member, room);
    sio__room_index_leave(&socket->member, room);
    return true;
}

bool sio__socket_set_room(struct sio_socket *socket, struct sio__slice room, bool is_in,
                          uint64_t place)
{
    sio__tours_catch_up(socket->client);
    if (socket->record == NULL)
        return set_room(socket, room, is_in);
    if (sio__room_index_contains(&socket->member, room) == is_in)
        return true;
    if (!set_room(socket, room, is_in))
        return false;
    sio__room_history_add(&socket->record->history, room, is_in, place);
    return true;
}

static uint64_t present_place(const struct sio_socket *socket)
{
    return socket->space->spaces->reader.applied;
}

sio_err sio_socket_join_n(sio_socket *socket, const char *room, size_t len)
{
    if (socket->state == SIO__LEFT)
        return SIO_OK;
    return sio__socket_set_room(socket, sio__slice_make(room, len), true, present_place(socket))
               ? SIO_OK
               : SIO_ENOMEM;
}

sio_err sio_socket_join(sio_socket *socket, const char *room)
{
    return sio_socket_join_n(socket, room, strlen(room));
}

void sio_socket_leave_n(sio_socket *socket, const char *room, size_t len)
{
    if (socket->state != SIO__LEFT)
        sio__socket_set_room(socket, sio__slice_make(room, len), false, present_place(socket));
}

void sio_socket_leave(sio_socket *socket, const char *room)
{
    sio_socket_leave_n(socket, room, strlen(room));
}

bool sio_socket_in_room(const sio_socket *socket, const char *room)
{
    return socket->state != SIO__LEFT &&
           sio__room_index_contains(&socket->member, sio__slice_of(room));
}

void sio_socket_each_room(const sio_socket *socket, void (*each)(sio_str room, void *user),
                          void *user)
{
    size_t count = socket->state != SIO__LEFT ? sio__member_room_count(&socket->member) : 0;

    for (size_t i = 0; i < count; i++) {
        struct sio__slice room = sio__member_room(&socket->member, i);

        each((sio_str){room.ptr, room.len}, user);
    }
}
