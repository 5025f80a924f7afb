/* mem.h: the one door to the heap for protocol/, rooms/ and server/.
 * Every call may return NULL, and every caller lives on: an error costs at most one connection.
 * Tests reach in here to make the n-th allocation fail. Any thread. */
#ifndef PROTOCOL_MEM_H
#define PROTOCOL_MEM_H

#include <stdbool.h>
#include <stddef.h>

/** Like the functions of the C library, but a size of 0 is taken as 1: NULL always means failure.
 *  sio__calloc refuses products that overflow. sio__free takes NULL. */
void *sio__malloc(size_t size);
void *sio__calloc(size_t count, size_t size);
void *sio__realloc(void *ptr, size_t size);
void sio__free(void *ptr);

/** A copy of ptr[0..len) with a NUL after it, which len does not count. ptr may be NULL if len is
 *  0. Release with sio__free. */
char *sio__strndup(const char *ptr, size_t len);

/**
 * For tests: fails the n-th allocation from now on (1 is the next one), and with and_after every
 * later one too. 0 ends it; LONG_MAX only counts. Starts sio__mem_count at 0.
 * A thread that allocates meanwhile is counted with the others.
 */
void sio__mem_fail_nth(long n, bool and_after);

/** Allocations asked for since sio__mem_fail_nth(n > 0), the failed ones included. */
long sio__mem_count(void);

#endif
