/* refusal.h: the payload of a refused CONNECT.  Pure functions.  Any thread. */
#ifndef SERVER_IO_REFUSAL_H
#define SERVER_IO_REFUSAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * JSON text: an object with the message and the data or, for a client of Engine.IO 3, the data
 * alone or the message as a string.
 *
 * message  UTF-8 (repaired where it is not); NULL: none.
 * format   one value, as in sio/emit.h; what cannot be packed, or holds binary, is left out.
 *
 * Returns *len bytes, caller frees with sio__free(); NULL: out of memory.
 */
char *sio__refusal_pack(bool is_old, const char *message, const char *format, va_list *values,
                        size_t *len);

#endif
