#include "server/io/recovery.h"

#include "protocol/sio_encoder.h"
#include "server/io/socket.h"

enum { TAKEOVERS_MAX = 32, TAKEOVERS_APART_MS = 30000 };

static const sio_connection_state_recovery *config_of(const struct sio__recovery *recovery)
{
    return &recovery->server->config.connection_state_recovery;
}

static struct sio__recovery *recovery_of(const struct sio_socket *socket)
{
    return socket->space->ns->server->recovery;
}

/* --- life of records ----------------------------------------------------------------------- */

static void free_rooms(struct sio__record *record)
{
    sio__free(record->rooms);
    record->rooms = NULL;
    record->room_count = 0;
}

static void record_free(struct sio__record *record)
{
    if (record->free_data != NULL)
        record->free_data(record->data);
    if (record->home != NULL)
        sio__home_rele(record->home);
    free_rooms(record);
    sio__room_history_fini(&record->history);
    sio__free(record);
}

static bool add(struct sio__recovery *recovery, struct sio__record *record)
{
    uv_mutex_lock(&recovery->lock);
    HASH_ADD(hh, recovery->by_pid, pid, SIO__ID_LEN, record);
    uv_mutex_unlock(&recovery->lock);
    return SIO__TABLE_ADDED(hh, record);
}

bool sio__record_new(struct sio_socket *socket)
{
    struct sio__spaces *spaces = socket->space->spaces;
    struct sio__slice nsp = sio__ns_name(socket->space->ns);
    struct sio__record *record = sio__calloc(1, sizeof *record + nsp.len);

    if (record == NULL)
        return false;
    memcpy(record->sid, socket->id.ptr, SIO__ID_LEN);
    memcpy(record->nsp, nsp.ptr, nsp.len);
    record->nsp_len = nsp.len;
    record->home = sio__home_hold(spaces->home);
    record->socket = socket;
    record->base = record->sent = spaces->reader.applied;
    if (!sio__id_make(record->pid, spaces->worker->index, spaces->id_counter++) ||
        !add(recovery_of(socket), record)) {
        record_free(record);
        return false;
    }
    socket->record = record;
    return true;
}

/* --- the lost, oldest first; under the lock ------------------------------------------------ */

static void unlink_lost(struct sio__recovery *recovery, struct sio__record *record)
{
    struct sio__record **older = record->newer != NULL ? &record->newer->older : &recovery->newest;
    struct sio__record **newer = record->older != NULL ? &record->older->newer : &recovery->oldest;

    *older = record->older;
    *newer = record->newer;
    record->older = record->newer = NULL;
    recovery->lost_count--;
}

/* One whose join was given up comes back with the time of its loss; others are the newest. */
static void link_lost(struct sio__recovery *recovery, struct sio__record *record)
{
    struct sio__record *older = recovery->newest;

    while (older != NULL && older->lost_ms > record->lost_ms)
        older = older->older;
    record->older = older;
    record->newer = older != NULL ? older->newer : recovery->oldest;
    *(older != NULL ? &older->newer : &recovery->oldest) = record;
    *(record->newer != NULL ? &record->newer->older : &recovery->newest) = record;
    recovery->lost_count++;
}

static struct sio__record *take_oldest(struct sio__recovery *recovery)
{
    struct sio__record *record = recovery->oldest;

    unlink_lost(recovery, record);
    HASH_DEL(recovery->by_pid, record);
    return record;
}

static bool is_too_old(const struct sio__recovery *recovery, const struct sio__record *record)
{
    return sio__worker_clock() - record->lost_ms > config_of(recovery)->max_disconnection_ms;
}

/* --- a socket's record --------------------------------------------------------------------- */

static bool save_rooms(struct sio__record *record, const struct sio__member *member)
{
    size_t count = sio__member_room_count(member), bytes = 0;
    char *at;

    for (size_t i = 0; i < count; i++)
        bytes += sio__member_room(member, i).len;
    free_rooms(record);
    if ((record->rooms = sio__malloc(count * sizeof *record->rooms + bytes)) == NULL)
        return false;
    at = (char *)(record->rooms + count);
    record->room_count = count;
    for (size_t i = 0; i < count; i++) {
        struct sio__slice room = sio__member_room(member, i);

        memcpy(at, room.ptr, room.len);
        record->rooms[i] = sio__slice_make(at, room.len);
        at += room.len;
    }
    return true;
}

void sio__record_note(struct sio_socket *socket, const struct sio__op_spec *event)
{
    if (socket->record != NULL && event->has_offset && !event->is_volatile)
        socket->record->sent = event->seq;
}

/* Before its CONNECT packet a socket is told nothing that counts: its client has what it had. */
static void stamp_early(const struct sio_socket *socket, struct sio__frame *packet)
{
    sio__stamp(packet, socket->record != NULL ? socket->record->offset
                                              : socket->space->spaces->reader.applied);
}

bool sio__record_own_event(struct sio_socket *socket, struct sio__frame *packet, bool is_volatile)
{
    struct sio__op_spec spec = {.kind = SIO__OP_EMIT,
                                .is_volatile = is_volatile,
                                .has_offset = true,
                                .is_own = true,
                                .nsp = sio__ns_name(socket->space->ns),
                                .target = {.rooms = &socket->id, .room_count = 1},
                                .packet = packet};
    struct sio__op *op;

    if (socket->state != SIO__CONNECTED || socket->record == NULL) {
        stamp_early(socket, packet);
        return true;
    }
    if ((op = sio__op_new(&spec)) == NULL)
        return false;
    sio__ordered_place(recovery_of(socket)->ordered, &socket->space->spaces->reader, op);
    sio__record_note(socket, &op->spec);
    sio__op_rele(op);
    return true;
}

void sio__record_lose(struct sio_socket *socket)
{
    struct sio__record *record = socket->record;

    if (record != NULL && record->rooms == NULL && !save_rooms(record, &socket->member))
        sio__record_forget(socket);
}

void sio__record_forget(struct sio_socket *socket)
{
    struct sio__recovery *recovery = recovery_of(socket);
    struct sio__record *record = socket->record;

    if (record == NULL)
        return;
    socket->record = NULL;
    uv_mutex_lock(&recovery->lock);
    HASH_DEL(recovery->by_pid, record);
    uv_mutex_unlock(&recovery->lock);
    record_free(record);
}

void sio__record_publish(struct sio_socket *socket)
{
    struct sio__recovery *recovery = recovery_of(socket);
    struct sio__record *record = socket->record, *crowded = NULL;
    struct sio__home *home;

    if (record == NULL)
        return;
    socket->record = NULL;
    record->socket = NULL;
    record->data = socket->data;
    record->free_data = socket->free_data;
    socket->data = NULL;
    socket->free_data = NULL;
    uv_mutex_lock(&recovery->lock);
    home = record->home;
    record->home = NULL;
    if (record->lost_ms == 0)
        record->lost_ms = sio__worker_clock();
    link_lost(recovery, record);
    if (recovery->lost_count > config_of(recovery)->max_sessions) {
        crowded = take_oldest(recovery);
        recovery->crowded++;
    }
    uv_mutex_unlock(&recovery->lock);
    sio__home_rele(home);
    if (crowded != NULL)
        record_free(crowded);
}

/* --- claims -------------------------------------------------------------------------------- */

static struct sio__record *find(const struct sio__recovery *recovery, struct sio__slice pid)
{
    struct sio__record *record = NULL;

    if (pid.len == SIO__ID_LEN)
        HASH_FIND(hh, recovery->by_pid, pid.ptr, SIO__ID_LEN, record);
    return record;
}

/* Two clients that share a pid would take it from each other for ever; a client on a bad link takes
 * its own over a few times. */
static bool may_take_over(struct sio__record *record)
{
    uint64_t now_ms = sio__worker_clock();

    if (now_ms - record->taken_over_ms > TAKEOVERS_APART_MS)
        record->takeovers = 0;
    record->taken_over_ms = now_ms;
    return record->takeovers++ < TAKEOVERS_MAX;
}

/* A claim that another one has overtaken is of a connection that is lost by now. */
static bool is_latest(struct sio__recovery *recovery, struct sio__record *record, uint64_t *ticket)
{
    if (*ticket == 0)
        *ticket = ++recovery->tickets;
    if (*ticket < record->ticket)
        return false;
    record->ticket = *ticket;
    return true;
}

enum sio__claim_result sio__recovery_claim(struct sio__recovery *recovery, struct sio__slice pid,
                                           struct sio__slice nsp, struct sio__spaces *spaces,
                                           uint64_t *ticket, struct sio__record **record,
                                           struct sio__home **holder)
{
    enum sio__claim_result result = SIO__CLAIM_NONE;
    struct sio__record *found;

    uv_mutex_lock(&recovery->lock);
    found = find(recovery, pid);
    if (found == NULL || !sio__slice_eq(sio__slice_make(found->nsp, found->nsp_len), nsp) ||
        !is_latest(recovery, found, ticket)) {
        /* not for this client */
    } else if (found->home == NULL && !is_too_old(recovery, found)) {
        unlink_lost(recovery, found);
        found->home = sio__home_hold(spaces->home);
        *record = found;
        result = SIO__CLAIM_TAKEN;
    } else if (found->home != NULL && may_take_over(found)) {
        *holder = sio__home_hold(found->home);
        result = SIO__CLAIM_HELD;
    }
    uv_mutex_unlock(&recovery->lock);
    return result;
}

struct sio_socket *sio__recovery_held(struct sio__recovery *recovery, struct sio__slice pid,
                                      const struct sio__home *home)
{
    const struct sio__record *record;

    uv_mutex_lock(&recovery->lock);
    record = find(recovery, pid);
    if (record != NULL && record->home != home)
        record = NULL;
    uv_mutex_unlock(&recovery->lock);
    return record != NULL ? record->socket : NULL; /* this thread's own */
}

/* --- time ---------------------------------------------------------------------------------- */

static struct sio__record *take_expired(struct sio__recovery *recovery, uint64_t *crowded)
{
    struct sio__record *record = NULL;

    uv_mutex_lock(&recovery->lock);
    if (recovery->oldest != NULL && is_too_old(recovery, recovery->oldest))
        record = take_oldest(recovery);
    *crowded = recovery->crowded;
    uv_mutex_unlock(&recovery->lock);
    return record;
}

void sio__recovery_expire(struct sio__recovery *recovery, struct sio__worker *worker)
{
    struct sio__record *record;
    uint64_t sessions, packets;

    while ((record = take_expired(recovery, &sessions)) != NULL)
        record_free(record);
    packets = sio__ordered_expire(recovery->ordered, sio__worker_clock());
    atomic_store_explicit(&worker->stats.recovery_sessions_dropped, sessions, memory_order_relaxed);
    atomic_store_explicit(&worker->stats.recovery_packets_dropped, packets, memory_order_relaxed);
}

/* --- life ---------------------------------------------------------------------------------- */

struct sio__recovery *sio__recovery_new(sio_server *server, struct sio__adapter *ordered)
{
    struct sio__recovery *recovery = sio__calloc(1, sizeof *recovery);

    if (recovery == NULL)
        return NULL;
    if (uv_mutex_init(&recovery->lock) != 0) {
        sio__free(recovery);
        return NULL;
    }
    recovery->server = server;
    recovery->ordered = (struct sio__ordered *)ordered;
    return recovery;
}

void sio__recovery_clear(struct sio__recovery *recovery)
{
    while (recovery->oldest != NULL)
        record_free(take_oldest(recovery));
}

void sio__recovery_free(struct sio__recovery *recovery)
{
    if (recovery == NULL)
        return;
    sio__recovery_clear(recovery);
    uv_mutex_destroy(&recovery->lock);
    sio__free(recovery);
}
