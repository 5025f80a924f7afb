#include "listeners.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 10000, LABELS_MAX = 64, LABEL_MAX = 32, HELD_MAX = 64 };

/* --- records ------------------------------------------------------------------------------- */

/* What listeners heard: arrays of who (their client's auth), label and what it was.  References of
 * what is in it are given back under the lock. */
static struct {
    pthread_mutex_t lock;
    json_t *list;
    char labels[LABELS_MAX][LABEL_MAX];
} records = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The same pointer for the same label: a listener is known by it.  NULL: too many, or too long. */
static char *label_of(sio_str text)
{
    char *label = NULL;

    if (text.len == 0 || text.len >= LABEL_MAX)
        return NULL;
    pthread_mutex_lock(&records.lock);
    for (size_t i = 0; i < LABELS_MAX && label == NULL; i++) {
        char *at = records.labels[i];

        if (at[0] == '\0')
            memcpy(at, text.ptr, text.len);
        if (strlen(at) == text.len && memcmp(at, text.ptr, text.len) == 0)
            label = at;
    }
    pthread_mutex_unlock(&records.lock);
    return label;
}

/* Takes over what. */
static void record(const sio_socket *socket, const char *label, json_t *what)
{
    json_t *auth = sio_socket_auth(socket), *who = json_object_get(auth, "who");

    pthread_mutex_lock(&records.lock);
    if (records.list == NULL)
        records.list = json_array();
    if (json_is_string(who) && json_array_size(records.list) < RECORDS_MAX)
        json_array_append_new(records.list, json_pack("[OsO]", who, label, what));
    json_decref(what);
    json_decref(auth);
    pthread_mutex_unlock(&records.lock);
}

static bool is_text(const json_t *value, sio_str text)
{
    return json_string_length(value) == text.len &&
           memcmp(json_string_value(value), text.ptr, text.len) == 0;
}

/* Takes those of one client out. */
static json_t *take_records(sio_str who)
{
    json_t *taken = json_array();

    pthread_mutex_lock(&records.lock);
    for (size_t i = 0; i < json_array_size(records.list);) {
        json_t *one = json_array_get(records.list, i), *of = json_array_get(one, 0);

        if (!is_text(of, who)) {
            i++;
            continue;
        }
        json_array_append_new(taken,
                              json_pack("[OO]", json_array_get(one, 1), json_array_get(one, 2)));
        json_array_remove(records.list, i);
    }
    pthread_mutex_unlock(&records.lock);
    return taken;
}

/* The name and the arguments; of binary its length. */
static json_t *content_of(const sio_args *args, bool with_name)
{
    sio_str name = sio_args_event(args), bytes;
    json_t *content = json_array();

    if (with_name)
        json_array_append_new(content, json_stringn(name.ptr, name.len));
    for (size_t i = 0; i < sio_args_count(args); i++)
        json_array_append_new(content, sio_args_binary(args, i, &bytes)
                                           ? json_pack("{s:I}", "bytes", (json_int_t)bytes.len)
                                           : sio_args_json(args, i));
    return content;
}

/* --- what listens -------------------------------------------------------------------------- */

static const char *const commands[] = {"listen",  "listeners", "records",
                                       "release", "emit",      "emit to all"};

static bool is_command(const sio_args *args)
{
    sio_str name = sio_args_event(args);

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i]) == name.len && memcmp(commands[i], name.ptr, name.len) == 0)
            return true;
    return false;
}

static void on_event(sio_socket *socket, const sio_args *args, sio_ack *ack, void *label)
{
    if (is_command(args))
        return;
    record(socket, label, content_of(args, true));
    if (strcmp(label, "answers") == 0)
        sio_ack_send(ack, "s", label);
}

static void on_sent(sio_socket *socket, const sio_args *args, void *label)
{
    record(socket, label, content_of(args, true));
}

static void on_leaving(sio_socket *socket, const char *reason, void *label)
{
    record(
        socket, label,
        json_pack("[ss]", sio_socket_connected(socket) ? "disconnecting" : "disconnect", reason));
}

static void on_error(sio_socket *socket, const sio_socket_error *error, void *label)
{
    json_t *what = error->args != NULL ? content_of(error->args, false) : json_object();

    if (error->message != NULL)
        json_object_set_new(what, "message", json_string(error->message));
    if (error->data.len > 0)
        json_object_set_new(what, "data",
                            json_loadb(error->data.ptr, error->data.len, JSON_DECODE_ANY, NULL));
    record(socket, label, what);
    sio_ack_send(error->ack, "s", "error");
}

/* Decisions that clients let wait, with who they are. */
static struct {
    pthread_mutex_t lock;
    struct held {
        json_t *who;
        sio_next *next;
    } of[HELD_MAX];
} held = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* False: there are too many. */
static bool hold(const sio_socket *socket, sio_next *next)
{
    json_t *auth = sio_socket_auth(socket);
    struct held *free_one = NULL;

    pthread_mutex_lock(&held.lock);
    for (size_t i = 0; i < HELD_MAX && free_one == NULL; i++)
        if (held.of[i].next == NULL)
            free_one = &held.of[i];
    if (free_one != NULL)
        *free_one = (struct held){json_incref(json_object_get(auth, "who")), next};
    json_decref(auth);
    pthread_mutex_unlock(&held.lock);
    return free_one != NULL;
}

/* Accepts what waits of this client; how many that were. */
static int release(sio_str who)
{
    int count = 0;

    pthread_mutex_lock(&held.lock);
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (held.of[i].next == NULL || !is_text(held.of[i].who, who))
            continue;
        sio_next_accept(held.of[i].next);
        json_decref(held.of[i].who);
        held.of[i] = (struct held){NULL, NULL};
        count++;
    }
    pthread_mutex_unlock(&held.lock);
    return count;
}

static void use(sio_socket *socket, const sio_args *args, sio_next *next, void *label)
{
    json_t *first = sio_args_json(args, 0), *data = json_object_get(first, "data");
    json_t *change = json_object_get(first, "change");
    const char *refuse = json_string_value(json_object_get(first, "refuse"));

    if (!is_command(args))
        record(socket, label, content_of(args, true));
    if (refuse != NULL)
        sio_next_refuse(next, refuse, data != NULL ? "o" : NULL, data);
    else if (change != NULL)
        sio_next_accept_with(next, "o", change);
    else if (!json_is_true(json_object_get(first, "wait")) || !hold(socket, next))
        sio_next_accept(next);
    json_decref(first);
}

/* --- commands ------------------------------------------------------------------------------ */

static bool is(sio_str text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static bool listen_to_event(sio_socket *socket, sio_str verb, const char *event, char *label)
{
    if (is(verb, "on"))
        return sio_socket_on(socket, event, on_event, label) == SIO_OK;
    if (is(verb, "once"))
        return sio_socket_once(socket, event, on_event, label) == SIO_OK;
    return is(verb, "off") && sio_socket_off(socket, event, label != NULL ? on_event : NULL, label);
}

static bool listen_to_more(sio_socket *socket, sio_str verb, char *label)
{
    if (is(verb, "any"))
        return sio_socket_on_any(socket, on_event, label) == SIO_OK;
    if (is(verb, "prepend any"))
        return sio_socket_prepend_any(socket, on_event, label) == SIO_OK;
    if (is(verb, "off any"))
        return sio_socket_off_any(socket, label != NULL ? on_event : NULL, label);
    if (is(verb, "sent"))
        return sio_socket_on_any_outgoing(socket, on_sent, label) == SIO_OK;
    if (is(verb, "prepend sent"))
        return sio_socket_prepend_any_outgoing(socket, on_sent, label) == SIO_OK;
    if (is(verb, "off sent"))
        return sio_socket_off_any_outgoing(socket, label != NULL ? on_sent : NULL, label);
    if (is(verb, "use"))
        return sio_socket_use(socket, use, label) == SIO_OK;
    if (is(verb, "error"))
        return sio_socket_on_error(socket, on_error, label) == SIO_OK;
    if (is(verb, "end"))
        return sio_socket_on_disconnecting(socket, on_leaving, label) == SIO_OK &&
               sio_socket_on_disconnect(socket, on_leaving, label) == SIO_OK;
    if (is(verb, "off all"))
        sio_socket_off_all(socket);
    return is(verb, "off all");
}

static void on_listen(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str verb = {"", 0}, label = {"", 0}, event;
    char *name = NULL;
    bool is_done;

    (void)user;
    sio_args_string(args, 0, &verb);
    sio_args_string(args, 1, &label);
    if (sio_args_string(args, 2, &event))
        name = strndup(event.ptr, event.len);
    is_done = name != NULL ? listen_to_event(socket, verb, name, label_of(label))
                           : listen_to_more(socket, verb, label_of(label));
    sio_ack_send(ack, "b", is_done);
    free(name);
}

static void add_count(sio_str event, size_t listeners, void *object)
{
    char *name = strndup(event.ptr, event.len);

    json_object_set_new(object, name, json_integer((json_int_t)listeners));
    free(name);
}

static void on_listeners(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *events = json_object();

    (void)args, (void)user;
    sio_socket_each_event(socket, add_count, events);
    sio_ack_send(ack, "{s:o,s:i,s:i}", "events", events, "any", (int)sio_socket_any_count(socket),
                 "sent", (int)sio_socket_any_outgoing_count(socket));
    json_decref(events);
}

static void on_records(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str who = {"", 0};
    json_t *taken;

    (void)socket, (void)user;
    sio_args_string(args, 0, &who);
    taken = take_records(who);
    sio_ack_send(ack, "o", taken);
    json_decref(taken);
}

static void on_release(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str who = {"", 0};

    (void)socket, (void)user;
    sio_args_string(args, 0, &who);
    sio_ack_send(ack, "i", release(who));
}

static void emit(sio_target target, const sio_args *args, sio_ack *ack)
{
    json_t *flags = sio_args_json(args, 0), *compress = json_object_get(flags, "compress");
    json_t *event = sio_args_json(args, 1), *value = sio_args_json(args, 2);
    sio_err err = SIO_EINVAL;

    if (json_is_true(json_object_get(flags, "volatile")))
        target = sio_volatile(target);
    if (json_is_boolean(compress))
        target = sio_compress(target, json_is_true(compress));
    if (json_is_string(event))
        err = sio_emit(target, json_string_value(event), value != NULL ? "o" : NULL, value);
    sio_ack_send(ack, "b", err == SIO_OK);
    json_decref(flags);
    json_decref(event);
    json_decref(value);
}

static void on_emit(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    emit(sio_self(socket), args, ack);
}

static void on_emit_to_all(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    emit(sio_all(sio_socket_ns(socket)), args, ack);
}

bool listeners_serve(sio_ns *ns)
{
    static char labels[][LABEL_MAX] = {"all",      "all any",   "all use",
                                       "all sent", "all error", "all end"};
    static const sio_event_cb cbs[] = {on_listen,  on_listeners, on_records,
                                       on_release, on_emit,      on_emit_to_all};

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (sio_ns_on(ns, commands[i], cbs[i], NULL) != SIO_OK)
            return false;
    return sio_ns_on(ns, "x", on_event, labels[0]) == SIO_OK &&
           sio_ns_on_any(ns, on_event, labels[1]) == SIO_OK &&
           sio_ns_use_event(ns, use, labels[2]) == SIO_OK &&
           sio_ns_on_any_outgoing(ns, on_sent, labels[3]) == SIO_OK &&
           sio_ns_on_error(ns, on_error, labels[4]) == SIO_OK &&
           sio_ns_on_disconnecting(ns, on_leaving, labels[5]) == SIO_OK &&
           sio_ns_on_disconnect(ns, on_leaving, labels[5]) == SIO_OK;
}
