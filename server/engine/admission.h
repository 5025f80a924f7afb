/* admission.h: asking the application whether a handshake may go on (allow_request), and going on
 * when it has decided, at once or later.
 *
 * A polling handshake waits as an exchange without an answer.  A WebSocket handshake has to be
 * accepted or refused before its callback returns, so one that is not decided by then is accepted,
 * and its link waits: nothing is read from it before the decision. */
#ifndef SERVER_ENGINE_ADMISSION_H
#define SERVER_ENGINE_ADMISSION_H

#include "server/engine/engine.h"

struct sio__admission_result {
    struct sio__engine *engine;
    struct sio__worker *worker;
    const char *message; /* refused; NULL: the code's own */
    bool is_allowed;
    int revision; /* as it was given; 0: not one that is allowed */
};

/* Decides on a polling handshake; then calls go_on, in this call or later, unless the client has
 * gone. */
void sio__admit_request(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__exchange *x, int revision,
                        void (*go_on)(struct sio__exchange *x,
                                      const struct sio__admission_result *result));

enum sio__verdict { SIO__ADMITTED, SIO__REFUSED, SIO__UNDECIDED, SIO__NOT_ASKED };

/* The same for a WebSocket handshake.  REFUSED: *message is the text (borrowed until the request
 * goes).  UNDECIDED: accept; sio__admit_link() then waits for the decision. */
enum sio__verdict sio__admit_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                     struct sio__request *request, int revision,
                                     const char **message);

/* The WebSocket is open.  True: its handshake is not decided yet; go_on follows, unless the client
 * goes before. */
bool sio__admit_link(struct sio__link *link,
                     void (*go_on)(struct sio__link *link,
                                   const struct sio__admission_result *result));

#endif
