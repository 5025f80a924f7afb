#include "house.h"

#include <stdlib.h>
#include <string.h>

/* --- people -------------------------------------------------------------------------------- */

bool person_rename(struct person *person, sio_str name)
{
    char *copy = malloc(name.len);

    if (copy == NULL)
        return false;
    memcpy(copy, name.ptr, name.len);
    free(person->name);
    person->name = copy;
    person->name_len = name.len;
    return true;
}

void person_fini(struct person *person)
{
    free(person->name);
}

/* --- rooms --------------------------------------------------------------------------------- */

static void drop_oldest(struct room *room)
{
    struct message *message = room->oldest;

    room->oldest = message->next;
    if (room->oldest == NULL)
        room->newest = NULL;
    room->message_count--;
    room->text_bytes -= message->text.len;
    message_free(message);
}

static void forget_room(struct house *house, struct room *room)
{
    while (room->oldest != NULL)
        drop_oldest(room);
    HASH_DEL(house->rooms, room);
    free(room);
}

bool house_make_place(struct house *house)
{
    struct room *room, *next, *longest_empty = NULL;

    if (HASH_COUNT(house->rooms) < ROOMS_MAX)
        return true;
    HASH_ITER (hh, house->rooms, room, next) {
        if (room->count == 0 &&
            (longest_empty == NULL || room->empty_since_ms < longest_empty->empty_since_ms))
            longest_empty = room;
    }
    if (longest_empty == NULL)
        return false;
    forget_room(house, longest_empty);
    return true;
}

struct room *house_room(struct house *house, sio_str title)
{
    struct room *room;

    HASH_FIND(hh, house->rooms, title.ptr, title.len, room);
    return room;
}

struct room *house_open_room(struct house *house, sio_str title, int64_t now_ms)
{
    struct room *room = calloc(1, sizeof *room + title.len);

    if (room == NULL)
        return NULL;
    memcpy(room->title, title.ptr, title.len);
    room->title_len = title.len;
    room->empty_since_ms = now_ms;
    HASH_ADD_KEYPTR(hh, house->rooms, room->title, room->title_len, room);
    if (room->hh.tbl == NULL) {
        free(room);
        return NULL;
    }
    return room;
}

void house_clear(struct house *house)
{
    struct room *room, *next;

    HASH_ITER (hh, house->rooms, room, next) {
        forget_room(house, room);
    }
}

/* --- seats --------------------------------------------------------------------------------- */

struct seat *seat_find(const struct person *person, const struct room *room)
{
    struct seat *seat = person->seats;

    while (seat != NULL && seat->room != room)
        seat = seat->next_of_person;
    return seat;
}

struct seat *seat_take(struct person *person, struct room *room)
{
    struct seat *seat = calloc(1, sizeof *seat);

    if (seat == NULL)
        return NULL;
    seat->room = room;
    seat->person = person;
    seat->next_in_room = room->seats;
    if (room->seats != NULL)
        room->seats->prev_in_room = seat;
    room->seats = seat;
    room->count++;
    seat->next_of_person = person->seats;
    if (person->seats != NULL)
        person->seats->prev_of_person = seat;
    person->seats = seat;
    person->seat_count++;
    return seat;
}

void seat_leave(struct seat *seat, int64_t now_ms)
{
    struct room *room = seat->room;
    struct person *person = seat->person;

    if (seat->prev_in_room != NULL)
        seat->prev_in_room->next_in_room = seat->next_in_room;
    else
        room->seats = seat->next_in_room;
    if (seat->next_in_room != NULL)
        seat->next_in_room->prev_in_room = seat->prev_in_room;
    if (seat->prev_of_person != NULL)
        seat->prev_of_person->next_of_person = seat->next_of_person;
    else
        person->seats = seat->next_of_person;
    if (seat->next_of_person != NULL)
        seat->next_of_person->prev_of_person = seat->prev_of_person;
    person->seat_count--;
    if (--room->count == 0)
        room->empty_since_ms = now_ms;
    free(seat);
}

/* --- messages ------------------------------------------------------------------------------ */

struct message *room_find(const struct room *room, sio_str id)
{
    struct message *message = room->oldest;

    while (message != NULL &&
           (message->id.len != id.len || memcmp(message->id.ptr, id.ptr, id.len) != 0))
        message = message->next;
    return message;
}

static sio_str place(char **at, const char *ptr, size_t len)
{
    sio_str placed = {*at, len};

    if (len > 0)
        memcpy(*at, ptr, len);
    *at += len;
    return placed;
}

struct message *message_new(const struct room *room, const struct person *author, sio_str id,
                            sio_str text, int64_t time_ms)
{
    struct message *message = calloc(1, sizeof *message + id.len + author->name_len + text.len);
    char *at = (char *)(message + 1);

    if (message == NULL)
        return NULL;
    message->seq = room->seq + 1;
    message->time_ms = time_ms;
    message->is_guest = author->name == NULL;
    memcpy(message->author_id, author->id, sizeof message->author_id);
    message->id = place(&at, id.ptr, id.len);
    message->name = place(&at, author->name, author->name_len);
    message->text = place(&at, text.ptr, text.len);
    return message;
}

void message_free(struct message *message)
{
    free(message);
}

void room_keep(struct room *room, struct message *message)
{
    room->seq = message->seq;
    if (room->newest != NULL)
        room->newest->next = message;
    else
        room->oldest = message;
    room->newest = message;
    room->message_count++;
    room->text_bytes += message->text.len;
    while (room->message_count > ROOM_MESSAGES_MAX || room->text_bytes > ROOM_TEXT_BYTES_MAX)
        drop_oldest(room);
}
