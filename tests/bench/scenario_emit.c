#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* Every client keeps so many requests in flight; the ack's number is the slot of its request. */

static struct {
    struct frame requests[CONN_SLOTS];
    struct frame attachment; /* after each request, if there is one */
    struct result *result;
} emit;

static void send_slot(struct conn *conn, unsigned slot)
{
    conn->sent_ns[slot] = now_ns();
    conn_send(conn, emit.requests[slot]);
    if (emit.attachment.bytes != NULL)
        conn_send(conn, emit.attachment);
}

static void finish(struct conn *conn, unsigned slot)
{
    if (slot >= CONN_SLOTS)
        die("an ack for nothing");
    if (is_measuring) {
        emit.result->messages++;
        histogram_add(&emit.result->latency, now_ns() - conn->sent_ns[slot]);
    }
    send_slot(conn, slot);
}

static void on_message(struct conn *conn, const struct ws_message *message)
{
    const char *text = message->prefix;

    if (message->opcode == WS_BINARY)
        finish(conn, conn->slot);
    else if (strncmp(text, "43", 2) == 0)
        finish(conn, atoi(text + 2));
    else if (strncmp(text, "461-", 4) == 0)
        conn->slot = atoi(text + 4);
}

/* A packet is lead, ack's number, event, text, tail. */
static void run(const struct options *options, struct result *result, const char *lead,
                const char *event, const char *tail)
{
    char *text = filler(options->bytes), *whole = malloc(options->bytes + 512);
    struct crowd crowd;

    emit.result = result;
    for (unsigned slot = 0; slot < options->in_flight; slot++) {
        snprintf(whole, options->bytes + 512, "%s%u%s%s%s", lead, slot, event, text, tail);
        emit.requests[slot] = frame_text(whole);
    }
    free(whole);
    free(text);
    crowd = crowd_connect(options, options->clients, false, on_message, NULL);
    for (size_t i = 0; i < crowd.count; i++) {
        for (unsigned slot = 0; slot < options->in_flight; slot++)
            send_slot(&crowd.conns[i], slot);
        conn_flush(&crowd.conns[i]);
    }
    measure(options, result, 1);
    crowd_close(&crowd, options);
}

void run_emit(const struct options *options, struct result *result)
{
    run(options, result, "42", "[\"message-with-ack\",\"", "\"]");
}

void run_json(const struct options *options, struct result *result)
{
    run(options, result, "42", "[\"total\",{\"name\":\"",
        "\",\"items\":[{\"what\":\"tea\",\"n\":3},{\"what\":\"milk\",\"n\":1.5},"
        "{\"what\":\"sugar\",\"n\":20}],\"open\":true}]");
}

void run_binary(const struct options *options, struct result *result)
{
    struct options small = *options;

    emit.attachment = frame_binary(options->bytes);
    small.bytes = 0;
    run(&small, result, "451-", "[\"message-with-ack\",{\"_placeholder\":true,\"num\":0}", "]");
}
