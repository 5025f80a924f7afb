/* ask.h: what a request asks an engine for, by its query, and what an operator is told of those
 * that are refused. */
#ifndef SERVER_ENGINE_ASK_H
#define SERVER_ENGINE_ASK_H

#include "server/engine/engine.h"

/* What a request's query says, for the checks in the reference's order. */
struct sio__ask {
    unsigned transport; /* SIO_POLLING, SIO_WEBSOCKET; 0: unknown or switched off */
    int revision;       /* sio__ask_revision() */
    bool has_sid;
    char sid[SIO__SID_MAX + 1]; /* a longer one is no id; cut, so it is not found */
    size_t sid_len;
};

/* False: out of memory. */
bool sio__ask_read(const struct sio__worker *worker, const struct sio__request *request,
                   struct sio__ask *ask);

/* 4, or 3 for everything else; 0: not allowed. */
int sio__ask_revision(const struct sio__worker *worker, const struct sio__request *request);

static inline struct sio__slice sio__ask_sid(const struct sio__ask *ask)
{
    return sio__slice_make(ask->sid, ask->sid_len);
}

bool sio__has_bad_origin(const struct sio__request *request);

/* Hints that are given in more than one place. */
extern const char sio__hint_foreign_origin[], sio__hint_not_allowed[], sio__hint_not_passed[],
    sio__hint_not_named[], sio__hint_old_client[];

#endif
