/* msgpack.h: msgpack, one value at a time: read from bytes, written to bytes.  No tree, no
 * recursion, no allocation; nothing that a header announces is believed before the bytes are there.
 *
 * The dialect is that of notepack.io 2.2, which socket.io-msgpack-parser stands on: fixext 1 of
 * type 0 is `undefined`, fixext 8 of type 0 a Date, ext 8, 16 and 32 of type 0 an ArrayBuffer. */
#ifndef PROTOCOL_MSGPACK_H
#define PROTOCOL_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/slice.h"

enum sio__msgpack_kind {
    SIO__MSGPACK_BAD, /* cut off, or a byte that begins no value */
    SIO__MSGPACK_NIL,
    SIO__MSGPACK_FALSE,
    SIO__MSGPACK_TRUE,
    SIO__MSGPACK_UINT,
    SIO__MSGPACK_INT, /* below 0 */
    SIO__MSGPACK_FLOAT,
    SIO__MSGPACK_STR, /* not checked to be UTF-8 */
    SIO__MSGPACK_BIN, /* an ArrayBuffer too */
    SIO__MSGPACK_ARRAY,
    SIO__MSGPACK_MAP,
    SIO__MSGPACK_UNDEFINED,
    SIO__MSGPACK_DATE,
    SIO__MSGPACK_EXT, /* any other */
};

/* A scalar, or the head of an array or map. */
struct sio__msgpack_value {
    enum sio__msgpack_kind kind;
    int8_t ext_type; /* EXT */
    union {
        uint64_t natural;        /* UINT */
        int64_t whole;           /* INT; DATE: milliseconds since 1970 */
        double real;             /* FLOAT */
        uint32_t count;          /* ARRAY: values that follow; MAP: pairs of key and value */
        struct sio__slice bytes; /* STR, BIN, EXT: of the text that is read */
    } of;
};

/* --- reading ------------------------------------------------------------------------------- */

struct sio__msgpack_reader {
    const unsigned char *p, *end;
};

static inline struct sio__msgpack_reader sio__msgpack_reader_of(const void *bytes, size_t len)
{
    return (struct sio__msgpack_reader){bytes, (const unsigned char *)bytes + len};
}

/* The next value, or the head of one.  An array or map of more than the bytes left can hold is
 * BAD.  After BAD the reader is of no use. */
struct sio__msgpack_value sio__msgpack_next(struct sio__msgpack_reader *r);

/* UINT, INT and FLOAT as JavaScript has them; NaN for any other. */
double sio__msgpack_number(const struct sio__msgpack_value *v);

/* Moves past one value with all that is in it, however deep.  False: it is no value. */
bool sio__msgpack_skip(struct sio__msgpack_reader *r);

/* --- writing ------------------------------------------------------------------------------- */

/* Where values go.  With out NULL they are only measured, so that the same code first finds the
 * length and then fills a place of exactly that length. */
struct sio__msgpack_sink {
    char *out;
    size_t len; /* written, or measured, so far */
};

void sio__msgpack_put_nil(struct sio__msgpack_sink *s);
void sio__msgpack_put_bool(struct sio__msgpack_sink *s, bool value);

/* In the shortest form.  A real that is a whole number of 64 bits is one, as in JavaScript; others
 * are float 64. */
void sio__msgpack_put_natural(struct sio__msgpack_sink *s, uint64_t number);
void sio__msgpack_put_whole(struct sio__msgpack_sink *s, int64_t number);
void sio__msgpack_put_real(struct sio__msgpack_sink *s, double number);

/* The head of a string; its bytes are to follow.  len below 2^32. */
void sio__msgpack_put_str_head(struct sio__msgpack_sink *s, size_t len);

void sio__msgpack_put_str(struct sio__msgpack_sink *s, struct sio__slice utf8);
void sio__msgpack_put_bin(struct sio__msgpack_sink *s, struct sio__slice bytes);

/* Heads; so many values, or pairs of key and value, are to follow. */
void sio__msgpack_put_array(struct sio__msgpack_sink *s, uint32_t count);
void sio__msgpack_put_map(struct sio__msgpack_sink *s, uint32_t count);

#endif
