#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { AT_A_TIME = 32, PATIENCE_S = 30 };

static struct {
    struct conn_hooks hooks;
    struct crowd crowd;
    in_port_t port;
    size_t started, joined;
    struct histogram *latency;
} now_joining;

static uint32_t next_index; /* numbers are taken again, see dial() */

static void open_next(void)
{
    if (now_joining.started == now_joining.crowd.count)
        return;
    conn_open(&now_joining.crowd.conns[now_joining.started++], now_joining.port,
              &now_joining.hooks);
}

static void on_joined(struct conn *conn)
{
    now_joining.joined++;
    if (now_joining.latency != NULL)
        histogram_add(now_joining.latency, now_ns() - conn->started_ns);
    open_next();
}

static void on_lost(struct conn *conn)
{
    (void)conn;
    die("the server closed a connection");
}

struct crowd crowd_connect(const struct options *options, size_t count, bool are_urgent,
                           void (*on_message)(struct conn *, const struct ws_message *),
                           struct histogram *latency)
{
    struct crowd crowd = {calloc(count, sizeof *crowd.conns), count};
    uint64_t joined_ns = now_ns();
    size_t joined = 0;

    if (crowd.conns == NULL)
        die("no memory");
    for (size_t i = 0; i < count; i++) {
        crowd.conns[i].source.is_urgent = are_urgent;
        crowd.conns[i].index = next_index++;
    }
    now_joining.hooks = (struct conn_hooks){on_joined, on_message, on_lost};
    now_joining.crowd = crowd;
    now_joining.port = options->port;
    now_joining.started = now_joining.joined = 0;
    now_joining.latency = latency;
    for (int i = 0; i < AT_A_TIME; i++)
        open_next();
    while (now_joining.joined < count) {
        loop_turn(1000000000);
        if (now_joining.joined > joined) {
            joined = now_joining.joined;
            joined_ns = now_ns();
        } else if (now_ns() - joined_ns > PATIENCE_S * UINT64_C(1000000000)) {
            die("the clients did not get in");
        }
    }
    /* The hooks of these clients stay, whoever joins next. */
    struct conn_hooks *hooks = malloc(sizeof *hooks);
    *hooks = now_joining.hooks;
    for (size_t i = 0; i < count; i++)
        crowd.conns[i].hooks = hooks;
    return crowd;
}

void crowd_close(struct crowd *crowd, const struct options *options)
{
    for (size_t i = 0; i < crowd->count; i++)
        if (crowd->conns[i].state != CONN_CLOSED)
            conn_close(&crowd->conns[i]);
    settle(options);
    next_index -= crowd->count;
    free(crowd->conns);
    *crowd = (struct crowd){0};
}
