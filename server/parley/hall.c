#include "hall.h"

#include <stdlib.h>
#include <string.h>

#include "talk.h"

static struct task *take(struct hall *hall)
{
    struct task *task;

    pthread_mutex_lock(&hall->lock);
    while (hall->first == NULL && !hall->is_ending)
        pthread_cond_wait(&hall->ready, &hall->lock);
    task = hall->first;
    if (task != NULL) {
        hall->first = task->next;
        hall->waiting--;
        if (hall->first == NULL)
            hall->last = &hall->first;
    }
    pthread_mutex_unlock(&hall->lock);
    return task;
}

/* With the lock held. */
static void append(struct hall *hall, struct task *task)
{
    *hall->last = task;
    hall->last = &task->next;
    hall->waiting++;
    pthread_cond_signal(&hall->ready);
}

static void free_task(struct task *task)
{
    if (task->kind == DEPART) {
        person_fini(&task->visitor->person);
        free(task->visitor); /* the task is a part of it */
        return;
    }
    sio_ack_rele(task->ack);
    json_decref(task->arg);
    free(task);
}

static void *run(void *arg)
{
    struct hall *hall = arg;
    struct task *task;

    while ((task = take(hall)) != NULL) {
        talk(hall, task);
        free_task(task);
    }
    return NULL;
}

sio_err hall_start(struct hall *hall, sio_ns *ns)
{
    *hall = (struct hall){.ns = ns};
    hall->last = &hall->first;
    pthread_mutex_init(&hall->lock, NULL);
    pthread_cond_init(&hall->ready, NULL);
    return pthread_create(&hall->thread, NULL, run, hall) == 0 ? SIO_OK : SIO_ENOMEM;
}

void hall_stop(struct hall *hall)
{
    pthread_mutex_lock(&hall->lock);
    hall->is_ending = true;
    pthread_cond_signal(&hall->ready);
    pthread_mutex_unlock(&hall->lock);
    pthread_join(hall->thread, NULL);
    pthread_cond_destroy(&hall->ready);
    pthread_mutex_destroy(&hall->lock);
    house_clear(&hall->house);
}

struct visitor *visitor_new(const char *id)
{
    struct visitor *visitor = calloc(1, sizeof *visitor);

    if (visitor == NULL)
        return NULL;
    memcpy(visitor->person.id, id, SOCKET_ID_BYTES);
    visitor->departure = (struct task){.kind = DEPART, .visitor = visitor};
    return visitor;
}

void hall_depart(struct hall *hall, struct visitor *visitor)
{
    pthread_mutex_lock(&hall->lock);
    append(hall, &visitor->departure);
    pthread_mutex_unlock(&hall->lock);
}

bool hall_post(struct hall *hall, enum task_kind kind, struct visitor *visitor, sio_ack *ack,
               json_t *arg)
{
    struct task *task = calloc(1, sizeof *task);
    bool is_taken;

    if (task == NULL) {
        json_decref(arg);
        return false;
    }
    task->kind = kind;
    task->visitor = visitor;
    task->ack = sio_ack_hold(ack);
    task->arg = arg;
    pthread_mutex_lock(&hall->lock);
    is_taken = hall->waiting < HALL_QUEUE_MAX;
    if (is_taken)
        append(hall, task);
    pthread_mutex_unlock(&hall->lock);
    if (!is_taken)
        free_task(task);
    return is_taken;
}
