#include "recovery.h"

static void on_recovered(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)args, (void)user;
    sio_ack_send(ack, "b", sio_socket_recovered(socket));
}

static void on_tell_all(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    sio_emit_args(sio_all(sio_socket_ns(socket)), "told", args);
    sio_ack_send(ack, NULL);
}

bool recovery_serve(sio_ns *ns)
{
    return ns != NULL && sio_ns_on(ns, "recovered", on_recovered, NULL) == SIO_OK;
}

bool recovery_serve_quiet(sio_ns *ns)
{
    return recovery_serve(ns) && sio_ns_on(ns, "tell all", on_tell_all, NULL) == SIO_OK;
}
