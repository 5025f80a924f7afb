#include "protocol/msgpack.h"

#include <math.h>

/* --- reading ------------------------------------------------------------------------------- */

static size_t left(const struct sio__msgpack_reader *r)
{
    return (size_t)(r->end - r->p);
}

static struct sio__msgpack_value bad(void)
{
    return (struct sio__msgpack_value){.kind = SIO__MSGPACK_BAD};
}

static struct sio__msgpack_value plain(enum sio__msgpack_kind kind)
{
    return (struct sio__msgpack_value){.kind = kind};
}

/* A number of so many bytes, the highest first.  False: it is cut off. */
static bool take_number(struct sio__msgpack_reader *r, size_t width, uint64_t *number)
{
    if (left(r) < width)
        return false;
    for (*number = 0; width > 0; width--)
        *number = *number << 8 | *r->p++;
    return true;
}

static struct sio__msgpack_value natural(struct sio__msgpack_reader *r, size_t width)
{
    struct sio__msgpack_value v = plain(SIO__MSGPACK_UINT);

    return take_number(r, width, &v.of.natural) ? v : bad();
}

static struct sio__msgpack_value whole_of(int64_t number)
{
    if (number >= 0)
        return (struct sio__msgpack_value){.kind = SIO__MSGPACK_UINT,
                                           .of.natural = (uint64_t)number};
    return (struct sio__msgpack_value){.kind = SIO__MSGPACK_INT, .of.whole = number};
}

static struct sio__msgpack_value whole(struct sio__msgpack_reader *r, size_t width)
{
    unsigned unused_bits = 64 - 8 * (unsigned)width;
    uint64_t bits;

    if (!take_number(r, width, &bits))
        return bad();
    /* The sign moves to the top and comes down again in every bit that was unused. */
    return whole_of((int64_t)(bits << unused_bits) >> unused_bits);
}

static struct sio__msgpack_value float_32(struct sio__msgpack_reader *r)
{
    uint64_t bits;
    uint32_t narrow;
    float number;

    if (!take_number(r, sizeof narrow, &bits))
        return bad();
    narrow = (uint32_t)bits;
    memcpy(&number, &narrow, sizeof number);
    return (struct sio__msgpack_value){.kind = SIO__MSGPACK_FLOAT, .of.real = number};
}

static struct sio__msgpack_value float_64(struct sio__msgpack_reader *r)
{
    struct sio__msgpack_value v = plain(SIO__MSGPACK_FLOAT);
    uint64_t bits;

    if (!take_number(r, sizeof bits, &bits))
        return bad();
    memcpy(&v.of.real, &bits, sizeof bits);
    return v;
}

static struct sio__msgpack_value bytes(struct sio__msgpack_reader *r, enum sio__msgpack_kind kind,
                                       uint64_t len)
{
    struct sio__msgpack_value v = plain(kind);

    if (left(r) < len)
        return bad();
    v.of.bytes = sio__slice_make((const char *)r->p, (size_t)len);
    r->p += len;
    return v;
}

static struct sio__msgpack_value sized_bytes(struct sio__msgpack_reader *r,
                                             enum sio__msgpack_kind kind, size_t width)
{
    uint64_t len;

    return take_number(r, width, &len) ? bytes(r, kind, len) : bad();
}

/* Each value takes a byte at least, so a count beyond the bytes left is a lie. */
static struct sio__msgpack_value container(struct sio__msgpack_reader *r,
                                           enum sio__msgpack_kind kind, uint64_t count)
{
    struct sio__msgpack_value v = plain(kind);

    if ((kind == SIO__MSGPACK_MAP ? 2 * count : count) > left(r))
        return bad();
    v.of.count = (uint32_t)count;
    return v;
}

static struct sio__msgpack_value sized_container(struct sio__msgpack_reader *r,
                                                 enum sio__msgpack_kind kind, size_t width)
{
    uint64_t count;

    return take_number(r, width, &count) ? container(r, kind, count) : bad();
}

static struct sio__msgpack_value typed(struct sio__msgpack_reader *r, uint64_t type, uint64_t len,
                                       enum sio__msgpack_kind kind_of_0)
{
    struct sio__msgpack_value v = bytes(r, type == 0 ? kind_of_0 : SIO__MSGPACK_EXT, len);

    v.ext_type = (int8_t)(uint8_t)type;
    return v;
}

static struct sio__msgpack_value ext(struct sio__msgpack_reader *r, size_t width)
{
    uint64_t len, type;

    return take_number(r, width, &len) && take_number(r, 1, &type)
               ? typed(r, type, len, SIO__MSGPACK_BIN)
               : bad();
}

static struct sio__msgpack_value fixext(struct sio__msgpack_reader *r, size_t len)
{
    struct sio__msgpack_value v;
    uint64_t type, ms;

    if (!take_number(r, 1, &type))
        return bad();
    v = typed(r, type, len,
              len == 1   ? SIO__MSGPACK_UNDEFINED
              : len == 8 ? SIO__MSGPACK_DATE
                         : SIO__MSGPACK_EXT);
    if (v.kind == SIO__MSGPACK_DATE) {
        r->p -= len;
        take_number(r, len, &ms);
        v.of.whole = (int64_t)ms;
    }
    return v;
}

static struct sio__msgpack_value take_wide(struct sio__msgpack_reader *r, unsigned head)
{
    switch (head) {
    case 0xc0:
        return plain(SIO__MSGPACK_NIL);
    case 0xc2:
        return plain(SIO__MSGPACK_FALSE);
    case 0xc3:
        return plain(SIO__MSGPACK_TRUE);
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return sized_bytes(r, SIO__MSGPACK_BIN, (size_t)1 << (head - 0xc4));
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return ext(r, (size_t)1 << (head - 0xc7));
    case 0xca:
        return float_32(r);
    case 0xcb:
        return float_64(r);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return natural(r, (size_t)1 << (head - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return whole(r, (size_t)1 << (head - 0xd0));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return fixext(r, (size_t)1 << (head - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
        return sized_bytes(r, SIO__MSGPACK_STR, (size_t)1 << (head - 0xd9));
    case 0xdc:
    case 0xdd:
        return sized_container(r, SIO__MSGPACK_ARRAY, (size_t)2 << (head - 0xdc));
    case 0xde:
    case 0xdf:
        return sized_container(r, SIO__MSGPACK_MAP, (size_t)2 << (head - 0xde));
    default:
        return bad();
    }
}

struct sio__msgpack_value sio__msgpack_next(struct sio__msgpack_reader *r)
{
    unsigned head;

    if (r->p == r->end)
        return bad();
    head = *r->p++;
    if (head < 0x80)
        return whole_of(head);
    if (head < 0x90)
        return container(r, SIO__MSGPACK_MAP, head & 0x0f);
    if (head < 0xa0)
        return container(r, SIO__MSGPACK_ARRAY, head & 0x0f);
    if (head < 0xc0)
        return bytes(r, SIO__MSGPACK_STR, head & 0x1f);
    return head < 0xe0 ? take_wide(r, head) : whole_of((int64_t)head - 0x100);
}

double sio__msgpack_number(const struct sio__msgpack_value *v)
{
    switch (v->kind) {
    case SIO__MSGPACK_UINT:
        return (double)v->of.natural;
    case SIO__MSGPACK_INT:
        return (double)v->of.whole;
    case SIO__MSGPACK_FLOAT:
        return v->of.real;
    default:
        return NAN;
    }
}

bool sio__msgpack_skip(struct sio__msgpack_reader *r)
{
    for (uint64_t due = 1; due > 0; due--) {
        struct sio__msgpack_value v = sio__msgpack_next(r);

        if (v.kind == SIO__MSGPACK_BAD)
            return false;
        if (v.kind == SIO__MSGPACK_ARRAY)
            due += v.of.count;
        else if (v.kind == SIO__MSGPACK_MAP)
            due += 2 * (uint64_t)v.of.count;
    }
    return true;
}

/* --- writing ------------------------------------------------------------------------------- */

static void put_bytes(struct sio__msgpack_sink *s, const void *ptr, size_t len)
{
    if (s->out != NULL && len > 0)
        memcpy(s->out + s->len, ptr, len);
    s->len += len;
}

/* A byte, and a number in so many bytes, the highest first. */
static void put_head(struct sio__msgpack_sink *s, unsigned head, uint64_t number, size_t width)
{
    unsigned char text[9] = {(unsigned char)head};

    for (size_t i = width; i > 0; i--, number >>= 8)
        text[i] = (unsigned char)number;
    put_bytes(s, text, 1 + width);
}

void sio__msgpack_put_nil(struct sio__msgpack_sink *s)
{
    put_head(s, 0xc0, 0, 0);
}

void sio__msgpack_put_bool(struct sio__msgpack_sink *s, bool value)
{
    put_head(s, value ? 0xc3 : 0xc2, 0, 0);
}

/* Of 1, 2, 4 and 8 bytes the fewest that hold it, as a power of two. */
static unsigned width_bits(uint64_t number)
{
    return number <= UINT8_MAX ? 0 : number <= UINT16_MAX ? 1 : number <= UINT32_MAX ? 2 : 3;
}

static void put_sized(struct sio__msgpack_sink *s, unsigned head_of_1, uint64_t number)
{
    unsigned bits = width_bits(number);

    put_head(s, head_of_1 + bits, number, (size_t)1 << bits);
}

void sio__msgpack_put_natural(struct sio__msgpack_sink *s, uint64_t number)
{
    if (number < 0x80)
        put_head(s, (unsigned)number, 0, 0);
    else
        put_sized(s, 0xcc, number);
}

void sio__msgpack_put_whole(struct sio__msgpack_sink *s, int64_t number)
{
    uint64_t bits = (uint64_t)number;

    if (number >= 0)
        sio__msgpack_put_natural(s, bits);
    else if (number >= -0x20)
        put_head(s, (unsigned)(bits & 0xff), 0, 0);
    else if (number >= INT8_MIN)
        put_head(s, 0xd0, bits, 1);
    else if (number >= INT16_MIN)
        put_head(s, 0xd1, bits, 2);
    else if (number >= INT32_MIN)
        put_head(s, 0xd2, bits, 4);
    else
        put_head(s, 0xd3, bits, 8);
}

void sio__msgpack_put_real(struct sio__msgpack_sink *s, double number)
{
    uint64_t bits;

    if (number == floor(number) && number >= 0 && number < 0x1p64) {
        sio__msgpack_put_natural(s, (uint64_t)number);
    } else if (number == floor(number) && number < 0 && number >= -0x1p63) {
        sio__msgpack_put_whole(s, (int64_t)number);
    } else {
        memcpy(&bits, &number, sizeof bits);
        put_head(s, 0xcb, bits, sizeof bits);
    }
}

void sio__msgpack_put_str_head(struct sio__msgpack_sink *s, size_t len)
{
    if (len < 0x20)
        put_head(s, 0xa0 | (unsigned)len, 0, 0);
    else
        put_sized(s, 0xd9, len);
}

void sio__msgpack_put_str(struct sio__msgpack_sink *s, struct sio__slice utf8)
{
    sio__msgpack_put_str_head(s, utf8.len);
    put_bytes(s, utf8.ptr, utf8.len);
}

void sio__msgpack_put_bin(struct sio__msgpack_sink *s, struct sio__slice bytes)
{
    put_sized(s, 0xc4, bytes.len);
    put_bytes(s, bytes.ptr, bytes.len);
}

static void put_container(struct sio__msgpack_sink *s, unsigned short_head, unsigned head_of_2,
                          uint32_t count)
{
    if (count < 0x10)
        put_head(s, short_head | count, 0, 0);
    else if (count <= UINT16_MAX)
        put_head(s, head_of_2, count, 2);
    else
        put_head(s, head_of_2 + 1, count, 4);
}

void sio__msgpack_put_array(struct sio__msgpack_sink *s, uint32_t count)
{
    put_container(s, 0x90, 0xdc, count);
}

void sio__msgpack_put_map(struct sio__msgpack_sink *s, uint32_t count)
{
    put_container(s, 0x80, 0xde, count);
}
