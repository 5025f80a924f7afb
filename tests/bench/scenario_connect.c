#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "deflate.h"

static void ignore(struct conn *conn, const struct ws_message *message)
{
    (void)conn, (void)message;
}

/* What a process takes up only once is there before anything is counted. */
static void wake(const struct options *options)
{
    uint64_t end = now_ns() + options->warm_ms * 1000000;

    do {
        struct crowd few = crowd_connect(options, 20, false, ignore, NULL);

        crowd_close(&few, options);
    } while (now_ns() < end);
}

static size_t answered;

static void on_answer(struct conn *conn, const struct ws_message *message)
{
    (void)conn;
    answered += strncmp(message->prefix, "430", 3) == 0;
}

/* Each says something once and gets it back. */
static void talk_once(const struct options *options, struct crowd *crowd)
{
    char *text = filler(options->bytes), *whole = malloc(options->bytes + 64);
    struct frame question;

    sprintf(whole, "420[\"message-with-ack\",\"%s\"]", text);
    question = frame_text(whole);
    for (size_t i = 0; i < crowd->count; i++) {
        conn_send(&crowd->conns[i], question);
        conn_flush(&crowd->conns[i]);
        while (answered <= i)
            loop_turn(1000000);
    }
    free(whole);
    free(text);
}

/* From the first byte to the namespace, then all stay and say nothing; with --deflate they have
 * said something, so that whatever a server keeps for it is there. */
void run_connect(const struct options *options, struct result *result)
{
    double before, each = 1.0 / options->clients;
    uint64_t cpu_ns, start_ns;
    struct window window;
    struct crowd crowd;

    wake(options);
    before = process_rss_kib(options->pid);
    window = window_start(options);
    crowd = crowd_connect(options, options->clients, false, on_answer, &result->latency);
    result->messages = options->clients;
    window_end(&window, options, result);
    if (deflate_is_offered)
        talk_once(options, &crowd);
    settle(options);
    result->rss_kib = (process_rss_kib(options->pid) - before) * each;
    cpu_ns = process_cpu_ns(options->pid), start_ns = now_ns();
    spend(options->run_ms);
    result->idle_cpu_us =
        (process_cpu_ns(options->pid) - cpu_ns) * 1e6 * each / (double)(now_ns() - start_ns);
    crowd_close(&crowd, options);
}

/* They come, and all go; memory is taken after each wave. */
void run_churn(const struct options *options, struct result *result)
{
    struct window window;

    wake(options);
    window = window_start(options);
    for (size_t wave = 0; wave < options->waves; wave++) {
        struct crowd crowd =
            crowd_connect(options, options->clients, false, ignore, &result->latency);

        crowd_close(&crowd, options);
        result->rss_last_kib = process_rss_kib(options->pid);
        if (wave == 0)
            result->rss_first_kib = result->rss_last_kib;
    }
    result->messages = options->clients * options->waves;
    window_end(&window, options, result);
}
