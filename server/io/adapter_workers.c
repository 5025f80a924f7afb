#include "server/io/adapter_workers.h"

#include <stdatomic.h>

#include "protocol/mem.h"
#include "server/io/space.h"

struct adapter {
    struct sio__adapter base;
    sio_server *server;
};

/* One op on its way to several workers: one allocation, freed by the last of them. */
struct parcel {
    _Atomic unsigned left;
    struct sio__op *op;
    struct copy {
        struct sio__letter letter; /* first */
        struct parcel *parcel;
    } copies[];
};

static void parcel_rele(struct parcel *parcel)
{
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

static bool post_to_others(sio_server *server, const struct sio__worker *self, struct sio__op *op)
{
    unsigned others = server->worker_count - (self != NULL);
    struct copy *copy;
    struct parcel *parcel;

    if (others == 0)
        return true;
    parcel = sio__malloc(sizeof *parcel + others * sizeof parcel->copies[0]);
    if (parcel == NULL)
        return false;
    atomic_init(&parcel->left, others);
    parcel->op = sio__op_hold(op);
    copy = parcel->copies;
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct sio__worker *worker = &server->workers[i];

        if (worker == self)
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
    sio_server *server = ((struct adapter *)base)->server;
    struct sio__worker *self = sio__worker_here(server);
    bool is_for_self = self != NULL && self->spaces != NULL && op->spec.kind != SIO__OP_SERVER_EMIT;

    if (op->spec.asker != NULL)
        sio__asker_expect(op->spec.asker, server->worker_count - (self != NULL) + is_for_self);
    if (!post_to_others(server, self, op))
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
    sio__free(base);
}

struct sio__adapter *sio__adapter_workers_new(sio_server *server)
{
    static const struct sio__adapter_ops ops = {apply, server_count, adapter_close};
    struct adapter *adapter = sio__malloc(sizeof *adapter);

    if (adapter == NULL)
        return NULL;
    *adapter = (struct adapter){{&ops}, server};
    return &adapter->base;
}
