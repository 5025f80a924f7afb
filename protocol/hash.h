/* hash.h: a keyed hash (SipHash-1-3) for tables whose keys come from peers.
 * The key is random for each process, drawn before main: nobody outside can make names collide, and
 * nothing that outlives the process may depend on a value. Any thread. */
#ifndef PROTOCOL_HASH_H
#define PROTOCOL_HASH_H

#include <stddef.h>
#include <stdint.h>

/** Hash of len bytes under the key of the process. */
uint64_t sio__hash(const void *ptr, size_t len);

/** The same under a given key: for tests against known answers. */
uint64_t sio__hash_keyed(const uint64_t key[2], const void *ptr, size_t len);

#endif
