/* house.h: who is where and what was said there: people, rooms, the last messages of each room.
 * Data only; nothing is sent from here.  Owned by the hall's thread. */
#ifndef PARLEY_HOUSE_H
#define PARLEY_HOUSE_H

#include <sio/types.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h> /* its hash has no key, but rooms are few */

#include "bucket.h"
#include "checks.h"

enum {
    SOCKET_ID_BYTES = 20,
    ROOMS_MAX = 1000,
    PERSON_ROOMS_MAX = 128,
    ROOM_MESSAGES_MAX = 100,
    ROOM_TEXT_BYTES_MAX = 256 * 1024,
};

struct room;

/* A person in a room. */
struct seat {
    struct room *room;
    struct person *person;
    struct seat *next_in_room, *prev_in_room;
    struct seat *next_of_person, *prev_of_person;
};

/* Zeroed but for the id, a person is a guest who is nowhere. */
struct person {
    char id[SOCKET_ID_BYTES + 1];
    char *name; /* NULL: has none, a guest */
    size_t name_len;
    struct seat *seats;
    size_t seat_count;
    struct bucket messages, moves, typing;
    uint64_t mark; /* of the last walk that met this person */
};

struct message {
    struct message *next;
    int64_t seq, time_ms;
    bool is_guest;
    char author_id[SOCKET_ID_BYTES + 1];
    sio_str id, name, text; /* in the same allocation */
};

struct room {
    UT_hash_handle hh;
    struct seat *seats;
    size_t count; /* of people */
    int64_t seq;  /* of the newest message */
    int64_t empty_since_ms;
    struct message *oldest, *newest;
    size_t message_count, text_bytes;
    size_t title_len;
    char title[];
};

struct house {
    struct room *rooms; /* a table */
    uint64_t marks;     /* walks over people so far */
    uint64_t ids_made;  /* for messages whose client gives none */
};

/* False: out of memory; the old name stays. */
bool person_rename(struct person *person, sio_str name);

/* Of somebody who has no seat any more. */
void person_fini(struct person *person);

struct room *house_room(struct house *house, sio_str title);

/* Has it a place for one more room?  With ROOMS_MAX the longest empty one is forgotten for it. */
bool house_make_place(struct house *house);

/* A new room, for a title that has none and in a house that has a place.  NULL: out of memory. */
struct room *house_open_room(struct house *house, sio_str title, int64_t now_ms);

/* NULL: not in that room. */
struct seat *seat_find(const struct person *person, const struct room *room);

/* NULL: out of memory. */
struct seat *seat_take(struct person *person, struct room *room);
void seat_leave(struct seat *seat, int64_t now_ms);

/* The kept message with this id; NULL: none. */
struct message *room_find(const struct room *room, sio_str id);

/* What would be the room's next message; it is then kept by room_keep(), or freed.
 * NULL: out of memory. */
struct message *message_new(const struct room *room, const struct person *author, sio_str id,
                            sio_str text, int64_t time_ms);
void message_free(struct message *message);

/* Takes the message, which is the newest now; the oldest go when there are too many. */
void room_keep(struct room *room, struct message *message);

/* Forgets every room; nobody may be in one. */
void house_clear(struct house *house);

#endif
