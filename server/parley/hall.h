/* hall.h: the thread that owns the chat's state.  Handlers on the workers only hand tasks over; the
 * hall takes them one by one, in the order they came, changes the house and emits.  So the house
 * needs no locks, and all that one task sends reaches each client in one order. */
#ifndef PARLEY_HALL_H
#define PARLEY_HALL_H

#include <jansson.h>
#include <pthread.h>
#include <sio/sio.h>

#include "house.h"

enum { HALL_QUEUE_MAX = 65536 };

enum task_kind { DEPART, HELLO, ENTER, LEAVE, SAY, TYPING, TUTORIAL, UNKNOWN };

struct task {
    struct task *next;
    enum task_kind kind;
    struct visitor *visitor;
    sio_ack *ack; /* held; NULL: none asked for */
    json_t *arg;  /* first argument; NULL: none, or not to be represented */
};

/* A connection.  Its departure needs no memory of its own, so it cannot be missed. */
struct visitor {
    struct person person; /* the hall's thread alone; the id is constant */
    struct task departure;
};

struct hall {
    sio_ns *ns;
    struct house house; /* the hall's thread alone */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    struct task *first, **last; /* under lock, as all below */
    size_t waiting;
    bool is_ending;
};

/* SIO_ENOMEM: no thread. */
sio_err hall_start(struct hall *hall, sio_ns *ns);

/* Finishes what is waiting, then ends.  After the server has stopped. */
void hall_stop(struct hall *hall);

/* For a new connection; ended by hall_depart().  NULL: out of memory. */
struct visitor *visitor_new(const char *id);

/* The last task of a visitor, which is freed by it.  Any thread. */
void hall_depart(struct hall *hall, struct visitor *visitor);

/* Hands a task over.  arg is taken in any case.  False: out of memory, or too many are waiting.
 * Any thread. */
bool hall_post(struct hall *hall, enum task_kind kind, struct visitor *visitor, sio_ack *ack,
               json_t *arg);

#endif
