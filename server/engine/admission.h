/* admission.h: asking the application about a request before it gets to a session: the engine's
 * middlewares, one after the other, and allow_request; and going on when they have decided, at once
 * or later.
 *
 * A plain request waits as an exchange without an answer.  A WebSocket handshake has to be accepted
 * or refused before its callback returns (docs/LWS.md, L37), so one that is not decided by then is
 * accepted, and its link waits.  What comes meanwhile is kept with the request (sio__early). */
#ifndef SERVER_ENGINE_ADMISSION_H
#define SERVER_ENGINE_ADMISSION_H

#include "server/engine/engine.h"

enum sio__verdict {
    SIO__ALLOWED,
    SIO__REFUSED,
    SIO__ANSWERED,  /* the application answers by itself */
    SIO__UNDECIDED, /* until later; WebSocket only */
    SIO__NO_MEMORY, /* WebSocket only */
};

struct sio__admission_result {
    struct sio__engine *engine;
    struct sio__worker *worker;
    const struct sio__gatekeeper *asked; /* who */
    enum sio__verdict verdict;
    const char *message; /* REFUSED; NULL: none was given.  Borrowed until the request goes */
    const struct sio__answer *answer; /* ANSWERED */
};

/* Asks each of the list about a plain request, until one does not allow it; then calls go_on, in
 * this call or later, unless the client has gone. */
void sio__admit_request(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__exchange *x, const struct sio__gatekeeper *list,
                        void (*go_on)(struct sio__exchange *x,
                                      const struct sio__admission_result *result));

/* The same for a WebSocket handshake.  UNDECIDED: accept; sio__admit_link() then waits. */
enum sio__verdict sio__admit_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                     struct sio__request *request,
                                     const struct sio__gatekeeper *list, const char **message);

/* The WebSocket is open.  True: its handshake was not decided by then; go_on follows, in this call
 * or later, unless the client goes before. */
bool sio__admit_link(struct sio__link *link,
                     void (*go_on)(struct sio__link *link,
                                   const struct sio__admission_result *result));

/* What came while the application decided: a POST's body, or the first message of a WebSocket. */
struct sio__early {
    struct sio__attached attached;
    bool is_too_large; /* a body over the limit, of which there are no bytes */
    bool is_binary;
    size_t len;
    char bytes[];
};

/* Whoever takes a request for a body or messages looks here first.  NULL: nothing came yet. */
const struct sio__early *sio__early_find(const struct sio__request *request);

#endif
