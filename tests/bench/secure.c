#include "secure.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "bench.h"

enum { PIECE = 16384 };

/* A struct secure is OpenSSL's SSL. */
static SSL *ssl_of(struct secure *secure)
{
    return (SSL *)secure;
}

struct secure *secure_new(int fd)
{
    static SSL_CTX *ctx;
    SSL *ssl;

    if (ctx == NULL) {
        ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    }
    if ((ssl = SSL_new(ctx)) == NULL || SSL_set_fd(ssl, fd) != 1)
        die("no memory");
    SSL_set_connect_state(ssl);
    return (struct secure *)ssl;
}

void secure_free(struct secure *secure)
{
    SSL_free(ssl_of(secure));
}

int secure_shake(struct secure *secure)
{
    int result = SSL_do_handshake(ssl_of(secure)), error = SSL_get_error(ssl_of(secure), result);

    ERR_clear_error();
    if (result == 1)
        return 1;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* What is not "later" is the end. */
static ssize_t fail(SSL *ssl)
{
    int error = SSL_get_error(ssl, -1);

    ERR_clear_error();
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
}

ssize_t secure_read(struct secure *secure, void *bytes, size_t size)
{
    size_t total = 0, n;

    while (total < size &&
           SSL_read_ex(ssl_of(secure), (char *)bytes + total, size - total, &n) == 1)
        total += n;
    return total > 0 ? (ssize_t)total : fail(ssl_of(secure));
}

ssize_t secure_write(struct secure *secure, const struct iovec *parts, size_t count)
{
    static char gathered[PIECE];
    size_t len = 0, n;

    for (size_t i = 0; i < count && len < PIECE; i++) {
        size_t more = parts[i].iov_len < PIECE - len ? parts[i].iov_len : PIECE - len;

        memcpy(gathered + len, parts[i].iov_base, more);
        len += more;
    }
    return SSL_write_ex(ssl_of(secure), gathered, len, &n) == 1 ? (ssize_t)n : fail(ssl_of(secure));
}
