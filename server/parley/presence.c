/* presence.c: who has which name, and is in which rooms. */
#include <string.h>

#include "request.h"
#include "talk.h"
#include "tell.h"

enum { PEOPLE_LISTED_MAX = 500, ROOMS_LISTED_MAX = 500 };

static const struct rate move_rate = {10, 160};

static bool may_move(const struct task *task)
{
    return is_in_time(task, &task->visitor->person.moves, &move_rate);
}

void do_unknown(struct hall *hall, const struct task *task)
{
    (void)hall;
    if (may_move(task))
        refuse(task, "unknown_event", "there is no such event");
}

/* --- telling ------------------------------------------------------------------------------- */

static void tell_count(const struct hall *hall, const struct room *room)
{
    sio_emit(with_a_name(hall), "room", "{s:s#,s:I}", "room", room->title, room->title_len,
             "people", (int64_t)room->count);
}

static void tell_others(const struct hall *hall, const char *event, const struct room *room,
                        const struct person *person)
{
    struct channel channel = channel_of(room);
    json_t *who = person_json(person);

    if (who == NULL)
        return;
    sio_emit(others_in(hall, &channel, person), event, "{s:s#,s:o,s:I}", "room", room->title,
             room->title_len, "who", who, "count", (int64_t)room->count);
    json_decref(who);
}

/* One target holds only some rooms, so who is in more of them tells each neighbour alone. */
static void tell_each_neighbour(struct hall *hall, const struct person *person, json_t *value)
{
    uint64_t mark = ++hall->house.marks;

    for (struct seat *seat = person->seats; seat != NULL; seat = seat->next_of_person) {
        for (struct seat *other = seat->room->seats; other != NULL; other = other->next_in_room) {
            if (other->person == person || other->person->mark == mark)
                continue;
            other->person->mark = mark;
            sio_emit(just(hall, other->person), "renamed", "o", value);
        }
    }
}

static void tell_rooms(const struct hall *hall, const struct person *person, json_t *value)
{
    sio_target target = sio_except(sio_all(hall->ns), person->id);
    struct channel channels[SIO_TARGET_ROOMS];
    size_t count = 0;

    for (struct seat *seat = person->seats; seat != NULL; seat = seat->next_of_person) {
        channels[count] = channel_of(seat->room);
        target = sio_to(target, channels[count++].name);
    }
    sio_emit(target, "renamed", "o", value);
}

static void tell_renamed(struct hall *hall, const struct person *person, sio_str was)
{
    json_t *value = json_pack("{s:o,s:s%}", "who", person_json(person), "was", was.ptr, was.len);

    if (value != NULL && person->seat_count > SIO_TARGET_ROOMS)
        tell_each_neighbour(hall, person, value);
    else if (value != NULL && person->seat_count > 0) /* no room would mean everybody */
        tell_rooms(hall, person, value);
    json_decref(value);
}

/* --- hello --------------------------------------------------------------------------------- */

static json_t *list_rooms(const struct hall *hall)
{
    json_t *list = json_array();
    struct room *room, *next;

    HASH_ITER (hh, hall->house.rooms, room, next) {
        if (json_array_size(list) == ROOMS_LISTED_MAX)
            break;
        if (room->count > 0)
            json_array_append_new(list, entry_json(room));
    }
    return list;
}

static void answer_hello(const struct hall *hall, const struct task *task)
{
    const struct person *person = &task->visitor->person;
    json_t *rooms = list_rooms(hall);

    sio_ack_send(task->ack, "{s:b,s:s,s:s#,s:o?}", "ok", 1, "id", person->id, "name", person->name,
                 person->name_len, "rooms", rooms);
    json_decref(rooms);
}

/* From the tutorial's clients to those with a name. */
static bool move_up(const struct hall *hall, const struct person *person)
{
    return sio_sockets_join(just(hall, person), NAMED_ROOM) == SIO_OK &&
           sio_sockets_leave(just(hall, person), GUESTS_ROOM) == SIO_OK;
}

static bool change_name(struct hall *hall, struct person *person, sio_str name)
{
    char bytes[NAME_BYTES];
    sio_str was = {bytes, person->name_len};

    if (was.len == name.len && memcmp(person->name, name.ptr, name.len) == 0)
        return true;
    memcpy(bytes, person->name, was.len);
    if (!person_rename(person, name))
        return false;
    tell_renamed(hall, person, was);
    return true;
}

void do_hello(struct hall *hall, const struct task *task)
{
    struct person *person = &task->visitor->person;
    bool is_done;
    sio_str name;

    if (!may_move(task) || !read_string(task, "name", &name))
        return;
    name = trim(name);
    if (!is_label(name, NAME_CHARACTERS, NAME_BYTES)) {
        refuse(task, "bad_name", "that cannot be a name");
        return;
    }
    if (person->name != NULL)
        is_done = change_name(hall, person, name);
    else
        is_done = move_up(hall, person) && person_rename(person, name);
    if (is_done)
        answer_hello(hall, task);
    else
        refuse_memory(task);
}

/* --- enter --------------------------------------------------------------------------------- */

/* The caller first, so that they are among those listed. */
static json_t *list_people(const struct room *room, const struct person *caller)
{
    json_t *list = json_array();

    json_array_append_new(list, person_json(caller));
    for (struct seat *seat = room->seats; seat != NULL && json_array_size(list) < PEOPLE_LISTED_MAX;
         seat = seat->next_in_room)
        if (seat->person != caller)
            json_array_append_new(list, person_json(seat->person));
    return list;
}

static void answer_enter(const struct task *task, const struct room *room)
{
    json_t *people = list_people(room, &task->visitor->person), *messages = json_array();

    for (struct message *message = room->oldest; message != NULL; message = message->next)
        json_array_append_new(messages, message_json(room, message));
    sio_ack_send(task->ack, "{s:b,s:s#,s:I,s:o?,s:o?}", "ok", 1, "room", room->title,
                 room->title_len, "count", (int64_t)room->count, "people", people, "messages",
                 messages);
    json_decref(people);
    json_decref(messages);
}

static bool sit_down(const struct hall *hall, struct person *person, struct room *room)
{
    struct channel channel = channel_of(room);
    struct seat *seat = seat_take(person, room);

    if (seat == NULL)
        return false;
    if (sio_sockets_join(just(hall, person), channel.name) == SIO_OK)
        return true;
    seat_leave(seat, now_ms());
    return false;
}

void do_enter(struct hall *hall, const struct task *task)
{
    struct person *person = &task->visitor->person;
    struct house *house = &hall->house;
    struct room *room;
    sio_str title;

    if (!may_move(task) || !read_title(task, &title))
        return;
    room = house_room(house, title);
    if (room == NULL || seat_find(person, room) == NULL) {
        if (person->seat_count >= PERSON_ROOMS_MAX || (room == NULL && !house_make_place(house))) {
            refuse_room(task);
            return;
        }
        if (room == NULL)
            room = house_open_room(house, title, now_ms());
        if (room == NULL || !sit_down(hall, person, room)) {
            refuse_memory(task);
            return;
        }
        tell_others(hall, "entered", room, person);
        tell_count(hall, room);
    }
    answer_enter(task, room);
}

/* --- leave --------------------------------------------------------------------------------- */

static void get_up(struct hall *hall, struct seat *seat)
{
    const struct person *person = seat->person;
    struct room *room = seat->room;

    seat_leave(seat, now_ms());
    tell_others(hall, "left", room, person);
    tell_count(hall, room);
}

void do_leave(struct hall *hall, const struct task *task)
{
    struct person *person = &task->visitor->person;
    struct room *room;
    struct seat *seat;
    sio_str title;

    if (!may_move(task) || !read_title(task, &title))
        return;
    room = house_room(&hall->house, title);
    seat = room != NULL ? seat_find(person, room) : NULL;
    if (seat != NULL) {
        struct channel channel = channel_of(room);

        if (sio_sockets_leave(just(hall, person), channel.name) != SIO_OK) {
            refuse_memory(task);
            return;
        }
        get_up(hall, seat);
    }
    sio_ack_send(task->ack, "{s:b,s:s#}", "ok", 1, "room", title.ptr, title.len);
}

void do_depart(struct hall *hall, const struct task *task)
{
    struct person *person = &task->visitor->person;

    while (person->seats != NULL)
        get_up(hall, person->seats);
}
