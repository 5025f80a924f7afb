#include "rooms/cargo.h"

#include "protocol/mem.h"

static char *copy_bytes(char *at, struct sio__slice from)
{
    if (from.len > 0)
        memcpy(at, from.ptr, from.len);
    return at + from.len;
}

struct sio__cargo *sio__cargo_new(struct sio__slice values, const struct sio__slice *attachments,
                                  size_t count)
{
    size_t bytes = sizeof "[]" + values.len;
    struct sio__cargo *cargo;
    char *at;

    for (size_t i = 0; i < count; i++)
        bytes += attachments[i].len;
    cargo = sio__malloc(sizeof *cargo + count * sizeof cargo->attachments[0] + bytes);
    if (cargo == NULL)
        return NULL;
    atomic_init(&cargo->refs, 1);
    cargo->attachment_count = (uint32_t)count;
    at = (char *)&cargo->attachments[count];
    cargo->text = sio__slice_make(at, values.len + 2);
    at = copy_bytes(at, SIO__SLICE("["));
    at = copy_bytes(at, values);
    at = copy_bytes(at, SIO__SLICE("]"));
    for (size_t i = 0; i < count; i++) {
        cargo->attachments[i] = sio__slice_make(at, attachments[i].len);
        at = copy_bytes(at, attachments[i]);
    }
    return cargo;
}

struct sio__cargo *sio__cargo_hold(struct sio__cargo *cargo)
{
    atomic_fetch_add_explicit(&cargo->refs, 1, memory_order_relaxed);
    return cargo;
}

void sio__cargo_rele(struct sio__cargo *cargo)
{
    if (cargo != NULL && atomic_fetch_sub_explicit(&cargo->refs, 1, memory_order_acq_rel) == 1)
        sio__free(cargo);
}

size_t sio__cargo_bytes(const struct sio__cargo *cargo)
{
    size_t bytes =
        sizeof *cargo + cargo->text.len + cargo->attachment_count * sizeof cargo->attachments[0];

    for (uint32_t i = 0; i < cargo->attachment_count; i++)
        bytes += cargo->attachments[i].len;
    return bytes;
}
