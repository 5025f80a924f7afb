#include "protocol/frame.h"

#include "protocol/base64.h"
#include "protocol/mem.h"

#include <string.h>

enum { FIN = 0x80, RSV1 = 0x40, CONTROL_MAX = 125 };

/* --- making one ---------------------------------------------------------------------------- */

/* opcode: with RSV1 or without. */
static struct sio__frame *make(unsigned opcode, size_t len)
{
    struct sio__frame *f = NULL;

    if (len <= SIZE_MAX - sizeof *f - SIO__FRAME_HEADROOM)
        f = sio__malloc(sizeof *f + SIO__FRAME_HEADROOM + len);
    if (f == NULL)
        return NULL;
    memset(f, 0, sizeof *f);
    atomic_init(&f->refs, 1);
    f->opcode = (uint8_t)opcode;
    f->len = len;
    return f;
}

static struct sio__frame *make_sealed(unsigned opcode, const void *ptr, size_t len)
{
    struct sio__frame *f = make(opcode, len);

    if (f == NULL)
        return NULL;
    if (len != 0)
        memcpy(sio__frame_data(f), ptr, len);
    return sio__frame_seal(f);
}

struct sio__frame *sio__frame_new(bool binary, size_t payload_len)
{
    return make(binary ? SIO__FRAME_BINARY : SIO__FRAME_TEXT, payload_len);
}

static void write_header(struct sio__frame *f)
{
    size_t length_bytes = f->len <= CONTROL_MAX ? 0 : f->len <= UINT16_MAX ? 2 : 8;
    unsigned char *end = f->mem + SIO__FRAME_HEADROOM;
    uint64_t len = f->len;

    for (size_t i = 1; i <= length_bytes; i++, len >>= 8)
        end[-(ptrdiff_t)i] = (unsigned char)len;
    f->header_len = (uint8_t)(2 + length_bytes);
    end -= f->header_len;
    end[0] = (unsigned char)(FIN | f->opcode);
    end[1] = (unsigned char)(length_bytes == 0 ? f->len : length_bytes == 2 ? 126 : 127);
}

struct sio__frame *sio__frame_seal(struct sio__frame *f)
{
    for (struct sio__frame *at = f; at != NULL && at->header_len == 0; at = at->next)
        write_header(at);
    return f;
}

struct sio__frame *sio__frame_text(const char *ptr, size_t len)
{
    return make_sealed(SIO__FRAME_TEXT, ptr, len);
}

struct sio__frame *sio__frame_pong_of(const void *ptr, size_t len)
{
    return len <= CONTROL_MAX ? make_sealed(SIO__FRAME_PONG, ptr, len) : NULL;
}

struct sio__frame *sio__frame_eio3(const struct sio__frame *f)
{
    struct sio__frame *copy = sio__frame_new(true, f->len + 1);

    if (copy == NULL)
        return NULL;
    copy->is_volatile = f->is_volatile;
    copy->no_compress = f->no_compress;
    sio__frame_data(copy)[0] = 4;
    memcpy(sio__frame_data(copy) + 1, f->mem + SIO__FRAME_HEADROOM, f->len);
    return sio__frame_seal(copy);
}

struct sio__frame *sio__frame_deflated_of(const struct sio__frame *f, const void *ptr, size_t len)
{
    return make_sealed(RSV1 | f->opcode, ptr, len);
}

/* --- references ---------------------------------------------------------------------------- */

static bool drop(struct sio__frame *f)
{
    if (atomic_load_explicit(&f->refs, memory_order_relaxed) == SIO__FRAME_IMMORTAL)
        return false;
    return atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1;
}

void sio__frame_rele(struct sio__frame *f)
{
    while (f != NULL && drop(f)) {
        struct sio__frame *next = f->next;
        struct sio__frame *twin = atomic_load_explicit(&f->deflated, memory_order_relaxed);

        if (twin != NULL && twin != f)
            sio__free(twin); /* nobody else has ever held it */
        sio__free(atomic_load_explicit(&f->polling, memory_order_relaxed));
        sio__free(f);
        f = next;
    }
}

/* --- polling ------------------------------------------------------------------------------- */

static char *encode_polling(const struct sio__frame *f)
{
    char *text = sio__malloc(1 + sio__base64_len(f->len));

    if (text != NULL) {
        text[0] = 'b';
        sio__base64_encode(text + 1, f->mem + SIO__FRAME_HEADROOM, f->len);
    }
    return text;
}

bool sio__frame_polling_text(struct sio__frame *f, struct sio__slice *out)
{
    char *text, *mine;

    if (!sio__frame_is_binary(f)) {
        *out = sio__frame_payload(f);
        return true;
    }
    text = atomic_load_explicit(&f->polling, memory_order_acquire);
    if (text == NULL) {
        if ((mine = encode_polling(f)) == NULL)
            return false;
        /* Two threads may encode at once; the loser takes the winner's and drops its own. */
        if (atomic_compare_exchange_strong_explicit(&f->polling, &text, mine, memory_order_acq_rel,
                                                    memory_order_acquire))
            text = mine;
        else
            sio__free(mine);
    }
    *out = sio__slice_make(text, 1 + sio__base64_len(f->len));
    return true;
}

/* --- deflate ------------------------------------------------------------------------------- */

void sio__frame_settle(struct sio__frame *f, struct sio__frame *twin)
{
    struct sio__frame *none = NULL;

    /* Two threads may deflate at once; the loser drops its own. */
    if (!atomic_compare_exchange_strong_explicit(&f->deflated, &none, twin != NULL ? twin : f,
                                                 memory_order_acq_rel, memory_order_relaxed))
        sio__free(twin);
}

/* --- constants ----------------------------------------------------------------------------- */

#define IMMORTAL(name, code, payload_len, ...)                                                     \
    static struct sio__frame name = {                                                              \
        .refs = SIO__FRAME_IMMORTAL,                                                               \
        .opcode = (code),                                                                          \
        .header_len = 2,                                                                           \
        .len = (payload_len),                                                                      \
        .mem = {[SIO__FRAME_HEADROOM - 2] = FIN | (code), (payload_len), __VA_ARGS__},             \
    }

#define CLOSE(code) IMMORTAL(close_##code, SIO__FRAME_CLOSE, 2, (code) >> 8, (code)&0xff)

IMMORTAL(ping, SIO__FRAME_TEXT, 1, '2');
IMMORTAL(pong, SIO__FRAME_TEXT, 1, '3');
IMMORTAL(probe, SIO__FRAME_TEXT, 6, '3', 'p', 'r', 'o', 'b', 'e');
IMMORTAL(noop, SIO__FRAME_TEXT, 1, '6');
IMMORTAL(close, SIO__FRAME_TEXT, 1, '1');

struct sio__frame *const sio__frame_ping = &ping;
struct sio__frame *const sio__frame_pong = &pong;
struct sio__frame *const sio__frame_probe = &probe;
struct sio__frame *const sio__frame_noop = &noop;
struct sio__frame *const sio__frame_close = &close;

IMMORTAL(close_empty, SIO__FRAME_CLOSE, 0);
CLOSE(1000);
CLOSE(1001);
CLOSE(1002);
CLOSE(1007);
CLOSE(1008);
CLOSE(1009);
CLOSE(1011);
CLOSE(1013);

struct sio__frame *sio__frame_close_code(uint16_t code)
{
    static struct sio__frame *const own[] = {&close_1000, &close_1001, &close_1002, &close_1007,
                                             &close_1008, &close_1009, &close_1011, &close_1013};
    const unsigned char body[2] = {(unsigned char)(code >> 8), (unsigned char)code};

    if (code == 0)
        return &close_empty;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (memcmp(own[i]->mem + SIO__FRAME_HEADROOM, body, sizeof body) == 0)
            return own[i];
    return make_sealed(SIO__FRAME_CLOSE, body, sizeof body);
}
