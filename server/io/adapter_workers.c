#include "server/io/adapter_workers.h"

#include <stdatomic.h>
#include <string.h>

#include "protocol/mem.h"
#include "rooms/census.h"
#include "server/engine/id.h"
#include "server/io/space.h"

struct adapter {
    struct sio__adapter base;
    sio_server *server;
    _Atomic size_t joining; /* letters with a JOIN that are under way */
};

/* One op on its way to several workers: one allocation, freed by the last of them. */
struct parcel {
    _Atomic unsigned left;
    struct adapter *adapter;
    struct sio__op *op;
    struct copy {
        struct sio__letter letter; /* first */
        struct parcel *parcel;
    } copies[];
};

/* One worker is done with it. */
static void parcel_rele(struct parcel *parcel)
{
    if (parcel->op->spec.kind == SIO__OP_JOIN)
        atomic_fetch_sub(&parcel->adapter->joining, 1);
    if (atomic_fetch_sub_explicit(&parcel->left, 1, memory_order_acq_rel) != 1)
        return;
    sio__op_rele(parcel->op);
    sio__free(parcel);
}

static void deliver(struct sio__letter *letter, void *worker)
{
    struct parcel *parcel = ((struct copy *)letter)->parcel;
    struct sio__spaces *spaces = ((struct sio__worker *)worker)->spaces;

    if (spaces != NULL)
        sio__spaces_apply(spaces, parcel->op);
    else
        sio__op_give_up(parcel->op, SIO_OK);
    parcel_rele(parcel);
}

static void drop(struct sio__letter *letter)
{
    struct parcel *parcel = ((struct copy *)letter)->parcel;

    sio__op_give_up(parcel->op, SIO_OK);
    parcel_rele(parcel);
}

/* Whether it does nothing where nobody is in its rooms, and nobody waits for it to be done. */
static bool is_for_rooms(const struct sio__op *op)
{
    return op->spec.target.room_count > 0 && op->spec.asker == NULL &&
           op->spec.kind != SIO__OP_SERVER_EMIT;
}

/* An id is a room too: that of the worker which it names. */
static void add_owner(const struct sio_server *server, struct sio__slice name,
                      struct sio__workers *set)
{
    int worker = sio__id_worker(name);

    if (worker >= 0 && (unsigned)worker < server->worker_count)
        sio__workers_add(set, (unsigned)worker);
}

/* The workers that it is for, if not others too.  While somebody is being made to join, by an op
 * that was applied before this one, it cannot be said who will be there. */
static struct sio__workers workers_for(struct adapter *adapter, const struct sio__op *op)
{
    const struct sio__target *target = &op->spec.target;
    const struct sio_server *server = adapter->server;
    struct sio__workers set = {{0}};
    uint32_t key;

    if (server->census == NULL || !is_for_rooms(op) || atomic_load(&adapter->joining) > 0) {
        memset(&set, 0xff, sizeof set);
        return set;
    }
    key = sio__room_index_hash(op->spec.nsp);
    for (size_t i = 0; i < target->room_count; i++) {
        sio__census_read(server->census, sio__room_index_hash(target->rooms[i]) ^ key, &set);
        add_owner(server, target->rooms[i], &set);
    }
    return set;
}

static unsigned count_others(const sio_server *server, const struct sio__worker *self,
                             const struct sio__workers *set)
{
    unsigned count = 0;

    for (unsigned i = 0; i < server->worker_count; i++)
        count += &server->workers[i] != self && sio__workers_has(set, i);
    return count;
}

static bool post_to_others(struct adapter *adapter, const struct sio__worker *self,
                           struct sio__op *op)
{
    sio_server *server = adapter->server;
    struct sio__workers set = workers_for(adapter, op);
    unsigned others = count_others(server, self, &set);
    struct copy *copy;
    struct parcel *parcel;

    if (others == 0)
        return true;
    parcel = sio__malloc(sizeof *parcel + others * sizeof parcel->copies[0]);
    if (parcel == NULL)
        return false;
    atomic_init(&parcel->left, others);
    parcel->adapter = adapter;
    parcel->op = sio__op_hold(op);
    if (op->spec.kind == SIO__OP_JOIN)
        atomic_fetch_add(&adapter->joining, others);
    copy = parcel->copies;
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct sio__worker *worker = &server->workers[i];

        if (worker == self || !sio__workers_has(&set, i))
            continue;
        copy->letter = (struct sio__letter){NULL, deliver, drop};
        copy->parcel = parcel;
        if (!sio__worker_post(worker, &copy->letter))
            drop(&copy->letter);
        copy++;
    }
    return true;
}

static bool apply(struct sio__adapter *base, struct sio__op *op)
{
    struct adapter *adapter = (struct adapter *)base;
    sio_server *server = adapter->server;
    struct sio__worker *self = sio__worker_here(server);
    bool is_for_self = self != NULL && self->spaces != NULL && op->spec.kind != SIO__OP_SERVER_EMIT;

    if (op->spec.asker != NULL)
        sio__asker_expect(op->spec.asker, server->worker_count - (self != NULL) + is_for_self);
    if (!post_to_others(adapter, self, op))
        return false;
    if (is_for_self)
        sio__spaces_apply(self->spaces, op);
    return true;
}

static size_t server_count(struct sio__adapter *base)
{
    (void)base;
    return 1;
}

static void adapter_close(struct sio__adapter *base)
{
    sio_server *server = ((struct adapter *)base)->server;

    sio__census_free(server->census);
    server->census = NULL;
    sio__free(base);
}

struct sio__adapter *sio__adapter_workers_new(sio_server *server)
{
    static const struct sio__adapter_ops ops = {apply, server_count, adapter_close};
    struct adapter *adapter = sio__malloc(sizeof *adapter);

    if (adapter == NULL)
        return NULL;
    *adapter = (struct adapter){{&ops}, server, 0};
    if (server->config.workers > 1 &&
        (server->census = sio__census_new(server->config.workers)) == NULL) {
        sio__free(adapter);
        return NULL;
    }
    return &adapter->base;
}
