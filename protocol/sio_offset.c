#include "protocol/sio_offset.h"

enum { DIGIT_BITS = 6, FIRST_DIGIT_BITS = 64 - (SIO__OFFSET_LEN - 1) * DIGIT_BITS };

/* In the order of their bytes. */
static const char digits[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

void sio__offset_write(char out[SIO__OFFSET_LEN], uint64_t seq)
{
    for (int i = SIO__OFFSET_LEN - 1; i >= 0; i--, seq >>= DIGIT_BITS)
        out[i] = digits[seq & ((1u << DIGIT_BITS) - 1)];
}

bool sio__offset_read(struct sio__slice text, uint64_t *seq)
{
    uint64_t read = 0;

    if (text.len != SIO__OFFSET_LEN)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = memchr(digits, text.ptr[i], sizeof digits - 1);

        if (digit == NULL || (i == 0 && digit - digits >= 1 << FIRST_DIGIT_BITS))
            return false;
        read = read << DIGIT_BITS | (uint64_t)(digit - digits);
    }
    *seq = read;
    return true;
}
