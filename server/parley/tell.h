/* tell.h: who can be told, and the objects they are told (docs/CHAT.md); the hall's thread. */
#ifndef PARLEY_TELL_H
#define PARLEY_TELL_H

#include "hall.h"

/* Socket.IO rooms of who has a name, and of who has none (tutorial clients). */
#define NAMED_ROOM "named"
#define GUESTS_ROOM "guests"

enum { CHANNEL_BYTES = TITLE_BYTES + 6 };

/* The Socket.IO room of a chat room: titles, which hold no NUL, must not meet the ids of sockets.
 */
struct channel {
    char name[CHANNEL_BYTES];
};

struct channel channel_of(const struct room *room);

/* Targets borrow what they are made of. */
sio_target everyone_in(const struct hall *hall, const struct channel *channel);
sio_target others_in(const struct hall *hall, const struct channel *channel,
                     const struct person *person);
sio_target with_a_name(const struct hall *hall);
sio_target without_name(const struct hall *hall);
sio_target just(const struct hall *hall, const struct person *person);

/* New references, caller releases; NULL: out of memory. */
json_t *person_json(const struct person *person);
json_t *message_json(const struct room *room, const struct message *message);
json_t *entry_json(const struct room *room);

int64_t now_ms(void);  /* for what lasts */
int64_t time_ms(void); /* since the epoch, for people */

#endif
