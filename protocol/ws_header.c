#include "protocol/ws_header.h"

#include <string.h>

enum { FINAL = 0x80, RSV1 = 0x40, RESERVED = 0x70, OPCODE = 0x0F, MASKED = 0x80, LENGTH = 0x7F };

static bool is_opcode(uint8_t opcode)
{
    return opcode <= SIO__WS_BINARY || (opcode >= SIO__WS_CLOSE && opcode <= SIO__WS_PONG);
}

/* Of the reserved bits only RSV1 may be set, where a message that is deflated begins. */
static bool may_be_set(unsigned reserved, uint8_t opcode, bool may_deflate)
{
    return may_deflate && reserved == RSV1 && (opcode == SIO__WS_TEXT || opcode == SIO__WS_BINARY);
}

static size_t length_bytes(uint8_t length)
{
    return length < 126 ? 0 : length == 126 ? 2 : 8;
}

static uint64_t read_number(const unsigned char *ptr, size_t bytes)
{
    uint64_t number = 0;

    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | ptr[i];
    return number;
}

int sio__ws_header_read(const unsigned char *ptr, size_t len, bool may_deflate,
                        struct sio__ws_header *out)
{
    size_t bytes;

    if (len > 0 && (!is_opcode(ptr[0] & OPCODE) ||
                    ((ptr[0] & RESERVED) != 0 &&
                     !may_be_set(ptr[0] & RESERVED, ptr[0] & OPCODE, may_deflate))))
        return -1;
    if (len < 2)
        return 0;
    out->is_final = (ptr[0] & FINAL) != 0;
    out->is_deflated = (ptr[0] & RSV1) != 0;
    out->opcode = ptr[0] & OPCODE;
    out->len = ptr[1] & LENGTH;
    if ((ptr[1] & MASKED) == 0)
        return -1;
    if (sio__ws_is_control(out) && (!out->is_final || out->len > SIO__WS_CONTROL_MOST))
        return -1;
    bytes = length_bytes((uint8_t)out->len);
    if (len < 2 + bytes + 4)
        return 0;
    if (bytes > 0)
        out->len = read_number(ptr + 2, bytes);
    if (out->len > INT64_MAX)
        return -1;
    memcpy(out->mask, ptr + 2 + bytes, 4);
    return (int)(2 + bytes + 4);
}

void sio__ws_unmask(unsigned char *ptr, size_t len, const uint8_t mask[4], uint64_t offset)
{
    uint8_t turned[8];
    uint64_t wide, word;
    size_t i = 0;

    for (size_t k = 0; k < sizeof turned; k++)
        turned[k] = mask[(offset + k) & 3];
    memcpy(&wide, turned, sizeof wide);
    for (; i + sizeof word <= len; i += sizeof word) {
        memcpy(&word, ptr + i, sizeof word);
        word ^= wide;
        memcpy(ptr + i, &word, sizeof word);
    }
    for (; i < len; i++)
        ptr[i] ^= turned[i & 7];
}
