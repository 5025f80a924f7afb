/* cargo.h: JSON values with their attachments on their way between threads, in one allocation.
 * Immutable and counted: any thread may hold, read and release it. */
#ifndef ROOMS_CARGO_H
#define ROOMS_CARGO_H

#include <stdatomic.h>
#include <stdint.h>

#include "protocol/slice.h"

struct sio__cargo {
    _Atomic uint32_t refs;
    uint32_t attachment_count;
    struct sio__slice text;          /* an array: [...] */
    struct sio__slice attachments[]; /* of its placeholders */
};

/**
 * values       JSON texts with commas between them, no brackets; trusted to be valid.
 * attachments  that placeholders in them name; copied like the text.
 *
 * One reference, which the caller releases.  NULL: out of memory.
 */
struct sio__cargo *sio__cargo_new(struct sio__slice values, const struct sio__slice *attachments,
                                  size_t count);

struct sio__cargo *sio__cargo_hold(struct sio__cargo *cargo);
void sio__cargo_rele(struct sio__cargo *cargo); /* NULL is allowed */

/* What it weighs in memory. */
size_t sio__cargo_bytes(const struct sio__cargo *cargo);

#endif
