#include "server/engine/relay_ends.h"

#include <string.h>

#include "protocol/mem.h"
#include "server/worker.h"

struct sio__relay *sio__relay_of(struct sio__letter *last_word)
{
    return ((struct sio__last_word *)last_word)->relay;
}

/* The worker that should have read it has ended, and with it the end there. */
static void drop_word(struct sio__letter *last_word)
{
    sio__relay_release(sio__relay_of(last_word));
}

void sio__relay_init(struct sio__relay *relay, struct sio__worker *near_worker,
                     struct sio__worker *home_worker, void (*fini)(struct sio__relay *),
                     void (*near_hears)(struct sio__letter *, void *worker),
                     void (*far_hears)(struct sio__letter *, void *worker))
{
    relay->near_worker = near_worker;
    relay->home_worker = home_worker;
    relay->near_word.letter.deliver = far_hears;
    relay->near_word.letter.drop = drop_word;
    relay->near_word.relay = relay;
    relay->far_word.letter.deliver = near_hears;
    relay->far_word.letter.drop = drop_word;
    relay->far_word.relay = relay;
    relay->fini = fini;
    atomic_init(&relay->refs, 2);
}

static void post_word(struct sio__worker *to, struct sio__last_word *word)
{
    if (!sio__worker_post(to, &word->letter))
        drop_word(&word->letter);
}

void sio__relay_near_speaks(struct sio__relay *relay)
{
    post_word(relay->home_worker, &relay->near_word);
}

void sio__relay_far_speaks(struct sio__relay *relay)
{
    post_word(relay->near_worker, &relay->far_word);
}

void sio__relay_release(struct sio__relay *relay)
{
    if (atomic_fetch_sub_explicit(&relay->refs, 1, memory_order_acq_rel) != 1)
        return;
    relay->fini(relay);
    sio__free(relay);
}

static void drop_letter(struct sio__letter *letter)
{
    sio__free(letter);
}

bool sio__relay_post(struct sio__relay *relay, struct sio__worker *to,
                     void (*deliver)(struct sio__letter *, void *worker), bool flag,
                     const char *ptr, size_t len)
{
    struct sio__relay_letter *letter;

    if (ptr == NULL) /* a body over the limit has a length but no bytes */
        len = 0;
    if ((letter = sio__malloc(sizeof *letter + len)) == NULL)
        return false;
    letter->letter.deliver = deliver;
    letter->letter.drop = drop_letter;
    letter->relay = relay;
    letter->flag = flag;
    letter->len = len;
    if (len > 0)
        memcpy(letter->bytes, ptr, len);
    if (!sio__worker_post(to, &letter->letter))
        drop_letter(&letter->letter);
    return true;
}
