/* A complete chat: everybody gets what anybody writes. */
#include <sio/sio.h>
#include <stdio.h>

static void on_message(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)ack, (void)user;
    sio_emit_args(sio_all(sio_socket_ns(socket)), "chat message", args);
}

int main(void)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    sio_ns_on(sio_of(server, "/"), "chat message", on_message, NULL);
    if (sio_server_start(server) == SIO_OK) {
        printf("http://localhost:%u, Enter ends it\n", (unsigned)sio_server_port(server));
        getchar();
    }
    sio_server_free(server);
    return 0;
}
