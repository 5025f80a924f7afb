/* Binary: who uploads a file learns its size and its first bytes, everybody else gets the file.
 *
 *     socket.on("file", (name, bytes) => ...);
 *     socket.emit("upload", "cat.png", bytes, ({ size, magic }) => ...); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>

static void on_upload(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str name, bytes;

    if (!sio_args_unpack(args, "sB", &name, &bytes)) {
        sio_ack_send(ack, "{s:s}", "error", "a name and bytes are wanted");
        return;
    }
    /* Everything as it came; "s# B#" with name and bytes would send the same. */
    sio_emit_args(sio_broadcast(socket), "file", args);
    /* Binary may stand anywhere in a value. */
    sio_ack_send(ack, "{s:I, s:B#}", "size", (int64_t)bytes.len, "magic", bytes.ptr,
                 bytes.len < 4 ? bytes.len : 4);
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    sio_ns_on(sio_of(server, "/"), "upload", on_upload, NULL);
    if (sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, Enter stops it\n", sio_server_port(server));
        fflush(stdout);
        getchar();
    }
    sio_server_free(server);
    return 0;
}
