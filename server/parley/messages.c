/* messages.c: what people say, and that they are about to. */
#include <stdio.h>
#include <string.h>

#include "request.h"
#include "talk.h"
#include "tell.h"

static const struct rate message_rate = {10, 30}, typing_rate = {2, 10};
static const sio_str lobby = {"lobby", 5};

static bool may_speak(const struct task *task)
{
    return is_in_time(task, &task->visitor->person.messages, &message_rate);
}

static bool check_text(const struct task *task, sio_str text)
{
    return is_text(text) || refuse(task, "bad_text", "empty or too long");
}

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

static bool send_message(const struct hall *hall, const struct room *room,
                         const struct message *message)
{
    struct channel channel = channel_of(room);
    json_t *value = message_json(room, message);
    sio_err err = SIO_ENOMEM;

    if (value != NULL)
        err = sio_emit(everyone_in(hall, &channel), "message", "o", value);
    json_decref(value);
    if (err == SIO_OK && is_lobby(room))
        sio_emit(without_name(hall), "chat message", "s#", message->text.ptr, message->text.len);
    return err == SIO_OK;
}

static void publish(struct hall *hall, const struct task *task, struct room *room, sio_str id,
                    sio_str text)
{
    const struct person *author = &task->visitor->person;
    struct message *message = message_new(room, author, id, text, time_ms());

    if (message == NULL || !send_message(hall, room, message)) {
        message_free(message);
        refuse_memory(task);
        return;
    }
    answer_message(task, room, message);
    room_keep(room, message);
}

void do_say(struct hall *hall, const struct task *task)
{
    struct message *kept;
    struct seat *seat;
    sio_str title, text, id;

    if (!may_speak(task) || !read_string(task, "text", &text) || !read_string(task, "id", &id) ||
        !read_title(task, &title) || !check_text(task, text))
        return;
    if (!is_message_id(id)) {
        refuse(task, "bad_id", "1 to 64 letters, digits, _ and -");
        return;
    }
    seat = find_seat(hall, task, title);
    if (seat == NULL)
        return;
    kept = room_find(seat->room, id);
    if (kept != NULL)
        answer_message(task, seat->room, kept);
    else
        publish(hall, task, seat->room, id, text);
}

/* An id for a message of a client that gives none: used by no other message that the room keeps,
 * and by none of an earlier run. */
struct guest_id {
    char text[SOCKET_ID_BYTES + 24];
};

static struct guest_id make_id(struct house *house, const struct room *room,
                               const struct person *author)
{
    struct guest_id id;

    do {
        snprintf(id.text, sizeof id.text, "%s-%llu", author->id,
                 (unsigned long long)++house->ids_made);
    } while (room_find(room, (sio_str){id.text, strlen(id.text)}) != NULL);
    return id;
}

/* The lobby in the words of the tutorial. */
void do_tutorial(struct hall *hall, const struct task *task)
{
    struct house *house = &hall->house;
    struct room *room;
    struct guest_id id;
    sio_str text;

    if (!may_speak(task))
        return;
    if (!json_is_string(task->arg)) {
        refuse(task, "bad_request", "the text must be a string");
        return;
    }
    text = (sio_str){json_string_value(task->arg), json_string_length(task->arg)};
    if (!check_text(task, text))
        return;
    room = house_room(house, lobby);
    if (room == NULL && !house_make_place(house)) {
        refuse_room(task);
        return;
    }
    if (room == NULL && (room = house_open_room(house, lobby, now_ms())) == NULL) {
        refuse_memory(task);
        return;
    }
    id = make_id(house, room, &task->visitor->person);
    publish(hall, task, room, (sio_str){id.text, strlen(id.text)}, text);
}

void do_typing(struct hall *hall, const struct task *task)
{
    const struct person *person = &task->visitor->person;
    json_t *on = json_object_get(task->arg, "on"), *who;
    struct channel channel;
    struct seat *seat;
    sio_str title;

    if (!is_in_time(task, &task->visitor->person.typing, &typing_rate))
        return;
    if (on != NULL && !json_is_boolean(on)) {
        refuse(task, "bad_request", "on must be true or false");
        return;
    }
    if (!read_title(task, &title) || (seat = find_seat(hall, task, title)) == NULL)
        return;
    channel = channel_of(seat->room);
    who = person_json(person);
    if (who != NULL)
        sio_emit(others_in(hall, &channel, person), "typing", "{s:s#,s:o,s:b}", "room", title.ptr,
                 title.len, "who", who, "on", on == NULL || json_is_true(on));
    json_decref(who);
    sio_ack_send(task->ack, "{s:b}", "ok", 1);
}
