/* survey.h: a question to many: an op whose replies are collected, until all have come or the time
 * is up, for one callback.
 *
 *   new --op applied--> start --all replies, timeout, limit, end of the worker--> settled --turn-->
 *   the callback
 *
 * It lives on its home worker: the one that asks or, for a thread of the application, each in turn.
 * The callback runs there, once, at the end of a turn, never within a call that asks. */
#ifndef SERVER_IO_SURVEY_H
#define SERVER_IO_SURVEY_H

#include <sio/sio.h>

#include "protocol/sio_packet.h"
#include "rooms/op.h"
#include "server/io/space.h"

enum { SIO__SURVEY_TIMEOUT_MS = 5000 }; /* where the application says none, as the reference */

struct sio__survey;

/* What is collected; says which callback it is. */
enum sio__survey_kind { SIO__SURVEY_ANSWERS, SIO__SURVEY_SOCKETS };

struct sio__survey_spec {
    enum sio__survey_kind kind;
    uint32_t timeout_ms;
    union {
        sio_answers_cb answers;
        sio_sockets_cb sockets;
    } cb;
    void *user;
};

/**
 * Makes one.  Any thread.
 *
 * out  written only on success; ended by sio__survey_ask() or sio__survey_drop().
 *
 * SIO_OK; SIO_EINVAL (no callback, no timeout); SIO_ELIMIT (too many wait, counted); SIO_ECLOSED;
 * SIO_ENOMEM.
 */
sio_err sio__survey_new(struct sio__survey **out, sio_server *server,
                        const struct sio__survey_spec *spec);

/* The ack id that belongs to it: in the upper half of all, unlike those of single sockets. */
uint32_t sio__survey_ack_id(const struct sio__survey *survey);

/* Applies the op with this asker, and starts to wait.  The survey is taken over in any case; after
 * an error its callback is not called. */
sio_err sio__survey_ask(struct sio__survey *survey, const sio_target *target,
                        struct sio__op_spec spec);

/* Ends one that has not asked. */
void sio__survey_drop(struct sio__survey *survey);

/* The worker ends: what waits is settled with SIO_ECLOSED, and nothing new is taken. */
void sio__surveys_close(struct sio__spaces *spaces);

/* Calls back for the first of spaces->settled. */
void sio__survey_finish_one(struct sio__spaces *spaces);

#endif
