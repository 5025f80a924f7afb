#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conn.h"
#include "stats.h"

/* What one run was asked for. */
struct options {
    const char *scenario;
    in_port_t port;
    pid_t pid;
    size_t clients;
    size_t in_flight;
    size_t bytes;
    size_t rooms;
    size_t waves;
    uint64_t warm_ms;
    uint64_t run_ms;
};

/* What came of it. Negative: not measured. */
struct result {
    uint64_t messages;
    double seconds;
    double cpu_us;  /* the server's for each message */
    double load_us; /* the load generator's own */
    double rss_kib; /* for each client, or as the scenario says */
    double rss_first_kib, rss_last_kib;
    double quiet_p99_us;
    double idle_cpu_us; /* for each idle client and second */
    struct histogram latency;
};

typedef void scenario_fn(const struct options *options, struct result *result);

scenario_fn run_connect, run_churn;                      /* scenario_connect.c */
scenario_fn run_emit, run_json, run_binary;              /* scenario_emit.c */
scenario_fn run_broadcast, run_rooms, run_calm_in_crowd; /* scenario_crowd.c */
scenario_fn run_polling;                                 /* scenario_polling.c */

/* A part of a run over which CPU and time are taken. */
struct window {
    uint64_t wall_ns, cpu_ns, load_ns;
};
struct window window_start(const struct options *options);
void window_end(const struct window *window, const struct options *options, struct result *result);

/* Turns the loop for so long. */
void spend(uint64_t ms);

/* Turns the loop until the server has nothing more to do: it uses hardly any CPU. */
void settle(const struct options *options);

/* True while messages are to be counted. */
extern bool is_measuring;

/* spend(warm), then spend(run) with a window around it, again and again until so many messages have
 * come (or MEASURE_MOST_S are over). */
void measure(const struct options *options, struct result *result, uint64_t messages_least);

/* Many clients. */
struct crowd {
    struct conn *conns;
    size_t count;
};

/* Connects count clients, so many at a time, and waits until the last has joined; latency (may be
 * NULL) gets the time of each. Exits with a message if that fails. */
struct crowd crowd_connect(const struct options *options, size_t count, bool are_urgent,
                           void (*on_message)(struct conn *, const struct ws_message *),
                           struct histogram *latency);

/* Closes all and waits until the server has seen it. Of several crowds the last goes first. */
void crowd_close(struct crowd *crowd, const struct options *options);

/* A frame for a text, kept for ever. */
struct frame frame_text(const char *text);
struct frame frame_binary(size_t len);

/* len bytes of harmless text, NUL-terminated, for the caller to free; with --deflate of records. */
char *filler(size_t len);

void die(const char *what);

#endif
