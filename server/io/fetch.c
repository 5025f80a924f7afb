#include "server/io/fetch.h"

#include "protocol/buf.h"
#include "protocol/json_write.h"
#include "protocol/mem.h"
#include "server/io/emit.h"
#include "server/io/socket.h"
#include "server/io/survey.h"

/* --- snapshots ----------------------------------------------------------------------------- */

static void snapshot_free(struct sio__snapshot *base)
{
    struct sio_remote_socket *snapshot = (struct sio_remote_socket *)base;

    sio__request_rele(snapshot->request);
    sio_ns_rele(snapshot->ns);
    sio__free(snapshot);
}

static struct sio__slice copy(char **at, struct sio__slice from)
{
    struct sio__slice to = {*at, from.len};

    if (from.len > 0)
        memcpy(*at, from.ptr, from.len);
    (*at)[from.len] = '\0';
    *at += from.len + 1;
    return to;
}

static size_t bytes_of(const struct sio_socket *socket, struct sio__slice auth,
                       struct sio__slice data, size_t rooms)
{
    size_t bytes = sizeof(struct sio_remote_socket) + rooms * sizeof(struct sio__slice) +
                   socket->id.len + 1 + auth.len + 1 + data.len + 1;

    for (size_t i = 0; i < rooms; i++)
        bytes += sio__member_room(&socket->member, i).len + 1;
    return bytes;
}

/* NULL: out of memory. */
static struct sio_remote_socket *snapshot_new(const struct sio_socket *socket,
                                              struct sio__slice data)
{
    sio_str given = sio_socket_auth_raw(socket);
    struct sio__slice auth = sio__slice_make(given.ptr, given.len);
    size_t rooms = sio__member_room_count(&socket->member);
    size_t bytes = bytes_of(socket, auth, data, rooms);
    struct sio_remote_socket *snapshot = sio__malloc(bytes);
    char *at;

    if (snapshot == NULL)
        return NULL;
    at = (char *)&snapshot->rooms[rooms];
    *snapshot = (struct sio_remote_socket){
        .base = {.bytes = bytes, .free = snapshot_free},
        .ns = sio_ns_hold(socket->space->ns),
        .request = sio__request_hold(socket->client->request),
        .issued_ms = socket->issued_ms,
        .room_count = rooms,
    };
    snapshot->id = copy(&at, socket->id);
    snapshot->auth = copy(&at, auth);
    snapshot->data = copy(&at, data);
    for (size_t i = 0; i < rooms; i++)
        snapshot->rooms[i] = copy(&at, sio__member_room(&socket->member, i));
    return snapshot;
}

/* Appends the data as the application describes them.  False: out of memory, or no JSON. */
static bool describe(struct sio_socket *socket, struct sio__buf *text)
{
    const struct sio__ear *ear = socket->space->ns->ears.lists[SIO__EAR_DESCRIBE].last;
    json_t *data = ear != NULL ? ear->call.describe(socket, ear->call.user) : NULL;
    bool is_written = true;

    if (data != NULL)
        is_written = sio__json_write(text, data) == SIO_OK;
    else
        sio__buf_lit(text, "{}");
    json_decref(data);
    return is_written && !text->failed;
}

static struct sio_remote_socket *take_snapshot(struct sio_socket *socket)
{
    struct sio_remote_socket *snapshot = NULL;
    struct sio__buf data = SIO__BUF_INIT;

    if (describe(socket, &data))
        snapshot = snapshot_new(socket, sio__buf_view(&data));
    sio__buf_fini(&data);
    return snapshot;
}

/* --- on each worker ------------------------------------------------------------------------ */

struct fetch {
    struct sio__job job; /* first */
    struct sio__asker *asker;
    size_t count;
    struct sio_socket *sockets[]; /* freed only after the job, see sio__spaces_turn() */
};

/* Who has left meanwhile is left out. */
static void run(struct sio__job *job)
{
    struct fetch *fetch = (struct fetch *)job;
    struct sio__reply reply = {.kind = SIO__REPLY_PART};

    for (size_t i = 0; i < fetch->count; i++) {
        struct sio_socket *socket = fetch->sockets[i];
        struct sio_remote_socket *snapshot;

        if (socket->state != SIO__CONNECTED)
            continue;
        if ((snapshot = take_snapshot(socket)) == NULL) {
            reply.err = SIO_ENOMEM;
            continue;
        }
        snapshot->base.next = reply.snapshots;
        reply.snapshots = &snapshot->base;
    }
    sio__asker_reply(fetch->asker, reply);
    sio__asker_rele(fetch->asker);
    sio__free(fetch);
}

void sio__fetch_start(struct sio__space *space, const struct sio__op *op)
{
    size_t count = sio__space_count(space, &op->spec.target);
    struct sio__selection selection;
    struct fetch *fetch;

    if (count == 0) {
        sio__op_give_up(op, SIO_OK);
        return;
    }
    if ((fetch = sio__malloc(sizeof *fetch + count * sizeof fetch->sockets[0])) == NULL) {
        SIO__COUNT(&space->spaces->worker->stats, out_of_memory);
        sio__op_give_up(op, SIO_ENOMEM);
        return;
    }
    fetch->job.run = run;
    fetch->asker = sio__asker_hold(op->spec.asker);
    fetch->count = count;
    sio__selection_init(&selection, &space->rooms, &op->spec.target);
    for (size_t i = 0; i < count; i++)
        fetch->sockets[i] = sio__socket_next(&selection);
    sio__spaces_add_job(space->spaces, &fetch->job);
}

/* --- asking -------------------------------------------------------------------------------- */

sio_err sio_fetch_sockets(sio_target target, uint32_t timeout_ms, sio_sockets_cb cb, void *user)
{
    struct sio__survey_spec spec = {
        .kind = SIO__SURVEY_SOCKETS,
        .timeout_ms = timeout_ms > 0 ? timeout_ms : SIO__SURVEY_TIMEOUT_MS,
        .cb.sockets = cb,
        .user = user,
    };
    struct sio__survey *survey;
    sio_err err;

    if ((err = sio__survey_new(&survey, target.ns->server, &spec)) != SIO_OK)
        return err;
    return sio__survey_ask(survey, &target, (struct sio__op_spec){.kind = SIO__OP_FETCH});
}
