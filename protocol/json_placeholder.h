/* json_placeholder.h: the objects {"_placeholder":true,"num":N} that stand for binary attachments.
 * Any object whose own key `_placeholder` is true is one, whatever else it holds. */
#ifndef PROTOCOL_JSON_PLACEHOLDER_H
#define PROTOCOL_JSON_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/json_scan.h"
#include "protocol/slice.h"

enum sio__placeholders {
    SIO__PLACEHOLDERS_FINE,
    SIO__PLACEHOLDERS_ILLEGAL, /* some num is missing, no number, or names no attachment */
};

/**
 * Checks every placeholder of a text, at any depth, as the reference does when it reconstructs a
 * packet: what is inside a placeholder is not looked at, of equal keys the last one counts.
 * Stricter than the reference in one thing: a num with a fraction is illegal.
 *
 * text    accepted by the scanner.
 * count   attachments that there are.
 */
enum sio__placeholders sio__placeholders_check(const char *text, size_t len, uint32_t count);

/**
 * The attachment that a value itself stands for, not those within it.
 *
 * value   the text of one value, accepted by the scanner, without blanks around it.
 *
 * Returns its index, below count; -1: the value is no placeholder (or an illegal one).
 */
int32_t sio__placeholder_index(struct sio__slice value, uint32_t count);

/* A placeholder within a text: what is between start and end stands for attachment index. */
struct sio__place {
    size_t start, end;
    uint32_t index;
};

struct sio__places {
    struct sio__place *items;
    size_t count, cap;
};

/**
 * Finds every placeholder of a text whose placeholders are all legal, in their order; none within
 * another.
 *
 * text    accepted by the scanner; several values with commas between them are fine.
 * count   attachments that there are.
 * places  out, empty before; items are freed by the caller with sio__free(), also after an error.
 *
 * False: out of memory.
 */
bool sio__placeholders_find(const char *text, size_t len, uint32_t count,
                            struct sio__places *places);

/* Bytes of a placeholder's text for an index below 2^32, at most. */
#define SIO__PLACEHOLDER_TEXT_BYTES (sizeof "{\"_placeholder\":true,\"num\":4294967295}" - 1)

/* Writes {"_placeholder":true,"num":index}, no NUL; returns the end of what was written. */
char *sio__placeholder_write(uint32_t index, char *out);

#endif
