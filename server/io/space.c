#include "server/io/space.h"

#include "protocol/mem.h"
#include "rooms/selection.h"
#include "server/io/chain.h"
#include "server/io/client.h"
#include "server/io/crowd.h"
#include "server/io/fetch.h"
#include "server/io/outgoing.h"
#include "server/io/recovery.h"
#include "server/io/room_changes.h"
#include "server/io/server_side.h"
#include "server/io/socket.h"
#include "server/io/survey.h"
#include "server/io/tour.h"

enum { EXPIRE_MS = 5000 }; /* from one look at what is kept for too long to the next */

struct sio__space *sio__spaces_find(const struct sio__spaces *spaces, struct sio__slice name)
{
    struct sio__space *space;

    HASH_FIND(hh, spaces->by_name, name.ptr, name.len, space);
    return space;
}

/* --- life ---------------------------------------------------------------------------------- */

/* In no table.  NULL: out of memory. */
static struct sio__space *space_new(struct sio__spaces *spaces, struct sio_ns *ns)
{
    struct sio__space *space = sio__calloc(1, sizeof *space);

    if (space == NULL)
        return NULL;
    space->ns = ns;
    space->spaces = spaces;
    space->is_heard = ns->ears.lists[SIO__EAR_ANY_OUTGOING].first != NULL;
    sio__room_index_init(&space->rooms);
    space->rooms.census = &spaces->census;
    space->rooms.census_key = sio__room_index_hash(sio__ns_name(ns));
    sio__room_changes_init(space);
    return space;
}

struct sio__space *sio__spaces_add(struct sio__spaces *spaces, struct sio_ns *ns)
{
    struct sio__space *space = space_new(spaces, ns);

    if (space != NULL) {
        HASH_ADD_KEYPTR(hh, spaces->by_name, ns->name, ns->name_len, space);
        if (SIO__TABLE_ADDED(hh, space))
            return space;
    }
    sio__free(space);
    sio__registry_leave(ns->server->registry, ns);
    return NULL;
}

struct sio__space *sio__spaces_limbo(struct sio__spaces *spaces, struct sio__slice name)
{
    struct sio_ns *ns = sio__ns_new(spaces->worker->server, sio__slice_from(name, 1), true);
    struct sio__space *space;

    if (ns == NULL)
        return NULL;
    if ((space = space_new(spaces, ns)) == NULL) {
        sio_ns_rele(ns);
        return NULL;
    }
    space->is_limbo = true;
    return space;
}

static void space_free(struct sio__space *space)
{
    struct sio__spaces *spaces = space->spaces;
    struct sio_ns *ns = space->ns;

    if (!space->is_limbo)
        HASH_DEL(spaces->by_name, space);
    sio__room_index_fini(&space->rooms);
    if (space->is_limbo)
        sio_ns_rele(ns);
    else
        sio__registry_leave(ns->server->registry, ns);
    sio__free(space);
}

void sio__space_rele(struct sio__space *space)
{
    if (--space->users == 0 && space->ns->is_counted)
        space_free(space);
}

static void on_expiring(struct sio__timer *timer)
{
    struct sio__spaces *spaces =
        (struct sio__spaces *)((char *)timer - offsetof(struct sio__spaces, expiring));
    struct sio__worker *worker = spaces->worker;

    sio__recovery_expire(worker->server->recovery, worker);
    sio__timer_start(&worker->timers, timer, sio__worker_now(worker), EXPIRE_MS);
}

static void begin_recovery(struct sio__spaces *spaces)
{
    struct sio__worker *worker = spaces->worker;

    sio__ordered_attach(worker->server->recovery->ordered, &spaces->reader, spaces);
    if (worker->index != 0)
        return;
    spaces->expiring.fire = on_expiring;
    sio__timer_start(&worker->timers, &spaces->expiring, sio__worker_now(worker), EXPIRE_MS);
}

static void end_recovery(struct sio__spaces *spaces)
{
    struct sio__recovery *recovery = spaces->worker->server->recovery;

    sio__timer_stop(&spaces->expiring);
    if (recovery != NULL && sio__ordered_detach(recovery->ordered, &spaces->reader))
        sio__recovery_clear(recovery);
}

struct sio__spaces *sio__spaces_new(struct sio__worker *worker)
{
    struct sio__spaces *spaces = sio__calloc(1, sizeof *spaces);
    const struct sio_config *config = &worker->server->config;

    if (spaces == NULL)
        return NULL;
    spaces->worker = worker;
    spaces->decided_end = &spaces->decided;
    spaces->sent_end = &spaces->sent;
    spaces->tours.end = &spaces->tours.first;
    spaces->jobs_end = &spaces->jobs;
    spaces->settled_end = &spaces->settled;
    if ((spaces->home = sio__home_new(worker)) == NULL ||
        !sio__census_part_init(&spaces->census, worker->server->census, worker->index))
        goto fail;
    for (struct sio_ns *ns = sio__registry_fixed(worker->server->registry); ns != NULL;
         ns = ns->next)
        if (sio__spaces_add(spaces, ns) == NULL)
            goto fail;
    sio__timers_pin(&worker->timers, config->connect_timeout_ms);
    sio__timers_pin(&worker->timers, config->attachment_wait_ms);
    if (worker->server->recovery != NULL)
        begin_recovery(spaces);
    return spaces;

fail:
    sio__spaces_free(spaces);
    return NULL;
}

static bool do_one(struct sio__spaces *spaces);

void sio__spaces_free(struct sio__spaces *spaces)
{
    struct sio__space *space, *next;

    if (spaces == NULL)
        return;
    while (do_one(spaces))
        ;
    sio__tours_finish(spaces);
    end_recovery(spaces);
    HASH_ITER (hh, spaces->by_name, space, next)
        space_free(space);
    sio__census_part_fini(&spaces->census);
    if (spaces->home != NULL)
        sio__home_close(spaces->home);
    sio__free(spaces);
}

/* --- turns --------------------------------------------------------------------------------- */

static void do_job(struct sio__spaces *spaces)
{
    struct sio__job *job = spaces->jobs;

    spaces->jobs = job->next;
    if (spaces->jobs == NULL)
        spaces->jobs_end = &spaces->jobs;
    job->run(job);
}

void sio__spaces_add_job(struct sio__spaces *spaces, struct sio__job *job)
{
    job->next = NULL;
    *spaces->jobs_end = job;
    spaces->jobs_end = &job->next;
}

/* The order matters: what is told, doomed or decided, or what a job knows of, may be gone as well,
 * and is freed only after. */
static bool do_one(struct sio__spaces *spaces)
{
    struct sio_socket *socket;
    struct sio__client *client;

    if (spaces->sent != NULL) {
        sio__outgoing_tell(spaces);
    } else if ((socket = spaces->doomed) != NULL) {
        spaces->doomed = socket->next_doomed;
        sio__socket_meet_doom(socket);
    } else if (spaces->decided != NULL) {
        sio__chain_resume(spaces);
    } else if (spaces->jobs != NULL) {
        do_job(spaces);
    } else if (spaces->settled != NULL) {
        sio__survey_finish_one(spaces);
    } else if ((socket = spaces->gone) != NULL) {
        spaces->gone = socket->next;
        sio__socket_free(socket);
    } else if ((client = spaces->gone_clients) != NULL) {
        spaces->gone_clients = client->next_gone;
        sio__client_rele(client);
    } else {
        return false;
    }
    return true;
}

bool sio__spaces_turn(struct sio__worker *worker)
{
    bool is_done = false;

    while (do_one(worker->spaces))
        is_done = true;
    return is_done;
}

static void shut_down(struct sio__space *space)
{
    struct sio__room_index *rooms = &space->rooms;

    while (rooms->member_count > 0) {
        struct sio_socket *socket = sio__socket_of(rooms->members[rooms->member_count - 1]);

        sio__socket_leave(socket, "server shutting down");
        sio__socket_drop(socket);
    }
}

/* What was emitted before goes out, as far as the sockets take it. */
static void send_all(struct sio__worker *worker)
{
    sio__tours_finish(worker->spaces);
    while (sio__sessions_turn_bulk(&worker->sessions) || sio__sessions_turn(&worker->sessions))
        ;
}

void sio__spaces_shutdown(struct sio__worker *worker)
{
    struct sio__space *space, *next;

    send_all(worker);
    HASH_ITER (hh, worker->spaces->by_name, space, next)
        shut_down(space);
    sio__surveys_close(worker->spaces);
}

/* --- ops ----------------------------------------------------------------------------------- */

static void join(struct sio_socket *socket, const struct sio__op_spec *spec)
{
    for (size_t i = 0; i < spec->name_count; i++) {
        if (sio__socket_set_room(socket, spec->names[i], true, spec->seq))
            continue;
        sio__socket_doom(socket, SIO__DOOM_DISCARD);
        return;
    }
}

static void leave(struct sio_socket *socket, const struct sio__op_spec *spec)
{
    for (size_t i = 0; i < spec->name_count; i++)
        sio__socket_set_room(socket, spec->names[i], false, spec->seq);
}

static void apply(struct sio_socket *socket, const struct sio__op_spec *spec)
{
    switch (spec->kind) {
    case SIO__OP_EMIT:
        if (spec->seq != 0)
            sio__record_note(socket, spec);
        sio__socket_send_op(socket, spec);
        break;
    case SIO__OP_JOIN:
        join(socket, spec);
        break;
    case SIO__OP_LEAVE:
        leave(socket, spec);
        break;
    case SIO__OP_DISCONNECT:
        sio__socket_doom(socket, spec->close ? SIO__DOOM_CLOSE : SIO__DOOM_LEAVE);
        break;
    case SIO__OP_EMIT_ACK:
    case SIO__OP_FETCH:
    case SIO__OP_SERVER_EMIT:
        break; /* of no single socket */
    }
}

size_t sio__space_count(struct sio__space *space, const struct sio__target *target)
{
    struct sio__selection selection;
    size_t count = 0;

    sio__selection_init(&selection, &space->rooms, target);
    while (sio__socket_next(&selection) != NULL)
        count++;
    return count;
}

static void apply_to_each(struct sio__space *space, const struct sio__op_spec *spec)
{
    struct sio__selection selection;
    struct sio_socket *socket;

    sio__selection_init(&selection, &space->rooms, &spec->target);
    while ((socket = sio__socket_next(&selection)) != NULL)
        apply(socket, spec);
}

/* A namespace that was made while the server runs has no part on a worker where nobody has joined
 * it, but its server-side handlers are there as well.  Of a child that goes when it is empty there
 * is nothing here.  NULL: it is not for this worker, or *err. */
static struct sio__space *enter_late(struct sio__spaces *spaces, struct sio__slice name,
                                     sio_err *err)
{
    struct sio__registry *registry = spaces->worker->server->registry;
    struct sio_ns *ns = sio__registry_enter(registry, name);
    struct sio__space *space;

    if (ns == NULL)
        return NULL;
    if (ns->is_counted) {
        sio__registry_leave(registry, ns);
        return NULL;
    }
    if ((space = sio__spaces_add(spaces, ns)) == NULL) {
        SIO__COUNT(&spaces->worker->stats, out_of_memory);
        *err = SIO_ENOMEM;
    }
    return space;
}

void sio__spaces_apply(struct sio__spaces *spaces, struct sio__op *op)
{
    struct sio__space *space = sio__spaces_find(spaces, op->spec.nsp);
    struct sio__sessions *sessions = &spaces->worker->sessions;
    sio_err err = SIO_OK;

    if (space == NULL && op->spec.kind == SIO__OP_SERVER_EMIT)
        space = enter_late(spaces, op->spec.nsp, &err);
    sio__sessions_begin_broadcast(sessions);
    if (space == NULL)
        sio__op_give_up(op, err);
    else if (op->spec.kind == SIO__OP_EMIT_ACK)
        sio__crowd_emit(space, op);
    else if (op->spec.kind == SIO__OP_FETCH)
        sio__fetch_start(space, op);
    else if (op->spec.kind == SIO__OP_SERVER_EMIT)
        sio__server_side_start(space, op);
    else if (!sio__tours_take(space, op))
        apply_to_each(space, &op->spec);
    sio__sessions_end_broadcast(sessions);
}
