/* frame.h: sealed bytes that many connections share.
 * A frame carries its own WebSocket header (server side: unmasked, FIN) right before its payload,
 * so that a connection sends it with one write and nobody ever writes into it again.
 *
 *   mem:  | unused | header 2, 4 or 10 | payload ... |
 *         0                           SIO__FRAME_HEADROOM
 *
 * Life: new -> the maker fills the payload -> chain (optional) -> seal -> shared by references.
 * After sealing it never changes and any thread may hold, read and release it. The constants at
 * the end are immortal: holding and releasing them does nothing. */
#ifndef PROTOCOL_FRAME_H
#define PROTOCOL_FRAME_H

#include "protocol/slice.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIO__FRAME_HEADROOM 10 /* the longest header of a server: 2 bytes and a 64-bit length */
#define SIO__FRAME_IMMORTAL UINT32_MAX

/* WebSocket opcodes. Only text and binary frames carry Engine.IO packets. */
enum sio__frame_opcode {
    SIO__FRAME_TEXT = 0x1,
    SIO__FRAME_BINARY = 0x2,
    SIO__FRAME_CLOSE = 0x8,
    SIO__FRAME_PONG = 0xA,
};

struct sio__frame {
    _Atomic uint32_t refs;   /* SIO__FRAME_IMMORTAL is never counted */
    uint8_t opcode;          /* enum sio__frame_opcode */
    uint8_t header_len;      /* 0 until sealed */
    bool is_volatile;        /* a full queue may drop it; the maker sets it before sealing */
    bool no_compress;        /* not worth it (polling bodies); the maker sets it before sealing */
    size_t len;              /* payload bytes */
    struct sio__frame *next; /* owned: goes out directly after this one (attachments), or NULL */
    _Atomic(char *) polling; /* b<base64> of a binary frame, made on first use */
    /* What goes out in its place where deflate is granted: a frame of its own, or itself; NULL:
     * nobody has tried yet. */
    _Atomic(struct sio__frame *) deflated;
    unsigned char mem[];
};

/* --- making one ---------------------------------------------------------------------------- */

/** A new unsealed frame with one reference, for the maker to fill through sio__frame_data.
 *  Text payloads are UTF-8 and start with the Engine.IO type; binary ones are the raw data of a
 *  message. NULL: out of memory. */
struct sio__frame *sio__frame_new(bool binary, size_t payload_len);

/** The payload to write to. Only before sealing. */
static inline char *sio__frame_data(struct sio__frame *f)
{
    assert(f->header_len == 0);
    return (char *)f->mem + SIO__FRAME_HEADROOM;
}

/** Makes `next` (and its own chain) follow f directly on every connection. Its reference passes to
 *  f. Only before f is sealed and while f has no next. The head then stands for the whole packet:
 *  hold, rele and queue it alone. */
static inline void sio__frame_chain(struct sio__frame *f, struct sio__frame *next)
{
    assert(f->header_len == 0 && f->next == NULL && next != f);
    f->next = next;
}

/** Writes the header; from here on the frame never changes. Frames of its chain are sealed too
 *  where they are not yet. Returns f. */
struct sio__frame *sio__frame_seal(struct sio__frame *f);

/** A sealed frame with a copy of the payload; NULL: out of memory. */
struct sio__frame *sio__frame_text(const char *ptr, size_t len);

/** Sealed close frame: code 0 is the empty body `88 00`, else two bytes of code and no reason.
 *  The codes that a server sends by itself (0, 1000 to 1002, 1007 to 1009, 1011, 1013) are immortal
 *  constants and never fail; others, echoed from the peer, may give NULL when out of memory. */
struct sio__frame *sio__frame_close_code(uint16_t code);

/** Sealed WebSocket pong with the ping's payload, at most 125 bytes. NULL: out of memory, or it is
 *  longer. */
struct sio__frame *sio__frame_pong_of(const void *ptr, size_t len);

/** What a revision 3 client gets for a binary frame on a WebSocket: the same data after the type
 *  byte 04. A new sealed frame without chain and with one reference; NULL: out of memory. */
struct sio__frame *sio__frame_eio3(const struct sio__frame *f);

/** A sealed frame that says in permessage-deflate what f says: its payload is a copy of
 * ptr[0..len), and RSV1 is set.  NULL: out of memory. */
struct sio__frame *sio__frame_deflated_of(const struct sio__frame *f, const void *ptr, size_t len);

/* --- references ---------------------------------------------------------------------------- */

static inline struct sio__frame *sio__frame_hold(struct sio__frame *f)
{
    if (atomic_load_explicit(&f->refs, memory_order_relaxed) != SIO__FRAME_IMMORTAL)
        atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
    return f;
}

/** Gives a reference back; the last one frees the frame and its chain. NULL is taken. */
void sio__frame_rele(struct sio__frame *f);

/* --- reading a sealed frame ---------------------------------------------------------------- */

static inline bool sio__frame_is_binary(const struct sio__frame *f)
{
    return f->opcode == SIO__FRAME_BINARY;
}

static inline bool sio__frame_is_constant(const struct sio__frame *f)
{
    return atomic_load_explicit(&f->refs, memory_order_relaxed) == SIO__FRAME_IMMORTAL;
}

/** The payload alone; lives as long as the reference. */
static inline struct sio__slice sio__frame_payload(const struct sio__frame *f)
{
    return sio__slice_make((const char *)f->mem + SIO__FRAME_HEADROOM, f->len);
}

/** Header and payload as they go on the wire; lives as long as the reference. */
static inline struct sio__slice sio__frame_wire(const struct sio__frame *f)
{
    assert(f->header_len != 0);
    return sio__slice_make((const char *)f->mem + SIO__FRAME_HEADROOM - f->header_len,
                           f->header_len + f->len);
}

/** Bytes on the wire of f and all that follow it: what it weighs in a queue. */
static inline size_t sio__frame_chain_bytes(const struct sio__frame *f)
{
    size_t bytes = 0;

    for (; f != NULL; f = f->next)
        bytes += f->header_len + f->len;
    return bytes;
}

/** How many frames f stands for: 1 and those that follow. */
static inline size_t sio__frame_chain_count(const struct sio__frame *f)
{
    size_t count = 0;

    for (; f != NULL; f = f->next)
        count++;
    return count;
}

/** The packet as a piece of a polling body: the payload of a text frame, b<base64> of a binary one
 *  (made once, kept on the frame, any thread). f alone, not its chain. *out lives as long as the
 *  reference. False: out of memory, *out untouched. */
bool sio__frame_polling_text(struct sio__frame *f, struct sio__slice *out);

/** Settles what goes out in the place of f where deflate is granted: a smaller twin, whose
 * reference is taken over, or NULL for f itself.  The first to say so is heard.  Any thread.  Not
 * for the constants below. */
void sio__frame_settle(struct sio__frame *f, struct sio__frame *twin);

static inline bool sio__frame_is_settled(const struct sio__frame *f)
{
    return atomic_load_explicit(&f->deflated, memory_order_acquire) != NULL;
}

/** What goes out for f to somebody who takes deflated what is at most so many bytes (0: nothing):
 *  the twin if there is one, or f.  Lives as long as f.  f alone, not its chain. */
static inline const struct sio__frame *sio__frame_for(const struct sio__frame *f,
                                                      uint32_t deflate_most_bytes)
{
    const struct sio__frame *twin;

    if (f->len > deflate_most_bytes || deflate_most_bytes == 0)
        return f;
    twin = atomic_load_explicit(&f->deflated, memory_order_acquire);
    return twin != NULL ? twin : f;
}

/* --- immortal Engine.IO packets ------------------------------------------------------------ */

extern struct sio__frame *const sio__frame_ping;  /* 2 */
extern struct sio__frame *const sio__frame_pong;  /* 3 */
extern struct sio__frame *const sio__frame_probe; /* 3probe */
extern struct sio__frame *const sio__frame_noop;  /* 6 */
extern struct sio__frame *const sio__frame_close; /* 1: an Engine.IO close packet for polling */

#endif
