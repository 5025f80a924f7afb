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

enum task_kind { ARRIVE, DEPART, HELLO, ENTER, LEAVE, SAY, TYPING, TUTORIAL, UNKNOWN };

struct task {
    struct task *next;
    enum task_kind kind;
    char id[SOCKET_ID_BYTES + 1]; /* of the socket */
    sio_ack *ack;                 /* held; NULL: none asked for */
    json_t *arg;                  /* first argument; NULL: none, or not to be represented */
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

/* Hands a task over.  arg is taken in any case.  False: out of memory, or too many are waiting;
 * arrivals and departures are taken however many wait.  Any thread. */
bool hall_post(struct hall *hall, enum task_kind kind, const char *id, sio_ack *ack, json_t *arg);

/* talk.c: does one task; the hall's thread. */
void talk(struct hall *hall, const struct task *task);

/* The answer {ok:false}; retry_ms 0: none. */
void answer_error(sio_ack *ack, const char *code, const char *message, int64_t retry_ms);

#endif
