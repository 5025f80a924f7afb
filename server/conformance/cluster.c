#include "cluster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "handshake.h"
#include "target.h"

/* --- answers ------------------------------------------------------------------------------- */

enum { ANSWER_BINARIES = 4 };

/* Answers as an array, with those that are binary as attachments. */
struct gathered {
    json_t *array;
    char format[6 + 2 * ANSWER_BINARIES];
    sio_str binaries[ANSWER_BINARIES];
};

static void gather(struct gathered *all, const sio_args *const *answers, size_t count)
{
    json_int_t binaries = 0;

    *all = (struct gathered){.array = json_array(), .format = "[s?o]"};
    for (size_t i = 0; i < count; i++) {
        sio_str bytes;

        if (sio_args_type(answers[i], 0) == SIO_NONE) {
            json_array_append_new(all->array, json_null());
        } else if (binaries < ANSWER_BINARIES && sio_args_binary(answers[i], 0, &bytes)) {
            json_array_append_new(all->array,
                                  json_pack("{s:b, s:I}", "_placeholder", 1, "num", binaries));
            strcat(all->format, "A#");
            all->binaries[binaries++] = bytes;
        } else {
            json_array_append_new(all->array, sio_args_json(answers[i], 0));
        }
    }
}

#define BINARY(all, i) (all).binaries[i].ptr, (all).binaries[i].len

/* user: the held ack of who asked. */
static void on_answers(sio_err err, const sio_args *const *answers, size_t count, void *user)
{
    struct gathered all;

    gather(&all, answers, count);
    sio_ack_send(user, all.format, err == SIO_OK ? NULL : "operation has timed out", all.array,
                 BINARY(all, 0), BINARY(all, 1), BINARY(all, 2), BINARY(all, 3));
    sio_ack_rele(user);
    json_decref(all.array);
}

/* user: the held ack. */
static void on_single_answer(sio_err err, const sio_args *const *answers, size_t count, void *user)
{
    sio_str text = {"null", 4};

    if (count > 0)
        sio_args_raw(answers[0], 0, &text);
    sio_ack_send(user, "[s?j#]", err == SIO_OK ? NULL : "operation has timed out", text.ptr,
                 text.len);
    sio_ack_rele(user);
}

static void on_ask_all(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *spec = sio_args_json(args, 0);
    sio_str value;
    int64_t timeout_ms = 0;
    const char *format = sio_args_binary(args, 2, &value) ? "B#" : "j#";

    (void)user;
    if (json_is_object(spec) && sio_args_int(args, 1, &timeout_ms) &&
        (format[0] == 'B' || sio_args_raw(args, 2, &value)) &&
        sio_emit_ack(target_read(socket, spec), "question", (uint32_t)timeout_ms, on_answers,
                     sio_ack_hold(ack), format, value.ptr, value.len) != SIO_OK)
        sio_ack_rele(ack);
    json_decref(spec);
}

/* --- snapshots ----------------------------------------------------------------------------- */

static void add_room(sio_str room, void *array)
{
    json_array_append_new(array, json_stringn(room.ptr, room.len));
}

static json_t *show(const sio_remote_socket *socket)
{
    json_t *rooms = json_array();

    sio_remote_socket_each_room(socket, add_room, rooms);
    return json_pack("{s:s, s:o, s:o, s:o}", "id", sio_remote_socket_id(socket), "rooms", rooms,
                     "data", sio_remote_socket_data(socket), "handshake",
                     remote_handshake_json(socket));
}

/* user: the held ack. */
static void on_sockets(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                       void *user)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, show(sockets[i]));
    if (err == SIO_OK)
        sio_ack_send(user, "o", all);
    sio_ack_rele(user);
    json_decref(all);
}

static void on_fetch(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *spec = sio_args_json(args, 0);

    (void)user;
    if (json_is_object(spec) &&
        sio_fetch_sockets(target_read(socket, spec), 0, on_sockets, sio_ack_hold(ack)) != SIO_OK)
        sio_ack_rele(ack);
    json_decref(spec);
}

/* What is to be done to a socket that is being fetched. */
struct errand {
    sio_ack *ack;
    json_t *args; /* of the event: id, action, text */
};

static void do_errand(const sio_remote_socket *socket, struct errand *errand)
{
    const char *action = json_string_value(json_array_get(errand->args, 1));
    const char *text = json_string_value(json_array_get(errand->args, 2));
    sio_target target = sio_remote_socket_target(socket);

    if (strcmp(action, "ask") == 0) {
        if (sio_emit_ack(target, "question", 1000, on_single_answer, sio_ack_hold(errand->ack), "s",
                         text) != SIO_OK)
            sio_ack_rele(errand->ack);
        return;
    }
    if (strcmp(action, "emit") == 0)
        sio_emit(target, "remote", "s", text);
    else if (strcmp(action, "join") == 0)
        sio_sockets_join(target, text);
    else if (strcmp(action, "leave") == 0)
        sio_sockets_leave(target, text);
    else if (strcmp(action, "disconnect") == 0)
        sio_disconnect_sockets(target, strcmp(text, "close") == 0);
    sio_ack_send(errand->ack, NULL);
}

static void on_found(sio_err err, const sio_remote_socket *const *sockets, size_t count, void *user)
{
    struct errand *errand = user;

    if (err == SIO_OK && count == 1)
        do_errand(sockets[0], errand);
    sio_ack_rele(errand->ack);
    json_decref(errand->args);
    free(errand);
}

static void on_remote(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    struct errand *errand = malloc(sizeof *errand);
    const char *id;

    (void)user;
    *errand = (struct errand){sio_ack_hold(ack), json_array()};
    for (size_t i = 0; i < 3; i++)
        json_array_append_new(errand->args, sio_args_json(args, i));
    id = json_string_value(json_array_get(errand->args, 0));
    if (id != NULL && json_is_string(json_array_get(errand->args, 1)) &&
        json_is_string(json_array_get(errand->args, 2)) &&
        sio_fetch_sockets(sio_to(sio_all(sio_socket_ns(socket)), id), 0, on_found, errand) ==
            SIO_OK)
        return;
    on_found(SIO_EINVAL, NULL, 0, errand);
}

/* --- rooms of many sockets ----------------------------------------------------------------- */

enum { ROOMS_MAX = 100 };

/* user: not NULL to leave. */
static void on_change_rooms(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *spec = sio_args_json(args, 0), *names = sio_args_json(args, 1), *name;
    sio_str rooms[ROOMS_MAX];
    size_t i, count = 0;
    sio_err err = SIO_EINVAL;

    json_array_foreach(names, i, name) if (json_is_string(name) && count < ROOMS_MAX)
        rooms[count++] = (sio_str){json_string_value(name), json_string_length(name)};
    if (json_is_object(spec))
        err = (user != NULL ? sio_sockets_leave_many
                            : sio_sockets_join_many)(target_read(socket, spec), rooms, count);
    if (err == SIO_OK)
        sio_ack_send(ack, NULL);
    json_decref(spec);
    json_decref(names);
}

enum { CHANGES = 1000 };

static struct {
    pthread_mutex_t lock;
    size_t count;
    struct {
        sio_room_change change;
        char room[32], id[32]; /* others are not kept */
    } of[CHANGES];
} changes = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_room_change(sio_ns *ns, sio_room_change change, sio_str room, sio_str id, void *user)
{
    size_t at;

    (void)ns, (void)user;
    if (room.len >= sizeof changes.of[0].room || id.len >= sizeof changes.of[0].id)
        return;
    pthread_mutex_lock(&changes.lock);
    at = changes.count++ % CHANGES;
    memset(&changes.of[at], 0, sizeof changes.of[at]);
    changes.of[at].change = change;
    memcpy(changes.of[at].room, room.ptr, room.len);
    memcpy(changes.of[at].id, id.ptr, id.len);
    pthread_mutex_unlock(&changes.lock);
}

static json_t *changes_of(sio_str room)
{
    static const char *const names[] = {"create-room", "join-room", "leave-room", "delete-room"};
    json_t *array = json_array();
    size_t first;

    pthread_mutex_lock(&changes.lock);
    first = changes.count > CHANGES ? changes.count - CHANGES : 0;
    for (size_t i = first; i < changes.count; i++) {
        size_t at = i % CHANGES;

        if (strlen(changes.of[at].room) == room.len &&
            memcmp(changes.of[at].room, room.ptr, room.len) == 0)
            json_array_append_new(
                array, json_pack("[s, s]", names[changes.of[at].change], changes.of[at].id));
    }
    pthread_mutex_unlock(&changes.lock);
    return array;
}

static void on_changes(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *array;
    sio_str room;

    (void)socket, (void)user;
    if (!sio_args_string(args, 0, &room))
        return;
    array = changes_of(room);
    sio_ack_send(ack, "o", array);
    json_decref(array);
}

/* --- from server to server ----------------------------------------------------------------- */

/* The socket's id goes first, so that the others can tell it. */
static void on_tell_servers(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str value;

    (void)ack, (void)user;
    if (sio_args_binary(args, 0, &value))
        sio_server_side_emit(sio_socket_ns(socket), "tell", "sB#", sio_socket_id(socket), value.ptr,
                             value.len);
    else if (sio_args_raw(args, 0, &value))
        sio_server_side_emit(sio_socket_ns(socket), "tell", "sj#", sio_socket_id(socket), value.ptr,
                             value.len);
}

static void on_told(sio_ns *ns, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str id, value;

    (void)ack, (void)user;
    if (!sio_args_string(args, 0, &id))
        return;
    if (sio_args_binary(args, 1, &value))
        sio_emit(sio_to_n(sio_all(ns), id.ptr, id.len), "told", "B#", value.ptr, value.len);
    else if (sio_args_raw(args, 1, &value))
        sio_emit(sio_to_n(sio_all(ns), id.ptr, id.len), "told", "j#", value.ptr, value.len);
}

static void on_ask_servers(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str value;
    int64_t timeout_ms;

    (void)user;
    if (sio_args_int(args, 0, &timeout_ms) && sio_args_raw(args, 1, &value) &&
        sio_server_side_emit_ack(sio_socket_ns(socket), "ask", (uint32_t)timeout_ms, on_answers,
                                 sio_ack_hold(ack), "j#", value.ptr, value.len) != SIO_OK)
        sio_ack_rele(ack);
}

/* "silence" is not answered. */
static void on_asked(sio_ns *ns, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str value;

    (void)ns, (void)user;
    if (!sio_args_string(args, 0, &value) || value.len != strlen("silence"))
        sio_ack_send_args(ack, args);
}

static void on_count(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)args, (void)user;
    sio_ack_send(ack, "I", (int64_t)sio_ns_socket_count(sio_socket_ns(socket)));
}

struct counter {
    sio_str name;
    uint64_t value;
};

static void on_stat(const char *name, const char *unit, const char *help, uint64_t value,
                    void *user)
{
    struct counter *wanted = user;

    (void)unit, (void)help;
    if (wanted->name.len == strlen(name) && memcmp(wanted->name.ptr, name, wanted->name.len) == 0)
        wanted->value = value;
}

static void on_counter(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    struct counter wanted = {.value = 0};

    (void)user;
    if (!sio_args_string(args, 0, &wanted.name))
        return;
    sio_server_stats(sio_ns_server(sio_socket_ns(socket)), on_stat, &wanted);
    sio_ack_send(ack, "I", (int64_t)wanted.value);
}

bool serve_cluster(sio_ns *ns)
{
    static char is_leaving;

    return sio_ns_on(ns, "ask all", on_ask_all, NULL) == SIO_OK &&
           sio_ns_on(ns, "fetch", on_fetch, NULL) == SIO_OK &&
           sio_ns_on(ns, "remote", on_remote, NULL) == SIO_OK &&
           sio_ns_on(ns, "sockets join rooms", on_change_rooms, NULL) == SIO_OK &&
           sio_ns_on(ns, "sockets leave rooms", on_change_rooms, &is_leaving) == SIO_OK &&
           sio_ns_on(ns, "room changes", on_changes, NULL) == SIO_OK &&
           sio_ns_on_room_change(ns, on_room_change, NULL) == SIO_OK &&
           sio_ns_on(ns, "tell servers", on_tell_servers, NULL) == SIO_OK &&
           sio_ns_on(ns, "ask servers", on_ask_servers, NULL) == SIO_OK &&
           sio_ns_on(ns, "socket count", on_count, NULL) == SIO_OK &&
           sio_ns_on(ns, "counter", on_counter, NULL) == SIO_OK &&
           sio_ns_on_server_side(ns, "tell", on_told, NULL) == SIO_OK &&
           sio_ns_on_server_side(ns, "ask", on_asked, NULL) == SIO_OK;
}
