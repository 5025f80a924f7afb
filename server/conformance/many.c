#include "many.h"

#include "target.h"

typedef sio_err act_fn(sio_target target, const char *room);

static void act(const sio_args *args, sio_socket *socket, sio_ack *ack, act_fn *on_room)
{
    json_t *spec = sio_args_json(args, 0), *room = sio_args_json(args, 1);

    if (json_is_object(spec) && json_is_string(room) &&
        on_room(target_read(socket, spec), json_string_value(room)) == SIO_OK)
        sio_ack_send(ack, NULL);
    json_decref(spec);
    json_decref(room);
}

static void on_sockets_join(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    act(args, socket, ack, sio_sockets_join);
}

static void on_sockets_leave(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    act(args, socket, ack, sio_sockets_leave);
}

static void on_disconnect_sockets(sio_socket *socket, const sio_args *args, sio_ack *ack,
                                  void *user)
{
    json_t *spec = sio_args_json(args, 0);
    bool close = false;

    (void)user;
    sio_args_bool(args, 1, &close);
    if (json_is_object(spec) && sio_disconnect_sockets(target_read(socket, spec), close) == SIO_OK)
        sio_ack_send(ack, NULL);
    json_decref(spec);
}

bool serve_many(sio_ns *ns)
{
    return sio_ns_on(ns, "sockets join", on_sockets_join, NULL) == SIO_OK &&
           sio_ns_on(ns, "sockets leave", on_sockets_leave, NULL) == SIO_OK &&
           sio_ns_on(ns, "disconnect sockets", on_disconnect_sockets, NULL) == SIO_OK;
}
