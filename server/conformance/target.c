#include "target.h"

typedef sio_target narrow_fn(sio_target target, const char *room, size_t len);

static sio_target narrow(sio_target target, narrow_fn *by, const json_t *rooms)
{
    size_t i;
    json_t *room;

    json_array_foreach(rooms, i, room) if (json_is_string(room)) target =
        by(target, json_string_value(room), json_string_length(room));
    return target;
}

sio_target target_read(sio_socket *socket, const json_t *spec)
{
    sio_target target = json_is_true(json_object_get(spec, "others"))
                            ? sio_broadcast(socket)
                            : sio_all(sio_socket_ns(socket));

    target = narrow(target, sio_to_n, json_object_get(spec, "to"));
    target = narrow(target, sio_except_n, json_object_get(spec, "except"));
    if (json_is_true(json_object_get(spec, "local")))
        target = sio_local(target);
    return json_is_true(json_object_get(spec, "volatile")) ? sio_volatile(target) : target;
}
