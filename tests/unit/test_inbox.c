#include "server/net/inbox.h"
#include "tests/support/check.h"

#include <pthread.h>

struct note {
    struct sio__letter letter;
    unsigned producer, number;
};

enum { PRODUCERS = 4, NOTES = 5000 };

/* The worker of these tests. */
struct reader {
    uv_loop_t loop;
    struct sio__inbox inbox;
    unsigned delivered, dropped, closed;
    unsigned close_at; /* close the inbox within this delivery; 0: never */
    unsigned next[PRODUCERS];
    struct note *again; /* pushed within the first delivery */
};

/* Written by the reader's thread alone; drop() has no other way to find it. */
static struct reader *reading;

static void on_closed(void *user)
{
    ((struct reader *)user)->closed++;
}

static void close_inbox(struct reader *r)
{
    sio__inbox_close(&r->inbox, on_closed, r);
}

static void on_deliver(struct sio__letter *letter, void *worker)
{
    struct note *note = (struct note *)letter;
    struct reader *r = worker;

    CHECK_EQ(note->number, r->next[note->producer]);
    r->next[note->producer]++;
    r->delivered++;
    if (r->again != NULL) {
        struct note *again = r->again;

        r->again = NULL;
        CHECK(sio__inbox_push(&r->inbox, &again->letter));
    }
    if (r->delivered == r->close_at)
        close_inbox(r);
}

static void on_drop(struct sio__letter *letter)
{
    (void)letter;
    reading->dropped++;
}

static void set_up(struct reader *r)
{
    memset(r, 0, sizeof *r);
    reading = r;
    CHECK_EQ(uv_loop_init(&r->loop), 0);
    CHECK_EQ(sio__inbox_init(&r->inbox, &r->loop, r), 0);
}

static void tear_down(struct reader *r)
{
    uv_run(&r->loop, UV_RUN_DEFAULT);
    CHECK_EQ(r->closed, 1);
    CHECK_EQ(uv_loop_close(&r->loop), 0);
}

static struct note note(unsigned producer, unsigned number)
{
    return (struct note){{NULL, on_deliver, on_drop}, producer, number};
}

TEST(letters_come_in_the_order_of_their_pushes)
{
    struct reader r;
    struct note notes[3] = {note(0, 0), note(0, 1), note(0, 2)};

    set_up(&r);
    for (int i = 0; i < 3; i++)
        CHECK(sio__inbox_push(&r.inbox, &notes[i].letter));
    uv_run(&r.loop, UV_RUN_ONCE);
    CHECK_EQ(r.delivered, 3);
    close_inbox(&r);
    tear_down(&r);
    CHECK_EQ(r.dropped, 0);
}

TEST(a_letter_pushed_by_a_delivery_comes_in_a_later_turn)
{
    struct reader r;
    struct note first = note(0, 0), second = note(0, 1);

    set_up(&r);
    r.again = &second;
    CHECK(sio__inbox_push(&r.inbox, &first.letter));
    uv_run(&r.loop, UV_RUN_ONCE);
    CHECK_EQ(r.delivered, 1);
    uv_run(&r.loop, UV_RUN_ONCE);
    CHECK_EQ(r.delivered, 2);
    close_inbox(&r);
    tear_down(&r);
}

TEST(a_closed_inbox_refuses_and_drops_what_it_had)
{
    struct reader r;
    struct note notes[3] = {note(0, 0), note(0, 1), note(0, 2)};

    set_up(&r);
    CHECK(sio__inbox_push(&r.inbox, &notes[0].letter));
    CHECK(sio__inbox_push(&r.inbox, &notes[1].letter));
    close_inbox(&r);
    CHECK_EQ(r.dropped, 2);
    CHECK(!sio__inbox_push(&r.inbox, &notes[2].letter));
    tear_down(&r);
    CHECK_EQ(r.delivered, 0);
    CHECK(!sio__inbox_push(&r.inbox, &notes[2].letter));
}

TEST(a_sealed_inbox_refuses_until_it_is_opened_and_a_closed_one_is_opened_again)
{
    struct reader r = {0};
    struct note once = note(0, 0);

    reading = &r;
    sio__inbox_seal(&r.inbox);
    for (unsigned round = 1; round <= 2; round++) {
        CHECK(!sio__inbox_push(&r.inbox, &once.letter));
        CHECK_EQ(uv_loop_init(&r.loop), 0);
        CHECK_EQ(sio__inbox_init(&r.inbox, &r.loop, &r), 0);
        once.number = r.delivered;
        CHECK(sio__inbox_push(&r.inbox, &once.letter));
        uv_run(&r.loop, UV_RUN_ONCE);
        CHECK_EQ(r.delivered, round);
        r.closed = 0;
        close_inbox(&r);
        tear_down(&r);
    }
}

TEST(closing_within_a_delivery_drops_the_rest_of_the_batch)
{
    struct reader r;
    struct note notes[4] = {note(0, 0), note(0, 1), note(0, 2), note(0, 3)};

    set_up(&r);
    r.close_at = 2;
    for (int i = 0; i < 4; i++)
        CHECK(sio__inbox_push(&r.inbox, &notes[i].letter));
    tear_down(&r);
    CHECK_EQ(r.delivered, 2);
    CHECK_EQ(r.dropped, 2);
}

struct producer {
    pthread_t thread;
    struct sio__inbox *inbox;
    struct note *notes;
    const unsigned *delivered; /* the reader's, without a lock */
    unsigned refused, seen;
};

static void *produce(void *arg)
{
    struct producer *p = arg;

    for (unsigned i = 0; i < NOTES; i++)
        if (!sio__inbox_push(p->inbox, &p->notes[i].letter))
            p->refused++;
    if (p->refused > 0)
        p->seen = *p->delivered;
    return NULL;
}

/* Runs all producers against a loop; returns how many letters they kept. */
static unsigned race(struct reader *r)
{
    static struct note notes[PRODUCERS][NOTES];
    struct producer producers[PRODUCERS];
    unsigned refused = 0;

    for (unsigned p = 0; p < PRODUCERS; p++) {
        for (unsigned i = 0; i < NOTES; i++)
            notes[p][i] = note(p, i);
        producers[p] =
            (struct producer){.inbox = &r->inbox, .notes = notes[p], .delivered = &r->delivered};
        CHECK_EQ(pthread_create(&producers[p].thread, NULL, produce, &producers[p]), 0);
    }
    uv_run(&r->loop, UV_RUN_DEFAULT);
    for (unsigned p = 0; p < PRODUCERS; p++) {
        pthread_join(producers[p].thread, NULL);
        refused += producers[p].refused;
        if (producers[p].refused > 0) /* what was done before the end is seen by those refused */
            CHECK_EQ(producers[p].seen, r->close_at);
    }
    return refused;
}

TEST(many_producers_lose_nothing_and_keep_their_order)
{
    struct reader r;

    set_up(&r);
    r.close_at = PRODUCERS * NOTES;
    CHECK_EQ(race(&r), 0);
    CHECK_EQ(r.delivered, PRODUCERS * NOTES);
    CHECK_EQ(r.dropped, 0);
    tear_down(&r);
}

TEST(closing_under_many_producers_accounts_for_every_letter)
{
    for (unsigned round = 1; round <= 30; round++) {
        struct reader r;
        unsigned refused;

        set_up(&r);
        r.close_at = round * 37;
        refused = race(&r);
        CHECK_EQ(r.delivered, round * 37);
        CHECK_EQ(r.delivered + r.dropped + refused, PRODUCERS * NOTES);
        tear_down(&r);
    }
}

CHECK_MAIN(CHECK_ROW(letters_come_in_the_order_of_their_pushes),
           CHECK_ROW(a_letter_pushed_by_a_delivery_comes_in_a_later_turn),
           CHECK_ROW(a_closed_inbox_refuses_and_drops_what_it_had),
           CHECK_ROW(a_sealed_inbox_refuses_until_it_is_opened_and_a_closed_one_is_opened_again),
           CHECK_ROW(closing_within_a_delivery_drops_the_rest_of_the_batch),
           CHECK_ROW(many_producers_lose_nothing_and_keep_their_order),
           CHECK_ROW(closing_under_many_producers_accounts_for_every_letter))
