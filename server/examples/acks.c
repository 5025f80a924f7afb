/* Acks, both ways: the server answers a client, and asks one.
 *
 *     socket.emit("add", 1, 2, (sum) => console.log(sum));
 *     socket.on("how are you", (answer) => answer("well"));
 *     socket.emit("ask me", (error, answer) => console.log(error ?? answer)); */
#include <sio/sio.h>
#include <stdio.h>
#include <stdlib.h>

static void on_add(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    double a, b;

    if (sio_args_number(args, 0, &a) && sio_args_number(args, 1, &b))
        sio_ack_send(ack, "f", a + b);
    else
        sio_ack_send(ack, "n"); /* null: those were no numbers */
}

/* Called once in any case: with the answer, after the time, or when the client is gone. */
static void on_answer(sio_socket *socket, sio_err err, const sio_args *args, void *user)
{
    sio_str text;

    if (err == SIO_OK && sio_args_string(args, 0, &text))
        sio_ack_send(user, "n s#", text.ptr, text.len);
    else
        sio_ack_send(user, "s", err != SIO_OK ? sio_strerror(err) : "no text");
    sio_ack_rele(user);
}

/* An ack that is answered later is held until then. */
static void on_ask_me(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    if (sio_socket_emit_ack(socket, "how are you", 1000, on_answer, sio_ack_hold(ack), NULL) !=
        SIO_OK)
        sio_ack_rele(ack);
}

int main(int argc, char **argv)
{
    sio_config config;
    sio_server *server;

    sio_config_init(&config);
    config.port = argc > 1 ? (uint16_t)atoi(argv[1]) : 3000;
    if (sio_server_new(&server, &config) != SIO_OK)
        return 1;
    sio_ns_on(sio_of(server, "/"), "add", on_add, NULL);
    sio_ns_on(sio_of(server, "/"), "ask me", on_ask_me, NULL);
    if (sio_server_start(server) == SIO_OK) {
        printf("listening on port %u, Enter stops it\n", sio_server_port(server));
        fflush(stdout);
        getchar();
    }
    sio_server_free(server);
    return 0;
}
