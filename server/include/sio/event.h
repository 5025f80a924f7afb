/* event.h: what an event or an ack brings: its arguments; and answering an ack.
 *
 * Arguments are checked when the packet arrives and located, but parsed only when asked for: a
 * value that is only passed on travels as bytes.  Everything read from a sio_args is borrowed until
 * the handler that was given it returns. */
#ifndef SIO_EVENT_H
#define SIO_EVENT_H

#include <jansson.h>
#include <sio/err.h>
#include <sio/export.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sio_type {
    SIO_NONE, /* there is no such argument */
    SIO_NULL,
    SIO_BOOL,
    SIO_NUMBER,
    SIO_STRING,
    SIO_ARRAY,
    SIO_OBJECT,
    SIO_BINARY,
} sio_type;

/* Number of arguments, the event's name not counted. */
SIO_API size_t sio_args_count(const sio_args *args);

SIO_API sio_type sio_args_type(const sio_args *args, size_t index);

/* The JSON text of an argument, as it came (a binary inside an object shows as its placeholder).
 * False: no such argument. */
SIO_API bool sio_args_raw(const sio_args *args, size_t index, sio_str *text);

/* A string argument, unescaped, UTF-8; may hold NUL bytes.  False: no string there, or out of
 * memory. */
SIO_API bool sio_args_string(const sio_args *args, size_t index, sio_str *string);

/* False: no number there. */
SIO_API bool sio_args_number(const sio_args *args, size_t index, double *number);

/* A whole number within the range of int64_t.  False: not one. */
SIO_API bool sio_args_int(const sio_args *args, size_t index, int64_t *number);

SIO_API bool sio_args_bool(const sio_args *args, size_t index, bool *value);

/* A binary argument.  False: none there. */
SIO_API bool sio_args_binary(const sio_args *args, size_t index, sio_str *bytes);

/**
 * An argument as a jansson value.  Binary inside it stays the placeholder object
 * {"_placeholder":true,"num":N}; sio_args_attachment() gives its bytes.
 *
 * A number beyond int64_t is a real, one beyond a double is null, a lone surrogate is U+FFFD.
 *
 * Returns a new reference, caller releases; NULL: no such argument, or out of memory.
 */
SIO_API json_t *sio_args_json(const sio_args *args, size_t index);

/* Attachment number num of the packet.  False: there is none. */
SIO_API bool sio_args_attachment(const sio_args *args, size_t num, sio_str *bytes);

/**
 * Reads several arguments at once: what sio_emit() packs, the same format unpacks.
 *
 *     sio_args_unpack(args, "s i?", &name, &limit)
 *     sio_args_unpack(args, "{s:s, s:[f f], s:B}", "id", &id, "at", &x, &y, "picture", &bytes)
 *
 * Each value of the format is one argument, and takes the address of where it goes:
 *     s    sio_str, text                 B    sio_str, binary
 *     i    int, a whole number           I    int64_t, a whole number
 *     f    double                        b    bool
 *     o    json_t *, any value, borrowed like all else; binary inside as with sio_args_json()
 *     j    sio_str, the JSON text of any value, as with sio_args_raw()
 *     *    any value; takes nothing
 *     {}   object of s key (a const char *) and value pairs           []   array
 * ':' ',' and blanks are for the eye.  A '?' after a value, also after } or ], lets it be absent or
 * null: then what it names stays as it is.  More arguments, keys and elements than the format has
 * are fine; of equal keys the last one counts.
 *
 * True: everything is there.  False: something is missing, of another kind or out of range, out of
 * memory, or the format is bad; some of what was named may have been written.
 */
SIO_API bool sio_args_unpack(const sio_args *args, const char *format, ...);

/* The event's name, for catch-all handlers; empty for an ack or a nameless event. */
SIO_API sio_str sio_args_event(const sio_args *args);

/**
 * Answers an ack.  The arguments are packed as in sio_emit().  Only the first answer counts.
 * ack may be NULL (the client asked for none): then nothing happens.
 * Any thread, as long as the ack is held; during its handler it needs no hold.
 *
 * Returns SIO_OK; SIO_EINVAL (bad format or value); SIO_ECLOSED (already answered, or the client is
 * gone); SIO_ENOMEM.
 */
SIO_API sio_err sio_ack_send(sio_ack *ack, const char *format, ...);

/* Answers an ack with arguments as they came. */
SIO_API sio_err sio_ack_send_args(sio_ack *ack, const sio_args *args);

/* Keeps an ack beyond its handler, to answer later from any thread.  NULL is allowed. */
SIO_API sio_ack *sio_ack_hold(sio_ack *ack);
SIO_API void sio_ack_rele(sio_ack *ack);

#ifdef __cplusplus
}
#endif

#endif
