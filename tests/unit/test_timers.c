#include "server/net/timers.h"
#include "tests/support/check.h"

/* A timer that writes its letter into the trace, then does what it is told. */
struct bell {
    struct sio__timer timer;
    char letter;
    void (*then)(struct bell *bell);
    struct bell *other;
};

static struct sio__timers timers;
static char trace[64];
static uint64_t now_ms; /* the fake clock */

static void on_fire(struct sio__timer *timer)
{
    struct bell *bell = (struct bell *)timer;
    size_t len = strlen(trace);

    CHECK(!sio__timer_is_running(timer));
    if (len + 1 < sizeof trace)
        trace[len] = bell->letter;
    if (bell->then != NULL)
        bell->then(bell);
}

static struct bell bell(char letter)
{
    return (struct bell){.timer = {.fire = on_fire}, .letter = letter};
}

static void set_up(void)
{
    sio__timers_init(&timers);
    memset(trace, 0, sizeof trace);
    now_ms = 1000;
}

static void start(struct bell *b, uint64_t duration_ms)
{
    sio__timer_start(&timers, &b->timer, now_ms, duration_ms);
}

/* What fires until then. */
static const char *run_to(uint64_t ms)
{
    memset(trace, 0, sizeof trace);
    now_ms = ms;
    sio__timers_run(&timers, now_ms);
    return trace;
}

TEST(a_timer_fires_once_at_its_deadline)
{
    struct bell a = bell('a');

    set_up();
    CHECK_EQ(sio__timers_next_ms(&timers, now_ms), SIO__TIMERS_NONE);
    start(&a, 25);
    CHECK_EQ(sio__timers_next_ms(&timers, now_ms), 25);
    CHECK_STR(run_to(1024), "");
    CHECK_EQ(sio__timers_next_ms(&timers, now_ms), 1);
    CHECK_STR(run_to(1025), "a");
    CHECK_STR(run_to(2000), "");
    CHECK_EQ(sio__timers_next_ms(&timers, now_ms), SIO__TIMERS_NONE);
}

TEST(what_is_due_fires_in_the_order_of_deadlines)
{
    struct bell a = bell('a'), b = bell('b'), c = bell('c'), d = bell('d');

    set_up();
    start(&a, 30);
    start(&b, 10);
    start(&c, 20);
    now_ms = 1005;
    start(&d, 10);
    CHECK_STR(run_to(1100), "bdca");
}

TEST(a_stopped_timer_does_not_fire)
{
    struct bell a = bell('a'), b = bell('b');

    set_up();
    start(&a, 10);
    start(&b, 10);
    sio__timer_stop(&a.timer);
    sio__timer_stop(&a.timer);
    CHECK_STR(run_to(1010), "b");
}

TEST(a_restart_counts_from_now)
{
    struct bell a = bell('a'), b = bell('b');

    set_up();
    start(&a, 10);
    start(&b, 10);
    now_ms = 1005;
    start(&a, 10);
    CHECK_STR(run_to(1010), "b");
    CHECK_STR(run_to(1015), "a");
    start(&a, 10);
    start(&a, 3);
    CHECK_STR(run_to(1018), "a");
    CHECK_STR(run_to(1100), "");
}

TEST(time_never_runs_backwards)
{
    struct bell a = bell('a'), b = bell('b');

    set_up();
    start(&a, 10);
    now_ms = 500;
    start(&b, 10);
    CHECK_EQ(sio__timers_next_ms(&timers, 500), 10);
    CHECK_STR(run_to(600), "");
    CHECK_STR(run_to(1010), "ab");
}

static void again(struct bell *b)
{
    start(b, 0);
}

TEST(what_a_callback_starts_fires_in_a_later_run)
{
    struct bell a = bell('a');

    set_up();
    a.then = again;
    start(&a, 0);
    CHECK_STR(run_to(1000), "a");
    CHECK_EQ(sio__timers_next_ms(&timers, now_ms), 0);
    CHECK_STR(run_to(1000), "a");
    sio__timer_stop(&a.timer);
}

static void stop_other(struct bell *b)
{
    sio__timer_stop(&b->other->timer);
}

static void restart_other(struct bell *b)
{
    start(b->other, 5);
}

TEST(a_callback_may_stop_a_timer_that_is_due_too)
{
    struct bell a = bell('a'), b = bell('b'), c = bell('c');

    set_up();
    a.then = stop_other;
    a.other = &b;
    start(&a, 10);
    start(&b, 10);
    start(&c, 10);
    CHECK_STR(run_to(1010), "ac");
    CHECK_STR(run_to(2000), "");
}

TEST(a_callback_may_restart_a_timer_that_is_due_too)
{
    struct bell a = bell('a'), b = bell('b');

    set_up();
    a.then = restart_other;
    a.other = &b;
    start(&a, 10);
    start(&b, 10);
    CHECK_STR(run_to(1010), "a");
    CHECK_STR(run_to(1015), "b");
}

static void free_itself(struct bell *b)
{
    free(b);
}

TEST(a_callback_may_free_its_timer)
{
    struct bell *a = malloc(sizeof *a), z = bell('z');

    set_up();
    *a = bell('a');
    a->then = free_itself;
    start(a, 10);
    start(&z, 10);
    CHECK_STR(run_to(1010), "az");
}

enum { MANY = 2000 };

TEST(durations_beyond_the_exact_lists_are_late_by_a_sixteenth_at_most)
{
    static struct bell bells[MANY];
    static uint64_t wanted_ms[MANY];

    set_up();
    for (int i = 0; i < MANY; i++) {
        bells[i] = bell('.');
        wanted_ms[i] = (uint64_t)i * (uint64_t)i;
        start(&bells[i], wanted_ms[i]);
        CHECK(bells[i].timer.deadline_ms >= now_ms + wanted_ms[i]);
        CHECK(bells[i].timer.deadline_ms <= now_ms + wanted_ms[i] + wanted_ms[i] / 16);
    }
    while (sio__timers_next_ms(&timers, now_ms) != SIO__TIMERS_NONE) {
        now_ms += sio__timers_next_ms(&timers, now_ms);
        CHECK(sio__timers_run(&timers, now_ms) > 0);
        for (int i = 0; i < MANY; i++)
            CHECK(sio__timer_is_running(&bells[i].timer) == (bells[i].timer.deadline_ms > now_ms));
    }
    for (int i = 0; i < MANY; i++)
        CHECK(!sio__timer_is_running(&bells[i].timer));
}

TEST(an_empty_list_serves_another_duration)
{
    struct bell a = bell('a');

    set_up();
    for (uint64_t ms = 100; ms < 1000; ms++) {
        start(&a, ms);
        CHECK_EQ(a.timer.deadline_ms, now_ms + ms);
    }
    CHECK_EQ(timers.exact_count, 1);
    sio__timer_stop(&a.timer);
}

TEST(a_pinned_duration_stays_exact_when_all_lists_are_taken)
{
    struct bell bells[SIO__TIMERS_EXACT * 2], a = bell('a'), b = bell('b');

    set_up();
    CHECK(sio__timers_pin(&timers, 25001));
    CHECK(sio__timers_pin(&timers, 25001));
    for (unsigned i = 0; i < SIO__TIMERS_EXACT * 2; i++) {
        bells[i] = bell('.');
        start(&bells[i], 100 + i);
    }
    start(&a, 25001);
    start(&b, 30001);
    CHECK_EQ(a.timer.deadline_ms, now_ms + 25001);
    CHECK(b.timer.deadline_ms > now_ms + 30001);
    CHECK(!sio__timers_pin(&timers, 20001));
}

TEST(the_longest_durations_have_a_list)
{
    struct bell bells[SIO__TIMERS_EXACT], a = bell('a');

    set_up();
    for (unsigned i = 0; i < SIO__TIMERS_EXACT; i++) {
        bells[i] = bell('.');
        start(&bells[i], 100 + i);
    }
    start(&a, UINT64_MAX);
    CHECK_EQ(a.timer.deadline_ms, now_ms + (UINT64_C(1) << 40));
    start(&a, (UINT64_C(1) << 40) - 1);
    CHECK_EQ(a.timer.deadline_ms, now_ms + (UINT64_C(1) << 40));
}

CHECK_MAIN(CHECK_ROW(a_timer_fires_once_at_its_deadline),
           CHECK_ROW(what_is_due_fires_in_the_order_of_deadlines),
           CHECK_ROW(a_stopped_timer_does_not_fire), CHECK_ROW(a_restart_counts_from_now),
           CHECK_ROW(time_never_runs_backwards),
           CHECK_ROW(what_a_callback_starts_fires_in_a_later_run),
           CHECK_ROW(a_callback_may_stop_a_timer_that_is_due_too),
           CHECK_ROW(a_callback_may_restart_a_timer_that_is_due_too),
           CHECK_ROW(a_callback_may_free_its_timer),
           CHECK_ROW(durations_beyond_the_exact_lists_are_late_by_a_sixteenth_at_most),
           CHECK_ROW(an_empty_list_serves_another_duration),
           CHECK_ROW(a_pinned_duration_stays_exact_when_all_lists_are_taken),
           CHECK_ROW(the_longest_durations_have_a_list))
