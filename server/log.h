/* log.h: the application's log callback behind a level and a rate limit.  Any thread. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <sio/config.h>
#include <stdatomic.h>

struct sio__log {
    sio_log_cb cb; /* NULL: nothing is logged */
    void *user;
    sio_log_level level;
};

/* One line; never a payload, token, cookie or the id of a session that is not closed.  Longer lines
 * are cut at 512 bytes. */
void sio__log_line(const struct sio__log *log, sio_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A place that logs: at most 10 lines a second leave it, then a summary of how many were left out.
 */
struct sio__log_place {
    _Atomic int64_t window_s;
    _Atomic uint32_t lines;
};

/* True: this line may go out.  *left_out is set to the lines suppressed in the last window (mostly
 * 0), to be told with this one. */
bool sio__log_allows(struct sio__log_place *place, uint32_t *left_out);

/* A rate-limited line with a place of its own. */
#define SIO__LOG(log_, level_, ...)                                                                \
    do {                                                                                           \
        static struct sio__log_place place_;                                                       \
        uint32_t left_out_;                                                                        \
        if ((log_)->cb != NULL && (level_) <= (log_)->level &&                                     \
            sio__log_allows(&place_, &left_out_)) {                                                \
            if (left_out_ > 0)                                                                     \
                sio__log_line(log_, level_, "%u lines like the next were left out", left_out_);    \
            sio__log_line(log_, level_, __VA_ARGS__);                                              \
        }                                                                                          \
    } while (0)

#endif
