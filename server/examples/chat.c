/* Whatever a client says in its lobby, everybody there hears. */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>

static void on_connection(sio_socket *socket, void *user)
{
    sio_socket_join(socket, "lobby");
    sio_emit(sio_to(sio_broadcast(socket), "lobby"), "joined", "s", sio_socket_id(socket));
}

static void on_message(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_emit_args(sio_to(sio_all(sio_socket_ns(socket)), "lobby"), "chat message", args);
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    sio_ns_on_connection(sio_of(server, "/"), on_connection, NULL);
    sio_ns_on(sio_of(server, "/"), "chat message", on_message, NULL);
    if (sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, Enter stops it\n", sio_server_port(server));
        fflush(stdout);
        getchar();
    }
    sio_server_free(server);
    return 0;
}
