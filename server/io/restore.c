#include "server/io/restore.h"

#include "protocol/json_token.h"
#include "protocol/sio_offset.h"
#include "server/io/middleware.h"
#include "server/io/recovery.h"

enum { BATCH = 64, HOPS_MAX = 4 };

/* What a client asks for. */
struct wish {
    struct sio__slice pid;
    uint64_t offset; /* 0: it has received nothing */
};

/* Two references: the join's, and that of who has the letter. */
struct sio__claim {
    struct sio__letter letter; /* first */
    _Atomic uint32_t refs;
    struct sio__home *home;    /* where the join waits */
    struct sio_socket *socket; /* home thread; NULL: it does not wait any more */
    unsigned hops;
    uint64_t ticket;
    uint64_t offset;
    char pid[SIO__ID_LEN];
};

static struct sio__recovery *recovery_of(const struct sio_socket *socket)
{
    return socket->space->ns->server->recovery;
}

/* --- what the client says ------------------------------------------------------------------ */

/* The strings `pid` and `offset` at the top of the auth, as JSON.parse() would see them. */
static void read_auth(struct sio__slice auth, struct sio__json_token *pid,
                      struct sio__json_token *offset)
{
    struct sio__json_cursor cursor = sio__json_cursor_of(auth.ptr, auth.len);
    struct sio__json_token token, *into = NULL;
    size_t depth = 0;

    while ((token = sio__json_next(&cursor)).kind != SIO__TOKEN_END) {
        if (into != NULL)
            *into = token;
        into = NULL;
        if (token.kind == SIO__TOKEN_ARRAY || token.kind == SIO__TOKEN_OBJECT)
            depth++;
        else if (token.kind == SIO__TOKEN_CLOSE)
            depth--;
        else if (token.kind == SIO__TOKEN_KEY && depth == 1)
            into = sio__json_token_is(&token, SIO__SLICE("pid"))      ? pid
                   : sio__json_token_is(&token, SIO__SLICE("offset")) ? offset
                                                                      : NULL;
    }
}

/* False: nothing, or nothing that we could have given. */
static bool read_wish(struct sio__slice auth, struct wish *wish)
{
    struct sio__json_token pid = {SIO__TOKEN_END}, offset = {SIO__TOKEN_END};

    read_auth(auth, &pid, &offset);
    wish->pid = pid.bytes;
    wish->offset = 0;
    return pid.kind == SIO__TOKEN_STRING &&
           (offset.kind == SIO__TOKEN_END ||
            (offset.kind == SIO__TOKEN_STRING && sio__offset_read(offset.bytes, &wish->offset)));
}

/* --- what was missed ----------------------------------------------------------------------- */

/* Was it in the room when this op came? */
static bool was_in(const struct sio_socket *socket, struct sio__slice room, uint64_t op)
{
    bool is_in = sio__room_index_contains(&socket->member, room);

    return sio__room_history_was_in(&socket->record->history, room, is_in, op);
}

static bool was_in_any(const struct sio_socket *socket, const struct sio__slice *rooms,
                       size_t count, uint64_t op)
{
    for (size_t i = 0; i < count; i++)
        if (was_in(socket, rooms[i], op))
            return true;
    return false;
}

/* What sio__spaces_apply() would have decided then. */
static bool was_meant(const struct sio_socket *socket, const struct sio__op_spec *spec)
{
    const struct sio__target *target = &spec->target;

    if (!sio__slice_eq(spec->nsp, sio__ns_name(socket->space->ns)))
        return false;
    if (spec->is_own)
        return sio__slice_eq(target->rooms[0], socket->id);
    if (target->sender.ptr != NULL && was_in(socket, target->sender, spec->seq))
        return false;
    return !was_in_any(socket, target->except, target->except_count, spec->seq) &&
           (target->room_count == 0 ||
            was_in_any(socket, target->rooms, target->room_count, spec->seq));
}

/* False: no more. */
typedef bool visit_fn(struct sio_socket *socket, const struct sio__op_spec *spec);

/* Shows it the kept ops that were meant for it, from a place up to where its worker is.  False:
 * some of them are not kept any more, or the visitor has stopped. */
static bool each_missed(struct sio_socket *socket, uint64_t after, visit_fn *visit)
{
    uint64_t until = socket->space->spaces->reader.applied;
    struct sio__op *ops[BATCH];
    bool goes_on = true;
    size_t count;

    do {
        bool is_whole;

        count =
            sio__ordered_read(recovery_of(socket)->ordered, after, until, ops, BATCH, &is_whole);
        goes_on = goes_on && is_whole;
        for (size_t i = 0; i < count; i++) {
            const struct sio__op_spec *spec = &ops[i]->spec;

            after = spec->seq;
            goes_on = goes_on && (!was_meant(socket, spec) || visit(socket, spec));
            sio__op_rele(ops[i]);
        }
    } while (goes_on && count == BATCH);
    return goes_on;
}

/* After this place is what its client may have missed: nothing was sent to it after the loss, and
 * before it only what the client has not confirmed. */
static uint64_t missed_after(const struct sio__record *record)
{
    return record->offset >= record->sent ? record->lost : record->offset;
}

static bool replay_one(struct sio_socket *socket, const struct sio__op_spec *spec)
{
    struct sio__client *client = socket->client;

    if (spec->kind != SIO__OP_EMIT)
        return true;
    socket->record->sent = spec->seq;
    if (client->session != NULL)
        sio__session_allow(client->session, sio__frame_chain_bytes(spec->packet));
    return sio__client_send(client, spec->packet) == SIO_OK;
}

bool sio__restore_replay(struct sio_socket *socket)
{
    struct sio__record *record = socket->record;
    uint64_t after = missed_after(record);

    if (after < record->history.floor || !each_missed(socket, after, replay_one))
        return false;
    record->lost_ms = 0;
    SIO__COUNT(&socket->space->spaces->worker->stats, sockets_recovered);
    return true;
}

/* --- the socket as it was ------------------------------------------------------------------ */

static bool is_known(const struct sio__record *record, struct sio__recovery *recovery)
{
    uint64_t after = missed_after(record);
    bool is_whole;

    sio__ordered_read(recovery->ordered, after, after, NULL, 0, &is_whole);
    return is_whole && record->offset <= record->lost && after >= record->history.floor;
}

static bool rejoin(struct sio_socket *socket)
{
    struct sio__record *record = socket->record;
    bool is_in_own = false;

    for (size_t i = 0; i < record->room_count; i++) {
        is_in_own = is_in_own || sio__slice_eq(record->rooms[i], socket->id);
        if (!sio__room_index_join(&socket->member, record->rooms[i]))
            return false;
    }
    if (!is_in_own)
        sio__room_index_leave(&socket->member, socket->id);
    sio__free(record->rooms);
    record->rooms = NULL;
    return true;
}

/* What was done to its rooms while it was away. */
static bool alter(struct sio_socket *socket, const struct sio__op_spec *spec)
{
    bool joins = spec->kind == SIO__OP_JOIN;

    if (spec->kind == SIO__OP_DISCONNECT)
        return false;
    for (size_t i = 0; i < spec->name_count && spec->kind != SIO__OP_EMIT; i++)
        if (!sio__socket_set_room(socket, spec->names[i], joins, spec->seq))
            return false;
    return true;
}

static enum sio__restore resume(struct sio_socket *socket, struct sio__record *record,
                                uint64_t offset)
{
    /* What was sent to it elsewhere must not come again here. */
    sio__ordered_catch_up(recovery_of(socket)->ordered, &socket->space->spaces->reader);
    socket->record = record;
    record->socket = socket;
    record->offset = offset > record->base ? offset : record->base;
    if (!is_known(record, recovery_of(socket))) {
        SIO__COUNT(&socket->space->spaces->worker->stats, recoveries_failed);
        sio__record_forget(socket);
        return SIO__RESTORE_DONE;
    }
    socket->data = record->data;
    socket->free_data = record->free_data;
    record->free_data = NULL;
    if (!sio__socket_rename(socket, record->sid) || !rejoin(socket))
        return SIO__RESTORE_NOMEM;
    if (!each_missed(socket, record->altered, alter) ||
        missed_after(record) < record->history.floor) {
        /* It was disconnected while it was away, or its rooms changed too often to be told (or
         * there is no memory). */
        SIO__COUNT(&socket->space->spaces->worker->stats, recoveries_failed);
        sio__record_forget(socket);
        return SIO__RESTORE_CLOSE;
    }
    record->altered = socket->space->spaces->reader.applied;
    socket->is_recovered = true;
    return SIO__RESTORE_DONE;
}

/* --- claims -------------------------------------------------------------------------------- */

static void claim_rele(struct sio__claim *claim)
{
    if (atomic_fetch_sub_explicit(&claim->refs, 1, memory_order_acq_rel) != 1)
        return;
    sio__home_rele(claim->home);
    sio__free(claim);
}

void sio__claim_give_up(struct sio__claim *claim)
{
    claim->socket = NULL;
    claim_rele(claim);
}

static void drop(struct sio__letter *letter)
{
    claim_rele((struct sio__claim *)letter);
}

/* The letter goes on to a worker; if that has ended, the server is about to. */
static void post(struct sio__claim *claim, struct sio__home *to,
                 void (*deliver)(struct sio__letter *letter, void *worker))
{
    claim->letter = (struct sio__letter){NULL, deliver, drop};
    if (!sio__home_post(to, &claim->letter))
        claim_rele(claim);
}

static void on_back(struct sio__letter *letter, void *worker);

/* At the holder: the old connection is dead, or the client's other one. */
static void on_claimed(struct sio__letter *letter, void *arg)
{
    struct sio__claim *claim = (struct sio__claim *)letter;
    struct sio__worker *worker = arg;
    struct sio_socket *socket = sio__recovery_held(
        worker->server->recovery, sio__slice_make(claim->pid, SIO__ID_LEN), worker->spaces->home);

    if (socket != NULL) {
        SIO__COUNT(&worker->stats, recovery_takeovers);
        sio__client_cut(socket->client);
    }
    post(claim, claim->home, on_back);
}

/* Tries once.  WAIT: the letter is on its way. */
static enum sio__restore attempt(struct sio_socket *socket, struct sio__claim *claim)
{
    struct sio__recovery *recovery = recovery_of(socket);
    struct sio__record *record;
    struct sio__home *holder;

    switch (sio__recovery_claim(recovery, sio__slice_make(claim->pid, SIO__ID_LEN),
                                sio__ns_name(socket->space->ns), socket->space->spaces,
                                &claim->ticket, &record, &holder)) {
    case SIO__CLAIM_TAKEN:
        return resume(socket, record, claim->offset);
    case SIO__CLAIM_HELD:
        if (claim->hops++ < HOPS_MAX) {
            post(claim, holder, on_claimed);
            sio__home_rele(holder);
            return SIO__RESTORE_WAIT;
        }
        sio__home_rele(holder);
        break;
    case SIO__CLAIM_NONE:
        break;
    }
    SIO__COUNT(&socket->space->spaces->worker->stats, recoveries_failed);
    return SIO__RESTORE_DONE;
}

/* Back where the join waits: the old socket is lost by now, or somebody else has it. */
static void on_back(struct sio__letter *letter, void *worker)
{
    struct sio__claim *claim = (struct sio__claim *)letter;
    struct sio_socket *socket = claim->socket;
    enum sio__restore result;

    (void)worker;
    if (socket == NULL) {
        claim_rele(claim);
        return;
    }
    if ((result = attempt(socket, claim)) == SIO__RESTORE_WAIT)
        return;
    claim_rele(claim);
    sio__join_restored(socket, result);
}

enum sio__restore sio__restore_begin(struct sio_socket *socket, struct sio__claim **out)
{
    struct sio__slice auth = sio__slice_make(socket->auth, socket->auth_len);
    struct sio__claim *claim;
    enum sio__restore result;
    struct wish wish;

    if (recovery_of(socket) == NULL || socket->client->is_old || !read_wish(auth, &wish))
        return SIO__RESTORE_DONE;
    if (wish.pid.len != SIO__ID_LEN) {
        SIO__COUNT(&socket->space->spaces->worker->stats, recoveries_failed);
        return SIO__RESTORE_DONE;
    }
    if ((claim = sio__calloc(1, sizeof *claim)) == NULL)
        return SIO__RESTORE_NOMEM;
    atomic_init(&claim->refs, 2);
    claim->home = sio__home_hold(socket->space->spaces->home);
    claim->socket = socket;
    claim->offset = wish.offset;
    memcpy(claim->pid, wish.pid.ptr, SIO__ID_LEN);
    if ((result = attempt(socket, claim)) == SIO__RESTORE_WAIT) {
        *out = claim;
        return result;
    }
    claim_rele(claim);
    claim_rele(claim);
    return result;
}
