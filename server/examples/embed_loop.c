/* Embedding: the server runs on the application's own uv loop, beside a timer that everybody hears
 * and an input whose end closes the server.
 *
 *     socket.on("tick", (count) => ...); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

static uv_timer_t timer;
static uv_poll_t input;

static void on_timer(uv_timer_t *handle)
{
    static int count;

    sio_emit(sio_all(sio_of(handle->data, "/")), "tick", "i", ++count);
}

static void on_closed(sio_server *server, void *user)
{
    sio_server_free(server); /* nothing of it is on the loop any more */
    uv_close((uv_handle_t *)&timer, NULL);
}

static void on_input(uv_poll_t *handle, int status, int events)
{
    char bytes[256];

    if (read(STDIN_FILENO, bytes, sizeof bytes) > 0)
        return;
    uv_close((uv_handle_t *)handle, NULL);
    sio_server_close(handle->data, 1000, on_closed, NULL);
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    config.loop = uv_default_loop();
    if (sio_server_new(&server, &config) != SIO_OK || sio_server_start(server) != SIO_OK)
        return 1;
    printf("listening on port %u, the end of the input stops it\n", sio_server_port(server));
    fflush(stdout);
    uv_timer_init(config.loop, &timer);
    uv_poll_init(config.loop, &input, STDIN_FILENO);
    timer.data = input.data = server;
    uv_timer_start(&timer, on_timer, 50, 50);
    uv_poll_start(&input, UV_READABLE | UV_DISCONNECT, on_input);
    return uv_run(config.loop, UV_RUN_DEFAULT);
}
