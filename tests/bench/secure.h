#ifndef BENCH_SECURE_H
#define BENCH_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* TLS below a client, which believes every certificate and resumes no session. */

struct secure;

struct secure *secure_new(int fd);
void secure_free(struct secure *secure); /* NULL is allowed */

/* 1: the handshake is done; 0: goes on when the socket is readable; -1: it failed. */
int secure_shake(struct secure *secure);

/* As recv() and writev(). */
ssize_t secure_read(struct secure *secure, void *bytes, size_t size);
ssize_t secure_write(struct secure *secure, const struct iovec *parts, size_t count);

#endif
