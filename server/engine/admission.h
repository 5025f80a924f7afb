/* admission.h: asking the application about a request before it gets to a session: the engine's
 * middlewares, one after the other, and allow_request; and going on when they have decided, at once
 * or later.  A request that waits is an exchange without an answer, a WebSocket handshake too. */
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

/* The same for a WebSocket handshake.  UNDECIDED: hold it back; sio__admit_held() then waits. */
enum sio__verdict sio__admit_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                     struct sio__request *request,
                                     const struct sio__gatekeeper *list, const char **message);

/* The handshake was held back.  go_on follows, in this call or later, unless the client goes
 * before.
 */
void sio__admit_held(struct sio__exchange *x,
                     void (*go_on)(struct sio__exchange *x,
                                   const struct sio__admission_result *result));

/* The body of a POST that came while the application decided. */
struct sio__early {
    struct sio__attached attached;
    bool is_too_large; /* over the limit: there are no bytes */
    size_t len;
    char bytes[];
};

/* Whoever takes a request for its body looks here first.  NULL: it did not come yet. */
const struct sio__early *sio__early_find(const struct sio__request *request);

#endif
