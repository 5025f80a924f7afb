#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* Many get what one says. A message begins with the two digits of its slot, by which its receivers
 * are counted; when the last has it, the slot's next message leaves. */

enum { PROBES = 10, PROBE_EVERY_MS = 10, SHOUT_EVERY_MS = 200 };

static struct {
    struct frame messages[CONN_SLOTS];
    struct conn *senders[CONN_SLOTS];
    uint64_t sent_ns[CONN_SLOTS];
    size_t left[CONN_SLOTS];
    size_t members;
    const char *lead; /* what stands before the digits */
    struct result *result;
} crowd_talk;

static void ignore(struct conn *conn, const struct ws_message *message)
{
    (void)conn, (void)message;
}

static void say(unsigned slot)
{
    crowd_talk.left[slot] = crowd_talk.members;
    crowd_talk.sent_ns[slot] = now_ns();
    conn_send(crowd_talk.senders[slot], crowd_talk.messages[slot]);
    conn_flush(crowd_talk.senders[slot]);
}

static void on_heard(struct conn *conn, const struct ws_message *message)
{
    size_t lead = strlen(crowd_talk.lead);
    unsigned slot;

    (void)conn;
    if (strncmp(message->prefix, crowd_talk.lead, lead) != 0)
        return;
    slot = (unsigned)atoi(message->prefix + lead) % CONN_SLOTS;
    if (is_measuring) {
        crowd_talk.result->messages++;
        histogram_add(&crowd_talk.result->latency, now_ns() - crowd_talk.sent_ns[slot]);
    }
    if (--crowd_talk.left[slot] == 0)
        say(slot);
}

/* Senders lie apart, and in different rooms. */
static size_t find_sender(const struct options *options, unsigned slot)
{
    return slot * (options->clients / options->in_flight + 1) % options->clients;
}

static void talk(struct crowd *crowd, const struct options *options, struct result *result)
{
    crowd_talk.result = result;
    for (unsigned slot = 0; slot < options->in_flight; slot++) {
        crowd_talk.senders[slot] = &crowd->conns[find_sender(options, slot)];
        say(slot);
    }
    measure(options, result, crowd_talk.members * options->in_flight); /* all have said one */
    crowd_close(crowd, options);
}

void run_broadcast(const struct options *options, struct result *result)
{
    char *text = filler(options->bytes), *whole = malloc(options->bytes + 64);
    struct crowd crowd;

    crowd_talk.lead = "42[\"chat message\",\"";
    crowd = crowd_connect(options, options->clients, false, on_heard, NULL);
    crowd_talk.members = options->clients;
    for (unsigned slot = 0; slot < options->in_flight; slot++) {
        sprintf(whole, "%s%02u%s\"]", crowd_talk.lead, slot, text + 2);
        crowd_talk.messages[slot] = frame_text(whole);
    }
    free(whole);
    free(text);
    talk(&crowd, options, result);
}

static void join_rooms(struct crowd *crowd, size_t rooms, const struct options *options)
{
    char packet[64];

    for (size_t i = 0; i < crowd->count; i++) {
        snprintf(packet, sizeof packet, "42[\"join\",\"room %zu\"]", i % rooms);
        conn_send(&crowd->conns[i], frame_text(packet));
        conn_flush(&crowd->conns[i]);
        if (i % 100 == 0)
            loop_turn(0);
    }
    settle(options);
}

void run_rooms(const struct options *options, struct result *result)
{
    char *text = filler(options->bytes), *whole = malloc(options->bytes + 64);
    struct crowd crowd;

    crowd_talk.lead = "42[\"to room\",\"";
    crowd = crowd_connect(options, options->clients, false, on_heard, NULL);
    join_rooms(&crowd, options->rooms, options);
    crowd_talk.members = options->clients / options->rooms;
    for (unsigned slot = 0; slot < options->in_flight; slot++) {
        sprintf(whole, "42[\"to room\",\"room %zu\",\"%02u%s\"]",
                find_sender(options, slot) % options->rooms, slot, text + 2);
        crowd_talk.messages[slot] = frame_text(whole);
    }
    free(whole);
    free(text);
    talk(&crowd, options, result);
}

/* --- a few who ask, quietly, while many are shouted at -----------------------------------------
 */

static void on_probe(struct conn *conn, const struct ws_message *message)
{
    if (strncmp(message->prefix, "430", 3) != 0)
        return;
    if (is_measuring) {
        crowd_talk.result->messages++;
        histogram_add(&crowd_talk.result->latency, now_ns() - conn->sent_ns[0]);
    }
    conn->received++;
}

static void ask(struct conn *conn, struct frame question)
{
    if (conn->slot != conn->received)
        return; /* the last answer is still to come: its time counts */
    conn->slot++;
    conn->sent_ns[0] = now_ns();
    conn_send(conn, question);
    conn_flush(conn);
}

static void probe(struct crowd *probes, struct conn *shouter, struct frame question,
                  struct frame shout, uint64_t ms)
{
    uint64_t start = now_ns(), ask_at = start, shout_at = start, now;
    size_t next = 0;

    while ((now = now_ns()) < start + ms * 1000000) {
        if (now >= ask_at) {
            ask(&probes->conns[next++ % probes->count], question);
            ask_at += PROBE_EVERY_MS * UINT64_C(1000000) / PROBES;
        }
        if (shouter != NULL && now >= shout_at) {
            conn_send(shouter, shout);
            conn_flush(shouter);
            shout_at += SHOUT_EVERY_MS * UINT64_C(1000000);
        }
        loop_turn(500000);
    }
}

void run_calm_in_crowd(const struct options *options, struct result *result)
{
    char *text = filler(options->bytes), *whole = malloc(options->bytes + 64);
    struct crowd members = crowd_connect(options, options->clients, false, ignore, NULL);
    struct crowd probes = crowd_connect(options, PROBES, true, on_probe, NULL);
    struct frame question, shout;
    struct window window;

    crowd_talk.result = result;
    join_rooms(&members, 1, options);
    sprintf(whole, "420[\"message-with-ack\",\"%s\"]", text);
    question = frame_text(whole);
    sprintf(whole, "42[\"to room\",\"room 0\",\"%s\"]", text);
    shout = frame_text(whole);
    free(whole);
    free(text);

    probe(&probes, NULL, question, shout, options->warm_ms);
    is_measuring = true;
    probe(&probes, NULL, question, shout, options->run_ms);
    result->quiet_p99_us = histogram_us(&result->latency, 0.99);
    result->latency = (struct histogram){0};
    result->messages = 0;
    window = window_start(options);
    probe(&probes, &members.conns[0], question, shout, options->run_ms);
    window_end(&window, options, result);
    is_measuring = false;
    if (result->messages == 0)
        die("nothing came back");
    crowd_close(&probes, options);
    crowd_close(&members, options);
}
