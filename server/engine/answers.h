/* answers.h: the HTTP answers of an engine, with the reference's headers and bodies.
 * Those of cors go with each of them. */
#ifndef SERVER_ENGINE_ANSWERS_H
#define SERVER_ENGINE_ANSWERS_H

#include "protocol/buf.h"
#include "server/engine/cors.h"
#include "server/engine/engine.h"
#include "server/net/exchange.h"

/* What a body of packets is. */
struct sio__packets_answer {
    bool is_binary; /* revision 3's binary framing */
    bool is_first;  /* the handshake's answer, which may set the cookie */
    bool compress;  /* if it is long, and the client takes that */
};

/* 200 with packets: *body is taken (sio__buf_take) and empty afterwards.
 * False: out of memory, the exchange was destroyed. */
bool sio__answer_packets(const struct sio__session *session, struct sio__exchange *x,
                         struct sio__buf *body, struct sio__packets_answer how);

/* 200 `ok`: data accepted. */
void sio__answer_ok(const struct sio__engine *engine, struct sio__exchange *x);

/* This status with an empty body. */
void sio__answer_empty(const struct sio__engine *engine, struct sio__exchange *x, int status);

/* 400 to a POST whose body nobody wants any more; its connection ends.  (The reference destroys it
 * without an answer.) */
void sio__answer_cut(const struct sio__engine *engine, struct sio__exchange *x);

/* What the application gave: a status, a type and a body, which is borrowed. */
void sio__answer_for_app(const struct sio__engine *engine, struct sio__exchange *x,
                         const struct sio__answer *given);

/* 204 to a preflight, with these headers alone. */
void sio__answer_preflight(struct sio__exchange *x, const struct sio__fields *fields);

/* A refusal: its code's status and JSON body. */
void sio__answer_refusal(const struct sio__engine *engine, struct sio__exchange *x,
                         enum sio__refusal why);

/* 403 with code 4 and the application's message; NULL: the code's own. */
void sio__answer_forbidden(const struct sio__engine *engine, struct sio__exchange *x,
                           const char *message);

/* The code's own message. */
const char *sio__refusal_text(enum sio__refusal why);

/* The same for a WebSocket handshake: always 400, the message as text. */
void sio__refuse_upgrade(struct sio__answer *answer, enum sio__refusal why);

/* As sio__answer_refusal() has it, for handshakes where WebSocket is switched off. */
void sio__fill_refusal(struct sio__answer *answer, enum sio__refusal why);

#endif
