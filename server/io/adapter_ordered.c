#include "server/io/adapter_ordered.h"

#include <time.h>

#include "protocol/mem.h"
#include "protocol/sio_encoder.h"
#include "rooms/op_log.h"
#include "rooms/op_queue.h"
#include "server/io/space.h"

enum {
    BATCH = 64,
    START_BITS = 20, /* places begin at the start's milliseconds times 2^20: above all of before */
};

struct sio__ordered {
    struct sio__adapter base;
    sio_server *server;
    uv_mutex_t lock; /* of all below, and of the readers but for applied */
    uint64_t seq;    /* the latest place */
    struct sio__op_queue queue;
    struct sio__op_log log;
    struct sio__op_reader *readers; /* list */
    unsigned reader_count;
};

/* --- workers ------------------------------------------------------------------------------- */

static size_t take(struct sio__ordered *ordered, struct sio__op_reader *reader, uint64_t until,
                   struct sio__op **ops, size_t max)
{
    size_t count;

    uv_mutex_lock(&ordered->lock);
    count = sio__op_queue_take(&ordered->queue, &reader->next, until, ops, max);
    uv_mutex_unlock(&ordered->lock);
    return count;
}

/* Applies what the worker has still to take, up to a position.  No handler runs. */
static void catch_up(struct sio__ordered *ordered, struct sio__op_reader *reader, uint64_t until)
{
    struct sio__op *ops[BATCH];
    size_t count;

    do {
        count = take(ordered, reader, until, ops, BATCH);
        for (size_t i = 0; i < count; i++) {
            reader->applied = ops[i]->spec.seq;
            if (reader->applied != reader->skipped)
                sio__spaces_apply(reader->spaces, ops[i]);
            sio__op_rele(ops[i]);
        }
    } while (count == BATCH);
}

void sio__ordered_catch_up(struct sio__ordered *ordered, struct sio__op_reader *reader)
{
    catch_up(ordered, reader, UINT64_MAX);
}

static struct sio__op_reader *reader_of(struct sio__letter *letter)
{
    return (struct sio__op_reader *)((char *)letter - offsetof(struct sio__op_reader, letter));
}

static void deliver(struct sio__letter *letter, void *worker)
{
    struct sio__op_reader *reader = reader_of(letter);
    struct sio__ordered *ordered =
        (struct sio__ordered *)((struct sio__worker *)worker)->server->adapter;

    uv_mutex_lock(&ordered->lock);
    reader->is_posted = false;
    uv_mutex_unlock(&ordered->lock);
    catch_up(ordered, reader, UINT64_MAX);
}

static void drop(struct sio__letter *letter)
{
    (void)letter; /* part of the worker, which ends */
}

void sio__ordered_attach(struct sio__ordered *ordered, struct sio__op_reader *reader,
                         struct sio__spaces *spaces)
{
    uv_mutex_lock(&ordered->lock);
    *reader = (struct sio__op_reader){.letter = {NULL, deliver, drop},
                                      .next_reader = ordered->readers,
                                      .spaces = spaces,
                                      .next = ordered->queue.end,
                                      .applied = ordered->seq};
    ordered->readers = reader;
    ordered->reader_count++;
    uv_mutex_unlock(&ordered->lock);
}

/* What it will not apply any more. */
static void give_up(struct sio__ordered *ordered, struct sio__op_reader *reader, uint64_t until)
{
    struct sio__op *op;

    while (take(ordered, reader, until, &op, 1) > 0) {
        sio__op_give_up(op, SIO_OK);
        sio__op_rele(op);
    }
}

bool sio__ordered_detach(struct sio__ordered *ordered, struct sio__op_reader *reader)
{
    struct sio__op_reader **link = &ordered->readers;
    uint64_t until;
    bool is_last;

    if (reader->spaces == NULL)
        return false;
    uv_mutex_lock(&ordered->lock);
    while (*link != reader)
        link = &(*link)->next_reader;
    *link = reader->next_reader;
    is_last = --ordered->reader_count == 0;
    if (is_last)
        sio__op_log_clear(&ordered->log);
    until = ordered->queue.end;
    uv_mutex_unlock(&ordered->lock);
    give_up(ordered, reader, until);
    return is_last;
}

/* Under the lock. */
static void wake(const struct sio__ordered *ordered, const struct sio__op_reader *but)
{
    for (struct sio__op_reader *reader = ordered->readers; reader != NULL;
         reader = reader->next_reader)
        if (reader != but && !reader->is_posted)
            reader->is_posted = sio__worker_post(reader->spaces->worker, &reader->letter);
}

/* --- ops ----------------------------------------------------------------------------------- */

/* What somebody who was away has to hear of.  Volatile packets, and those that an ack is expected
 * for, are not repeated. */
static bool is_kept(const struct sio__op_spec *spec)
{
    switch (spec->kind) {
    case SIO__OP_EMIT:
        return spec->has_offset && !spec->is_volatile;
    case SIO__OP_JOIN:
    case SIO__OP_LEAVE:
    case SIO__OP_DISCONNECT:
        return true;
    case SIO__OP_EMIT_ACK:
    case SIO__OP_FETCH:
    case SIO__OP_SERVER_EMIT:
        break;
    }
    return false;
}

/* Under the lock. */
static void place(struct sio__ordered *ordered, struct sio__op *op)
{
    op->spec.seq = ++ordered->seq;
    if (op->spec.has_offset)
        sio__stamp(op->spec.packet, op->spec.seq);
    if (is_kept(&op->spec))
        sio__op_log_append(&ordered->log, op, sio__worker_clock());
}

static struct sio__op_reader *own_reader(const sio_server *server)
{
    struct sio__worker *self = sio__worker_here(server);

    return self != NULL && self->spaces != NULL ? &self->spaces->reader : NULL;
}

static bool apply(struct sio__adapter *base, struct sio__op *op)
{
    struct sio__ordered *ordered = (struct sio__ordered *)base;
    struct sio__op_reader *own = own_reader(ordered->server);
    bool skips = own != NULL && op->spec.kind == SIO__OP_SERVER_EMIT;
    uint64_t until;

    uv_mutex_lock(&ordered->lock);
    if (op->spec.asker != NULL)
        sio__asker_expect(op->spec.asker, ordered->reader_count - skips);
    if (!sio__op_queue_push(&ordered->queue, op, ordered->reader_count)) {
        uv_mutex_unlock(&ordered->lock);
        return false;
    }
    until = ordered->queue.end;
    place(ordered, op);
    if (skips)
        own->skipped = op->spec.seq;
    wake(ordered, own);
    uv_mutex_unlock(&ordered->lock);
    if (own != NULL)
        catch_up(ordered, own, until);
    return true;
}

void sio__ordered_place(struct sio__ordered *ordered, struct sio__op_reader *reader,
                        struct sio__op *op)
{
    uint64_t until;

    uv_mutex_lock(&ordered->lock);
    until = ordered->queue.end;
    place(ordered, op);
    uv_mutex_unlock(&ordered->lock);
    if (reader->next < until)
        catch_up(ordered, reader, until);
    reader->applied = op->spec.seq;
}

/* --- the log ------------------------------------------------------------------------------- */

size_t sio__ordered_read(struct sio__ordered *ordered, uint64_t after, uint64_t until,
                         struct sio__op **ops, size_t max, bool *is_whole)
{
    size_t count;

    uv_mutex_lock(&ordered->lock);
    *is_whole = after >= ordered->log.floor;
    count = sio__op_log_read(&ordered->log, after, ops, max);
    uv_mutex_unlock(&ordered->lock);
    while (count > 0 && ops[count - 1]->spec.seq > until)
        sio__op_rele(ops[--count]);
    return count;
}

uint64_t sio__ordered_expire(struct sio__ordered *ordered, uint64_t now_ms)
{
    uint64_t crowded;
    bool is_more;

    do {
        uv_mutex_lock(&ordered->lock);
        is_more = sio__op_log_expire(&ordered->log, now_ms, BATCH);
        crowded = ordered->log.crowded;
        uv_mutex_unlock(&ordered->lock);
    } while (is_more);
    return crowded;
}

/* --- life ---------------------------------------------------------------------------------- */

static size_t server_count(struct sio__adapter *base)
{
    (void)base;
    return 1;
}

static void adapter_close(struct sio__adapter *base)
{
    struct sio__ordered *ordered = (struct sio__ordered *)base;

    sio__op_queue_fini(&ordered->queue);
    sio__op_log_clear(&ordered->log);
    uv_mutex_destroy(&ordered->lock);
    sio__free(ordered);
}

static uint64_t first_place(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000) << START_BITS;
}

struct sio__adapter *sio__ordered_new(sio_server *server)
{
    static const struct sio__adapter_ops ops = {apply, server_count, adapter_close};
    const sio_config *config = &server->config;
    struct sio__ordered *ordered = sio__calloc(1, sizeof *ordered);

    if (ordered == NULL)
        return NULL;
    if (uv_mutex_init(&ordered->lock) != 0) {
        sio__free(ordered);
        return NULL;
    }
    ordered->base.ops = &ops;
    ordered->server = server;
    ordered->seq = first_place();
    /* As long as a socket may be away, and before that its link may be dead without our knowing. */
    sio__op_log_init(&ordered->log, config->connection_state_recovery.max_bytes,
                     (uint64_t)config->connection_state_recovery.max_disconnection_ms +
                         config->ping_interval_ms + config->ping_timeout_ms);
    return &ordered->base;
}
