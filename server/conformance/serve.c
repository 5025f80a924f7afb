#include "serve.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "dynamic.h"
#include "engine.h"
#include "handshake.h"
#include "listeners.h"
#include "many.h"
#include "recovery.h"
#include "steps.h"
#include "target.h"
#include "values.h"

/* --- arguments that go on as they came ----------------------------------------------------- */

enum { FORWARD_ARGS = 8, FORWARD_MAX = 18 };

/* A format and its values: every value is a pointer and a length, be it JSON text or an
 * attachment. */
struct forward {
    char format[2 * FORWARD_MAX + 2];
    sio_str values[FORWARD_MAX];
};

#define VALUE(f, i) (f)->values[i].ptr, (f)->values[i].len
#define VALUES_6(f, i)                                                                             \
    VALUE(f, i), VALUE(f, i + 1), VALUE(f, i + 2), VALUE(f, i + 3), VALUE(f, i + 4), VALUE(f, i + 5)
#define VALUES(f) VALUES_6(f, 0), VALUES_6(f, 6), VALUES_6(f, 12)

/* Takes at most `max` arguments from `first` on; lead goes before them in the format. */
static void forward_init(struct forward *f, const char *lead, const sio_args *args, size_t first,
                         size_t max)
{
    size_t count = 0, num = 0;

    *f = (struct forward){0};
    strcpy(f->format, lead);
    for (; count < max && sio_args_raw(args, first + count, &f->values[count]); count++)
        strcat(f->format, "j#");
    for (; count < FORWARD_MAX && sio_args_attachment(args, num, &f->values[count]); count++, num++)
        strcat(f->format, "A#");
}

/* A string argument as text of its own, NUL-terminated; freed by the caller. */
static char *copy_string(const sio_args *args, size_t index)
{
    sio_str string;

    return sio_args_string(args, index, &string) ? strndup(string.ptr, string.len) : NULL;
}

/* --- reasons of those who left ------------------------------------------------------------- */

enum { REASONS = 1000 };

static struct {
    pthread_mutex_t lock;
    size_t next;
    struct {
        char id[32];
        const char *reason; /* the library's constants */
    } of[REASONS];
} reasons = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_disconnect(sio_socket *socket, const char *reason, void *user)
{
    size_t at;

    (void)user;
    pthread_mutex_lock(&reasons.lock);
    at = reasons.next++ % REASONS;
    strncpy(reasons.of[at].id, sio_socket_id(socket), sizeof reasons.of[at].id - 1);
    reasons.of[at].reason = reason;
    pthread_mutex_unlock(&reasons.lock);
}

static const char *find_reason(sio_str id)
{
    const char *reason = NULL;

    pthread_mutex_lock(&reasons.lock);
    for (size_t i = 0; i < REASONS && reason == NULL; i++)
        if (strlen(reasons.of[i].id) == id.len && memcmp(reasons.of[i].id, id.ptr, id.len) == 0)
            reason = reasons.of[i].reason;
    pthread_mutex_unlock(&reasons.lock);
    return reason;
}

static void on_last_disconnect(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str id;

    (void)socket, (void)user;
    if (sio_args_string(args, 0, &id) && id.len > 0)
        sio_ack_send(ack, "s?", find_reason(id));
}

/* --- messages ------------------------------------------------------------------------------ */

static void on_message(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)ack, (void)user;
    sio_socket_emit_args(socket, "message-back", args);
}

static void on_message_with_ack(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)socket, (void)user;
    sio_ack_send_args(ack, args);
}

static void on_chat_message(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    struct forward text;

    (void)ack, (void)user;
    forward_init(&text, "", args, 0, 1);
    sio_emit(sio_all(sio_socket_ns(socket)), "chat message", text.format, VALUES(&text));
}

static void on_broadcast(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)ack, (void)user;
    sio_emit_args(sio_broadcast(socket), "broadcast", args);
}

/* Reads what it is given, as an application would. */
static void on_total(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *order = sio_args_json(args, 0), *item;
    const char *name = json_string_value(json_object_get(order, "name"));
    double total = 0;
    size_t i;

    (void)socket, (void)user;
    json_array_foreach(json_object_get(order, "items"), i, item) total +=
        json_number_value(json_object_get(item, "n"));
    if (name != NULL)
        sio_ack_send(ack, "{s:s,s:f}", "name", name, "total", total);
    json_decref(order);
}

/* --- rooms --------------------------------------------------------------------------------- */

static void on_join(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str room;

    (void)user;
    if (sio_args_string(args, 0, &room) && sio_socket_join_n(socket, room.ptr, room.len) == SIO_OK)
        sio_ack_send(ack, NULL);
}

static void on_leave(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str room;

    (void)user;
    if (!sio_args_string(args, 0, &room))
        return;
    sio_socket_leave_n(socket, room.ptr, room.len);
    sio_ack_send(ack, NULL);
}

static void add_room(sio_str room, void *array)
{
    json_array_append_new(array, json_stringn(room.ptr, room.len));
}

static void on_rooms(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *rooms = json_array();

    (void)args, (void)user;
    sio_socket_each_room(socket, add_room, rooms);
    sio_ack_send(ack, "o", rooms);
    json_decref(rooms);
}

static void on_to_room(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_target target = sio_all(sio_socket_ns(socket));
    struct forward text;
    sio_str room;

    (void)ack, (void)user;
    if (!sio_args_string(args, 0, &room))
        return;
    forward_init(&text, "", args, 1, 1);
    sio_emit(sio_to_n(target, room.ptr, room.len), "to room", text.format, VALUES(&text));
}

static void on_emit_to(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *spec = sio_args_json(args, 0);
    char *event = copy_string(args, 1);
    struct forward values;

    (void)ack, (void)user;
    if (json_is_object(spec) && event != NULL) {
        forward_init(&values, "", args, 2, FORWARD_ARGS);
        sio_emit(target_read(socket, spec), event, values.format, VALUES(&values));
    }
    free(event);
    json_decref(spec);
}

/* --- acks ---------------------------------------------------------------------------------- */

static void on_answer(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    sio_ack *ack = user;
    struct forward values;

    (void)socket;
    if (err == SIO_OK) {
        forward_init(&values, "n", args, 0, FORWARD_ARGS);
        sio_ack_send(ack, values.format, VALUES(&values));
    } else if (err == SIO_ETIMEDOUT) {
        sio_ack_send(ack, "s", "operation has timed out");
    }
    sio_ack_rele(ack);
}

static void on_emit_with_ack(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    char *event = copy_string(args, 1);
    struct forward values;
    int64_t timeout_ms;

    (void)user;
    if (event != NULL && sio_args_int(args, 0, &timeout_ms) && timeout_ms >= 0 &&
        timeout_ms <= UINT32_MAX) {
        forward_init(&values, "", args, 2, FORWARD_ARGS);
        if (sio_socket_emit_ack(socket, event, (uint32_t)timeout_ms, on_answer, sio_ack_hold(ack),
                                values.format, VALUES(&values)) != SIO_OK)
            sio_ack_rele(ack);
    }
    free(event);
}

/* --- floods -------------------------------------------------------------------------------- */

/* user: not NULL for volatile ones. */
static void on_flood(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_target self = sio_to(sio_all(sio_socket_ns(socket)), sio_socket_id(socket));
    const char *event = "flood";
    sio_str text = {"\"\"", 2};
    int64_t count;

    if (!sio_args_int(args, 0, &count))
        return;
    if (sio_args_type(args, 1) == SIO_STRING)
        sio_args_raw(args, 1, &text);
    if (user != NULL) {
        event = "volatile flood";
        self = sio_volatile(self);
    }
    for (int64_t i = 0; i < count; i++)
        sio_emit(self, event, "Ij#", i, text.ptr, text.len);
    sio_ack_send(ack, "I", count);
}

/* --- what a socket keeps ------------------------------------------------------------------- */

struct value {
    char format[3];
    size_t len;
    char bytes[];
};

static void on_set_data(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    bool is_binary;
    sio_str bytes;
    struct value *value;

    (void)user;
    is_binary = sio_args_binary(args, 0, &bytes);
    if (!is_binary && !sio_args_raw(args, 0, &bytes))
        return;
    if ((value = malloc(sizeof *value + bytes.len + 1)) == NULL)
        return;
    strcpy(value->format, is_binary ? "B#" : "j#");
    value->len = bytes.len;
    memcpy(value->bytes, bytes.ptr, bytes.len);
    sio_socket_set_data(socket, value, free);
    sio_ack_send(ack, NULL);
}

static void on_get_data(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    const struct value *value = sio_socket_data(socket);

    (void)args, (void)user;
    if (value == NULL)
        sio_ack_send(ack, "n");
    else
        sio_ack_send(ack, value->format, value->bytes, value->len);
}

/* As a snapshot shows it: an object with the value, if that is no binary. */
static json_t *describe_data(sio_socket *socket, void *user)
{
    const struct value *value = sio_socket_data(socket);

    (void)user;
    if (value == NULL || value->format[0] == 'B')
        return NULL;
    return json_pack("{s:o}", "value", json_loadb(value->bytes, value->len, JSON_DECODE_ANY, NULL));
}

static void on_handshake(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *handshake = handshake_json(socket);

    (void)args, (void)user;
    sio_ack_send(ack, "o", handshake);
    json_decref(handshake);
}

/* --- coming and going ---------------------------------------------------------------------- */

static bool find_parameter(const sio_socket *socket, const char *name, char text[256])
{
    size_t len = 0;
    bool is_there = sio_socket_query(socket, name, text, 255, &len);

    text[len] = '\0';
    return is_there;
}

static void refuse_by_query(sio_socket *socket, sio_next *next)
{
    char message[256], data[256];

    if (!find_parameter(socket, "refuse", message))
        sio_next_accept(next);
    else if (find_parameter(socket, "data", data))
        sio_next_refuse(next, message, "s", data);
    else
        sio_next_refuse(next, message, NULL);
}

static void refuse(sio_socket *socket, sio_next *next, void *user)
{
    json_t *auth = sio_socket_auth(socket);
    const char *message = json_string_value(json_object_get(auth, "refuse"));
    const json_t *data = json_object_get(auth, "data");

    (void)user;
    if (message == NULL)
        refuse_by_query(socket, next);
    else
        sio_next_refuse(next, message, data != NULL ? "o" : NULL, data);
    json_decref(auth);
}

static void on_connection(sio_socket *socket, void *user)
{
    sio_str auth = sio_socket_auth_raw(socket);

    (void)user;
    sio_socket_emit(socket, "auth", "j#", auth.ptr, auth.len);
}

static void on_disconnect_me(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    bool close = false;

    (void)ack, (void)user;
    sio_args_bool(args, 0, &close);
    sio_socket_disconnect(socket, close);
}

static bool serve_namespace(sio_ns *ns)
{
    static char is_volatile;
    static const struct {
        const char *name;
        sio_event_cb cb;
        void *user;
    } events[] = {
        {"message", on_message},
        {"message-with-ack", on_message_with_ack},
        {"total", on_total},
        {"chat message", on_chat_message},
        {"join", on_join},
        {"leave", on_leave},
        {"rooms", on_rooms},
        {"to room", on_to_room},
        {"emit to", on_emit_to},
        {"broadcast", on_broadcast},
        {"emit-with-ack", on_emit_with_ack},
        {"flood", on_flood},
        {"volatile flood", on_flood, &is_volatile},
        {"set data", on_set_data},
        {"get data", on_get_data},
        {"handshake", on_handshake},
        {"disconnect me", on_disconnect_me},
        {"last disconnect", on_last_disconnect},
    };

    if (ns == NULL || sio_ns_use(ns, refuse, NULL) != SIO_OK ||
        sio_ns_on_connection(ns, on_connection, NULL) != SIO_OK ||
        sio_ns_on_disconnect(ns, on_disconnect, NULL) != SIO_OK)
        return false;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (sio_ns_on(ns, events[i].name, events[i].cb, events[i].user) != SIO_OK)
            return false;
    return engine_serve(ns) && serve_many(ns) && serve_cluster(ns) && recovery_serve(ns) &&
           values_serve(ns) && sio_ns_describe_data(ns, describe_data, NULL) == SIO_OK;
}

bool serve(sio_server *server)
{
    return serve_namespace(sio_of(server, "/")) && serve_namespace(sio_of(server, "/custom")) &&
           serve_steps(sio_of(server, "/steps")) && listeners_serve(sio_of(server, "/listeners")) &&
           recovery_serve_quiet(sio_of(server, "/quiet")) && dynamic_serve(server, serve_namespace);
}
