/* json_scan.h: checks a JSON text in one pass and says where the elements of its top array are.
 *
 * No tree, no recursion, no allocation for up to 8 elements.  The verdict is that of JavaScript's
 * JSON.parse, but for nesting deeper than SIO__JSON_DEPTH: lone surrogate escapes, \u0000 and
 * numbers of any size are fine; any value may stand at the top. The text must be valid UTF-8
 * (checked where it enters); bytes above 0x7F are not looked at. */
#ifndef PROTOCOL_JSON_SCAN_H
#define PROTOCOL_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arrays and objects within one another; the reference stops at the end of its stack, some
 * thousands. */
#define SIO__JSON_DEPTH 1024

#define SIO__SPANS_INLINE 8

enum sio__json_type {
    SIO__JSON_NULL,
    SIO__JSON_FALSE,
    SIO__JSON_TRUE,
    SIO__JSON_NUMBER,
    SIO__JSON_STRING,
    SIO__JSON_ARRAY,
    SIO__JSON_OBJECT,
};

/* A value within a text, without the blanks around it; a string with its quotes. */
struct sio__span {
    uint32_t off, len;
    uint8_t type;     /* enum sio__json_type */
    bool has_escapes; /* a string with at least one backslash */
};

/* A growable list of spans that holds the first few in place.  No pointer into itself: it may be
 * moved by assignment, the source is then forgotten. */
struct sio__spans {
    uint32_t count, cap;    /* cap counts heap places; 0: inline_items are in use */
    struct sio__span *heap; /* all items once there are more than SIO__SPANS_INLINE */
    struct sio__span inline_items[SIO__SPANS_INLINE];
};

enum sio__json_verdict {
    SIO__JSON_OK,
    SIO__JSON_BAD,
    SIO__JSON_NOMEM,
};

struct sio__json {
    uint8_t type;             /* enum sio__json_type of the top value */
    bool has_placeholder;     /* some object has a key `_placeholder`, escaped or not */
    struct sio__spans *spans; /* elements of the top array go here; NULL: not wanted */
};

static inline void sio__spans_init(struct sio__spans *s)
{
    s->count = 0;
    s->cap = 0;
    s->heap = NULL;
}

/* Frees what the list holds; it is empty and usable afterwards. */
void sio__spans_fini(struct sio__spans *s);

/* Appends; false: out of memory, the list is unchanged. */
bool sio__spans_push(struct sio__spans *s, struct sio__span item);

/* Item i, which must exist.  Valid until the next push. */
static inline const struct sio__span *sio__spans_at(const struct sio__spans *s, uint32_t i)
{
    return s->heap != NULL ? &s->heap[i] : &s->inline_items[i];
}

/**
 * Checks that text is exactly one JSON value, blanks around it allowed.
 *
 * text   borrowed for the call; of 4 GiB or more it is SIO__JSON_BAD.
 * json   spans is read: an initialised list that elements are appended to, or NULL; the other
 * fields are written if the verdict is SIO__JSON_OK.  A top value that is no array has no elements.
 *
 * After SIO__JSON_BAD and SIO__JSON_NOMEM the list holds the elements found so far.
 */
enum sio__json_verdict sio__json_scan(const char *text, size_t len, struct sio__json *json);

#endif
