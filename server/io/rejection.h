/* rejection.h: what a middleware says when it refuses.  Pure functions.  Any thread. */
#ifndef SERVER_IO_REJECTION_H
#define SERVER_IO_REJECTION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty one. */
struct sio__rejection {
    char *message; /* UTF-8, NUL-terminated; NULL: none */
    char *data;    /* JSON text of one value; NULL: none */
    size_t data_len;
    bool failed; /* out of memory: it does not say all */
};

/* message: repaired where it is not UTF-8.  format: one value, as in sio/emit.h; what cannot be
 * packed, or holds binary, is left out.  Either may be NULL. */
void sio__rejection_init(struct sio__rejection *rejection, const char *message, const char *format,
                         va_list *values);

void sio__rejection_fini(struct sio__rejection *rejection);

/**
 * The payload of a refused CONNECT, JSON text: an object with the message and the data or, for a
 * client of Engine.IO 3, the data alone or the message as a string.
 *
 * Returns *len bytes, caller frees with sio__free(); NULL: out of memory, now or before.
 */
char *sio__rejection_payload(const struct sio__rejection *rejection, bool is_old, size_t *len);

#endif
