/* The listeners and middlewares of one socket, as the application adds and removes them. */
#include "server/io/socket.h"

/* --- any kind ------------------------------------------------------------------------------ */

static sio_err add(sio_socket *socket, struct sio__ear_place place, struct sio__call call)
{
    struct sio__own *own;

    if (call.any == NULL)
        return SIO_EINVAL;
    if ((own = sio__socket_own(socket)) == NULL || !sio__ears_add(&own->ears, place, call))
        return SIO_ENOMEM;
    return SIO_OK;
}

static sio_err add_kind(sio_socket *socket, enum sio__ear_kind kind, struct sio__call call)
{
    return add(socket, (struct sio__ear_place){.kind = kind}, call);
}

static sio_err prepend_kind(sio_socket *socket, enum sio__ear_kind kind, struct sio__call call)
{
    return add(socket, (struct sio__ear_place){.kind = kind, .is_first = true}, call);
}

static bool remove_kind(sio_socket *socket, enum sio__ear_kind kind, struct sio__call call)
{
    return socket->own != NULL &&
           sio__ears_remove(&socket->own->ears, (struct sio__ear_place){.kind = kind}, call);
}

static size_t count_kind(const sio_socket *socket, enum sio__ear_kind kind)
{
    return socket->own != NULL ? sio__ear_list_count(&socket->own->ears.lists[kind]) : 0;
}

/* --- events -------------------------------------------------------------------------------- */

static sio_err add_event(sio_socket *socket, const char *event, bool is_once, sio_event_cb cb,
                         void *user)
{
    if (!sio__ear_name_is_fine(event))
        return SIO_EINVAL;
    return add(socket,
               (struct sio__ear_place){
                   .kind = SIO__EAR_EVENT, .event = sio__slice_of(event), .is_once = is_once},
               (struct sio__call){.event = cb, .user = user});
}

sio_err sio_socket_on(sio_socket *socket, const char *event, sio_event_cb cb, void *user)
{
    return add_event(socket, event, false, cb, user);
}

sio_err sio_socket_once(sio_socket *socket, const char *event, sio_event_cb cb, void *user)
{
    return add_event(socket, event, true, cb, user);
}

bool sio_socket_off(sio_socket *socket, const char *event, sio_event_cb cb, void *user)
{
    struct sio__ear_place place = {.kind = SIO__EAR_EVENT, .event = sio__slice_of(event)};

    return socket->own != NULL && sio__ears_remove(&socket->own->ears, place,
                                                   (struct sio__call){.event = cb, .user = user});
}

void sio_socket_off_all(sio_socket *socket)
{
    if (socket->own != NULL)
        sio__ears_remove_all(&socket->own->ears);
}

size_t sio_socket_listener_count(const sio_socket *socket, const char *event)
{
    const struct sio__ear_list *list = NULL;

    if (socket->own != NULL)
        list = sio__ears_of(&socket->own->ears, sio__slice_of(event));
    return list != NULL ? sio__ear_list_count(list) : 0;
}

void sio_socket_each_event(const sio_socket *socket,
                           void (*each)(sio_str event, size_t listeners, void *user), void *user)
{
    const struct sio__event *event = socket->own != NULL ? socket->own->ears.events : NULL;

    for (; event != NULL; event = event->hh.next) {
        size_t count = sio__ear_list_count(&event->ears);

        if (count > 0)
            each((sio_str){event->name, event->name_len}, count, user);
    }
}

/* --- disconnecting, disconnect, error ------------------------------------------------------ */

sio_err sio_socket_on_disconnecting(sio_socket *socket, sio_disconnect_cb cb, void *user)
{
    return add_kind(socket, SIO__EAR_DISCONNECTING,
                    (struct sio__call){.disconnect = cb, .user = user});
}

bool sio_socket_off_disconnecting(sio_socket *socket, sio_disconnect_cb cb, void *user)
{
    return remove_kind(socket, SIO__EAR_DISCONNECTING,
                       (struct sio__call){.disconnect = cb, .user = user});
}

sio_err sio_socket_on_disconnect(sio_socket *socket, sio_disconnect_cb cb, void *user)
{
    return add_kind(socket, SIO__EAR_DISCONNECT,
                    (struct sio__call){.disconnect = cb, .user = user});
}

bool sio_socket_off_disconnect(sio_socket *socket, sio_disconnect_cb cb, void *user)
{
    return remove_kind(socket, SIO__EAR_DISCONNECT,
                       (struct sio__call){.disconnect = cb, .user = user});
}

sio_err sio_socket_on_error(sio_socket *socket, sio_error_cb cb, void *user)
{
    return add_kind(socket, SIO__EAR_ERROR, (struct sio__call){.error = cb, .user = user});
}

bool sio_socket_off_error(sio_socket *socket, sio_error_cb cb, void *user)
{
    return remove_kind(socket, SIO__EAR_ERROR, (struct sio__call){.error = cb, .user = user});
}

/* --- catch-alls and middlewares ------------------------------------------------------------ */

sio_err sio_socket_on_any(sio_socket *socket, sio_event_cb cb, void *user)
{
    return add_kind(socket, SIO__EAR_ANY, (struct sio__call){.event = cb, .user = user});
}

sio_err sio_socket_prepend_any(sio_socket *socket, sio_event_cb cb, void *user)
{
    return prepend_kind(socket, SIO__EAR_ANY, (struct sio__call){.event = cb, .user = user});
}

bool sio_socket_off_any(sio_socket *socket, sio_event_cb cb, void *user)
{
    return remove_kind(socket, SIO__EAR_ANY, (struct sio__call){.event = cb, .user = user});
}

size_t sio_socket_any_count(const sio_socket *socket)
{
    return count_kind(socket, SIO__EAR_ANY);
}

sio_err sio_socket_on_any_outgoing(sio_socket *socket, sio_outgoing_cb cb, void *user)
{
    socket->space->is_heard = true;
    return add_kind(socket, SIO__EAR_ANY_OUTGOING,
                    (struct sio__call){.outgoing = cb, .user = user});
}

sio_err sio_socket_prepend_any_outgoing(sio_socket *socket, sio_outgoing_cb cb, void *user)
{
    socket->space->is_heard = true;
    return prepend_kind(socket, SIO__EAR_ANY_OUTGOING,
                        (struct sio__call){.outgoing = cb, .user = user});
}

bool sio_socket_off_any_outgoing(sio_socket *socket, sio_outgoing_cb cb, void *user)
{
    return remove_kind(socket, SIO__EAR_ANY_OUTGOING,
                       (struct sio__call){.outgoing = cb, .user = user});
}

size_t sio_socket_any_outgoing_count(const sio_socket *socket)
{
    return count_kind(socket, SIO__EAR_ANY_OUTGOING);
}

sio_err sio_socket_use(sio_socket *socket, sio_use_event_cb cb, void *user)
{
    return add_kind(socket, SIO__EAR_USE_EVENT, (struct sio__call){.use_event = cb, .user = user});
}
