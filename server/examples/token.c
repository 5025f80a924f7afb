/* A middleware lets in who knows the token; who comes in is greeted by name.
 *
 *     const socket = io("http://localhost:3000", { auth: { token: "open sesame", name: "Ada" } });
 *     socket.on("welcome", (name) => ...);
 *     socket.on("connect_error", (error) => console.log(error.message, error.data.hint)); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char secret[] = "open sesame";

static void check_token(sio_socket *socket, sio_next *next, void *user)
{
    json_t *auth = sio_socket_auth(socket);
    const char *token = json_string_value(json_object_get(auth, "token"));
    const char *name = json_string_value(json_object_get(auth, "name"));

    if (token == NULL || strcmp(token, secret) != 0) {
        sio_next_refuse(next, "not authorized", "{s:s}", "hint", "auth.token is wrong");
    } else {
        sio_socket_set_data(socket, strdup(name != NULL ? name : "stranger"), free);
        sio_next_accept(next);
    }
    json_decref(auth);
}

static void on_connection(sio_socket *socket, void *user)
{
    sio_socket_emit(socket, "welcome", "s?", sio_socket_data(socket));
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    sio_ns_use(sio_of(server, "/"), check_token, NULL);
    sio_ns_on_connection(sio_of(server, "/"), on_connection, NULL);
    if (sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, Enter stops it\n", sio_server_port(server));
        fflush(stdout);
        getchar();
    }
    sio_server_free(server);
    return 0;
}
