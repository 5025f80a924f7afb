/* house.h: who is where and what was said there: people, rooms, the last messages of each room.
 * Data only; nothing is sent from here.  Owned by the hall's thread. */
#ifndef PARLEY_HOUSE_H
#define PARLEY_HOUSE_H

#include <sio/types.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h> /* its hash has no key: people have ids of ours, and rooms are few */

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
struct person;

/* A person in a room. */
struct seat {
    struct room *room;
    struct person *person;
    struct seat *next_in_room, *prev_in_room;
    struct seat *next_of_person, *prev_of_person;
};

struct person {
    UT_hash_handle hh;
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
    int64_t seq, empty_since_ms;
    struct message *oldest, *newest;
    size_t message_count, text_bytes;
    size_t title_len;
    char title[];
};

struct house {
    struct person *people; /* tables */
    struct room *rooms;
    uint64_t marks; /* walks over people so far */
};

/* NULL: out of memory. */
struct person *house_arrive(struct house *house, const char *id);
struct person *house_find(struct house *house, const char *id);

/* Leaves every room first. */
void house_depart(struct house *house, struct person *person);

/* False: out of memory; the old name stays. */
bool person_rename(struct person *person, sio_str name);

struct room *house_room(struct house *house, sio_str title);

/* The room of this title, made if need be (forgetting the longest empty one when there are
 * ROOMS_MAX).  NULL: no place, or out of memory. */
struct room *house_open_room(struct house *house, sio_str title);

struct seat *seat_find(const struct person *person, const struct room *room);

/* False: out of memory. */
bool seat_take(struct person *person, struct room *room);
void seat_leave(struct seat *seat, int64_t now_ms);

/* The kept message with this id; NULL: none. */
struct message *room_find(const struct room *room, sio_str id);

/* Keeps a message as the room's next one.  NULL: out of memory. */
struct message *room_keep(struct room *room, const struct person *author, sio_str id, sio_str text,
                          int64_t time_ms);

void house_clear(struct house *house);

#endif
