/* Raw Engine.IO: every message comes back as it came. */
#include <sio/sio.h>
#include <stdio.h>

static void echo(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    sio_conn_send(conn, binary, ptr, len);
}

int main(void)
{
    const sio_engine_handlers handlers = {.message = echo};
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    if (sio_engine_attach(server, "/engine.io", &handlers) == SIO_OK &&
        sio_server_start(server) == SIO_OK) {
        printf("ws://localhost:%u/engine.io/, Enter ends it\n", (unsigned)sio_server_port(server));
        getchar();
    }
    sio_server_free(server);
    return 0;
}
