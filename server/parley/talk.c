/* talk.c: what each event of the chat does (docs/CHAT.md); the hall's thread. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat.h"
#include "hall.h"

enum { PEOPLE_LISTED_MAX = 500, ROOMS_LISTED_MAX = 500, CHANNEL_BYTES = TITLE_BYTES + 6 };

static const struct rate message_rate = {10, 30}, move_rate = {10, 160}, typing_rate = {2, 10};
static const sio_str lobby = {"lobby", 5};

/* The Socket.IO room of a chat room: titles, which hold no NUL, must not meet the ids of sockets.
 */
struct channel {
    char name[CHANNEL_BYTES];
};

static struct channel channel_of(const struct room *room)
{
    struct channel channel;

    snprintf(channel.name, sizeof channel.name, "room:%.*s", (int)room->title_len, room->title);
    return channel;
}

static sio_target everyone_in(const struct hall *hall, const struct channel *channel)
{
    return sio_to(sio_all(hall->ns), channel->name);
}

static sio_target others_in(const struct hall *hall, const struct channel *channel,
                            const struct person *person)
{
    return sio_except(everyone_in(hall, channel), person->id);
}

static sio_target with_a_name(const struct hall *hall)
{
    return sio_to(sio_all(hall->ns), NAMED_ROOM);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static json_t *person_json(const char *id, const char *name, size_t name_len, bool is_guest)
{
    if (is_guest)
        return json_pack("{s:s,s:s,s:b}", "id", id, "name", "Guest", "guest", 1);
    return json_pack("{s:s,s:s%}", "id", id, "name", name, name_len);
}

static json_t *who(const struct person *person)
{
    return person_json(person->id, person->name, person->name_len, person->name == NULL);
}

static json_t *message_json(const struct room *room, const struct message *message)
{
    return json_pack(
        "{s:s%,s:s%,s:I,s:o,s:s%,s:I}", "room", room->title, room->title_len, "id", message->id.ptr,
        message->id.len, "seq", (json_int_t)message->seq, "from",
        person_json(message->author_id, message->name.ptr, message->name.len, message->is_guest),
        "text", message->text.ptr, message->text.len, "time", (json_int_t)message->time_ms);
}

/* --- refusals -----------------------------------------------------------------------------------
 */

void answer_error(sio_ack *ack, const char *code, const char *message, int64_t retry_ms)
{
    if (retry_ms > 0)
        sio_ack_send(ack, "{s:b,s:{s:s,s:s,s:I}}", "ok", 0, "error", "code", code, "message",
                     message, "retry_ms", retry_ms);
    else
        sio_ack_send(ack, "{s:b,s:{s:s,s:s}}", "ok", 0, "error", "code", code, "message", message);
}

static bool refuse(const struct task *task, const char *code, const char *message)
{
    answer_error(task->ack, code, message, 0);
    return false;
}

static bool refuse_memory(const struct task *task)
{
    return refuse(task, "server_error", "the server is out of memory");
}

static bool is_in_time(const struct task *task, struct bucket *bucket, const struct rate *rate)
{
    int64_t wait_ms = bucket_take(bucket, rate, clock_ms(CLOCK_MONOTONIC));

    if (wait_ms == 0)
        return true;
    answer_error(task->ack, "too_fast", "slow down a little", wait_ms);
    return false;
}

/* A string member; false: refused. */
static bool read_string(const struct task *task, const char *key, sio_str *out)
{
    json_t *value = json_object_get(task->arg, key);

    if (!json_is_string(value))
        return refuse(task, "bad_request", "a member is missing or has the wrong type");
    *out = (sio_str){json_string_value(value), json_string_length(value)};
    return true;
}

static bool has_name(const struct task *task, const struct person *person)
{
    return person->name != NULL || refuse(task, "no_name", "say hello with a name first");
}

static bool read_title(const struct task *task, const struct person *person, sio_str *title)
{
    if (!read_string(task, "room", title) || !has_name(task, person))
        return false;
    *title = trim(*title);
    return is_label(*title, TITLE_CHARACTERS, TITLE_BYTES) ||
           refuse(task, "bad_room", "not a good title for a room");
}

/* The seat in the room that the event names; NULL: refused. */
static struct seat *find_seat(struct hall *hall, const struct task *task,
                              const struct person *person, sio_str title)
{
    struct room *room = house_room(&hall->house, title);
    struct seat *seat = room != NULL ? seat_find(person, room) : NULL;

    if (seat == NULL)
        refuse(task, "not_in_room", "enter the room first");
    return seat;
}

/* --- coming and going ---------------------------------------------------------------------------
 */

static void tell_count(const struct hall *hall, const struct room *room)
{
    sio_emit(with_a_name(hall), "room", "{s:s#,s:I}", "room", room->title, room->title_len,
             "people", (int64_t)room->count);
}

static void tell_others(const struct hall *hall, const char *event, const struct room *room,
                        const struct person *person)
{
    struct channel channel = channel_of(room);
    json_t *person_value = who(person);

    if (person_value == NULL)
        return;
    sio_emit(others_in(hall, &channel, person), event, "{s:s#,s:o,s:I}", "room", room->title,
             room->title_len, "who", person_value, "count", (int64_t)room->count);
    json_decref(person_value);
}

static void go(struct hall *hall, struct seat *seat)
{
    struct room *room = seat->room;
    const struct person *person = seat->person;

    seat_leave(seat, clock_ms(CLOCK_MONOTONIC));
    tell_others(hall, "left", room, person);
    tell_count(hall, room);
}

static void depart(struct hall *hall, struct person *person)
{
    while (person->seats != NULL)
        go(hall, person->seats);
    house_depart(&hall->house, person);
}

/* --- hello --------------------------------------------------------------------------------------
 */

static json_t *list_rooms(const struct hall *hall)
{
    json_t *list = json_array();
    struct room *room, *next;

    HASH_ITER (hh, hall->house.rooms, room, next) {
        if (json_array_size(list) == ROOMS_LISTED_MAX)
            break;
        if (room->count > 0)
            json_array_append_new(list,
                                  json_pack("{s:s%,s:I}", "room", room->title, room->title_len,
                                            "people", (json_int_t)room->count));
    }
    return list;
}

static sio_target just(const struct hall *hall, const struct person *person)
{
    return sio_to(sio_all(hall->ns), person->id);
}

/* One target holds only some rooms, so who is in more of them tells each neighbour once. */
static void tell_neighbours(struct hall *hall, const struct person *person, const char *event,
                            json_t *value)
{
    uint64_t mark = ++hall->house.marks;

    for (struct seat *seat = person->seats; seat != NULL; seat = seat->next_of_person) {
        for (struct seat *other = seat->room->seats; other != NULL; other = other->next_in_room) {
            if (other->person == person || other->person->mark == mark)
                continue;
            other->person->mark = mark;
            sio_emit(just(hall, other->person), event, "o", value);
        }
    }
}

static void tell_renamed(struct hall *hall, const struct person *person, sio_str was)
{
    sio_target target = sio_except(sio_all(hall->ns), person->id);
    struct channel channels[SIO_TARGET_ROOMS];
    json_t *value = json_pack("{s:o,s:s%}", "who", who(person), "was", was.ptr, was.len);
    size_t count = 0;

    if (value == NULL || person->seats == NULL) {
        json_decref(value);
        return;
    }
    if (person->seat_count > SIO_TARGET_ROOMS) {
        tell_neighbours(hall, person, "renamed", value);
    } else {
        for (struct seat *seat = person->seats; seat != NULL; seat = seat->next_of_person) {
            channels[count] = channel_of(seat->room);
            target = sio_to(target, channels[count++].name);
        }
        sio_emit(target, "renamed", "o", value);
    }
    json_decref(value);
}

static void hello(struct hall *hall, const struct task *task, struct person *person)
{
    char was[NAME_BYTES];
    sio_str name, old = {was, person->name_len};
    bool had_name = person->name != NULL;
    json_t *rooms;

    if (!is_in_time(task, &person->moves, &move_rate) || !read_string(task, "name", &name))
        return;
    name = trim(name);
    if (!is_label(name, NAME_CHARACTERS, NAME_BYTES)) {
        refuse(task, "bad_name", "not a good name");
        return;
    }
    if (had_name)
        memcpy(was, person->name, person->name_len);
    if (!person_rename(person, name)) {
        refuse_memory(task);
        return;
    }
    if (!had_name) {
        sio_sockets_leave(just(hall, person), GUESTS_ROOM);
        sio_sockets_join(just(hall, person), NAMED_ROOM);
    } else if (old.len != name.len || memcmp(was, name.ptr, name.len) != 0) {
        tell_renamed(hall, person, old);
    }
    rooms = list_rooms(hall);
    sio_ack_send(task->ack, "{s:b,s:s,s:s#,s:o?}", "ok", 1, "id", person->id, "name", name.ptr,
                 name.len, "rooms", rooms);
    json_decref(rooms);
}

/* --- enter, leave -------------------------------------------------------------------------------
 */

static void answer_enter(const struct task *task, const struct room *room)
{
    json_t *people = json_array(), *messages = json_array();

    for (struct seat *seat = room->seats;
         seat != NULL && json_array_size(people) < PEOPLE_LISTED_MAX; seat = seat->next_in_room)
        json_array_append_new(people, who(seat->person));
    for (struct message *message = room->oldest; message != NULL; message = message->next)
        json_array_append_new(messages, message_json(room, message));
    sio_ack_send(task->ack, "{s:b,s:s#,s:I,s:o?,s:o?}", "ok", 1, "room", room->title,
                 room->title_len, "count", (int64_t)room->count, "people", people, "messages",
                 messages);
    json_decref(people);
    json_decref(messages);
}

static void enter(struct hall *hall, const struct task *task, struct person *person)
{
    struct channel channel;
    struct room *room;
    sio_str title;

    if (!is_in_time(task, &person->moves, &move_rate) || !read_title(task, person, &title))
        return;
    room = house_room(&hall->house, title);
    if (room != NULL && seat_find(person, room) != NULL) {
        answer_enter(task, room);
        return;
    }
    if (person->seat_count >= PERSON_ROOMS_MAX ||
        (room = house_open_room(&hall->house, title)) == NULL) {
        refuse(task, "too_many_rooms", "no place for one more room");
        return;
    }
    if (!seat_take(person, room)) {
        refuse_memory(task);
        return;
    }
    channel = channel_of(room);
    if (sio_sockets_join(just(hall, person), channel.name) != SIO_OK) {
        seat_leave(seat_find(person, room), clock_ms(CLOCK_MONOTONIC));
        refuse_memory(task);
        return;
    }
    tell_others(hall, "entered", room, person);
    tell_count(hall, room);
    answer_enter(task, room);
}

static void leave(struct hall *hall, const struct task *task, struct person *person)
{
    struct channel channel;
    struct room *room;
    struct seat *seat;
    sio_str title;

    if (!is_in_time(task, &person->moves, &move_rate) || !read_title(task, person, &title))
        return;
    room = house_room(&hall->house, title);
    seat = room != NULL ? seat_find(person, room) : NULL;
    if (seat != NULL) {
        channel = channel_of(room);
        sio_sockets_leave(just(hall, person), channel.name);
        go(hall, seat);
    }
    sio_ack_send(task->ack, "{s:b,s:s#}", "ok", 1, "room", title.ptr, title.len);
}

/* --- messages -----------------------------------------------------------------------------------
 */

static void answer_message(const struct task *task, const struct room *room,
                           const struct message *message)
{
    sio_ack_send(task->ack, "{s:b,s:s#,s:s#,s:I,s:I}", "ok", 1, "room", room->title,
                 room->title_len, "id", message->id.ptr, message->id.len, "seq", message->seq,
                 "time", message->time_ms);
}

static bool is_lobby(const struct room *room)
{
    return room->title_len == lobby.len && memcmp(room->title, lobby.ptr, lobby.len) == 0;
}

static void publish(struct hall *hall, const struct task *task, struct room *room,
                    const struct person *author, sio_str id, sio_str text)
{
    struct channel channel = channel_of(room);
    struct message *message = room_keep(room, author, id, text, clock_ms(CLOCK_REALTIME));
    json_t *value = message != NULL ? message_json(room, message) : NULL;

    if (value == NULL) {
        refuse_memory(task);
        return;
    }
    sio_emit(everyone_in(hall, &channel), "message", "o", value);
    json_decref(value);
    if (is_lobby(room))
        sio_emit(sio_to(sio_all(hall->ns), GUESTS_ROOM), "chat message", "s#", text.ptr, text.len);
    answer_message(task, room, message);
}

static void say(struct hall *hall, const struct task *task, struct person *person)
{
    struct message *kept;
    struct seat *seat;
    sio_str title, text, id;

    if (!is_in_time(task, &person->messages, &message_rate) || !read_string(task, "text", &text) ||
        !read_string(task, "id", &id) || !read_title(task, person, &title))
        return;
    if (!is_text(text)) {
        refuse(task, "bad_text", "empty or too long");
        return;
    }
    if (!is_message_id(id)) {
        refuse(task, "bad_id", "1 to 64 letters, digits, _ and -");
        return;
    }
    seat = find_seat(hall, task, person, title);
    if (seat == NULL)
        return;
    kept = room_find(seat->room, id);
    if (kept != NULL)
        answer_message(task, seat->room, kept);
    else
        publish(hall, task, seat->room, person, id, text);
}

/* The lobby in the words of the tutorial. */
static void tutorial(struct hall *hall, const struct task *task, struct person *person)
{
    struct room *room;
    char id[32];
    sio_str text;

    if (!is_in_time(task, &person->messages, &message_rate))
        return;
    if (!json_is_string(task->arg)) {
        refuse(task, "bad_request", "the text must be a string");
        return;
    }
    text = (sio_str){json_string_value(task->arg), json_string_length(task->arg)};
    if (!is_text(text)) {
        refuse(task, "bad_text", "empty or too long");
        return;
    }
    room = house_open_room(&hall->house, lobby);
    if (room == NULL) {
        refuse_memory(task);
        return;
    }
    /* A dot cannot be in a client's id, so nobody else's message has it. */
    snprintf(id, sizeof id, "guest.%lld", (long long)room->seq + 1);
    publish(hall, task, room, person, (sio_str){id, strlen(id)}, text);
}

static void typing(struct hall *hall, const struct task *task, struct person *person)
{
    json_t *on = json_object_get(task->arg, "on"), *person_value;
    struct channel channel;
    struct seat *seat;
    sio_str title;

    if (!is_in_time(task, &person->typing, &typing_rate))
        return;
    if (on != NULL && !json_is_boolean(on)) {
        refuse(task, "bad_request", "on must be true or false");
        return;
    }
    if (!read_title(task, person, &title) || (seat = find_seat(hall, task, person, title)) == NULL)
        return;
    channel = channel_of(seat->room);
    person_value = who(person);
    if (person_value != NULL)
        sio_emit(others_in(hall, &channel, person), "typing", "{s:s#,s:o,s:b}", "room", title.ptr,
                 title.len, "who", person_value, "on", on == NULL || json_is_true(on));
    json_decref(person_value);
    sio_ack_send(task->ack, "{s:b}", "ok", 1);
}

/* --- all of them --------------------------------------------------------------------------------
 */

void talk(struct hall *hall, const struct task *task)
{
    struct person *person;

    if (task->kind == ARRIVE) {
        house_arrive(&hall->house, task->id);
        return;
    }
    person = house_find(&hall->house, task->id);
    if (person == NULL) {
        refuse_memory(task); /* there was none when it arrived */
        return;
    }
    switch (task->kind) {
    case DEPART:
        depart(hall, person);
        break;
    case HELLO:
        hello(hall, task, person);
        break;
    case ENTER:
        enter(hall, task, person);
        break;
    case LEAVE:
        leave(hall, task, person);
        break;
    case SAY:
        say(hall, task, person);
        break;
    case TYPING:
        typing(hall, task, person);
        break;
    case TUTORIAL:
        tutorial(hall, task, person);
        break;
    default:
        if (is_in_time(task, &person->moves, &move_rate))
            refuse(task, "unknown_event", "there is no such event");
        break;
    }
}
