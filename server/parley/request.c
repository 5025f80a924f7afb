#include "request.h"

#include "tell.h"

void answer_error(sio_ack *ack, const char *code, const char *message, int64_t retry_ms)
{
    if (retry_ms > 0)
        sio_ack_send(ack, "{s:b,s:{s:s,s:s,s:I}}", "ok", 0, "error", "code", code, "message",
                     message, "retry_ms", retry_ms);
    else
        sio_ack_send(ack, "{s:b,s:{s:s,s:s}}", "ok", 0, "error", "code", code, "message", message);
}

bool refuse(const struct task *task, const char *code, const char *message)
{
    answer_error(task->ack, code, message, 0);
    return false;
}

bool refuse_memory(const struct task *task)
{
    return refuse(task, "server_error", "the server is out of memory");
}

bool refuse_room(const struct task *task)
{
    return refuse(task, "too_many_rooms", "no place for one more room");
}

bool is_in_time(const struct task *task, struct bucket *bucket, const struct rate *rate)
{
    int64_t wait_ms = bucket_take(bucket, rate, now_ms());

    if (wait_ms == 0)
        return true;
    answer_error(task->ack, "too_fast", "slow down a little", wait_ms);
    return false;
}

bool has_name(const struct task *task)
{
    return task->visitor->person.name != NULL ||
           refuse(task, "no_name", "say hello with a name first");
}

bool read_string(const struct task *task, const char *key, sio_str *out)
{
    json_t *value = json_object_get(task->arg, key);

    if (!json_is_string(value))
        return refuse(task, "bad_request", "a member is missing or has the wrong type");
    *out = (sio_str){json_string_value(value), json_string_length(value)};
    return true;
}

bool read_title(const struct task *task, sio_str *title)
{
    if (!read_string(task, "room", title) || !has_name(task))
        return false;
    *title = trim(*title);
    return is_label(*title, TITLE_CHARACTERS, TITLE_BYTES) ||
           refuse(task, "bad_room", "that cannot be the title of a room");
}

struct seat *find_seat(struct hall *hall, const struct task *task, sio_str title)
{
    struct room *room = house_room(&hall->house, title);
    struct seat *seat = room != NULL ? seat_find(&task->visitor->person, room) : NULL;

    if (seat == NULL)
        refuse(task, "not_in_room", "enter the room first");
    return seat;
}
