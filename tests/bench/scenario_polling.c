#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bench.h"
#include "http.h"

/* Clients that poll: one connection holds the GET, the other takes the POSTs; one request with ack
 * is in flight for each client. */

enum { ANSWER_MAX = 16 * 1024, SEPARATOR = 0x1e };

struct poller;

struct link {
    struct source source;
    struct poller *poller;
    size_t len;
    char bytes[ANSWER_MAX + 1];
};

struct poller {
    struct link get, post;
    char sid[64];
    bool is_posting;
    bool is_answered; /* the ack is there */
    uint64_t sent_ns;
};

static struct {
    char *body; /* of each POST */
    struct result *result;
    size_t joined;
} polling;

static void transmit(struct link *link, const char *bytes, size_t len)
{
    if (send(link->source.fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("a request could not be sent");
}

static void get(struct poller *poller)
{
    char head[256];
    int len = snprintf(head, sizeof head,
                       "GET /socket.io/?EIO=4&transport=polling%s%s HTTP/1.1\r\n"
                       "Host: 127.0.0.1\r\n\r\n",
                       poller->sid[0] != '\0' ? "&sid=" : "", poller->sid);

    transmit(&poller->get, head, len);
}

static void post(struct poller *poller, const char *body)
{
    size_t room = strlen(body) + 320;
    char *request = malloc(room);
    int len = snprintf(request, room,
                       "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\n"
                       "Host: 127.0.0.1\r\nContent-Type: text/plain;charset=UTF-8\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       poller->sid, strlen(body), body);

    poller->is_posting = true;
    transmit(&poller->post, request, len);
    free(request);
}

static void ask(struct poller *poller)
{
    if (poller->is_posting || !poller->is_answered)
        return;
    poller->is_answered = false;
    poller->sent_ns = now_ns();
    post(poller, polling.body);
}

static void take_packet(struct poller *poller, const char *packet)
{
    if (packet[0] == '0') {
        const char *sid = strstr(packet, "\"sid\":\"");

        if (sid == NULL || sscanf(sid + 7, "%63[^\"]", poller->sid) != 1)
            die("a handshake without sid");
        post(poller, "40");
    } else if (strncmp(packet, "40", 2) == 0) {
        polling.joined++;
        poller->is_answered = true;
    } else if (strncmp(packet, "430", 3) == 0) {
        if (is_measuring) {
            polling.result->messages++;
            histogram_add(&polling.result->latency, now_ns() - poller->sent_ns);
        }
        poller->is_answered = true;
    }
}

static void take_payload(struct poller *poller, char *body, size_t len)
{
    char *packet = body, *end = body + len, after = *end;

    *end = '\0';
    while (packet < end) {
        char *next = memchr(packet, SEPARATOR, end - packet);

        if (next != NULL)
            *next = '\0';
        take_packet(poller, packet);
        packet = next != NULL ? next + 1 : end;
    }
    *end = after;
    get(poller);
}

static void take_answers(struct link *link)
{
    struct poller *poller = link->poller;
    char *body;
    size_t body_len, size;

    while ((size = http_answer_read(link->bytes, link->len, &body, &body_len)) > 0) {
        if (link == &poller->get)
            take_payload(poller, body, body_len);
        else
            poller->is_posting = false;
        link->len -= size;
        memmove(link->bytes, link->bytes + size, link->len);
        ask(poller);
    }
}

static void on_ready(struct source *source, uint32_t events)
{
    struct link *link = (struct link *)source;
    ssize_t len = recv(source->fd, link->bytes + link->len, ANSWER_MAX - link->len, 0);

    (void)events;
    if (len < 0 && errno == EAGAIN)
        return;
    if (len <= 0)
        die("the server closed a connection");
    link->len += len;
    link->bytes[link->len] = '\0';
    take_answers(link);
}

static void start_link(struct link *link, struct poller *poller, in_port_t port, uint32_t from)
{
    link->poller = poller;
    link->source = (struct source){on_ready, dial(port, from), false};
    loop_add(&link->source, EPOLLIN);
}

void run_polling(const struct options *options, struct result *result)
{
    struct poller *pollers = calloc(options->clients, sizeof *pollers);
    char *text = filler(options->bytes);

    if (pollers == NULL || asprintf(&polling.body, "420[\"message-with-ack\",\"%s\"]", text) < 0)
        die("no memory");
    polling.result = result;
    for (size_t i = 0; i < options->clients; i++) {
        start_link(&pollers[i].get, &pollers[i], options->port, 2 * i);
        start_link(&pollers[i].post, &pollers[i], options->port, 2 * i + 1);
        spend(2); /* until the kernel has connected it */
        get(&pollers[i]);
    }
    for (int i = 0; i < 100 && polling.joined < options->clients; i++)
        spend(100);
    if (polling.joined != options->clients)
        die("not every client got in");
    measure(options, result, 1);
    for (size_t i = 0; i < options->clients; i++) {
        loop_remove(&pollers[i].get.source);
        loop_remove(&pollers[i].post.source);
    }
    spend(100);
    free(pollers);
    free(polling.body);
    free(text);
}
