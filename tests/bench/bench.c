#include "bench.h"
#include "deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFLATE_LEAST = 1024 }; /* shorter texts are sent as they are, as servers do */
enum { QUIET_MS = 100, QUIET_CPU_MS = 2, SETTLE_MOST_S = 60, MEASURE_MOST_S = 60 };

bool is_measuring;

void die(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static uint64_t own_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

struct window window_start(const struct options *options)
{
    return (struct window){now_ns(), process_cpu_ns(options->pid), own_cpu_ns()};
}

void window_end(const struct window *window, const struct options *options, struct result *result)
{
    double messages = result->messages > 0 ? result->messages : 1;

    result->cpu_us = (process_cpu_ns(options->pid) - window->cpu_ns) / 1e3 / messages;
    result->load_us = (own_cpu_ns() - window->load_ns) / 1e3 / messages;
    result->seconds = (now_ns() - window->wall_ns) / 1e9;
}

void spend(uint64_t ms)
{
    uint64_t now, end = now_ns() + ms * 1000000;

    while ((now = now_ns()) < end)
        loop_turn(end - now);
}

void settle(const struct options *options)
{
    uint64_t end = now_ns() + SETTLE_MOST_S * UINT64_C(1000000000), before, after;

    spend(2 * QUIET_MS);
    after = process_cpu_ns(options->pid);
    do {
        before = after;
        spend(QUIET_MS);
        after = process_cpu_ns(options->pid);
    } while (after - before > QUIET_CPU_MS * UINT64_C(1000000) && now_ns() < end);
}

void measure(const struct options *options, struct result *result, uint64_t messages_least)
{
    uint64_t end = now_ns() + MEASURE_MOST_S * UINT64_C(1000000000);
    struct window window;

    spend(options->warm_ms);
    is_measuring = true;
    window = window_start(options);
    do
        spend(options->run_ms);
    while (result->messages < messages_least && now_ns() < end);
    window_end(&window, options, result);
    is_measuring = false;
    if (result->messages == 0)
        die("nothing came back");
}

static struct frame frame_deflated(const char *text)
{
    size_t len;
    char *payload = deflate_text(text, strlen(text), &len), *bytes = malloc(len + WS_HEAD_MAX);
    struct frame frame = {bytes, ws_frame_write(bytes, WS_DEFLATED | WS_TEXT, payload, len)};

    free(payload);
    return frame;
}

struct frame frame_text(const char *text)
{
    char *bytes;

    if (deflate_is_offered && strlen(text) >= DEFLATE_LEAST)
        return frame_deflated(text);
    bytes = malloc(strlen(text) + WS_HEAD_MAX);
    return (struct frame){bytes, ws_frame_write(bytes, WS_TEXT, text, strlen(text))};
}

struct frame frame_binary(size_t len)
{
    char *bytes = malloc(len + WS_HEAD_MAX), *payload = filler(len);
    struct frame frame = {bytes, ws_frame_write(bytes, WS_BINARY, payload, len)};

    free(payload);
    return frame;
}

/* As compressible as what applications send: some 4 to 1. */
static char *records(size_t len)
{
    char *text = malloc(len + 128);
    unsigned random = 1;

    for (size_t at = 0; at < len;) {
        random = random * 1664525 + 1013904223;
        at += sprintf(text + at, "{id: %u, user: 'user %u', x: %u.%u, on: %s}, ", random >> 8,
                      random >> 20 & 63, random >> 12 & 1023, random >> 4 & 7,
                      random >> 30 & 1 ? "true" : "false");
    }
    text[len] = '\0';
    return text;
}

char *filler(size_t len)
{
    char *text;

    if (deflate_is_offered)
        return records(len);
    text = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        text[i] = 'a' + i % 26;
    text[len] = '\0';
    return text;
}
