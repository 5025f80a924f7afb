/* parts.h: what the files of this folder share: the only code that includes OpenSSL. */
#ifndef SERVER_NET_TLS_PARTS_H
#define SERVER_NET_TLS_PARTS_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "server/net/tls/context.h"
#include "server/net/tls/tls.h"

/* A connection before its handshake with the certificates of now, and the BIO's methods for it.
 * NULL: out of memory. */
SSL *sio__tls_context_ssl(struct sio__tls_context *context, BIO_METHOD **methods);

/* tls.c: how a BIO of ours reads and writes.  NULL: out of memory. */
BIO_METHOD *sio__tls_methods_new(void);

/* Why the latest call failed, a constant; the thread's errors are forgotten. */
const char *sio__tls_take_error(void);

#endif
