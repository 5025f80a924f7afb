/* json_renumber.h: arguments that are passed on with their attachments, in the form in which every
 * client sends them: placeholders count up from 0, and no attachment is without one.
 * A client may send them otherwise (and one attachment many times: it is still sent once). */
#ifndef PROTOCOL_JSON_RENUMBER_H
#define PROTOCOL_JSON_RENUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/buf.h"
#include "protocol/slice.h"

struct sio__renumbered {
    struct sio__slice text;
    const struct sio__slice *attachments;
    uint32_t count;

    /* private */
    struct sio__buf own_text;
    struct sio__slice *own_attachments;
};

/**
 * text         values with commas between them, accepted by the scanner, all placeholders legal;
 *              borrowed like the attachments until fini.
 * out          the same where nothing was to be done, else what was made of it; ended with
 *              sio__renumbered_fini(), also after an error.
 *
 * False: out of memory.
 */
bool sio__renumber(struct sio__slice text, const struct sio__slice *attachments, uint32_t count,
                   struct sio__renumbered *out);

void sio__renumbered_fini(struct sio__renumbered *r);

#endif
