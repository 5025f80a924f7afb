#include "server/io/home.h"

#include "protocol/mem.h"

struct sio__home *sio__home_new(struct sio__worker *worker)
{
    struct sio__home *home = sio__malloc(sizeof *home);

    if (home == NULL)
        return NULL;
    if (uv_mutex_init(&home->lock) != 0) {
        sio__free(home);
        return NULL;
    }
    atomic_init(&home->refs, 1);
    atomic_init(&home->worker, worker);
    return home;
}

void sio__home_close(struct sio__home *home)
{
    uv_mutex_lock(&home->lock);
    atomic_store(&home->worker, NULL);
    uv_mutex_unlock(&home->lock);
    sio__home_rele(home);
}

struct sio__home *sio__home_hold(struct sio__home *home)
{
    atomic_fetch_add_explicit(&home->refs, 1, memory_order_relaxed);
    return home;
}

void sio__home_rele(struct sio__home *home)
{
    if (atomic_fetch_sub_explicit(&home->refs, 1, memory_order_acq_rel) != 1)
        return;
    uv_mutex_destroy(&home->lock);
    sio__free(home);
}

bool sio__home_is_here(const struct sio__home *home)
{
    struct sio__worker *worker = atomic_load_explicit(&home->worker, memory_order_relaxed);

    return worker != NULL && sio__worker_is_here(worker);
}

bool sio__home_post(struct sio__home *home, struct sio__letter *letter)
{
    struct sio__worker *worker;
    bool is_posted;

    uv_mutex_lock(&home->lock);
    worker = atomic_load_explicit(&home->worker, memory_order_relaxed);
    is_posted = worker != NULL && sio__worker_post(worker, letter);
    uv_mutex_unlock(&home->lock);
    return is_posted;
}
