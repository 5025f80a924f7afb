/* The limit: a server that does as little as the wire allows. It believes everything, knows only
 * the load generator's frames (and its one Sec-WebSocket-Key) and answers them from one buffer:
 * what epoll, recv and send cost is all that is left. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 256, READ_SIZE = 256 * 1024, HEAD = 4, CLIENTS_MAX = 1 << 17, OUT_MAX = 16 << 20 };

struct bytes {
    char *at;
    size_t len;
};

struct client {
    int fd;
    int is_open;
    unsigned index;
    struct bytes in;  /* of a frame that is not whole */
    struct bytes out; /* what the kernel did not take */
};

static int epoll;
static struct client *clients[CLIENTS_MAX];
static unsigned client_count;
static char answer[OUT_MAX], news[OUT_MAX];
static size_t answer_len, news_len;

static const char welcome[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char opening[] = "0{\"sid\":\"bare\",\"upgrades\":[],\"pingInterval\":25000,"
                              "\"pingTimeout\":20000,\"maxPayload\":1000000}";

static void keep(struct bytes *bytes, const char *more, size_t len)
{
    if (len == 0)
        return;
    bytes->at = realloc(bytes->at, bytes->len + len);
    memcpy(bytes->at + bytes->len, more, len);
    bytes->len += len;
}

static void forget(struct bytes *bytes)
{
    free(bytes->at);
    *bytes = (struct bytes){0};
}

static void drop(struct client *client)
{
    close(client->fd);
    clients[client->index] = clients[--client_count];
    clients[client->index]->index = client->index;
    forget(&client->in);
    forget(&client->out);
    free(client);
}

static void watch(struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};

    epoll_ctl(epoll, operation, client->fd, &event);
}

static void transmit(struct client *client, const char *bytes, size_t len)
{
    ssize_t sent = 0;

    if (client->out.len == 0 && (sent = send(client->fd, bytes, len, MSG_NOSIGNAL)) < 0)
        sent = 0;
    if ((size_t)sent == len)
        return;
    if (client->out.len == 0)
        watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    keep(&client->out, bytes + sent, len - sent);
}

static void transmit_rest(struct client *client)
{
    struct bytes rest = client->out;

    client->out = (struct bytes){0};
    watch(client, EPOLL_CTL_MOD, EPOLLIN);
    transmit(client, rest.at, rest.len);
    free(rest.at);
}

static char *put_head(char *at, size_t len, uint8_t opcode)
{
    int bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

    *at++ = (char)(0x80 | opcode);
    *at++ = (char)(bytes == 0 ? len : bytes == 2 ? 126 : 127);
    while (bytes-- > 0)
        *at++ = (char)(len >> (8 * bytes));
    return at;
}

static void put(char *out, size_t *out_len, uint8_t opcode, const char *bytes, size_t len,
                const char *more, size_t more_len)
{
    char *at = put_head(out + *out_len, len + more_len, opcode);

    memcpy(at, bytes, len);
    memcpy(at + len, more, more_len);
    *out_len = at + len + more_len - out;
}

static void reply(const char *text)
{
    put(answer, &answer_len, 1, text, strlen(text), "", 0);
}

/* 42<id>["message-with-ack",… becomes 43<id>[… */
static void acknowledge(char *text, size_t len, char *bracket)
{
    static const char event[] = "[\"message-with-ack\",";
    size_t head = bracket - text, skip = head + sizeof event - 1;

    text[1] += 1;
    text[head] = '[';
    put(answer, &answer_len, 1, text, head + 1, text + skip, len - skip);
}

static void take_text(char *text, size_t len)
{
    char *bracket;

    if (len == 2 && memcmp(text, "40", 2) == 0) {
        reply("40{\"sid\":\"bare\"}");
        reply("42[\"auth\",{}]");
    } else if (len > 2 && text[0] == '4' && (text[1] == '2' || text[1] == '5')) {
        bracket = memchr(text, '[', len < 32 ? len : 32);
        if (bracket == text + 2)
            put(news, &news_len, 1, text, len, "", 0);
        else if (bracket != NULL)
            acknowledge(text, len, bracket);
    }
}

static void unmask(char *bytes, size_t len, const char *key)
{
    uint32_t word;
    uint64_t wide, chunk;
    size_t i = 0;

    memcpy(&word, key, 4);
    wide = (uint64_t)word << 32 | word;
    for (; i + 8 <= len; i += 8) {
        memcpy(&chunk, bytes + i, 8);
        chunk ^= wide;
        memcpy(bytes + i, &chunk, 8);
    }
    for (; i < len; i++)
        bytes[i] ^= key[i & 3];
}

/* Returns the size of the first frame, 0 if it is not whole. */
static size_t take_frame(char *bytes, size_t len)
{
    uint8_t opcode = bytes[0] & 15;
    size_t head, payload = 0;

    if (len < 2)
        return 0;
    payload = bytes[1] & 127;
    head = payload == 127 ? 10 : payload == 126 ? 4 : 2;
    if (len < head + HEAD)
        return 0;
    if (head > 2)
        payload = 0;
    for (size_t i = 2; i < head; i++)
        payload = payload << 8 | (uint8_t)bytes[i];
    head += HEAD;
    if (len < head + payload)
        return 0;
    unmask(bytes + head, payload, bytes + head - HEAD);
    if (opcode == 1)
        take_text(bytes + head, payload);
    else if (opcode == 2)
        put(answer, &answer_len, 2, bytes + head, payload, "", 0);
    return head + payload;
}

static void take(struct client *client, char *bytes, size_t len)
{
    size_t size;

    if (!client->is_open) {
        client->is_open = 1;
        memcpy(answer, welcome, sizeof welcome - 1);
        answer_len = sizeof welcome - 1;
        reply(opening);
    } else {
        for (; len > 0 && (size = take_frame(bytes, len)) > 0; bytes += size, len -= size)
            if (answer_len > OUT_MAX / 2) {
                transmit(client, answer, answer_len);
                answer_len = 0;
            }
        keep(&client->in, bytes, len);
    }
    if (answer_len > 0)
        transmit(client, answer, answer_len);
    answer_len = 0;
}

static void serve(struct client *client, uint32_t events)
{
    static char buffer[READ_SIZE];
    struct bytes whole;
    ssize_t len;

    if (events & EPOLLOUT)
        transmit_rest(client);
    if (!(events & ~EPOLLOUT))
        return;
    if ((len = recv(client->fd, buffer, sizeof buffer, 0)) <= 0) {
        if (len == 0 || errno != EAGAIN)
            drop(client);
    } else if (client->in.len == 0) {
        take(client, buffer, len);
    } else {
        keep(&client->in, buffer, len);
        whole = client->in;
        client->in = (struct bytes){0};
        take(client, whole.at, whole.len);
        free(whole.at);
    }
}

static void welcome_all(int listener)
{
    const int on = 1;
    int fd;

    while (client_count < CLIENTS_MAX && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct client *client = calloc(1, sizeof *client);

        client->fd = fd;
        client->index = client_count;
        clients[client_count++] = client;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(client, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct epoll_event event = {.events = EPOLLIN};
    socklen_t len = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    epoll = epoll_create1(0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 4096) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("bare");
        exit(1);
    }
    printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(void)
{
    struct epoll_event events[BATCH];
    int listener;

    raise_descriptors();
    listener = open_listener();
    for (;;) {
        int count = epoll_wait(epoll, events, BATCH, -1);

        for (int i = 0; i < count; i++)
            if (events[i].data.ptr == NULL)
                welcome_all(listener);
            else
                serve(events[i].data.ptr, events[i].events);
        for (unsigned i = 0; news_len > 0 && i < client_count; i++)
            transmit(clients[i], news, news_len);
        news_len = 0;
    }
}
