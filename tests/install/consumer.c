/* A program of somebody who uses an installed or embedded libsio.  It is compiled as C++ too. */
#include <sio/sio.h>
#include <stdio.h>

static void on_message(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)user;
    (void)ack;
    sio_emit_args(sio_to(sio_all(sio_socket_ns(socket)), "room"), "message", args);
}

static sio_err serve(sio_server *server)
{
    sio_ns *ns = sio_of(server, "/");
    sio_err err = sio_ns_on(ns, "message", on_message, NULL);

    if (err == SIO_OK)
        err = sio_server_start(server);
    if (err == SIO_OK)
        err = sio_emit(sio_all(ns), "message", "{s:s, s:i}", "text", "hello", "number", 1);
    sio_server_stop(server, 0);
    return err;
}

int main(void)
{
    sio_config config;
    sio_server *server;
    sio_err err;

    sio_config_init(&config);
    config.host = "127.0.0.1";
    config.port = 0;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    err = serve(server);
    sio_server_free(server);
    printf("libsio %s: %s\n", sio_version(), sio_strerror(err));
    return err == SIO_OK ? 0 : 1;
}
