/* timers.h: the deadlines of one worker.  No clock and no loop of its own: now_ms is an argument,
 * so tests run on a fake clock.  One thread.  Allocates nothing, hence starting never fails.
 *
 * Timers of one duration end in the order they were started, so each duration has a FIFO list:
 * start, stop and restart are O(1), and the worker looks only at the heads.
 * The first SIO__TIMERS_EXACT different durations in use at a time are exact to the millisecond.
 * A duration beyond those is rounded up, by at most a sixteenth of itself, and shares a list with
 * its neighbours: such a timer fires late, never early.  A list is freed for another duration when
 * it is empty, unless it is pinned. */
#ifndef SERVER_NET_TIMERS_H
#define SERVER_NET_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIO__TIMERS_EXACT = 32,   /* a worker has about ten constant durations; the rest are acks' */
    SIO__TIMERS_COARSE = 608, /* sixteen steps for each power of two up to 2^41 ms (70 years) */
};

#define SIO__TIMERS_NONE UINT64_MAX

struct sio__timer_link {
    struct sio__timer_link *next, *prev;
};

/* Part of the object that waits.  All zero is a stopped timer.  Its storage must stay, at its
 * place, while it runs. */
struct sio__timer {
    struct sio__timer_link link; /* next NULL: stopped */
    uint64_t deadline_ms;
    void (*fire)(struct sio__timer *timer); /* set by the owner before the first start */
};

/* Fields are private. */
struct sio__timers {
    uint64_t now_ms; /* latest time heard of: time never runs backwards here */
    struct sio__timer_link exact[SIO__TIMERS_EXACT];
    uint64_t exact_ms[SIO__TIMERS_EXACT];
    bool pinned[SIO__TIMERS_EXACT];
    unsigned exact_count;
    struct sio__timer_link coarse[SIO__TIMERS_COARSE];
    uint64_t coarse_used[(SIO__TIMERS_COARSE + 63) / 64]; /* may be stale: used, empty now */
};

/* The storage must not move afterwards. */
void sio__timers_init(struct sio__timers *timers);

/* Keeps an exact list for this duration for ever: for constants of the server such as the ping
 * interval.  False: all exact lists are taken; the duration then works like any other. */
bool sio__timers_pin(struct sio__timers *timers, uint64_t duration_ms);

/* (Re)starts: it fires once, at now_ms + duration_ms or later.  Running or not before.
 * A duration over 2^40 ms counts as 2^40. */
void sio__timer_start(struct sio__timers *timers, struct sio__timer *timer, uint64_t now_ms,
                      uint64_t duration_ms);

/* No effect on a stopped timer.  After it fire is not called. */
void sio__timer_stop(struct sio__timer *timer);

static inline bool sio__timer_is_running(const struct sio__timer *timer)
{
    return timer->link.next != NULL;
}

/* Milliseconds until the next deadline; 0 if one has passed; SIO__TIMERS_NONE if none runs. */
uint64_t sio__timers_next_ms(struct sio__timers *timers, uint64_t now_ms);

/**
 * Fires what is due, earliest deadline first; a timer is stopped before its fire() is called.
 * fire() may start, stop and free any timer, its own too; what it starts fires in a later run, even
 * if it is due at once.  Not reentrant: fire() must not call sio__timers_run().
 * Returns how many were fired.
 */
size_t sio__timers_run(struct sio__timers *timers, uint64_t now_ms);

#endif
