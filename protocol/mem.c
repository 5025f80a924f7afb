#include "protocol/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The test hook. Relaxed: a test needs numbers that add up, not an order between threads. */
static atomic_bool hooked;
static atomic_bool fail_after;
static atomic_long left, asked;

static __attribute__((noinline, cold)) bool refused(void)
{
    long n = atomic_fetch_sub_explicit(&left, 1, memory_order_relaxed);

    atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
    return n == 1 || (n < 1 && atomic_load_explicit(&fail_after, memory_order_relaxed));
}

static inline bool refuse(void)
{
    return __builtin_expect(atomic_load_explicit(&hooked, memory_order_relaxed), 0) && refused();
}

void sio__mem_fail_nth(long n, bool and_after)
{
    atomic_store_explicit(&hooked, false, memory_order_relaxed);
    if (n <= 0)
        return;
    atomic_store_explicit(&asked, 0, memory_order_relaxed);
    atomic_store_explicit(&left, n, memory_order_relaxed);
    atomic_store_explicit(&fail_after, and_after, memory_order_relaxed);
    atomic_store_explicit(&hooked, true, memory_order_relaxed);
}

long sio__mem_count(void)
{
    return atomic_load_explicit(&asked, memory_order_relaxed);
}

void *sio__malloc(size_t size)
{
    return refuse() ? NULL : malloc(size != 0 ? size : 1);
}

void *sio__calloc(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || refuse())
        return NULL;
    return calloc(1, bytes != 0 ? bytes : 1);
}

void *sio__realloc(void *ptr, size_t size)
{
    return refuse() ? NULL : realloc(ptr, size != 0 ? size : 1);
}

void sio__free(void *ptr)
{
    free(ptr);
}

char *sio__strndup(const char *ptr, size_t len)
{
    char *copy = len < SIZE_MAX ? sio__malloc(len + 1) : NULL;

    if (copy == NULL)
        return NULL;
    if (len != 0)
        memcpy(copy, ptr, len);
    copy[len] = '\0';
    return copy;
}
