#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum { LINES_A_SECOND = 10, LINE_BYTES = 512 };

void sio__log_line(const struct sio__log *log, sio_log_level level, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list args;

    if (log->cb == NULL || level > log->level)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->cb(level, line, log->user);
}

bool sio__log_allows(struct sio__log_place *place, uint32_t *left_out)
{
    struct timespec now;
    int64_t window;
    uint32_t before;

    *left_out = 0;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    window = atomic_load_explicit(&place->window_s, memory_order_relaxed);
    if (window != now.tv_sec &&
        atomic_compare_exchange_strong(&place->window_s, &window, (int64_t)now.tv_sec)) {
        before = atomic_exchange(&place->lines, 0);
        *left_out = before > LINES_A_SECOND ? before - LINES_A_SECOND : 0;
    }
    return atomic_fetch_add(&place->lines, 1) < LINES_A_SECOND;
}
