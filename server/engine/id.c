#include "server/engine/id.h"

#include <string.h>
#include <sys/random.h>

#include "protocol/base64.h"

enum { RANDOM_BYTES = 11, ID_BYTES = 15, POOL_BYTES = 64 * RANDOM_BYTES };

/* A system call for each id would be a good part of a handshake's cost. */
static _Thread_local unsigned char pool[POOL_BYTES];
static _Thread_local size_t pool_left;

static bool take_random(unsigned char out[RANDOM_BYTES])
{
    if (pool_left == 0) {
        if (getrandom(pool, POOL_BYTES, 0) != POOL_BYTES)
            return false;
        pool_left = POOL_BYTES;
    }
    pool_left -= RANDOM_BYTES;
    memcpy(out, pool + pool_left, RANDOM_BYTES);
    memset(pool + pool_left, 0, RANDOM_BYTES);
    return true;
}

bool sio__id_make(char id[SIO__ID_LEN + 1], unsigned worker, uint32_t counter)
{
    unsigned char bytes[ID_BYTES];

    if (!take_random(bytes))
        return false;
    bytes[11] = (unsigned char)worker;
    bytes[12] = (unsigned char)(counter >> 16);
    bytes[13] = (unsigned char)(counter >> 8);
    bytes[14] = (unsigned char)counter;
    sio__base64_encode_url(id, bytes, sizeof bytes);
    id[SIO__ID_LEN] = '\0';
    return true;
}

int sio__id_worker(struct sio__slice id)
{
    unsigned char bytes[SIO__ID_LEN]; /* more than enough: 15 and a rest */

    if (id.len != SIO__ID_LEN || sio__base64_decode(bytes, id.ptr, id.len) != ID_BYTES)
        return -1;
    return bytes[11];
}
