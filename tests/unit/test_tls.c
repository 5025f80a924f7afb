/* TLS of the server's side, against OpenSSL's client: on a socket pair, where everything that a
 * socket does not take is in the test's hands. */
#include "server/net/tls/context.h"
#include "server/net/tls/front.h"
#include "tests/support/check.h"

#include <errno.h>
#include <limits.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <unistd.h>

#include "protocol/mem.h"

static char cert_file[] = "/tmp/sio-cert-XXXXXX", key_file[] = "/tmp/sio-key-XXXXXX";
static const struct sio__log no_log;

static sio_tls config_of(void)
{
    return (sio_tls){.cert_file = cert_file,
                     .key_file = key_file,
                     .reject_unauthorized = true,
                     .handshake_timeout_ms = 10000};
}

__attribute__((constructor)) static void make_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    FILE *out;

    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    out = fdopen(mkstemp(cert_file), "w");
    PEM_write_X509(out, cert);
    fclose(out);
    out = fdopen(mkstemp(key_file), "w");
    PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* --- two ends ------------------------------------------------------------------------------ */

struct ends {
    sio_tls config;
    struct sio__tls_context *context;
    struct sio__tls_io io;
    struct sio__tls *tls; /* ours */
    SSL_CTX *client_ctx;
    SSL *client;
    int fds[2];
    unsigned char bytes[SIO__TLS_READ_BYTES];
};

static void open_ends(struct ends *e)
{
    const char *why;
    bool is_done = false;

    memset(e, 0, sizeof *e);
    e->config = config_of();
    CHECK_EQ(sio__tls_context_new(&e->context, &e->config, &no_log), SIO_OK);
    CHECK(sio__tls_io_init(&e->io));
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, e->fds), 0);
    CHECK((e->tls = sio__tls_new(e->context, &e->io, e->fds[0])) != NULL);
    e->client_ctx = SSL_CTX_new(TLS_client_method());
    e->client = SSL_new(e->client_ctx);
    SSL_set_mode(e->client, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_fd(e->client, e->fds[1]);
    SSL_set_connect_state(e->client);
    for (int i = 0; i < 10 && !is_done; i++) {
        SSL_do_handshake(e->client);
        is_done = sio__tls_handshake(e->tls, &why) == SIO__TLS_DONE;
    }
    CHECK(is_done);
}

static void close_ends(struct ends *e)
{
    SSL_free(e->client);
    SSL_CTX_free(e->client_ctx);
    close(e->fds[1]);
    sio__tls_free(e->tls);
    sio__tls_io_fini(&e->io);
    sio__tls_context_free(e->context);
}

/* How many bytes the client gets, each of which is to be the next of a row. */
static size_t client_reads(struct ends *e, size_t from)
{
    size_t total = 0, n;

    while (SSL_read_ex(e->client, e->bytes, sizeof e->bytes, &n) == 1) {
        for (size_t i = 0; i < n; i++)
            if (e->bytes[i] != (unsigned char)((from + total + i) * 7)) {
                CHECK_EQ(e->bytes[i], (unsigned char)((from + total + i) * 7));
                return total;
            }
        total += n;
    }
    return total;
}

static unsigned char *row_of(size_t from, size_t len)
{
    unsigned char *row = malloc(len);

    for (size_t i = 0; i < len; i++)
        row[i] = (unsigned char)((from + i) * 7);
    return row;
}

static bool is_readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};

    return poll(&one, 1, 0) == 1;
}

TEST(pieces_of_any_size_arrive_as_one_row)
{
    static const size_t sizes[] = {1, 100, 16384, 3, 16383, 40000, 1, 0, 16385, 70};
    struct iovec pieces[sizeof sizes / sizeof *sizes];
    unsigned char *row = row_of(0, 100000);
    size_t at = 0, count = sizeof sizes / sizeof *sizes;
    struct ends e;

    open_ends(&e);
    for (size_t i = 0; i < count; i++) {
        pieces[i] = (struct iovec){row + at, sizes[i]};
        at += sizes[i];
    }
    CHECK_EQ(sio__tls_write(e.tls, pieces, count), at);
    CHECK_EQ(client_reads(&e, 0), at);
    CHECK(!sio__tls_is_choked(e.tls));
    free(row);
    close_ends(&e);
}

TEST(what_the_socket_does_not_take_waits_and_is_bounded)
{
    unsigned char *row = row_of(0, 4000000);
    struct iovec piece = {row, 4000000};
    struct ends e;
    size_t got = 0;
    ssize_t n;

    open_ends(&e);
    n = sio__tls_write(e.tls, &piece, 1);
    CHECK(n > 0 && n < 4000000);
    CHECK(sio__tls_is_choked(e.tls));
    CHECK_EQ(sio__tls_write(e.tls, &piece, 1), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK(!sio__tls_flush(e.tls));
    for (int i = 0; i < 100 && got < (size_t)n; i++) {
        got += client_reads(&e, got);
        sio__tls_flush(e.tls);
    }
    CHECK_EQ(got, n);
    CHECK(!sio__tls_is_choked(e.tls));
    free(row);
    close_ends(&e);
}

TEST(our_end_comes_behind_all_that_waits)
{
    unsigned char *row = row_of(0, 4000000);
    struct iovec piece = {row, 4000000};
    struct ends e;
    size_t got = 0;
    ssize_t n;

    open_ends(&e);
    n = sio__tls_write(e.tls, &piece, 1);
    CHECK(sio__tls_is_choked(e.tls));
    sio__tls_end(e.tls);
    for (int i = 0; i < 100 && sio__tls_is_choked(e.tls); i++) {
        got += client_reads(&e, got);
        sio__tls_flush(e.tls);
    }
    got += client_reads(&e, got);
    CHECK_EQ(got, n);
    CHECK_EQ(SSL_get_shutdown(e.client), SSL_RECEIVED_SHUTDOWN);
    CHECK_EQ(recv(e.fds[1], e.bytes, 1, 0), 0);
    free(row);
    close_ends(&e);
}

/* Poll alone tells when to read. */
TEST(nothing_stays_behind_that_poll_does_not_tell_of)
{
    unsigned char *row = row_of(0, 3000000);
    size_t sent = 0, got = 0, n;
    bool is_right = true;
    struct ends e;

    open_ends(&e);
    while (got < 3000000) {
        size_t len = 3000000 - sent < 50000 ? 3000000 - sent : 50000;

        if (len > 0 && SSL_write_ex(e.client, row + sent, len, &n) == 1)
            sent += n;
        while (is_readable(e.fds[0])) {
            ssize_t came = sio__tls_read(e.tls, e.bytes, sizeof e.bytes);

            if (came < 0 && errno == EAGAIN)
                continue; /* half a record */
            CHECK(came > 0);
            is_right = is_right && memcmp(e.bytes, row + got, (size_t)came) == 0;
            got += (size_t)came;
        }
        if (sent == 3000000 && got < sent && !is_readable(e.fds[0]))
            break;
    }
    CHECK_EQ(got, 3000000);
    CHECK(is_right);
    free(row);
    close_ends(&e);
}

TEST(an_end_behind_bytes_is_told_by_poll)
{
    struct ends e;
    size_t n;

    open_ends(&e);
    SSL_write_ex(e.client, "bye", 3, &n);
    SSL_shutdown(e.client); /* close_notify, but no FIN */
    CHECK_EQ(sio__tls_read(e.tls, e.bytes, sizeof e.bytes), 3);
    CHECK(is_readable(e.fds[0]));
    CHECK_EQ(sio__tls_read(e.tls, e.bytes, sizeof e.bytes), 0);
    close_ends(&e);
}

TEST(a_socket_that_ends_without_close_notify_has_ended)
{
    struct ends e;

    open_ends(&e);
    shutdown(e.fds[1], SHUT_WR);
    CHECK_EQ(sio__tls_read(e.tls, e.bytes, sizeof e.bytes), 0);
    close_ends(&e);
}

TEST(bytes_that_are_no_record_break_the_connection)
{
    struct iovec piece = {(void *)"x", 1};
    struct ends e;

    open_ends(&e);
    CHECK_EQ(send(e.fds[1], "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    CHECK_EQ(sio__tls_read(e.tls, e.bytes, sizeof e.bytes), -1);
    CHECK(errno != EAGAIN);
    CHECK_EQ(sio__tls_write(e.tls, &piece, 1), -1);
    CHECK_EQ(errno, EPIPE);
    sio__tls_end(e.tls);
    close_ends(&e);
}

TEST(a_peer_that_is_gone_is_an_error_and_no_signal)
{
    struct iovec piece = {(void *)"x", 1};
    struct ends e;

    open_ends(&e);
    shutdown(e.fds[1], SHUT_RDWR);
    CHECK_EQ(sio__tls_write(e.tls, &piece, 1), -1);
    CHECK_EQ(errno, EPIPE);
    close_ends(&e);
}

TEST(a_connection_moves_to_another_loop)
{
    unsigned char *row = row_of(0, 10);
    struct iovec piece = {row, 10};
    struct sio__tls_io other;
    struct ends e;
    size_t n;

    open_ends(&e);
    CHECK(sio__tls_io_init(&other));
    sio__tls_io_fini(&e.io);
    sio__tls_enter(e.tls, &other);
    SSL_write_ex(e.client, "moved", 5, &n);
    CHECK_EQ(sio__tls_read(e.tls, e.bytes, sizeof e.bytes), 5);
    CHECK_EQ(sio__tls_write(e.tls, &piece, 1), 10);
    CHECK_EQ(client_reads(&e, 0), 10);
    sio__tls_io_fini(&other);
    free(row);
    close_ends(&e);
}

/* --- fronts -------------------------------------------------------------------------------- */

struct house {
    uv_loop_t loop;
    struct sio__timers timers;
    struct sio__stats stats;
    struct sio__fronts fronts;
    struct sio__front *front; /* cleared when it ends */
    unsigned char bytes[SIO__STREAM_READ_BYTES];
    atomic_size_t pair_descriptors;
    int plain;
};

static void on_open(void *user, struct sio__front *front, int fd, const struct sockaddr *peer)
{
    struct house *house = user;

    (void)peer;
    house->plain = fd;
    sio__front_own(front, &house->front);
}

/* What the plain end gets goes back. */
static void echo(struct house *house)
{
    char bytes[4096];
    ssize_t n;

    if (house->plain < 0)
        return;
    while ((n = recv(house->plain, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        send(house->plain, bytes, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    close(house->plain);
    house->plain = -1;
}

/* A client comes, says hello a hundred kilobytes long, hears it and goes.  True: it did. */
static bool visit(struct house *house, struct sio__tls_context *context)
{
    struct sio__fronts_config config = {.context = context,
                                        .loop = &house->loop,
                                        .timers = &house->timers,
                                        .stats = &house->stats,
                                        .log = &no_log,
                                        .handshake_timeout_ms = 1000,
                                        .bytes = house->bytes,
                                        .pair_descriptors = &house->pair_descriptors,
                                        .on_open = on_open,
                                        .user = house,
                                        .descriptors = 100};
    static unsigned char hello[100000], heard[100000];
    size_t sent = 0, got = 0, n;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *client = SSL_new(ctx);
    int fds[2];

    memset(heard, 1, sizeof heard);
    if (!sio__fronts_init(&house->fronts, &config)) {
        SSL_free(client);
        SSL_CTX_free(ctx);
        return false;
    }
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    SSL_set_mode(client, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_fd(client, fds[1]);
    SSL_set_connect_state(client);
    sio__front_adopt(&house->fronts, fds[0], NULL);
    for (int i = 0; i < 2000 && got < sizeof hello && house->fronts.count > 0; i++) {
        if (SSL_do_handshake(client) == 1) {
            if (sent < sizeof hello &&
                SSL_write_ex(client, hello + sent, sizeof hello - sent, &n) == 1)
                sent += n;
            while (got < sizeof heard &&
                   SSL_read_ex(client, heard + got, sizeof heard - got, &n) == 1)
                got += n;
        }
        uv_run(&house->loop, UV_RUN_NOWAIT);
        echo(house);
    }
    SSL_shutdown(client);
    close(fds[1]);
    for (int i = 0; i < 100 && house->fronts.count > 0; i++) {
        uv_run(&house->loop, UV_RUN_NOWAIT);
        echo(house);
    }
    CHECK_EQ(house->fronts.count, 0);
    CHECK(house->front == NULL);
    if (house->plain >= 0)
        close(house->plain);
    house->plain = -1;
    SSL_free(client);
    SSL_CTX_free(ctx);
    sio__fronts_end(&house->fronts);
    uv_run(&house->loop, UV_RUN_DEFAULT);
    sio__fronts_fini(&house->fronts);
    return got == sizeof hello && memcmp(hello, heard, sizeof hello) == 0;
}

static void open_house(struct house *house)
{
    memset(house, 0, sizeof *house);
    house->plain = -1;
    CHECK_EQ(uv_loop_init(&house->loop), 0);
    sio__timers_init(&house->timers);
}

TEST(a_front_carries_bytes_between_the_client_and_the_plain_end)
{
    sio_tls config = config_of();
    struct sio__tls_context *context;
    struct house house;

    open_house(&house);
    CHECK_EQ(sio__tls_context_new(&context, &config, &no_log), SIO_OK);
    CHECK(visit(&house, context));
    CHECK_EQ(house.stats.tls_handshakes, 1);
    CHECK_EQ(house.stats.connections_closed, 1);
    CHECK_EQ(house.pair_descriptors, 0);
    sio__tls_context_free(context);
    CHECK_EQ(uv_loop_close(&house.loop), 0);
}

TEST(each_allocation_that_fails_costs_that_connection_alone)
{
    sio_tls config = config_of();
    bool is_through = false;
    long n = 1;

    for (; n < 100 && !is_through; n++) {
        struct sio__tls_context *context;
        struct house house;
        sio_err err;

        open_house(&house);
        sio__mem_fail_nth(n, false);
        err = sio__tls_context_new(&context, &config, &no_log);
        if (err == SIO_OK)
            visit(&house, context);
        else
            CHECK_EQ(err, SIO_ENOMEM);
        is_through = sio__mem_count() < n;
        sio__mem_fail_nth(0, false);
        if (err == SIO_OK) {
            CHECK(visit(&house, context));
            sio__tls_context_free(context);
        }
        CHECK_EQ(uv_loop_close(&house.loop), 0);
    }
    CHECK(is_through && n > 5);
}

TEST(a_reload_serves_new_connections_and_a_bad_file_changes_nothing)
{
    sio_tls config = config_of();
    struct sio__tls_context *context;
    struct house house;

    open_house(&house);
    CHECK_EQ(sio__tls_context_new(&context, &config, &no_log), SIO_OK);
    CHECK_EQ(sio__tls_context_reload(context), SIO_OK);
    CHECK(visit(&house, context));
    config.cert_file = "/nowhere";
    CHECK_EQ(sio__tls_context_reload(context), SIO_EIO);
    CHECK(visit(&house, context));
    sio__tls_context_free(context);
    CHECK_EQ(uv_loop_close(&house.loop), 0);
}

__attribute__((destructor)) static void remove_certificate(void)
{
    unlink(cert_file);
    unlink(key_file);
}

CHECK_MAIN(CHECK_ROW(pieces_of_any_size_arrive_as_one_row),
           CHECK_ROW(what_the_socket_does_not_take_waits_and_is_bounded),
           CHECK_ROW(our_end_comes_behind_all_that_waits),
           CHECK_ROW(nothing_stays_behind_that_poll_does_not_tell_of),
           CHECK_ROW(an_end_behind_bytes_is_told_by_poll),
           CHECK_ROW(a_socket_that_ends_without_close_notify_has_ended),
           CHECK_ROW(bytes_that_are_no_record_break_the_connection),
           CHECK_ROW(a_peer_that_is_gone_is_an_error_and_no_signal),
           CHECK_ROW(a_connection_moves_to_another_loop),
           CHECK_ROW(a_front_carries_bytes_between_the_client_and_the_plain_end),
           CHECK_ROW(each_allocation_that_fails_costs_that_connection_alone),
           CHECK_ROW(a_reload_serves_new_connections_and_a_bad_file_changes_nothing))
