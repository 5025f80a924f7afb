#include "house.h"

#include <stdlib.h>
#include <string.h>

/* --- people -------------------------------------------------------------------------------------
 */

struct person *house_arrive(struct house *house, const char *id)
{
    struct person *person = calloc(1, sizeof *person);

    if (person == NULL)
        return NULL;
    memcpy(person->id, id, SOCKET_ID_BYTES);
    HASH_ADD(hh, house->people, id, SOCKET_ID_BYTES, person);
    if (person->hh.tbl == NULL) {
        free(person);
        return NULL;
    }
    return person;
}

struct person *house_find(struct house *house, const char *id)
{
    struct person *person;

    HASH_FIND(hh, house->people, id, SOCKET_ID_BYTES, person);
    return person;
}

void house_depart(struct house *house, struct person *person)
{
    while (person->seats != NULL)
        seat_leave(person->seats, 0);
    HASH_DEL(house->people, person);
    free(person->name);
    free(person);
}

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

/* --- rooms --------------------------------------------------------------------------------------
 */

static void drop_oldest(struct room *room)
{
    struct message *message = room->oldest;

    room->oldest = message->next;
    if (room->oldest == NULL)
        room->newest = NULL;
    room->message_count--;
    room->text_bytes -= message->text.len;
    free(message);
}

static void forget_room(struct house *house, struct room *room)
{
    while (room->oldest != NULL)
        drop_oldest(room);
    HASH_DEL(house->rooms, room);
    free(room);
}

/* Called when the table is full, so its walk is paid for by a new room. */
static bool make_place(struct house *house)
{
    struct room *room, *next, *longest_empty = NULL;

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

struct room *house_open_room(struct house *house, sio_str title)
{
    struct room *room = house_room(house, title);

    if (room != NULL)
        return room;
    if (HASH_COUNT(house->rooms) >= ROOMS_MAX && !make_place(house))
        return NULL;
    room = calloc(1, sizeof *room + title.len);
    if (room == NULL)
        return NULL;
    memcpy(room->title, title.ptr, title.len);
    room->title_len = title.len;
    HASH_ADD_KEYPTR(hh, house->rooms, room->title, room->title_len, room);
    if (room->hh.tbl == NULL) {
        free(room);
        return NULL;
    }
    return room;
}

/* --- seats --------------------------------------------------------------------------------------
 */

struct seat *seat_find(const struct person *person, const struct room *room)
{
    struct seat *seat = person->seats;

    while (seat != NULL && seat->room != room)
        seat = seat->next_of_person;
    return seat;
}

bool seat_take(struct person *person, struct room *room)
{
    struct seat *seat = calloc(1, sizeof *seat);

    if (seat == NULL)
        return false;
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
    return true;
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

/* --- messages -----------------------------------------------------------------------------------
 */

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

struct message *room_keep(struct room *room, const struct person *author, sio_str id, sio_str text,
                          int64_t time_ms)
{
    struct message *message = calloc(1, sizeof *message + id.len + author->name_len + text.len + 1);
    char *at = (char *)(message + 1);

    if (message == NULL)
        return NULL;
    message->seq = ++room->seq;
    message->time_ms = time_ms;
    message->is_guest = author->name == NULL;
    memcpy(message->author_id, author->id, sizeof message->author_id);
    message->id = place(&at, id.ptr, id.len);
    message->name = place(&at, author->name, author->name_len);
    message->text = place(&at, text.ptr, text.len);
    if (room->newest != NULL)
        room->newest->next = message;
    else
        room->oldest = message;
    room->newest = message;
    room->message_count++;
    room->text_bytes += text.len;
    while (room->message_count > ROOM_MESSAGES_MAX || room->text_bytes > ROOM_TEXT_BYTES_MAX)
        drop_oldest(room);
    return message;
}

void house_clear(struct house *house)
{
    struct person *person, *next_person;
    struct room *room, *next_room;

    HASH_ITER (hh, house->people, person, next_person) {
        house_depart(house, person);
    }
    HASH_ITER (hh, house->rooms, room, next_room) {
        forget_room(house, room);
    }
}
