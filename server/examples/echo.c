/* Engine.IO without Socket.IO: every message comes back as it came.
 *
 *     import { Socket } from "engine.io-client";
 *     const socket = new Socket("ws://localhost:3000");
 *     socket.on("message", console.log);
 *     socket.send("hello"); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>

static void echo(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    sio_conn_send(conn, binary, ptr, len);
}

int main(int argc, char **argv)
{
    const sio_engine_handlers handlers = {.message = echo};
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    if (sio_engine_attach(server, "/engine.io", &handlers) == SIO_OK &&
        sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, Enter stops it\n", sio_server_port(server));
        fflush(stdout);
        getchar();
    }
    sio_server_free(server);
    return 0;
}
