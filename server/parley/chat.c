#include "chat.h"

#include "request.h"
#include "tell.h"

/* Twice the longest text with every character escaped. */
enum { ARGUMENT_BYTES_MAX = 131072 };

static json_t *first_argument(const sio_args *args)
{
    sio_str text;

    if (!sio_args_raw(args, 0, &text) || text.len > ARGUMENT_BYTES_MAX)
        return NULL;
    return sio_args_json(args, 0);
}

static void post(struct hall *hall, enum task_kind kind, sio_socket *socket, const sio_args *args,
                 sio_ack *ack)
{
    struct visitor *visitor = sio_socket_data(socket);

    if (visitor == NULL || !hall_post(hall, kind, visitor, ack, first_argument(args)))
        answer_error(ack, "server_error", "the server is too busy", 0);
}

#define ON_EVENT(name, kind)                                                                       \
    static void name(sio_socket *socket, const sio_args *args, sio_ack *ack, void *hall)           \
    {                                                                                              \
        post(hall, kind, socket, args, ack);                                                       \
    }
ON_EVENT(on_hello, HELLO)
ON_EVENT(on_enter, ENTER)
ON_EVENT(on_leave, LEAVE)
ON_EVENT(on_say, SAY)
ON_EVENT(on_typing, TYPING)
ON_EVENT(on_tutorial, TUTORIAL)
ON_EVENT(on_unknown, UNKNOWN)

static void on_connection(sio_socket *socket, void *hall)
{
    struct visitor *visitor = visitor_new(sio_socket_id(socket));

    (void)hall;
    sio_socket_set_data(socket, visitor, NULL);
    if (visitor == NULL || sio_socket_join(socket, GUESTS_ROOM) != SIO_OK)
        sio_socket_disconnect(socket, true);
}

static void on_disconnect(sio_socket *socket, const char *reason, void *hall)
{
    struct visitor *visitor = sio_socket_data(socket);

    (void)reason;
    if (visitor != NULL)
        hall_depart(hall, visitor);
}

static sio_err set_handlers(sio_ns *ns, struct hall *hall)
{
    static const struct {
        const char *event;
        sio_event_cb cb;
    } events[] = {
        {"hello", on_hello}, {"enter", on_enter},   {"leave", on_leave},
        {"say", on_say},     {"typing", on_typing}, {"chat message", on_tutorial},
    };
    sio_err err = SIO_OK;

    for (size_t i = 0; i < sizeof events / sizeof *events && err == SIO_OK; i++)
        err = sio_ns_on(ns, events[i].event, events[i].cb, hall);
    if (err == SIO_OK)
        err = sio_ns_on_other(ns, on_unknown, hall);
    if (err == SIO_OK)
        err = sio_ns_on_connection(ns, on_connection, hall);
    if (err == SIO_OK)
        err = sio_ns_on_disconnect(ns, on_disconnect, hall);
    return err;
}

sio_err chat_init(struct hall *hall, sio_server *server)
{
    sio_ns *ns = sio_of(server, "/");
    sio_err err = hall_start(hall, ns);

    if (err != SIO_OK)
        return err;
    if ((err = set_handlers(ns, hall)) != SIO_OK)
        hall_stop(hall);
    return err;
}
