/* tls.h: one TLS connection over a socket: what stands below a stream (server/net/stream.h) that is
 * not plain.
 *
 * OpenSSL reads and writes through a BIO of ours.  Reading takes one piece from the socket into
 * memory that all connections of a loop share, and unseals the whole of it: nothing that the loop's
 * poll does not tell of stays behind, neither here nor in OpenSSL.  Writing seals into shared
 * memory, which leaves in one send(); what the socket does not take is kept here, so that OpenSSL
 * is never told to wait.  That is at most SIO__TLS_WRITE_BYTES and some records' headers.
 *
 * One thread at a time; a connection may move to another loop between two calls. */
#ifndef SERVER_NET_TLS_TLS_H
#define SERVER_NET_TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct sio__tls;
struct sio__tls_context;

enum {
    SIO__TLS_READ_BYTES = 65536,  /* what a read has to have room for */
    SIO__TLS_WRITE_BYTES = 65536, /* that are sealed at a time */
    SIO__TLS_OUT_BYTES = 131072,  /* that may wait for the socket; over it the connection breaks */
};

/* What the connections of one loop share.  Fields are private. */
struct sio__tls_io {
    unsigned char *ahead; /* read, not yet unsealed */
    size_t ahead_at, ahead_end;
    unsigned char *sealed; /* not yet sent */
    size_t sealed_len;
    unsigned char *gathered; /* pieces that become one record */
};

/* False: out of memory. */
bool sio__tls_io_init(struct sio__tls_io *io);
void sio__tls_io_fini(struct sio__tls_io *io);

/* A server's end, before the handshake, with the certificates of now; the socket stays the
 * caller's until the free.  NULL: out of memory. */
struct sio__tls *sio__tls_new(struct sio__tls_context *context, struct sio__tls_io *io, int fd);

/* It is served by the loop of this io from now on. */
void sio__tls_enter(struct sio__tls *tls, struct sio__tls_io *io);

/* Frees it and closes its socket; no word to the peer. */
void sio__tls_free(struct sio__tls *tls);

enum sio__tls_step { SIO__TLS_DONE, SIO__TLS_AGAIN, SIO__TLS_FAILED };

/* Goes on with the handshake when the socket is readable.  FAILED: the peer has been told why; the
 * reason, a constant, is in *why. */
enum sio__tls_step sio__tls_handshake(struct sio__tls *tls, const char **why);

/* As the functions of server/net/stream.h.  size is at least SIO__TLS_READ_BYTES. */
ssize_t sio__tls_read(struct sio__tls *tls, void *bytes, size_t size);
ssize_t sio__tls_write(struct sio__tls *tls, const struct iovec *pieces, size_t count);
bool sio__tls_flush(struct sio__tls *tls);
bool sio__tls_is_choked(const struct sio__tls *tls);
void sio__tls_end(struct sio__tls *tls);

/* The peer has shown a certificate, and it is good. */
bool sio__tls_is_authorized(const struct sio__tls *tls);

#endif
