#include "server/net/tls/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/buf.h"
#include "protocol/mem.h"
#include "server/net/tls/parts.h"

enum {
    RECORD_BYTES = SSL3_RT_MAX_PLAIN_LENGTH,
    /* With a record that had begun before, all that they hold fits into SIO__TLS_READ_BYTES. */
    AHEAD_BYTES = SIO__TLS_READ_BYTES - RECORD_BYTES,
    SEALED_BYTES = SIO__TLS_WRITE_BYTES + 4096,
};

struct sio__tls {
    SSL *ssl;
    struct sio__tls_io *io;
    struct sio__buf out; /* sealed, and not taken by the socket */
    size_t out_at;       /* of it is sent */
    int fd;
    uint8_t reads;   /* of the socket that are left to this call */
    bool is_open;    /* the handshake is done */
    bool is_at_end;  /* the socket has no more */
    bool is_broken;  /* nothing is sent any more */
    bool is_failed;  /* OpenSSL must not be asked to write */
    bool ends_later; /* our side is over once all is out */
};

/* --- what a loop has ----------------------------------------------------------------------- */

bool sio__tls_io_init(struct sio__tls_io *io)
{
    *io = (struct sio__tls_io){0};
    io->ahead = sio__malloc(AHEAD_BYTES + SEALED_BYTES + RECORD_BYTES);
    if (io->ahead == NULL)
        return false;
    io->sealed = io->ahead + AHEAD_BYTES;
    io->gathered = io->sealed + SEALED_BYTES;
    return true;
}

void sio__tls_io_fini(struct sio__tls_io *io)
{
    sio__free(io->ahead);
    io->ahead = NULL;
}

/* --- to the socket ------------------------------------------------------------------------- */

static bool is_again(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* How many bytes it took; what is broken takes all. */
static size_t send_some(struct sio__tls *tls, const void *ptr, size_t len)
{
    ssize_t n = send(tls->fd, ptr, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n >= 0)
        return (size_t)n;
    if (is_again())
        return 0;
    tls->is_broken = true;
    return len;
}

static void keep(struct sio__tls *tls, const void *ptr, size_t len)
{
    if (len > SIO__TLS_OUT_BYTES - tls->out.len)
        tls->is_broken = true;
    else
        sio__buf_bytes(&tls->out, ptr, len);
    tls->is_broken |= tls->out.failed;
}

/* What was sealed goes out, behind what waits. */
static void send_sealed(struct sio__tls *tls)
{
    struct sio__tls_io *io = tls->io;
    size_t len = io->sealed_len, sent = 0;

    io->sealed_len = 0;
    if (len == 0 || tls->is_broken)
        return;
    if (tls->out.len == 0)
        sent = send_some(tls, io->sealed, len);
    if (sent < len)
        keep(tls, io->sealed + sent, len - sent);
}

bool sio__tls_is_choked(const struct sio__tls *tls)
{
    return tls->out.len > 0 && !tls->is_broken;
}

static void end_writing(struct sio__tls *tls)
{
    shutdown(tls->fd, SHUT_WR);
    tls->ends_later = false;
}

bool sio__tls_flush(struct sio__tls *tls)
{
    if (!sio__tls_is_choked(tls))
        return true;
    tls->out_at += send_some(tls, tls->out.ptr + tls->out_at, tls->out.len - tls->out_at);
    if (tls->out_at < tls->out.len && !tls->is_broken)
        return false;
    sio__buf_fini(&tls->out);
    tls->out_at = 0;
    if (tls->ends_later)
        end_writing(tls);
    return true;
}

/* --- OpenSSL's reads and writes ------------------------------------------------------------ */

/* Never has OpenSSL wait: it would want the same bytes again later. */
static int on_write(BIO *bio, const char *ptr, int len)
{
    struct sio__tls *tls = BIO_get_data(bio);
    struct sio__tls_io *io = tls->io;

    BIO_clear_retry_flags(bio);
    if ((size_t)len > SEALED_BYTES - io->sealed_len)
        send_sealed(tls);
    if (tls->is_broken || len > SEALED_BYTES)
        return -1;
    memcpy(io->sealed + io->sealed_len, ptr, (size_t)len);
    io->sealed_len += (size_t)len;
    return len;
}

/* The handshake reads what it asks for, and not a byte more, so that the loop's poll tells of
 * what comes behind it. */
static ssize_t receive(struct sio__tls *tls, void *ptr, size_t len)
{
    ssize_t n;

    if (tls->reads == 0) {
        errno = EAGAIN;
        return -1;
    }
    if (tls->is_open)
        tls->reads--;
    do
        n = recv(tls->fd, ptr, len, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    tls->is_at_end = n == 0;
    return n;
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int read_ahead(struct sio__tls *tls, char *ptr, size_t len)
{
    struct sio__tls_io *io = tls->io;

    if (io->ahead_at == io->ahead_end) {
        ssize_t n = receive(tls, io->ahead, AHEAD_BYTES);

        if (n <= 0)
            return (int)n;
        io->ahead_at = 0;
        io->ahead_end = (size_t)n;
    }
    len = min(len, io->ahead_end - io->ahead_at);
    memcpy(ptr, io->ahead + io->ahead_at, len);
    io->ahead_at += len;
    return (int)len;
}

static int on_read(BIO *bio, char *ptr, int len)
{
    struct sio__tls *tls = BIO_get_data(bio);
    int n = tls->is_open ? read_ahead(tls, ptr, (size_t)len) : (int)receive(tls, ptr, (size_t)len);

    BIO_clear_retry_flags(bio);
    if (n < 0 && is_again())
        BIO_set_retry_read(bio);
    return n;
}

static long on_control(BIO *bio, int command, long number, void *ptr)
{
    const struct sio__tls *tls = BIO_get_data(bio);

    (void)number, (void)ptr;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return tls->is_at_end;
    default:
        return 0;
    }
}

BIO_METHOD *sio__tls_methods_new(void)
{
    BIO_METHOD *methods = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "sio");

    if (methods == NULL)
        return NULL;
    BIO_meth_set_read(methods, on_read);
    BIO_meth_set_write(methods, on_write);
    BIO_meth_set_ctrl(methods, on_control);
    return methods;
}

/* --- life ---------------------------------------------------------------------------------- */

struct sio__tls *sio__tls_new(struct sio__tls_context *context, struct sio__tls_io *io, int fd)
{
    struct sio__tls *tls = sio__calloc(1, sizeof *tls);
    BIO_METHOD *methods;
    BIO *bio;

    if (tls == NULL)
        return NULL;
    tls->ssl = sio__tls_context_ssl(context, &methods);
    bio = tls->ssl != NULL ? BIO_new(methods) : NULL;
    if (bio == NULL) {
        SSL_free(tls->ssl);
        sio__free(tls);
        ERR_clear_error();
        return NULL;
    }
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    tls->io = io;
    tls->fd = fd;
    return tls;
}

void sio__tls_enter(struct sio__tls *tls, struct sio__tls_io *io)
{
    tls->io = io;
}

void sio__tls_free(struct sio__tls *tls)
{
    SSL_free(tls->ssl);
    sio__buf_fini(&tls->out);
    close(tls->fd);
    sio__free(tls);
}

/* --- calls --------------------------------------------------------------------------------- */

/* Each call into OpenSSL begins so: errors that others have left behind would be taken for its
 * own. */
static void begin(struct sio__tls *tls)
{
    ERR_clear_error();
    tls->reads = 1;
    tls->io->ahead_at = tls->io->ahead_end = 0;
    tls->io->sealed_len = 0;
}

enum sio__tls_step sio__tls_handshake(struct sio__tls *tls, const char **why)
{
    int result, error;

    begin(tls);
    result = SSL_do_handshake(tls->ssl);
    error = SSL_get_error(tls->ssl, result);
    send_sealed(tls);
    if (result == 1 && !tls->is_broken) {
        tls->is_open = true;
        return SIO__TLS_DONE;
    }
    if (error == SSL_ERROR_WANT_READ && !tls->is_broken)
        return SIO__TLS_AGAIN;
    tls->is_failed = true;
    *why = tls->is_at_end || error == SSL_ERROR_SYSCALL ? "the peer has hung up"
                                                        : sio__tls_take_error();
    ERR_clear_error();
    return SIO__TLS_FAILED;
}

/* What ends the connection is found behind bytes that are given first: a socket whose end has been
 * read would not be readable again without this. */
static ssize_t give(struct sio__tls *tls, size_t total)
{
    shutdown(tls->fd, SHUT_RD);
    return (ssize_t)total;
}

ssize_t sio__tls_read(struct sio__tls *tls, void *bytes, size_t size)
{
    size_t total = 0, n;
    int error;

    begin(tls);
    while (SSL_read_ex(tls->ssl, (char *)bytes + total, size - total, &n) == 1)
        total += n;
    error = SSL_get_error(tls->ssl, 0);
    send_sealed(tls);
    if (error == SSL_ERROR_WANT_READ) {
        if (total > 0)
            return (ssize_t)total;
        errno = EAGAIN;
        return -1;
    }
    if (error != SSL_ERROR_ZERO_RETURN)
        tls->is_failed = true;
    ERR_clear_error();
    if (total > 0)
        return give(tls, total);
    errno = ECONNRESET;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static bool seal(struct sio__tls *tls, const void *ptr, size_t len)
{
    size_t n;

    if (len == 0 || SSL_write_ex(tls->ssl, ptr, len, &n) == 1)
        return true;
    ERR_clear_error();
    tls->is_failed = tls->is_broken = true;
    return false;
}

/* Where in the pieces we are. */
struct place {
    const struct iovec *piece, *end;
    size_t at; /* in the piece */
};

static size_t left_of(const struct place *place)
{
    return place->piece->iov_len - place->at;
}

static const char *take(struct place *place, size_t len)
{
    const char *ptr = (const char *)place->piece->iov_base + place->at;

    place->at += len;
    if (place->at == place->piece->iov_len) {
        place->piece++;
        place->at = 0;
    }
    return ptr;
}

/* Small pieces become one record together; what is longer is sealed from where it lies. */
static size_t seal_next(struct sio__tls *tls, struct place *place, size_t most)
{
    unsigned char *gathered = tls->io->gathered;
    size_t len = 0;

    if (left_of(place) >= RECORD_BYTES) {
        len = min(left_of(place), most > RECORD_BYTES ? most : RECORD_BYTES);
        return seal(tls, take(place, len), len) ? len : 0;
    }
    while (place->piece < place->end && len < RECORD_BYTES) {
        size_t more = min(left_of(place), RECORD_BYTES - len);

        memcpy(gathered + len, take(place, more), more);
        len += more;
    }
    return seal(tls, gathered, len) ? len : 0;
}

ssize_t sio__tls_write(struct sio__tls *tls, const struct iovec *pieces, size_t count)
{
    struct place place = {pieces, pieces + count, 0};
    size_t total = 0;

    if (tls->is_failed || !sio__tls_flush(tls)) {
        errno = tls->is_failed ? EPIPE : EAGAIN;
        return -1;
    }
    begin(tls);
    while (place.piece < place.end && !sio__tls_is_choked(tls) && !tls->is_broken) {
        size_t sealed = 0;

        while (place.piece < place.end && sealed < SIO__TLS_WRITE_BYTES && !tls->is_broken)
            sealed += seal_next(tls, &place, SIO__TLS_WRITE_BYTES - sealed);
        send_sealed(tls);
        total += sealed;
    }
    errno = EPIPE;
    return tls->is_broken ? -1 : (ssize_t)total;
}

void sio__tls_end(struct sio__tls *tls)
{
    if (tls->is_open && !tls->is_failed && !tls->is_broken) {
        begin(tls);
        SSL_shutdown(tls->ssl);
        ERR_clear_error();
        send_sealed(tls);
    }
    tls->ends_later = sio__tls_is_choked(tls);
    if (!tls->ends_later)
        end_writing(tls);
}

bool sio__tls_is_authorized(const struct sio__tls *tls)
{
    return SSL_get0_peer_certificate(tls->ssl) != NULL &&
           SSL_get_verify_result(tls->ssl) == X509_V_OK;
}
