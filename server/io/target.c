#include "server/io/target.h"

#include "protocol/mem.h"
#include "rooms/adapter.h"
#include "server/io/socket.h"

/* --- targets ------------------------------------------------------------------------------- */

sio_target sio_all(sio_ns *ns)
{
    return (sio_target){.ns = ns};
}

sio_target sio_broadcast(sio_socket *socket)
{
    return (sio_target){.ns = socket->space->ns, .sender = socket};
}

sio_target sio_self(sio_socket *socket)
{
    return (sio_target){.ns = socket->space->ns, .sender = socket, .flags = SIO__TARGET_SELF};
}

sio_target sio_to_n(sio_target target, const char *room, size_t len)
{
    if (target.room_count == SIO_TARGET_ROOMS)
        target.flags |= SIO__TARGET_INVALID;
    else
        target.rooms[target.room_count++] = (sio_str){room, len};
    return target;
}

sio_target sio_to(sio_target target, const char *room)
{
    return sio_to_n(target, room, strlen(room));
}

sio_target sio_except_n(sio_target target, const char *room, size_t len)
{
    if (target.except_count == SIO_TARGET_ROOMS)
        target.flags |= SIO__TARGET_INVALID;
    else
        target.excepts[target.except_count++] = (sio_str){room, len};
    return target;
}

sio_target sio_except(sio_target target, const char *room)
{
    return sio_except_n(target, room, strlen(room));
}

static sio_target narrow(sio_target target, sio_target (*by)(sio_target, const char *, size_t),
                         const sio_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        target = by(target, names[i].ptr, names[i].len);
    return target;
}

sio_target sio_to_many(sio_target target, const sio_str *rooms, size_t count)
{
    if (target.more_room_count > 0)
        return narrow(target, sio_to_n, rooms, count);
    target.more_rooms = rooms;
    target.more_room_count = count;
    return target;
}

sio_target sio_except_many(sio_target target, const sio_str *rooms, size_t count)
{
    if (target.more_except_count > 0)
        return narrow(target, sio_except_n, rooms, count);
    target.more_excepts = rooms;
    target.more_except_count = count;
    return target;
}

sio_target sio_local(sio_target target)
{
    target.flags |= SIO__TARGET_LOCAL;
    return target;
}

sio_target sio_volatile(sio_target target)
{
    target.flags |= SIO__TARGET_VOLATILE;
    return target;
}

sio_target sio_compress(sio_target target, bool compress)
{
    if (compress)
        target.flags &= (uint8_t)~SIO__TARGET_NO_COMPRESS;
    else
        target.flags |= SIO__TARGET_NO_COMPRESS;
    return target;
}

bool sio__target_is_self(const sio_target *target)
{
    size_t rooms = target->room_count + target->except_count + target->more_room_count +
                   target->more_except_count;

    return (target->flags & SIO__TARGET_SELF) != 0 && rooms == 0;
}

/* --- ops ----------------------------------------------------------------------------------- */

bool sio__server_is_served(const sio_server *server)
{
    return server->is_running || sio__worker_here(server) != NULL;
}

/* The slices of an op, from what an application gives. */
struct names {
    struct sio__slice few[SIO_TARGET_ROOMS];
    struct sio__slice *all; /* few, or from the heap */
    size_t count;
};

static void add_names(struct names *names, const sio_str *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        names->all[names->count++] = sio__slice_make(from[i].ptr, from[i].len);
}

/* False: out of memory. */
static bool names_init(struct names *names, const sio_str *from, size_t count, const sio_str *more,
                       size_t more_count)
{
    names->all = names->few;
    names->count = 0;
    if (more_count > SIO_TARGET_ROOMS - count &&
        (names->all = sio__calloc(count + more_count, sizeof *names->all)) == NULL)
        return false;
    add_names(names, from, count);
    add_names(names, more, more_count);
    return true;
}

static void names_fini(struct names *names)
{
    if (names->all != names->few)
        sio__free(names->all);
}

static sio_err apply_spec(sio_server *server, const struct sio__op_spec *spec)
{
    struct sio__op *op = sio__op_new(spec);
    bool is_applied;

    if (op == NULL)
        return SIO_ENOMEM;
    is_applied = server->adapter->ops->apply(server->adapter, op);
    sio__op_rele(op);
    return is_applied ? SIO_OK : SIO_ENOMEM;
}

sio_err sio__target_each_child(const sio_target *target, sio__target_fn *each, void *arg)
{
    struct sio_ns **children;
    sio_target child = *target;
    sio_err err = SIO_OK;
    size_t count;

    if (!sio__registry_children(target->ns->server->registry, target->ns->as_parent, &children,
                                &count))
        return SIO_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        child.ns = children[i];
        if (err == SIO_OK)
            err = each(&child, arg);
        sio_ns_rele(children[i]);
    }
    sio__free(children);
    return err;
}

static sio_err apply_to_child(const sio_target *target, void *spec)
{
    return sio__target_apply(target, *(struct sio__op_spec *)spec);
}

sio_err sio__target_apply(const sio_target *target, struct sio__op_spec spec)
{
    struct names rooms, excepts;
    sio_err err = SIO_ENOMEM;

    if (target->flags & (SIO__TARGET_INVALID | SIO__TARGET_SELF))
        return SIO_EINVAL;
    if (target->ns->as_parent != NULL)
        return spec.asker != NULL || spec.kind == SIO__OP_SERVER_EMIT
                   ? SIO_EUNSUPPORTED
                   : sio__target_each_child(target, apply_to_child, &spec);
    if (!sio__server_is_served(target->ns->server))
        return SIO_ECLOSED;
    if (!names_init(&rooms, target->rooms, target->room_count, target->more_rooms,
                    target->more_room_count))
        return SIO_ENOMEM;
    if (!names_init(&excepts, target->excepts, target->except_count, target->more_excepts,
                    target->more_except_count))
        goto fini_rooms;
    spec.is_local = (target->flags & SIO__TARGET_LOCAL) != 0;
    spec.is_volatile = (target->flags & SIO__TARGET_VOLATILE) != 0;
    spec.has_offset = spec.kind == SIO__OP_EMIT && target->ns->server->recovery != NULL;
    spec.nsp = sio__ns_name(target->ns);
    spec.target = (struct sio__target){rooms.all, rooms.count, excepts.all, excepts.count};
    if (target->sender != NULL)
        spec.target.sender = target->sender->id;
    err = apply_spec(target->ns->server, &spec);
    names_fini(&excepts);
fini_rooms:
    names_fini(&rooms);
    return err;
}

/* --- acting on many ------------------------------------------------------------------------ */

static sio_err change_rooms(const sio_target *target, enum sio__op_kind kind, const sio_str *rooms,
                            size_t count)
{
    struct names names;
    sio_err err;

    if (!names_init(&names, NULL, 0, rooms, count))
        return SIO_ENOMEM;
    err = sio__target_apply(
        target, (struct sio__op_spec){.kind = kind, .names = names.all, .name_count = names.count});
    names_fini(&names);
    return err;
}

sio_err sio_sockets_join(sio_target target, const char *room)
{
    return change_rooms(&target, SIO__OP_JOIN, &(sio_str){room, strlen(room)}, 1);
}

sio_err sio_sockets_leave(sio_target target, const char *room)
{
    return change_rooms(&target, SIO__OP_LEAVE, &(sio_str){room, strlen(room)}, 1);
}

sio_err sio_sockets_join_many(sio_target target, const sio_str *rooms, size_t count)
{
    return change_rooms(&target, SIO__OP_JOIN, rooms, count);
}

sio_err sio_sockets_leave_many(sio_target target, const sio_str *rooms, size_t count)
{
    return change_rooms(&target, SIO__OP_LEAVE, rooms, count);
}

sio_err sio_disconnect_sockets(sio_target target, bool close)
{
    return sio__target_apply(&target,
                             (struct sio__op_spec){.kind = SIO__OP_DISCONNECT, .close = close});
}
