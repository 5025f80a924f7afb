#include "server/net/inbox.h"

#include <sched.h>
#include <stddef.h>

/* Stands on top of a closed inbox; its address is all that matters. */
static struct sio__letter closed_mark;

/* The stack holds the newest first. */
static struct sio__letter *oldest_first(struct sio__letter *letter)
{
    struct sio__letter *head = NULL;

    while (letter != NULL) {
        struct sio__letter *next = letter->next;

        letter->next = head;
        head = letter;
        letter = next;
    }
    return head;
}

static void drop_list(struct sio__letter *letter)
{
    while (letter != NULL) {
        struct sio__letter *next = letter->next;

        letter->drop(letter);
        letter = next;
    }
}

static void on_wake(uv_async_t *async)
{
    struct sio__inbox *inbox = async->data;
    struct sio__letter *letter;

    if (inbox->is_closed)
        return;
    letter = atomic_exchange_explicit(&inbox->newest, NULL, memory_order_acquire);
    if (letter == NULL)
        return;
    inbox->wakes_seen++;
    letter = oldest_first(letter);
    while (letter != NULL && !inbox->is_closed) {
        struct sio__letter *next = letter->next;

        letter->deliver(letter, inbox->worker);
        letter = next;
    }
    drop_list(letter);
}

void sio__inbox_seal(struct sio__inbox *inbox)
{
    atomic_init(&inbox->newest, &closed_mark);
    inbox->is_closed = true;
}

int sio__inbox_init(struct sio__inbox *inbox, uv_loop_t *loop, void *worker)
{
    int err;

    atomic_store_explicit(&inbox->wakes_done, 0, memory_order_relaxed);
    inbox->wakes_seen = 0;
    inbox->worker = worker;
    inbox->async.data = inbox;
    if ((err = uv_async_init(loop, &inbox->async, on_wake)) != 0)
        return err;
    inbox->is_closed = false;
    atomic_store_explicit(&inbox->newest, NULL, memory_order_release); /* from here on open */
    return 0;
}

/* Acquire: who is refused sees what was done before the end, who is not, the handle of an inbox
 * that was opened again. */
bool sio__inbox_push(struct sio__inbox *inbox, struct sio__letter *letter)
{
    struct sio__letter *top = atomic_load_explicit(&inbox->newest, memory_order_acquire);

    do {
        if (top == &closed_mark)
            return false;
        letter->next = top;
    } while (!atomic_compare_exchange_weak_explicit(&inbox->newest, &top, letter,
                                                    memory_order_release, memory_order_acquire));
    if (top == NULL) {
        uv_async_send(&inbox->async);
        atomic_fetch_add_explicit(&inbox->wakes_done, 1, memory_order_release);
    }
    return true;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct sio__inbox *inbox = handle->data;

    if (inbox->on_closed != NULL)
        inbox->on_closed(inbox->user);
}

/* A push that found the inbox empty goes on to wake the loop, and the handle must not be closed
 * under it.  The consumer has taken letters once for each such push. */
static void await_waker(struct sio__inbox *inbox)
{
    while (atomic_load_explicit(&inbox->wakes_done, memory_order_acquire) != inbox->wakes_seen)
        sched_yield();
}

void sio__inbox_close(struct sio__inbox *inbox, void (*on_closed)(void *user), void *user)
{
    struct sio__letter *left =
        atomic_exchange_explicit(&inbox->newest, &closed_mark, memory_order_acq_rel);

    inbox->is_closed = true;
    if (left != NULL)
        inbox->wakes_seen++;
    await_waker(inbox);
    inbox->on_closed = on_closed;
    inbox->user = user;
    uv_close((uv_handle_t *)&inbox->async, on_handle_closed);
    drop_list(oldest_first(left));
}
