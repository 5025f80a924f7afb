#include "protocol/buf.h"

#include "protocol/mem.h"

enum { FIRST_CAP = 64 };

void sio__buf_fini(struct sio__buf *b)
{
    sio__free(b->ptr);
    sio__buf_init(b);
}

bool sio__buf_grow(struct sio__buf *b, size_t more)
{
    size_t need = b->len + more;
    size_t cap = b->cap < SIZE_MAX / 2 ? b->cap * 2 : SIZE_MAX;
    char *ptr = NULL;

    if (b->failed)
        return false;
    if (cap < FIRST_CAP)
        cap = FIRST_CAP;
    if (cap < need)
        cap = need;
    if (need >= more)
        ptr = sio__realloc(b->ptr, cap);
    if (ptr == NULL) {
        b->failed = true;
        return false;
    }
    b->ptr = ptr;
    b->cap = cap;
    return true;
}

void sio__buf_uint(struct sio__buf *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    sio__buf_bytes(b, digits + at, sizeof digits - at);
}

char *sio__buf_take(struct sio__buf *b, size_t *len)
{
    char *ptr = NULL;

    if (sio__buf_reserve(b, 1)) {
        ptr = b->ptr;
        ptr[b->len] = '\0';
        if (len != NULL)
            *len = b->len;
        sio__buf_init(b);
    }
    sio__buf_fini(b);
    return ptr;
}
