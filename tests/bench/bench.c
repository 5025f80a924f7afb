#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

void measure(const struct options *options, struct result *result)
{
    struct window window;

    spend(options->warm_ms);
    is_measuring = true;
    window = window_start(options);
    spend(options->run_ms);
    window_end(&window, options, result);
    is_measuring = false;
    if (result->messages == 0)
        die("nothing came back");
}

struct frame frame_text(const char *text)
{
    char *bytes = malloc(strlen(text) + WS_HEAD_MAX);

    return (struct frame){bytes, ws_frame_write(bytes, WS_TEXT, text, strlen(text))};
}

struct frame frame_binary(size_t len)
{
    char *bytes = malloc(len + WS_HEAD_MAX), *payload = filler(len);
    struct frame frame = {bytes, ws_frame_write(bytes, WS_BINARY, payload, len)};

    free(payload);
    return frame;
}

char *filler(size_t len)
{
    char *text = malloc(len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = 'a' + i % 26;
    text[len] = '\0';
    return text;
}
