/* slice.h: a borrowed view of bytes. Never owns, never NUL-terminated.
 * Whoever hands one out says how long the bytes live. An empty slice may have a NULL ptr. */
#ifndef PROTOCOL_SLICE_H
#define PROTOCOL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sio__slice {
    const char *ptr;
    size_t len;
};

/** A slice of a string literal; the second form is for static initialisers. */
#define SIO__SLICE(literal) ((struct sio__slice){"" literal, sizeof(literal) - 1})
#define SIO__SLICE_INIT(literal)                                                                   \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/** Whether a slice holds exactly the bytes of a string literal. */
#define sio__slice_is(s, literal) sio__slice_eq((s), SIO__SLICE(literal))

/** Whether a slice begins with the bytes of a string literal. */
#define sio__slice_starts(s, literal)                                                              \
    ((s).len >= sizeof(literal) - 1 && memcmp((s).ptr, "" literal, sizeof(literal) - 1) == 0)

static inline struct sio__slice sio__slice_make(const char *ptr, size_t len)
{
    return (struct sio__slice){ptr, len};
}

/** A NUL-terminated string without its NUL; NULL gives the empty slice. */
static inline struct sio__slice sio__slice_of(const char *cstr)
{
    return (struct sio__slice){cstr, cstr != NULL ? strlen(cstr) : 0};
}

static inline bool sio__slice_eq(struct sio__slice a, struct sio__slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** The bytes from `start` on; all of them must exist up to there (start <= len). */
static inline struct sio__slice sio__slice_from(struct sio__slice s, size_t start)
{
    return start == 0 ? s : (struct sio__slice){s.ptr + start, s.len - start};
}

/** A to Z in lower case, everything else as it is. No locale. */
static inline char sio__lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/** Equal but for the case of A to Z: header names and tokens. */
static inline bool sio__slice_ieq(struct sio__slice a, struct sio__slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (sio__lower(a.ptr[i]) != sio__lower(b.ptr[i]))
            return false;
    return true;
}

#endif
