#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "deflate.h"
#include "stats.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum { READ_SIZE = 256 * 1024, SOURCE_ADDRESSES = 100 };
enum { FIRST_PORT = 10000, PORTS_END = 32768 }; /* below those that the kernel gives */

bool conn_with_tls;

#define REQUEST                                                                                    \
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"                                       \
    "Host: 127.0.0.1\r\n"                                                                          \
    "Connection: Upgrade\r\n"                                                                      \
    "Upgrade: websocket\r\n"                                                                       \
    "Sec-WebSocket-Version: 13\r\n"                                                                \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define OFFER                                                                                      \
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "                   \
    "client_no_context_takeover\r\n"

static struct frame make_frame(const char *text)
{
    char *bytes = malloc(strlen(text) + WS_HEAD_MAX);

    return (struct frame){bytes, ws_frame_write(bytes, WS_TEXT, text, strlen(text))};
}

/* A socket that is being connected from that port (0: any) of an address of its own, or -1. */
static int dial_from(in_port_t port, uint32_t address, in_port_t source_port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = htons(source_port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;

    if (fd < 0)
        return -1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + address);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) == 0 &&
        (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS))
        return fd;
    close(fd);
    return -1;
}

int dial(in_port_t port, uint32_t from)
{
    uint32_t address = from % SOURCE_ADDRESSES, source_port = FIRST_PORT + from / SOURCE_ADDRESSES;
    int fd = source_port < PORTS_END ? dial_from(port, address, source_port) : -1;

    if (fd < 0 && (fd = dial_from(port, address, 0)) < 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

void conn_close(struct conn *conn)
{
    conn->state = CONN_CLOSED;
    secure_free(conn->secure);
    conn->secure = NULL;
    loop_remove(&conn->source);
    free(conn->reader.deflated);
    conn->reader.deflated = NULL;
}

static void lose(struct conn *conn)
{
    conn_close(conn);
    conn->hooks->on_lost(conn);
}

void conn_send(struct conn *conn, struct frame frame)
{
    if (conn->out_count == CONN_OUT) {
        fputs("a client's queue is full\n", stderr);
        exit(1);
    }
    conn->out[(conn->out_first + conn->out_count++) % CONN_OUT] = frame;
}

static void drop_sent(struct conn *conn, size_t sent)
{
    sent += conn->out_offset;
    while (conn->out_count > 0 && sent >= conn->out[conn->out_first].len) {
        sent -= conn->out[conn->out_first].len;
        conn->out_first = (conn->out_first + 1) % CONN_OUT;
        conn->out_count--;
    }
    conn->out_offset = sent;
}

static void want_room(struct conn *conn, bool wanted)
{
    if (conn->waits_for_room == wanted)
        return;
    conn->waits_for_room = wanted;
    loop_change(&conn->source, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void conn_flush(struct conn *conn)
{
    struct iovec parts[CONN_OUT];
    ssize_t sent;

    if (conn->state == CONN_CLOSED || conn->out_count == 0)
        return;
    for (size_t i = 0; i < conn->out_count; i++) {
        struct frame frame = conn->out[(conn->out_first + i) % CONN_OUT];
        size_t skip = i == 0 ? conn->out_offset : 0;

        parts[i] = (struct iovec){(char *)frame.bytes + skip, frame.len - skip};
    }
    sent = conn->secure != NULL ? secure_write(conn->secure, parts, conn->out_count)
                                : writev(conn->source.fd, parts, conn->out_count);
    if (sent >= 0)
        drop_sent(conn, sent);
    else if (errno != EAGAIN)
        return; /* the read will tell */
    want_room(conn, conn->out_count > 0);
}

static bool take_message(void *user, const struct ws_message *message)
{
    static struct frame join, pong;
    struct conn *conn = user;

    if (join.bytes == NULL)
        join = make_frame("40"), pong = make_frame("3");
    if (message->opcode == WS_CLOSE) {
        lose(conn);
        return false;
    }
    if (message->opcode == WS_TEXT && strcmp(message->prefix, "2") == 0) {
        conn_send(conn, pong);
    } else if (conn->state == CONN_OPENING && message->prefix[0] == '0') {
        conn->state = CONN_JOINING;
        conn_send(conn, join);
    } else if (conn->state == CONN_JOINING && strncmp(message->prefix, "40", 2) == 0) {
        conn->state = CONN_JOINED;
        conn->hooks->on_joined(conn);
    } else if (conn->state == CONN_JOINED) {
        conn->hooks->on_message(conn, message);
    }
    return conn->state != CONN_CLOSED;
}

/* Skips the answer to the upgrade, gives the number of its bytes. */
static size_t skip_header(struct conn *conn, const char *bytes, size_t len)
{
    static const char end[] = "\r\n\r\n";
    size_t i = 0;

    while (i < len && conn->blank < 4) {
        if (bytes[i] != end[conn->blank])
            conn->blank = 0;
        if (bytes[i++] == end[conn->blank])
            conn->blank++;
    }
    if (conn->blank == 4)
        conn->state = CONN_OPENING;
    return i;
}

static void take_bytes(struct conn *conn, const char *bytes, size_t len)
{
    size_t skipped = 0;

    if (conn->state == CONN_HTTP) {
        if (conn->blank == 0 && len > 12 && memcmp(bytes, "HTTP/1.1 101", 12) != 0 &&
            memcmp(bytes, "HTTP/", 5) == 0) {
            lose(conn);
            return;
        }
        skipped = skip_header(conn, bytes, len);
    }
    if (ws_reader_feed(&conn->reader, bytes + skipped, len - skipped, take_message, conn))
        conn_flush(conn);
}

static void send_request(struct conn *conn)
{
    const char *request = deflate_is_offered ? REQUEST OFFER "\r\n" : REQUEST "\r\n";
    struct iovec all = {(char *)request, strlen(request)};
    ssize_t sent;

    conn->state = CONN_HTTP;
    sent = conn->secure != NULL ? secure_write(conn->secure, &all, 1)
                                : writev(conn->source.fd, &all, 1);
    if (sent != (ssize_t)all.iov_len)
        lose(conn);
}

static void shake(struct conn *conn)
{
    int result = secure_shake(conn->secure);

    if (result > 0)
        send_request(conn);
    else if (result < 0)
        lose(conn);
}

static void on_connected(struct conn *conn)
{
    loop_change(&conn->source, EPOLLIN);
    if (!conn_with_tls) {
        send_request(conn);
        return;
    }
    conn->state = CONN_SHAKING;
    conn->secure = secure_new(conn->source.fd);
    shake(conn);
}

/* The rest of a record is in no poll, so secure_read() takes all there is. */
static ssize_t receive(struct conn *conn, char *buffer, size_t size)
{
    return conn->secure != NULL ? secure_read(conn->secure, buffer, size)
                                : recv(conn->source.fd, buffer, size, 0);
}

static void on_ready(struct source *source, uint32_t events)
{
    static char buffer[READ_SIZE];
    struct conn *conn = (struct conn *)source;
    ssize_t len;

    if (conn->state == CONN_NEW || conn->state == CONN_SHAKING) {
        if (conn->state == CONN_NEW)
            on_connected(conn);
        else
            shake(conn);
        return;
    }
    if (events & EPOLLOUT)
        conn_flush(conn);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    len = receive(conn, buffer, sizeof buffer);
    if (len > 0)
        take_bytes(conn, buffer, len);
    else if (len == 0 || errno != EAGAIN)
        lose(conn);
}

void conn_open(struct conn *conn, in_port_t port, const struct conn_hooks *hooks)
{
    *conn = (struct conn){
        .source = {.on_ready = on_ready, .is_urgent = conn->source.is_urgent},
        .index = conn->index,
        .hooks = hooks,
    };
    conn->started_ns = now_ns();
    conn->source.fd = dial(port, conn->index);
    loop_add(&conn->source, EPOLLOUT);
}
