#include "rooms/op.h"

#include "protocol/mem.h"

/* Where the copies go: slices first, which need alignment, then bytes. */
struct cursor {
    struct sio__slice *slice;
    char *byte;
};

static size_t bytes_of(const struct sio__slice *slices, size_t count)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += slices[i].len + 1;
    return sum;
}

static struct sio__slice copy_slice(struct cursor *at, struct sio__slice from)
{
    struct sio__slice copy = {at->byte, from.len};

    if (from.len > 0)
        memcpy(at->byte, from.ptr, from.len);
    at->byte[from.len] = '\0';
    at->byte += from.len + 1;
    return copy;
}

static const struct sio__slice *copy_slices(struct cursor *at, const struct sio__slice *from,
                                            size_t count)
{
    struct sio__slice *copies = at->slice;

    at->slice += count;
    for (size_t i = 0; i < count; i++)
        copies[i] = copy_slice(at, from[i]);
    return copies;
}

struct sio__op *sio__op_new(const struct sio__op_spec *spec)
{
    const struct sio__target *target = &spec->target;
    size_t slices = target->room_count + target->except_count + spec->name_count;
    size_t bytes = bytes_of(target->rooms, target->room_count) +
                   bytes_of(target->except, target->except_count) +
                   bytes_of(spec->names, spec->name_count) + spec->nsp.len + 1 +
                   target->sender.len + 1;
    struct sio__op *op;
    struct cursor at;

    bytes += sizeof *op + slices * sizeof(struct sio__slice);
    if (bytes > UINT32_MAX || (op = sio__malloc(bytes)) == NULL)
        return NULL;
    atomic_init(&op->refs, 1);
    op->bytes = (uint32_t)bytes;
    op->spec = *spec;
    at.slice = (struct sio__slice *)(op + 1);
    at.byte = (char *)(at.slice + slices);
    op->spec.nsp = copy_slice(&at, spec->nsp);
    op->spec.target.rooms = copy_slices(&at, target->rooms, target->room_count);
    op->spec.target.except = copy_slices(&at, target->except, target->except_count);
    if (target->sender.ptr != NULL)
        op->spec.target.sender = copy_slice(&at, target->sender);
    op->spec.names = copy_slices(&at, spec->names, spec->name_count);
    if (spec->packet != NULL)
        sio__frame_hold(spec->packet);
    if (spec->cargo != NULL)
        sio__cargo_hold(spec->cargo);
    sio__asker_hold(spec->asker);
    return op;
}

struct sio__op *sio__op_hold(struct sio__op *op)
{
    atomic_fetch_add_explicit(&op->refs, 1, memory_order_relaxed);
    return op;
}

void sio__op_rele(struct sio__op *op)
{
    if (op == NULL || atomic_fetch_sub_explicit(&op->refs, 1, memory_order_acq_rel) != 1)
        return;
    sio__frame_rele(op->spec.packet);
    sio__cargo_rele(op->spec.cargo);
    sio__asker_rele(op->spec.asker);
    sio__free(op);
}

void sio__op_give_up(const struct sio__op *op, sio_err err)
{
    sio__asker_reply(op->spec.asker, (struct sio__reply){.kind = SIO__REPLY_PART, .err = err});
}
