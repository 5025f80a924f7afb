#include "values.h"

static void on_take_apart(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_str id, picture;
    double x, y;
    int limit = 10;

    (void)socket, (void)user;
    if (sio_args_unpack(args, "{s:s, s:[f f], s:{s:B}, s:i?}", "id", &id, "at", &x, &y, "files",
                        "picture", &picture, "limit", &limit))
        sio_ack_send(ack, "{s:s#, s:[f f], s:[B#], s:i}", "id", id.ptr, id.len, "at", y, x,
                     "pictures", picture.ptr, picture.len, "limit", limit);
    else
        sio_ack_send(ack, "n");
}

/* Each letter of the formats once. */
static void on_pack(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    static const char numbered[] = "{\"n\":[{\"_placeholder\":true,\"num\":2}]}";
    json_t *value = json_pack("{s:[i,n]}", "list", 1);

    (void)args, (void)ack, (void)user;
    sio_socket_emit(socket, "packed", "s s# i I f b b n o j j# B# {s:B#} [[]{}] j A# s? o?", "text",
                    "a\0b", (size_t)3, -7, (int64_t)1 << 53, 0.5, 1, 0, value, "[true]", "{}x",
                    (size_t)2, "\1\2", (size_t)2, "bytes", "", (size_t)0, numbered, "third",
                    (size_t)5, NULL, NULL);
    json_decref(value);
}

bool values_serve(sio_ns *ns)
{
    return sio_ns_on(ns, "take apart", on_take_apart, NULL) == SIO_OK &&
           sio_ns_on(ns, "pack", on_pack, NULL) == SIO_OK;
}
