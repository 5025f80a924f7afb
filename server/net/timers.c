#include "server/net/timers.h"

#define MAX_DURATION_MS (UINT64_C(1) << 40)

enum { STEP_BITS = 4 }; /* sixteen coarse durations between a power of two and the next */

/* A list is a ring; its head lies in the table. */
static void ring_init(struct sio__timer_link *head)
{
    head->next = head->prev = head;
}

static bool ring_is_empty(const struct sio__timer_link *head)
{
    return head->next == head;
}

static void ring_append(struct sio__timer_link *head, struct sio__timer_link *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

static void ring_take(struct sio__timer_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link->next = link->prev = NULL;
}

static struct sio__timer *timer_of(struct sio__timer_link *link)
{
    return (struct sio__timer *)link; /* its first field */
}

static uint64_t advance_clock(struct sio__timers *timers, uint64_t now_ms)
{
    if (now_ms > timers->now_ms)
        timers->now_ms = now_ms;
    return timers->now_ms;
}

void sio__timers_init(struct sio__timers *timers)
{
    *timers = (struct sio__timers){0};
    for (size_t i = 0; i < SIO__TIMERS_EXACT; i++)
        ring_init(&timers->exact[i]);
    for (size_t i = 0; i < SIO__TIMERS_COARSE; i++)
        ring_init(&timers->coarse[i]);
}

/* The exact list of a duration, or one that is free for it; NULL: none is. */
static struct sio__timer_link *exact_list(struct sio__timers *timers, uint64_t duration_ms,
                                          bool pin)
{
    unsigned place = timers->exact_count;

    for (unsigned i = 0; i < timers->exact_count; i++) {
        if (timers->exact_ms[i] == duration_ms) {
            place = i;
            break;
        }
        if (place == timers->exact_count && !timers->pinned[i] && ring_is_empty(&timers->exact[i]))
            place = i;
    }
    if (place == SIO__TIMERS_EXACT)
        return NULL;
    if (place == timers->exact_count)
        timers->exact_count++;
    timers->exact_ms[place] = duration_ms;
    timers->pinned[place] |= pin;
    return &timers->exact[place];
}

bool sio__timers_pin(struct sio__timers *timers, uint64_t duration_ms)
{
    return exact_list(timers, duration_ms, true) != NULL;
}

/* Rounds a duration up to the next one with a coarse list, and gives that list.  The lists of
 * durations below 32 are exact; above, the five highest bits name the list. */
static struct sio__timer_link *coarse_list(struct sio__timers *timers, uint64_t *duration_ms)
{
    size_t place = (size_t)*duration_ms;

    if (*duration_ms >= 2u << STEP_BITS) {
        unsigned shift = 63 - (unsigned)__builtin_clzll(*duration_ms) - STEP_BITS;
        uint64_t up = (*duration_ms + (UINT64_C(1) << shift) - 1) >> shift;

        *duration_ms = up << shift;
        place = ((size_t)shift << STEP_BITS) + (size_t)up;
    }
    timers->coarse_used[place / 64] |= UINT64_C(1) << place % 64;
    return &timers->coarse[place];
}

void sio__timer_start(struct sio__timers *timers, struct sio__timer *timer, uint64_t now_ms,
                      uint64_t duration_ms)
{
    struct sio__timer_link *list;

    sio__timer_stop(timer);
    if (duration_ms > MAX_DURATION_MS)
        duration_ms = MAX_DURATION_MS;
    if ((list = exact_list(timers, duration_ms, false)) == NULL)
        list = coarse_list(timers, &duration_ms);
    timer->deadline_ms = advance_clock(timers, now_ms) + duration_ms;
    ring_append(list, &timer->link);
}

void sio__timer_stop(struct sio__timer *timer)
{
    if (sio__timer_is_running(timer))
        ring_take(&timer->link);
}

static void take_earlier(struct sio__timer **earliest, struct sio__timer_link *list)
{
    struct sio__timer *first = timer_of(list->next);

    if (*earliest == NULL || first->deadline_ms < (*earliest)->deadline_ms)
        *earliest = first;
}

/* Forgets on the way which coarse lists have become empty. */
static void look_at_coarse(struct sio__timers *timers, struct sio__timer **earliest)
{
    for (size_t word = 0; word < sizeof timers->coarse_used / sizeof *timers->coarse_used; word++) {
        for (uint64_t bits = timers->coarse_used[word]; bits != 0; bits &= bits - 1) {
            size_t place = word * 64 + (size_t)__builtin_ctzll(bits);

            if (ring_is_empty(&timers->coarse[place]))
                timers->coarse_used[word] &= ~(bits & -bits);
            else
                take_earlier(earliest, &timers->coarse[place]);
        }
    }
}

static struct sio__timer *earliest_timer(struct sio__timers *timers)
{
    struct sio__timer *earliest = NULL;

    for (unsigned i = 0; i < timers->exact_count; i++)
        if (!ring_is_empty(&timers->exact[i]))
            take_earlier(&earliest, &timers->exact[i]);
    look_at_coarse(timers, &earliest);
    return earliest;
}

uint64_t sio__timers_next_ms(struct sio__timers *timers, uint64_t now_ms)
{
    struct sio__timer *earliest = earliest_timer(timers);

    if (earliest == NULL)
        return SIO__TIMERS_NONE;
    now_ms = advance_clock(timers, now_ms);
    return earliest->deadline_ms > now_ms ? earliest->deadline_ms - now_ms : 0;
}

size_t sio__timers_run(struct sio__timers *timers, uint64_t now_ms)
{
    struct sio__timer_link due;
    struct sio__timer *timer;
    size_t fired = 0;

    /* All due ones move to a list of this run before any is fired, so that what fire() starts
     * cannot keep the run going, and what it stops leaves this list like any other. */
    ring_init(&due);
    now_ms = advance_clock(timers, now_ms);
    while ((timer = earliest_timer(timers)) != NULL && timer->deadline_ms <= now_ms) {
        ring_take(&timer->link);
        ring_append(&due, &timer->link);
    }
    while (!ring_is_empty(&due)) {
        timer = timer_of(due.next);
        ring_take(&timer->link);
        fired++;
        timer->fire(timer);
    }
    return fired;
}
