/* bucket.h: token buckets: a rate with a burst. */
#ifndef PARLEY_BUCKET_H
#define PARLEY_BUCKET_H

#include <stdint.h>

struct rate {
    double per_second, burst;
};

struct bucket {
    double tokens;
    int64_t filled_ms; /* 0: not used yet, so full */
};

/* 0: one token was taken.  Otherwise the milliseconds until there is one. */
static inline int64_t bucket_take(struct bucket *bucket, const struct rate *rate, int64_t now_ms)
{
    double tokens = rate->burst;

    if (bucket->filled_ms != 0) {
        tokens = bucket->tokens + (double)(now_ms - bucket->filled_ms) * rate->per_second / 1000.0;
        if (tokens > rate->burst)
            tokens = rate->burst;
    }
    bucket->filled_ms = now_ms;
    if (tokens >= 1.0) {
        bucket->tokens = tokens - 1.0;
        return 0;
    }
    bucket->tokens = tokens;
    return (int64_t)((1.0 - tokens) * 1000.0 / rate->per_second) + 1;
}

#endif
