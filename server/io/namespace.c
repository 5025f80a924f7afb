/* What is set on a namespace: sio_ns_*(). */
#include "server/io/adapter_ordered.h"
#include "server/io/adapter_workers.h"
#include "server/io/recovery.h"
#include "server/io/space.h"

const char *sio_ns_name(const sio_ns *ns)
{
    return ns->name;
}

sio_server *sio_ns_server(const sio_ns *ns)
{
    return ns->server;
}

/* --- listeners and middlewares ------------------------------------------------------------- */

/* Begins to set something of this namespace; the end: sio__registry_unlock().  After an error there
 * is nothing to end.  What a parent has is only read while a child is made. */
static sio_err begin(const sio_ns *ns)
{
    sio__registry_lock(ns->server->registry);
    if (!ns->server->is_running || ns->is_new || ns->as_parent != NULL)
        return SIO_OK;
    sio__registry_unlock(ns->server->registry);
    return SIO_EBUSY;
}

/* ears: a set of the namespace. */
static sio_err add_to(sio_ns *ns, struct sio__ears *ears, struct sio__ear_place place,
                      struct sio__call call)
{
    sio_err err;

    if (ns == NULL)
        return SIO_ENOMEM;
    if (call.any == NULL)
        return SIO_EINVAL;
    if ((err = begin(ns)) != SIO_OK)
        return err;
    err = sio__ears_add(ears, place, call) ? SIO_OK : SIO_ENOMEM;
    sio__registry_unlock(ns->server->registry);
    return err;
}

static sio_err add(sio_ns *ns, struct sio__ear_place place, struct sio__call call)
{
    return add_to(ns, ns != NULL ? &ns->ears : NULL, place, call);
}

static sio_err add_kind(sio_ns *ns, enum sio__ear_kind kind, struct sio__call call)
{
    return add(ns, (struct sio__ear_place){.kind = kind}, call);
}

static sio_err prepend_kind(sio_ns *ns, enum sio__ear_kind kind, struct sio__call call)
{
    return add(ns, (struct sio__ear_place){.kind = kind, .is_first = true}, call);
}

sio_err sio_ns_use(sio_ns *ns, sio_use_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_USE, (struct sio__call){.use = cb, .user = user});
}

sio_err sio_ns_use_event(sio_ns *ns, sio_use_event_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_USE_EVENT, (struct sio__call){.use_event = cb, .user = user});
}

sio_err sio_ns_on_connection(sio_ns *ns, sio_connection_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_CONNECTION, (struct sio__call){.connection = cb, .user = user});
}

sio_err sio_ns_on(sio_ns *ns, const char *event, sio_event_cb cb, void *user)
{
    if (!sio__ear_name_is_fine(event))
        return SIO_EINVAL;
    return add(ns, (struct sio__ear_place){.kind = SIO__EAR_EVENT, .event = sio__slice_of(event)},
               (struct sio__call){.event = cb, .user = user});
}

sio_err sio_ns_on_other(sio_ns *ns, sio_event_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_OTHER, (struct sio__call){.event = cb, .user = user});
}

sio_err sio_ns_on_any(sio_ns *ns, sio_event_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_ANY, (struct sio__call){.event = cb, .user = user});
}

sio_err sio_ns_prepend_any(sio_ns *ns, sio_event_cb cb, void *user)
{
    return prepend_kind(ns, SIO__EAR_ANY, (struct sio__call){.event = cb, .user = user});
}

sio_err sio_ns_on_any_outgoing(sio_ns *ns, sio_outgoing_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_ANY_OUTGOING, (struct sio__call){.outgoing = cb, .user = user});
}

sio_err sio_ns_prepend_any_outgoing(sio_ns *ns, sio_outgoing_cb cb, void *user)
{
    return prepend_kind(ns, SIO__EAR_ANY_OUTGOING,
                        (struct sio__call){.outgoing = cb, .user = user});
}

sio_err sio_ns_on_error(sio_ns *ns, sio_error_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_ERROR, (struct sio__call){.error = cb, .user = user});
}

sio_err sio_ns_on_disconnecting(sio_ns *ns, sio_disconnect_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_DISCONNECTING, (struct sio__call){.disconnect = cb, .user = user});
}

sio_err sio_ns_on_disconnect(sio_ns *ns, sio_disconnect_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_DISCONNECT, (struct sio__call){.disconnect = cb, .user = user});
}

sio_err sio_ns_on_server_side(sio_ns *ns, const char *event, sio_server_side_cb cb, void *user)
{
    struct sio__ear_place place = {.kind = SIO__EAR_EVENT, .event = sio__slice_of(event)};

    if (event == NULL)
        return SIO_EINVAL;
    return add_to(ns, ns != NULL ? &ns->server_side : NULL, place,
                  (struct sio__call){.server_side = cb, .user = user});
}

sio_err sio_ns_describe_data(sio_ns *ns, sio_describe_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_DESCRIBE, (struct sio__call){.describe = cb, .user = user});
}

sio_err sio_ns_on_room_change(sio_ns *ns, sio_room_cb cb, void *user)
{
    return add_kind(ns, SIO__EAR_ROOM, (struct sio__call){.room = cb, .user = user});
}

size_t sio_ns_socket_count(const sio_ns *ns)
{
    return atomic_load_explicit(&ns->socket_count, memory_order_relaxed);
}

/* --- life ---------------------------------------------------------------------------------- */

static bool init_adapter(sio_server *server)
{
    if (!server->config.connection_state_recovery.enabled) {
        server->adapter = sio__adapter_workers_new(server);
        return server->adapter != NULL;
    }
    server->adapter = sio__ordered_new(server);
    if (server->adapter != NULL)
        server->recovery = sio__recovery_new(server, server->adapter);
    return server->recovery != NULL;
}

sio_err sio__io_init(sio_server *server)
{
    if (init_adapter(server) && (server->registry = sio__registry_new(server)) != NULL)
        return SIO_OK;
    sio__io_fini(server);
    return SIO_ENOMEM;
}

void sio__io_fini(sio_server *server)
{
    sio__registry_free(server->registry);
    server->registry = NULL;
    sio__recovery_free(server->recovery);
    server->recovery = NULL;
    if (server->adapter != NULL)
        server->adapter->ops->close(server->adapter);
    server->adapter = NULL;
}
