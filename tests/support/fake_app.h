/* fake_app.h: an application for tests of the Socket.IO layer: it does what its clients ask for,
 * and writes down what happened to it. */
#ifndef TESTS_SUPPORT_FAKE_APP_H
#define TESTS_SUPPORT_FAKE_APP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/fake_server.h"

#define WS "/socket.io/?EIO=4&transport=websocket"
#define POLLING "/socket.io/?EIO=4&transport=polling"

static struct {
    char trace[4096]; /* what happened, in words with blanks between */
    sio_next *next;   /* of a client with {"wait":...} */
    sio_ack *ack;     /* of "keep ack" */
    unsigned freed;   /* user data that was freed */
} app;

__attribute__((format(printf, 1, 2))) static void app_note(const char *format, ...)
{
    size_t len = strlen(app.trace);
    va_list values;

    va_start(values, format);
    vsnprintf(app.trace + len, sizeof app.trace - len, format, values);
    va_end(values);
}

/* What happened since the last call; valid until the next one. */
static inline const char *app_trace(void)
{
    static char copy[sizeof app.trace];

    memcpy(copy, app.trace, sizeof copy);
    app.trace[0] = '\0';
    return copy;
}

static sio_str app_text(const sio_args *args, size_t index)
{
    sio_str text;

    return sio_args_string(args, index, &text) ? text : (sio_str){"", 0};
}

static void app_free_data(void *data)
{
    (void)data;
    app.freed++;
}

static void app_use(sio_socket *socket, sio_next *next, void *user)
{
    json_t *auth = sio_socket_auth(socket);
    const char *early = json_string_value(json_object_get(auth, "early"));

    (void)user;
    if (early != NULL)
        sio_socket_emit(socket, "early", "s", early);
    if (json_object_get(auth, "join") != NULL)
        sio_socket_join(socket, "joined");
    if (json_object_get(auth, "refuse") != NULL)
        sio_next_refuse(next, "no", "{s:i}", "code", 7);
    else if (json_object_get(auth, "wait") != NULL)
        app.next = next;
    else
        sio_next_accept(next);
    json_decref(auth);
}

static void app_connection(sio_socket *socket, void *user)
{
    (void)user;
    app_note("+%s%s ", sio_ns_name(sio_socket_ns(socket)),
             sio_socket_recovered(socket) ? "(recovered)" : "");
    if (!sio_socket_recovered(socket))
        sio_socket_set_data(socket, socket, app_free_data);
}

static void app_count_room(sio_str room, void *count)
{
    (void)room;
    ++*(int *)count;
}

static void app_disconnecting(sio_socket *socket, const char *reason, void *user)
{
    int rooms = 0;

    (void)user;
    sio_socket_each_room(socket, app_count_room, &rooms);
    app_note("<%s rooms:%d%s> ", reason, rooms,
             sio_socket_connected(socket) ? "" : " not connected");
}

static void app_disconnect(sio_socket *socket, const char *reason, void *user)
{
    int rooms = 0;

    (void)user;
    sio_socket_each_room(socket, app_count_room, &rooms);
    app_note("-%s(%s)%s ", sio_ns_name(sio_socket_ns(socket)), reason,
             rooms != 0 || sio_socket_connected(socket) ? " still there" : "");
}

static void app_answer(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    sio_str text = {"", 0};

    (void)socket, (void)user;
    if (err == SIO_OK)
        sio_args_raw(args, 0, &text);
    app_note("answer(%s%s%.*s) ", sio_strerror(err), text.len > 0 ? " " : "", (int)text.len,
             text.ptr);
}

/* Answers of many; user: what they are called, or NULL. */
static inline void app_answers(sio_err err, const sio_args *const *answers, size_t count,
                               void *user)
{
    app_note("%s(%s", user != NULL ? (const char *)user : "answers", sio_strerror(err));
    for (size_t i = 0; i < count; i++) {
        sio_str text = {"-", 1}, bytes;

        sio_args_raw(answers[i], 0, &text);
        app_note(" %.*s", (int)text.len, text.ptr);
        if (sio_args_attachment(answers[i], 0, &bytes))
            app_note("+%zu", bytes.len);
    }
    app_note(") ");
}

static void app_heard_own(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str name = sio_args_event(args);

    (void)socket, (void)ack;
    app_note("%s(%.*s) ", (const char *)user, (int)name.len, name.ptr);
}

static void app_heard_sent(sio_socket *socket, const sio_args *args, void *user)
{
    app_heard_own(socket, args, NULL, user);
}

static void app_heard_error(sio_socket *socket, const sio_socket_error *error, void *user)
{
    (void)socket, (void)user;
    app_note("error(%s) ", error->message != NULL ? error->message : "");
}

static void app_use_event(sio_socket *socket, const sio_args *args, sio_next *next, void *user)
{
    sio_str name = sio_args_event(args);

    (void)socket, (void)user;
    if (name.len == 4 && memcmp(name.ptr, "wait", 4) == 0)
        app.next = next;
    else if (name.len == 6 && memcmp(name.ptr, "refuse", 6) == 0)
        sio_next_refuse(next, "no", "{s:i}", "code", 7);
    else
        sio_next_accept(next);
}

/* Everything that a socket can listen to. */
static void app_listen(sio_socket *socket)
{
    static char own[] = "own", once[] = "once", any[] = "any", sent[] = "sent";

    sio_socket_on(socket, "own", app_heard_own, own);
    sio_socket_once(socket, "own", app_heard_own, once);
    sio_socket_on_any(socket, app_heard_own, any);
    sio_socket_on_any_outgoing(socket, app_heard_sent, sent);
    sio_socket_use(socket, app_use_event, NULL);
    sio_socket_on_error(socket, app_heard_error, NULL);
    sio_socket_on_disconnecting(socket, app_disconnecting, NULL);
}

static void app_on(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_ns *ns = sio_socket_ns(socket);
    const char *what = user;
    sio_str text = app_text(args, 0);
    int64_t number = 0;

    sio_args_int(args, 0, &number);
    if (strcmp(what, "echo") == 0)
        sio_socket_emit_args(socket, "echo", args);
    else if (strcmp(what, "ack") == 0)
        sio_ack_send_args(ack, args);
    else if (strcmp(what, "ack twice") == 0)
        app_note("%s ", (sio_ack_send(ack, "i", 1), sio_strerror(sio_ack_send(ack, "i", 2))));
    else if (strcmp(what, "keep ack") == 0)
        app.ack = sio_ack_hold(ack);
    else if (strcmp(what, "join") == 0)
        sio_socket_join_n(socket, text.ptr, text.len);
    else if (strcmp(what, "leave") == 0)
        sio_socket_leave_n(socket, text.ptr, text.len);
    else if (strcmp(what, "all") == 0)
        sio_emit_args(sio_all(ns), "all", args);
    else if (strcmp(what, "others") == 0)
        sio_emit_args(sio_broadcast(socket), "others", args);
    else if (strcmp(what, "room") == 0)
        sio_emit_args(sio_to_n(sio_all(ns), text.ptr, text.len), "room", args);
    else if (strcmp(what, "but room") == 0)
        sio_emit_args(sio_except_n(sio_all(ns), text.ptr, text.len), "but room", args);
    else if (strcmp(what, "pack") == 0)
        sio_socket_emit(socket, "pack", "sif{s:b,s:n}[B#]", "a\n", 1, 0.5, "k", 1, "n", "\1\2",
                        (size_t)2);
    else if (strcmp(what, "ask") == 0)
        app_note("%s ", sio_strerror(sio_socket_emit_ack(socket, "question", (uint32_t)number,
                                                         app_answer, NULL, "s", "why")));
    else if (strcmp(what, "bye") == 0)
        sio_socket_disconnect(socket, number != 0);
    else if (strcmp(what, "bye, then join") == 0) {
        sio_socket_disconnect(socket, false);
        sio_socket_join(socket, "late");
        app_note("%s ", sio_socket_in_room(socket, "late") ? "in" : "not in");
    } else if (strcmp(what, "kick") == 0)
        sio_disconnect_sockets(sio_all(ns), number != 0);
    else if (strcmp(what, "gather") == 0)
        sio_sockets_join(sio_all(ns), "gathered");
    else if (strcmp(what, "listen") == 0)
        app_listen(socket);
    else if (strcmp(what, "whisper") == 0)
        sio_emit(sio_compress(sio_volatile(sio_self(socket)), false), "whisper", "s", "me");
    else
        app_note("%s ", what);
}

static void app_other(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str name = sio_args_event(args);

    (void)socket, (void)ack, (void)user;
    app_note("other(%.*s) ", (int)name.len, name.ptr);
}

/* What a test adds to each namespace; NULL: nothing. */
static bool (*app_add)(sio_ns *ns);

static bool app_serve(sio_ns *ns)
{
    static char names[][16] = {"echo",  "ack",    "ack twice", "keep ack",      "join",
                               "leave", "all",    "others",    "room",          "but room",
                               "pack",  "ask",    "bye",       "kick",          "gather",
                               "7",     "listen", "whisper",   "bye, then join"};

    if (ns == NULL || sio_ns_on_connection(ns, app_connection, NULL) != SIO_OK ||
        sio_ns_on_disconnecting(ns, app_disconnecting, NULL) != SIO_OK ||
        sio_ns_on_disconnect(ns, app_disconnect, NULL) != SIO_OK ||
        sio_ns_on_other(ns, app_other, NULL) != SIO_OK)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sio_ns_on(ns, names[i], app_on, names[i]) != SIO_OK)
            return false;
    return app_add == NULL || app_add(ns);
}

/* Namespaces "/" and "/plain" without, "/guarded" with a middleware.  NULL: out of memory. */
static inline sio_server *app_start(fake_configure_fn *configure)
{
    sio_server *server = fake_server_new(configure);

    memset(&app, 0, sizeof app);
    if (server == NULL)
        return NULL;
    if (app_serve(sio_of(server, "/")) && app_serve(sio_of(server, "plain")) &&
        app_serve(sio_of(server, "/guarded")) &&
        sio_ns_use(sio_of(server, "/guarded"), app_use, NULL) == SIO_OK && fake_start(server))
        return server;
    fake_free(server);
    return NULL;
}

/* What a link heard, with ids as *. */
static inline const char *app_heard(struct fake_link *link)
{
    static const char key[] = "\"sid\":\"";
    char *text = (char *)fake_heard(link), *at = text;

    while ((at = strstr(at, key)) != NULL) {
        char *id = at + sizeof key - 1, *end = strchr(id, '"');

        id[0] = '*';
        memmove(id + 1, end, strlen(end) + 1);
        at = id;
    }
    return text;
}

/* A WebSocket client that has joined "/"; what it heard and what happened is forgotten. */
static inline struct fake_link *app_join(sio_server *server, unsigned worker)
{
    struct fake_link *link = fake_ws(server, worker, WS);

    fake_ws_text(server, link, "40");
    if (link != NULL)
        fake_heard(link);
    app_trace();
    return link;
}

#endif
