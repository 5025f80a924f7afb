/* Rooms: who is in one hears what is said there, and who comes and goes.
 *
 *     await socket.emitWithAck("join", "cats");
 *     socket.emit("say", "cats", "meow");
 *     socket.on("said", (room, id, text) => ...);
 *     socket.on("left", (room, id) => ...); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>

static void on_join(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str room;

    if (sio_args_string(args, 0, &room) && sio_socket_join_n(socket, room.ptr, room.len) == SIO_OK)
        sio_ack_send(ack, NULL);
}

static void on_say(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str room, text;

    if (sio_args_string(args, 0, &room) && sio_args_string(args, 1, &text))
        sio_emit(sio_to_n(sio_all(sio_socket_ns(socket)), room.ptr, room.len), "said", "s# s s#",
                 room.ptr, room.len, sio_socket_id(socket), text.ptr, text.len);
}

static void tell_room(sio_str room, void *user)
{
    sio_emit(sio_to_n(sio_broadcast(user), room.ptr, room.len), "left", "s# s", room.ptr, room.len,
             sio_socket_id(user));
}

/* It is still in its rooms; its own id is one of them, where nobody else hears it. */
static void on_disconnecting(sio_socket *socket, const char *reason, void *user)
{
    sio_socket_each_room(socket, tell_room, socket);
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    sio_ns_on(sio_of(server, "/"), "join", on_join, NULL);
    sio_ns_on(sio_of(server, "/"), "say", on_say, NULL);
    sio_ns_on_disconnecting(sio_of(server, "/"), on_disconnecting, NULL);
    if (sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, Enter stops it\n", sio_server_port(server));
        fflush(stdout);
        getchar();
    }
    sio_server_free(server);
    return 0;
}
