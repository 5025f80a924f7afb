/* table.h: uthash as this project uses it: memory from mem.h, out of memory is survived, and the
 * hash is keyed with random bytes of the process. Include this, never uthash.h.
 *
 * An add that failed leaves the table as it was and the element out of it; ask at once:
 *     HASH_ADD_KEYPTR(hh, table, e->name, e->name_len, e);
 *     if (!SIO__TABLE_ADDED(hh, e))
 *         ... out of memory: release e, refuse the request
 * The handle must be zero before the add (sio__calloc the element), and HASH_DEL must not be called
 * for an element that was not added. Finding, deleting and iterating never allocate. */
#ifndef PROTOCOL_TABLE_H
#define PROTOCOL_TABLE_H

#ifdef UTHASH_H
#error "uthash.h was included before protocol/table.h"
#endif

#include "protocol/hash.h"
#include "protocol/mem.h"

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION(keyptr, keylen, hashv)                                                       \
    ((hashv) = (unsigned)sio__hash((keyptr), (size_t)(keylen)))
#define uthash_malloc(size) sio__malloc(size)
#define uthash_free(ptr, size) ((void)(size), sio__free(ptr))

#include <uthash.h>

#define SIO__TABLE_ADDED(hh, element) ((element)->hh.tbl != NULL)

#endif
