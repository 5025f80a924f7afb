#include "protocol/hash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t process_key[2];

/* Only where the kernel has no getrandom: better than a key that everybody knows. */
static void guess_key(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    process_key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid();
    process_key[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)(uintptr_t)&guess_key << 20;
}

/* Before main, so that hashing needs neither a lock nor a test. */
static __attribute__((constructor)) void draw_key(void)
{
    ssize_t got;

    do
        got = getrandom(process_key, sizeof process_key, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof process_key)
        guess_key();
}

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void mix(struct state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline uint64_t load(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

static inline uint64_t load_tail(const unsigned char *p, size_t len)
{
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static inline void absorb(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s);
    s->v0 ^= word;
}

uint64_t sio__hash_keyed(const uint64_t key[2], const void *ptr, size_t len)
{
    struct state s = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                      key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    const unsigned char *p = ptr;
    uint64_t last = (uint64_t)len << 56;

    for (; len >= 8; len -= 8, p += 8)
        absorb(&s, load(p));
    absorb(&s, last | load_tail(p, len));
    s.v2 ^= 0xff;
    mix(&s);
    mix(&s);
    mix(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t sio__hash(const void *ptr, size_t len)
{
    return sio__hash_keyed(process_key, ptr, len);
}
