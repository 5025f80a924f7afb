/* answers.h: the HTTP answers of an engine, with the reference's headers and bodies. */
#ifndef SERVER_ENGINE_ANSWERS_H
#define SERVER_ENGINE_ANSWERS_H

#include "server/engine/engine.h"
#include "server/net/exchange.h"

/* 200 with packets (binary: revision 3's binary framing); the body is copied if release is NULL. */
void sio__answer_packets(struct sio__exchange *x, bool is_binary, struct sio__slice body,
                         void (*release)(void *), void *release_arg);

/* 200 `ok`: data accepted. */
void sio__answer_ok(struct sio__exchange *x);

/* This status with an empty body. */
void sio__answer_empty(struct sio__exchange *x, int status);

/* 400 to a POST whose body nobody wants any more; its connection ends.  (The reference destroys it
 * without an answer.) */
void sio__answer_cut(struct sio__exchange *x);

/* A refusal: its code's status and JSON body. */
void sio__answer_refusal(struct sio__exchange *x, enum sio__refusal why);

/* The same for a WebSocket handshake: always 400, the message as text. */
void sio__refuse_upgrade(struct sio__answer *answer, enum sio__refusal why);

/* As sio__answer_refusal() has it, for handshakes where WebSocket is switched off. */
void sio__fill_refusal(struct sio__answer *answer, enum sio__refusal why);

#endif
