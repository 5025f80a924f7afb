#include "server/io/middleware.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "server/io/refusal.h"

struct kept {
    struct kept *next;
    struct sio__packet packet;
};

/* The state of a join whose namespace has middlewares. */
struct sio__join {
    const struct sio__ear *step; /* the next middleware */
    struct sio_next *next;       /* the decision that is awaited */
    struct kept *kept, **kept_end;
    unsigned kept_count;
    size_t kept_bytes;
};

/* One decision of one middleware.  Two references: the join's, and that of whoever decides. */
struct sio_next {
    struct sio__letter letter; /* first; once decided: the link of spaces->decided */
    _Atomic uint32_t refs;
    struct sio__home *home;
    /* Home thread: */
    struct sio_socket *socket; /* NULL: nobody waits for it any more */
    bool is_running;           /* its middleware has not returned yet */
    bool is_decided;           /* it was decided while its middleware ran */
    bool is_old;               /* asked by a client of Engine.IO 3; never changes */
    /* Of whoever decides, until it is decided: */
    bool is_refused;
    char *payload; /* of the refusal; NULL: out of memory */
    size_t payload_len;
};

/* --- decisions ----------------------------------------------------------------------------- */

static struct sio_next *next_new(struct sio_socket *socket)
{
    struct sio_next *next = sio__calloc(1, sizeof *next);

    if (next == NULL)
        return NULL;
    atomic_init(&next->refs, 2);
    next->home = sio__home_hold(socket->space->spaces->home);
    next->socket = socket;
    next->is_old = socket->client->is_old;
    return next;
}

static void next_rele(struct sio_next *next)
{
    if (atomic_fetch_sub_explicit(&next->refs, 1, memory_order_acq_rel) != 1)
        return;
    sio__home_rele(next->home);
    sio__free(next->payload);
    sio__free(next);
}

static void append_decided(struct sio__spaces *spaces, struct sio_next *next)
{
    next->letter.next = NULL;
    *spaces->decided_end = &next->letter;
    spaces->decided_end = &next->letter.next;
}

static struct sio_next *pop_decided(struct sio__spaces *spaces)
{
    struct sio__letter *letter = spaces->decided;

    spaces->decided = letter->next;
    if (spaces->decided == NULL)
        spaces->decided_end = &spaces->decided;
    return (struct sio_next *)letter;
}

static void deliver(struct sio__letter *letter, void *worker)
{
    append_decided(((struct sio__worker *)worker)->spaces, (struct sio_next *)letter);
}

static void drop(struct sio__letter *letter)
{
    next_rele((struct sio_next *)letter);
}

static void decide(struct sio_next *next)
{
    if (!sio__home_is_here(next->home)) {
        next->letter.deliver = deliver;
        next->letter.drop = drop;
        if (!sio__home_post(next->home, &next->letter))
            next_rele(next);
    } else if (next->is_running) {
        next->is_decided = true;
        next_rele(next);
    } else if (next->socket != NULL) {
        append_decided(next->socket->space->spaces, next);
    } else {
        next_rele(next);
    }
}

void sio_next_accept(sio_next *next)
{
    decide(next);
}

void sio_next_refuse(sio_next *next, const char *message, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    next->is_refused = true;
    next->payload = sio__refusal_pack(next->is_old, message, format, &values, &next->payload_len);
    va_end(values);
    decide(next);
}

/* --- joins --------------------------------------------------------------------------------- */

static const struct sio__ear *first_use(const struct sio__space *space)
{
    return space->ns->ears.lists[SIO__EAR_USE].first;
}

static bool join_init(struct sio_socket *socket)
{
    struct sio__join *join = sio__calloc(1, sizeof *join);

    if (join == NULL)
        return false;
    join->step = first_use(socket->space);
    join->kept_end = &join->kept;
    socket->join = join;
    return true;
}

static void detach(struct sio_next *next)
{
    next->socket = NULL;
    next_rele(next);
}

void sio__join_free(struct sio_socket *socket)
{
    struct sio__join *join = socket->join;

    if (join == NULL)
        return;
    socket->join = NULL;
    if (join->next != NULL)
        detach(join->next);
    while (join->kept != NULL) {
        struct kept *kept = join->kept;

        join->kept = kept->next;
        sio__packet_fini(&kept->packet);
        sio__free(kept);
    }
    sio__free(join);
}

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

/* Every middleware has accepted. */
static void finish(struct sio_socket *socket)
{
    struct sio__join *join = socket->join;

    socket->join = NULL; /* what the handlers below close must not free what is walked here */
    sio__socket_connected(socket);
    if (join == NULL)
        return;
    take_kept(socket, join);
    socket->join = join;
    sio__join_free(socket);
}

void sio__join_refuse(struct sio__client *client, struct sio__slice nsp, struct sio__slice payload)
{
    struct sio__frame *packet;

    SIO__COUNT(&client->spaces->worker->stats, connects_refused);
    if (sio__encode_connect_error(nsp, payload, &packet) != SIO_OK) {
        sio__client_discard(client);
        return;
    }
    sio__client_send(client, packet);
    sio__frame_rele(packet);
}

static void refuse(struct sio_socket *socket, const struct sio_next *next)
{
    struct sio__client *client = socket->client;

    sio__socket_drop(socket);
    if (next->payload == NULL)
        sio__client_discard(client);
    else
        sio__join_refuse(client, sio__ns_name(socket->space->ns),
                         sio__slice_make(next->payload, next->payload_len));
}

static void accepted(struct sio_socket *socket, struct sio_next *next)
{
    socket->join->next = NULL;
    detach(next);
}

/* Runs one middleware.  True: it has accepted. */
static bool run_step(struct sio_socket *socket)
{
    struct sio__join *join = socket->join;
    const struct sio__ear *use = join->step;
    struct sio_next *next = next_new(socket);
    bool is_accepted = false;

    if (next == NULL) {
        sio__client_discard(socket->client);
        return false;
    }
    join->step = use->next;
    join->next = next;
    next->is_running = true;
    atomic_fetch_add_explicit(&next->refs, 1, memory_order_relaxed); /* ours, for the call */
    use->call.use(socket, next, use->call.user);
    next->is_running = false;
    if (next->is_decided && next->socket != NULL) {
        is_accepted = !next->is_refused;
        if (is_accepted)
            accepted(socket, next);
        else
            refuse(socket, next);
    }
    next_rele(next);
    return is_accepted;
}

static void advance(struct sio_socket *socket)
{
    while (socket->join != NULL && socket->join->step != NULL)
        if (!run_step(socket))
            return;
    if (socket->state != SIO__JOINING)
        return;
    if (sio__client_is_open(socket->client))
        finish(socket);
    else
        sio__socket_drop(socket);
}

void sio__join_start(struct sio__client *client, struct sio__space *space, struct sio__slice auth)
{
    struct sio_socket *socket;

    if (!sio__client_is_open(client))
        return;
    socket = sio__socket_new(client, space, auth);
    if (socket == NULL || (first_use(space) != NULL && !join_init(socket))) {
        sio__client_discard(client);
        return;
    }
    advance(socket);
}

void sio__join_resume(struct sio__spaces *spaces)
{
    struct sio_next *next = pop_decided(spaces);
    struct sio_socket *socket = next->socket;

    if (socket != NULL && next->is_refused) {
        refuse(socket, next);
    } else if (socket != NULL) {
        accepted(socket, next);
        advance(socket);
    }
    next_rele(next);
}
