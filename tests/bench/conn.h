#ifndef BENCH_CONN_H
#define BENCH_CONN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "secure.h"
#include "ws.h"

/* A Socket.IO client over one WebSocket. It sends frames that somebody else made and keeps, so a
 * message costs it a pointer. */

enum conn_state {
    CONN_NEW,
    CONN_SHAKING,
    CONN_HTTP,
    CONN_OPENING,
    CONN_JOINING,
    CONN_JOINED,
    CONN_CLOSED
};

enum { CONN_OUT = 64, CONN_SLOTS = 32 };

struct frame {
    const char *bytes;
    size_t len;
};

struct conn;

struct conn_hooks {
    void (*on_joined)(struct conn *conn);
    void (*on_message)(struct conn *conn, const struct ws_message *message);
    void (*on_lost)(struct conn *conn); /* closed, but not by conn_close */
};

struct conn {
    struct source source;
    const struct conn_hooks *hooks;
    struct ws_reader reader;
    struct secure *secure; /* NULL: plain */
    enum conn_state state;
    uint8_t blank; /* how much of the header's end was seen */
    uint8_t out_first, out_count;
    bool waits_for_room; /* EPOLLOUT is asked for */
    size_t out_offset;   /* sent of the first frame */
    struct frame out[CONN_OUT];
    uint32_t index;
    uint32_t received; /* the scenario's own, as the following */
    uint32_t slot;
    uint64_t started_ns;
    uint64_t sent_ns[CONN_SLOTS];
};

/* A nonblocking TCP connection to port of 127.0.0.1. Of those that are open at one time each has
 * its own number, which stands for its address and port: so a later one with the same number takes
 * no further place in the kernel's table of connections, which keeps each for minutes and drops
 * what comes when it is full. A port that is not free is replaced by any. Exits with a message if
 * the machine refuses. */
int dial(in_port_t port, uint32_t from);

/* Those that are opened from now on speak TLS. */
extern bool conn_with_tls;

/* Starts to connect; hooks tell the rest. conn is zeroed but for its index and urgency. */
void conn_open(struct conn *conn, in_port_t port, const struct conn_hooks *hooks);
void conn_close(struct conn *conn);

/* Queues a frame, whose bytes stay; it leaves at the end of the read it was queued in, or with
 * conn_flush. At most CONN_OUT wait. */
void conn_send(struct conn *conn, struct frame frame);
void conn_flush(struct conn *conn);

#endif
