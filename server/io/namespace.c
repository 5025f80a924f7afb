/* The definition of namespaces: sio_of() and sio_ns_*(). */
#include <string.h>

#include "server/io/adapter_workers.h"
#include "server/io/space.h"

/* bare: a name without its '/'. */
static struct sio_ns *find(const sio_server *server, struct sio__slice bare)
{
    struct sio_ns *ns = server->namespaces;

    while (ns != NULL && !sio__slice_eq(sio__slice_from(sio__ns_name(ns), 1), bare))
        ns = ns->next;
    return ns;
}

static struct sio_ns *add_ns(sio_server *server, struct sio__slice bare)
{
    struct sio_ns *ns = sio__calloc(1, sizeof *ns + 1 + bare.len + 1), **link = &server->namespaces;

    if (ns == NULL)
        return NULL;
    ns->server = server;
    ns->name_len = 1 + bare.len;
    ns->name[0] = '/';
    memcpy(ns->name + 1, bare.ptr, bare.len);
    while (*link != NULL)
        link = &(*link)->next;
    *link = ns;
    return ns;
}

sio_ns *sio_of(sio_server *server, const char *name)
{
    struct sio__slice bare = sio__slice_of(name[0] == '/' ? name + 1 : name);
    struct sio_ns *ns = find(server, bare);

    return ns != NULL || server->is_running ? ns : add_ns(server, bare);
}

const char *sio_ns_name(const sio_ns *ns)
{
    return ns->name;
}

sio_server *sio_ns_server(const sio_ns *ns)
{
    return ns->server;
}

/* --- handlers ------------------------------------------------------------------------------ */

/* What is wrong with adding handlers to this namespace. */
static sio_err check(const sio_ns *ns)
{
    if (ns == NULL)
        return SIO_ENOMEM;
    return ns->server->is_running ? SIO_EBUSY : SIO_OK;
}

static sio_err add(struct sio__handler **link, struct sio__handler handler)
{
    struct sio__handler *added;

    if ((added = sio__malloc(sizeof *added)) == NULL)
        return SIO_ENOMEM;
    *added = handler;
    while (*link != NULL)
        link = &(*link)->next;
    *link = added;
    return SIO_OK;
}

sio_err sio_ns_use(sio_ns *ns, sio_use_cb cb, void *user)
{
    sio_err err = check(ns);

    return err != SIO_OK ? err : add(&ns->uses, (struct sio__handler){.cb.use = cb, .user = user});
}

sio_err sio_ns_on_connection(sio_ns *ns, sio_connection_cb cb, void *user)
{
    sio_err err = check(ns);

    return err != SIO_OK
               ? err
               : add(&ns->connection, (struct sio__handler){.cb.connection = cb, .user = user});
}

sio_err sio_ns_on_other(sio_ns *ns, sio_event_cb cb, void *user)
{
    sio_err err = check(ns);

    return err != SIO_OK ? err
                         : add(&ns->other, (struct sio__handler){.cb.event = cb, .user = user});
}

sio_err sio_ns_on_disconnecting(sio_ns *ns, sio_disconnect_cb cb, void *user)
{
    sio_err err = check(ns);

    return err != SIO_OK
               ? err
               : add(&ns->disconnecting, (struct sio__handler){.cb.disconnect = cb, .user = user});
}

sio_err sio_ns_on_disconnect(sio_ns *ns, sio_disconnect_cb cb, void *user)
{
    sio_err err = check(ns);

    return err != SIO_OK
               ? err
               : add(&ns->disconnect, (struct sio__handler){.cb.disconnect = cb, .user = user});
}

static struct sio__event *find_event(const sio_ns *ns, struct sio__slice name)
{
    struct sio__event *event;

    HASH_FIND(hh, ns->events, name.ptr, name.len, event);
    return event;
}

static struct sio__event *add_event(sio_ns *ns, struct sio__slice name)
{
    struct sio__event *event = sio__calloc(1, sizeof *event + name.len + 1);

    if (event == NULL)
        return NULL;
    event->name_len = name.len;
    memcpy(event->name, name.ptr, name.len);
    HASH_ADD_KEYPTR(hh, ns->events, event->name, event->name_len, event);
    if (SIO__TABLE_ADDED(hh, event))
        return event;
    sio__free(event);
    return NULL;
}

sio_err sio_ns_on(sio_ns *ns, const char *name, sio_event_cb cb, void *user)
{
    sio_err err = check(ns);
    struct sio__event *event;

    if (err != SIO_OK)
        return err;
    event = find_event(ns, sio__slice_of(name));
    if (event == NULL && (event = add_event(ns, sio__slice_of(name))) == NULL)
        return SIO_ENOMEM;
    return add(&event->handlers, (struct sio__handler){.cb.event = cb, .user = user});
}

const struct sio__handler *sio__ns_handlers(const struct sio_ns *ns, struct sio__slice name)
{
    const struct sio__event *event = find_event(ns, name);

    return event != NULL ? event->handlers : NULL;
}

/* --- life ---------------------------------------------------------------------------------- */

static void free_handlers(struct sio__handler *handler)
{
    while (handler != NULL) {
        struct sio__handler *next = handler->next;

        sio__free(handler);
        handler = next;
    }
}

static void free_events(struct sio__event *events)
{
    struct sio__event *event, *next;

    HASH_ITER (hh, events, event, next) {
        HASH_DEL(events, event);
        free_handlers(event->handlers);
        sio__free(event);
    }
}

static void ns_free(struct sio_ns *ns)
{
    free_handlers(ns->uses);
    free_handlers(ns->connection);
    free_handlers(ns->other);
    free_handlers(ns->disconnecting);
    free_handlers(ns->disconnect);
    free_events(ns->events);
    sio__free(ns);
}

sio_err sio__io_init(sio_server *server)
{
    server->adapter = sio__adapter_workers_new(server);
    if (server->adapter != NULL && sio_of(server, "/") != NULL)
        return SIO_OK;
    sio__io_fini(server);
    return SIO_ENOMEM;
}

void sio__io_fini(sio_server *server)
{
    while (server->namespaces != NULL) {
        struct sio_ns *ns = server->namespaces;

        server->namespaces = ns->next;
        ns_free(ns);
    }
    if (server->adapter != NULL)
        server->adapter->ops->close(server->adapter);
    server->adapter = NULL;
}
