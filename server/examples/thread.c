/* Broadcasting from a thread of the application: this main() reads lines, while the server's own
 * thread serves; sio_emit() may be called on any thread.
 *
 *     tail -f news.txt | example-thread
 *     socket.on("line", (text) => ...); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;
    sio_ns *ns;
    char line[1024];

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    ns = sio_of(server, "/"); /* may be used on any thread, as long as the server lives */
    if (sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, the end of the input stops it\n", sio_server_port(server));
        fflush(stdout);
        while (fgets(line, sizeof line, stdin) != NULL)
            sio_emit(sio_all(ns), "line", "s#", line, strcspn(line, "\n"));
    }
    sio_server_free(server);
    return 0;
}
