/* json_pack.h: JSON text of an event's arguments straight from a format and C values, without a
 * tree.
 *
 * Each value of the format is one argument:
 *     s    const char *, UTF-8            s#   const char *, size_t
 *     i    int                            I    int64_t
 *     f    double; NaN and infinite: null b    int, as true or false
 *     n    null (takes nothing)           o    json_t *, borrowed
 *     j    const char *, JSON text        j#   const char *, size_t
 *     B#   const void *, size_t: binary, becomes a placeholder and an attachment
 *     A#   const void *, size_t: an attachment that placeholders in o and j name; no argument
 *     {}   object of key and value pairs, a key being s or s#         []   array
 * Attachments count from 0 in the order of B# and A#.
 * After s, o and j (s#? j#? too) a '?' lets NULL stand for null.  ':' ',' and blanks are skipped.
 */
#ifndef PROTOCOL_JSON_PACK_H
#define PROTOCOL_JSON_PACK_H

#include <sio/err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/buf.h"
#include "protocol/slice.h"

/* Arguments under construction: ready for `args` and `attachments` of struct sio__outgoing. */
struct sio__packing {
    struct sio__buf json; /* texts of the arguments with commas between them, no brackets */
    struct sio__slice *attachments; /* the caller's bytes, borrowed */
    uint32_t attachment_count, attachment_cap;
};

void sio__packing_init(struct sio__packing *p);
void sio__packing_fini(struct sio__packing *p);

/**
 * Appends arguments.  May be called several times for one packing.
 *
 * format   NULL or "": no arguments.
 * values   advanced past the values taken.  Binary is borrowed until the packing is encoded, all
 *          else for the call.
 *
 * Returns SIO_OK; SIO_EINVAL bad format, NULL without '?', invalid UTF-8 or JSON, or a placeholder
 * in a value of the caller that names none of the attachments that there are (it would make every
 * receiver drop its connection); SIO_ENOMEM.  After an error the packing is of no use but for its
 * fini.
 */
sio_err sio__json_pack(struct sio__packing *p, const char *format, va_list *values);

#endif
