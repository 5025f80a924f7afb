#include "tell.h"

#include <stdio.h>
#include <time.h>

struct channel channel_of(const struct room *room)
{
    struct channel channel;

    snprintf(channel.name, sizeof channel.name, "room:%.*s", (int)room->title_len, room->title);
    return channel;
}

sio_target everyone_in(const struct hall *hall, const struct channel *channel)
{
    return sio_to(sio_all(hall->ns), channel->name);
}

sio_target others_in(const struct hall *hall, const struct channel *channel,
                     const struct person *person)
{
    return sio_except(everyone_in(hall, channel), person->id);
}

sio_target with_a_name(const struct hall *hall)
{
    return sio_to(sio_all(hall->ns), NAMED_ROOM);
}

sio_target without_name(const struct hall *hall)
{
    return sio_to(sio_all(hall->ns), GUESTS_ROOM);
}

sio_target just(const struct hall *hall, const struct person *person)
{
    return sio_to(sio_all(hall->ns), person->id);
}

static json_t *author_json(const char *id, sio_str name, bool is_guest)
{
    if (is_guest)
        return json_pack("{s:s,s:s,s:b}", "id", id, "name", "Guest", "guest", 1);
    return json_pack("{s:s,s:s%}", "id", id, "name", name.ptr, name.len);
}

json_t *person_json(const struct person *person)
{
    sio_str name = {person->name, person->name_len};

    return author_json(person->id, name, person->name == NULL);
}

json_t *message_json(const struct room *room, const struct message *message)
{
    json_t *from = author_json(message->author_id, message->name, message->is_guest);

    return json_pack("{s:s%,s:s%,s:I,s:o,s:s%,s:I}", "room", room->title, room->title_len, "id",
                     message->id.ptr, message->id.len, "seq", (json_int_t)message->seq, "from",
                     from, "text", message->text.ptr, message->text.len, "time",
                     (json_int_t)message->time_ms);
}

json_t *entry_json(const struct room *room)
{
    return json_pack("{s:s%,s:I}", "room", room->title, room->title_len, "people",
                     (json_int_t)room->count);
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t time_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}
