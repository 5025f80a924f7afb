#include "server/io/chain.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "protocol/mem.h"
#include "server/io/cargo_args.h"

/* One decision of one middleware.  Two references: the chain's, and that of whoever decides. */
struct sio_next {
    struct sio__letter letter; /* first; once decided: the link of spaces->decided */
    _Atomic uint32_t refs;
    struct sio__home *home;
    bool has_arguments; /* what it decides on: an event */
    /* Home thread: */
    struct sio__chain *chain; /* NULL: nobody waits for it any more */
    bool is_calling;          /* its middleware has not returned yet */
    bool is_decided;          /* it was decided meanwhile */
    /* Of whoever decides, until it is decided: */
    bool is_refused;
    struct sio__rejection rejection;
    struct sio__cargo *instead; /* of the arguments; NULL: they stay */
};

/* --- decisions ----------------------------------------------------------------------------- */

static struct sio_next *next_new(struct sio__chain *chain)
{
    struct sio_next *next = sio__calloc(1, sizeof *next);

    if (next == NULL)
        return NULL;
    atomic_init(&next->refs, 2);
    next->home = sio__home_hold(chain->socket->space->spaces->home);
    next->chain = chain;
    next->has_arguments = chain->ops->replace != NULL;
    return next;
}

static void next_rele(struct sio_next *next)
{
    if (atomic_fetch_sub_explicit(&next->refs, 1, memory_order_acq_rel) != 1)
        return;
    sio__home_rele(next->home);
    sio__rejection_fini(&next->rejection);
    sio__cargo_rele(next->instead);
    sio__free(next);
}

static void append_decided(struct sio__spaces *spaces, struct sio_next *next)
{
    next->letter.next = NULL;
    *spaces->decided_end = &next->letter;
    spaces->decided_end = &next->letter.next;
}

static struct sio_next *pop_decided(struct sio__spaces *spaces)
{
    struct sio__letter *letter = spaces->decided;

    spaces->decided = letter->next;
    if (spaces->decided == NULL)
        spaces->decided_end = &spaces->decided;
    return (struct sio_next *)letter;
}

static void deliver(struct sio__letter *letter, void *worker)
{
    append_decided(((struct sio__worker *)worker)->spaces, (struct sio_next *)letter);
}

static void drop(struct sio__letter *letter)
{
    next_rele((struct sio_next *)letter);
}

static void decide(struct sio_next *next)
{
    if (!sio__home_is_here(next->home)) {
        next->letter.deliver = deliver;
        next->letter.drop = drop;
        if (!sio__home_post(next->home, &next->letter))
            next_rele(next);
    } else if (next->is_calling) {
        next->is_decided = true;
        next_rele(next);
    } else if (next->chain != NULL) {
        append_decided(next->chain->socket->space->spaces, next);
    } else {
        next_rele(next);
    }
}

void sio_next_accept(sio_next *next)
{
    decide(next);
}

sio_err sio_next_accept_with(sio_next *next, const char *format, ...)
{
    va_list values;
    struct sio__content content = {.format = format, .values = &values};
    sio_err err;

    if (!next->has_arguments)
        return SIO_EINVAL;
    va_start(values, format);
    err = sio__cargo_pack(&content, &next->instead);
    va_end(values);
    if (err == SIO_OK)
        decide(next);
    return err;
}

void sio_next_refuse(sio_next *next, const char *message, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    next->is_refused = true;
    sio__rejection_init(&next->rejection, message, format, &values);
    va_end(values);
    decide(next);
}

/* --- chains -------------------------------------------------------------------------------- */

void sio__chain_init(struct sio__chain *chain, const struct sio__chain_ops *ops,
                     struct sio_socket *socket, const struct sio__ear_list *first,
                     const struct sio__ear_list *rest)
{
    *chain = (struct sio__chain){.ops = ops, .socket = socket, .step = first->first};
    chain->left = sio__ear_list_count(first);
    if (rest == NULL)
        return;
    chain->left += sio__ear_list_count(rest);
    if (chain->step == NULL)
        chain->step = rest->first;
    else
        chain->rest = rest->first;
}

static const struct sio__ear *take_step(struct sio__chain *chain)
{
    const struct sio__ear *ear = chain->step;

    chain->left--;
    chain->step = ear->next;
    if (chain->step == NULL) {
        chain->step = chain->rest;
        chain->rest = NULL;
    }
    return ear;
}

static void detach(struct sio__chain *chain)
{
    struct sio_next *next = chain->next;

    chain->next = NULL;
    next->chain = NULL;
    next_rele(next);
}

/* True: go on.  Otherwise the chain has ended. */
static bool take_decision(struct sio__chain *chain, const struct sio_next *next)
{
    detach(chain);
    if (next->is_refused) {
        chain->ops->refused(chain, &next->rejection);
        return false;
    }
    if (next->instead == NULL || chain->ops->replace(chain, next->instead))
        return true;
    sio__client_discard(chain->socket->client);
    return false;
}

/* Calls one middleware.  True: it has accepted. */
static bool call(struct sio__chain *chain)
{
    struct sio_next *next = next_new(chain);
    bool is_accepted = false;

    if (next == NULL) {
        sio__client_discard(chain->socket->client);
        return false;
    }
    atomic_fetch_add_explicit(&next->refs, 1, memory_order_relaxed); /* ours, for the call */
    chain->next = next;
    next->is_calling = chain->is_calling = true;
    chain->ops->call(chain, take_step(chain), next);
    next->is_calling = chain->is_calling = false;
    if (chain->is_ended)
        chain->ops->free(chain);
    else if (next->is_decided)
        is_accepted = take_decision(chain, next);
    else if (chain->ops->wait != NULL)
        chain->ops->wait(chain);
    next_rele(next);
    return is_accepted;
}

void sio__chain_run(struct sio__chain *chain)
{
    while (chain->left > 0)
        if (!call(chain))
            return;
    chain->ops->passed(chain);
}

void sio__chain_end(struct sio__chain *chain)
{
    if (chain->next != NULL)
        detach(chain);
    if (chain->is_calling)
        chain->is_ended = true;
    else
        chain->ops->free(chain);
}

void sio__chain_resume(struct sio__spaces *spaces)
{
    struct sio_next *next = pop_decided(spaces);
    struct sio__chain *chain = next->chain;

    if (chain != NULL && take_decision(chain, next))
        sio__chain_run(chain);
    next_rele(next);
}
