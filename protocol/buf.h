/* buf.h: a growable builder of bytes in the caller's storage.
 * Failure is sticky: after one failed allocation every append does nothing, so a caller appends
 * all it has and asks `failed` once at the end. One thread at a time. */
#ifndef PROTOCOL_BUF_H
#define PROTOCOL_BUF_H

#include "protocol/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sio__buf {
    char *ptr; /* NULL before the first append */
    size_t len, cap;
    bool failed; /* an allocation failed; the bytes before it are still there */
};

#define SIO__BUF_INIT                                                                              \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

static inline void sio__buf_init(struct sio__buf *b)
{
    *b = (struct sio__buf)SIO__BUF_INIT;
}

/** Releases the bytes; the builder is empty and usable again. */
void sio__buf_fini(struct sio__buf *b);

/** Empties it and forgets a failure, but keeps the memory for the next use. */
static inline void sio__buf_clear(struct sio__buf *b)
{
    b->len = 0;
    b->failed = false;
}

/** The slow half of sio__buf_reserve. */
bool sio__buf_grow(struct sio__buf *b, size_t more);

/** Makes room for `more` bytes after len. False (and failed set) when there is no memory, or when
 *  it had failed before. */
static inline bool sio__buf_reserve(struct sio__buf *b, size_t more)
{
    return b->cap - b->len >= more && !b->failed ? true : sio__buf_grow(b, more);
}

/** Appends `len` bytes that the caller writes; returns where they start, NULL on failure (and then
 *  only: a len of 0 gives a place too). Valid until the next append. */
static inline char *sio__buf_extend(struct sio__buf *b, size_t len)
{
    if (!sio__buf_reserve(b, len != 0 ? len : 1))
        return NULL;
    b->len += len;
    return b->ptr + (b->len - len);
}

static inline void sio__buf_bytes(struct sio__buf *b, const void *ptr, size_t len)
{
    if (len != 0 && sio__buf_reserve(b, len)) {
        memcpy(b->ptr + b->len, ptr, len);
        b->len += len;
    }
}

static inline void sio__buf_char(struct sio__buf *b, char c)
{
    if (sio__buf_reserve(b, 1))
        b->ptr[b->len++] = c;
}

static inline void sio__buf_slice(struct sio__buf *b, struct sio__slice s)
{
    sio__buf_bytes(b, s.ptr, s.len);
}

/** Appends the bytes of a string literal. */
#define sio__buf_lit(b, literal) sio__buf_bytes((b), "" literal, sizeof(literal) - 1)

/** Appends a NUL-terminated string without its NUL. */
static inline void sio__buf_cstr(struct sio__buf *b, const char *cstr)
{
    sio__buf_bytes(b, cstr, strlen(cstr));
}

/** Appends a number in decimal. */
void sio__buf_uint(struct sio__buf *b, uint64_t value);

/** What was built so far; valid until the next append. */
static inline struct sio__slice sio__buf_view(const struct sio__buf *b)
{
    return sio__slice_make(b->ptr, b->len);
}

/**
 * Hands the bytes over: they are the caller's and end by sio__free. A NUL stands after them, not
 * counted in *len (which may be NULL). The builder is empty and usable again in any case.
 * Returns NULL when any append or the last allocation failed; then the bytes are gone.
 */
char *sio__buf_take(struct sio__buf *b, size_t *len);

#endif
