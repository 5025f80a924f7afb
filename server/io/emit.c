#include "server/io/emit.h"

#include "protocol/json_pack.h"
#include "protocol/json_renumber.h"
#include "protocol/mem.h"
#include "protocol/sio_offset.h"
#include "rooms/adapter.h"
#include "server/io/ack.h"
#include "server/io/event.h"
#include "server/io/outgoing.h"
#include "server/io/recovery.h"
#include "server/io/survey.h"

enum {
    TARGET_INVALID = 1,
    TARGET_LOCAL = 2,
    TARGET_VOLATILE = 4,
    TARGET_NO_COMPRESS = 8,
    TARGET_SELF = 16, /* the sender, and nobody else */
};

/* --- packets ------------------------------------------------------------------------------- */

static sio_err encode_args(struct sio__outgoing *out, const struct sio__packet *from,
                           struct sio__frame **packet)
{
    struct sio__renumbered args;
    sio_err err = SIO_ENOMEM;

    if (sio__renumber(sio__packet_args_text(from), from->attachments, from->attachment_count,
                      &args)) {
        out->args = args.text;
        out->attachments = args.attachments;
        out->attachment_count = args.count;
        err = sio__encode(out, packet);
    }
    sio__renumbered_fini(&args);
    return err;
}

static sio_err encode_format(struct sio__outgoing *out, const char *format, va_list *values,
                             struct sio__frame **packet)
{
    struct sio__packing packing;
    sio_err err;

    sio__packing_init(&packing);
    if ((err = sio__json_pack(&packing, format, values)) == SIO_OK) {
        out->args = sio__buf_view(&packing.json);
        out->attachments = packing.attachments;
        out->attachment_count = packing.attachment_count;
        err = sio__encode(out, packet);
    }
    sio__packing_fini(&packing);
    return err;
}

sio_err sio__emit_encode(const struct sio_ns *ns, const struct sio__outgoing *head,
                         const struct sio__content *content, struct sio__frame **packet)
{
    struct sio__outgoing out = *head;

    out.parser = sio__server_parser(ns->server);
    out.nsp = sio__ns_name(ns);
    return content->args != NULL ? encode_args(&out, content->args->packet, packet)
                                 : encode_format(&out, content->format, content->values, packet);
}

sio_err sio__emit_event(const struct sio_ns *ns, const char *event, bool no_compress,
                        const struct sio__content *content, struct sio__frame **packet)
{
    struct sio__outgoing head = {.type = SIO__EVENT, .no_compress = no_compress};

    if (event == NULL)
        return SIO_EINVAL;
    head.name = sio__slice_of(event);
    if (ns->server->recovery != NULL)
        head.offset = SIO__OFFSET_ROOM;
    return sio__emit_encode(ns, &head, content, packet);
}

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
    return (sio_target){.ns = socket->space->ns, .sender = socket, .flags = TARGET_SELF};
}

sio_target sio_to_n(sio_target target, const char *room, size_t len)
{
    if (target.room_count == SIO_TARGET_ROOMS)
        target.flags |= TARGET_INVALID;
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
        target.flags |= TARGET_INVALID;
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
    target.flags |= TARGET_LOCAL;
    return target;
}

sio_target sio_volatile(sio_target target)
{
    target.flags |= TARGET_VOLATILE;
    return target;
}

sio_target sio_compress(sio_target target, bool compress)
{
    if (compress)
        target.flags &= (uint8_t)~TARGET_NO_COMPRESS;
    else
        target.flags |= TARGET_NO_COMPRESS;
    return target;
}

/* --- one socket ---------------------------------------------------------------------------- */

static sio_err send_event(sio_socket *socket, struct sio__frame *packet, bool is_volatile)
{
    struct sio__client *client = socket->client;

    if (socket->space->is_heard && !sio__outgoing_note(socket, packet))
        return SIO_ENOMEM;
    if (!is_volatile || sio__session_is_writable(client->session))
        return sio__client_send(client, packet);
    SIO__COUNT(&client->spaces->worker->stats, packets_dropped);
    return SIO_OK;
}

/* flags: TARGET_VOLATILE and TARGET_NO_COMPRESS count. */
static sio_err emit_to(sio_socket *socket, unsigned flags, const char *event,
                       const struct sio__content *content)
{
    bool is_volatile = (flags & TARGET_VOLATILE) != 0;
    struct sio__frame *packet;
    sio_err err;

    if (!sio__client_is_open(socket->client))
        return SIO_ECLOSED;
    if ((err = sio__emit_event(socket->space->ns, event, (flags & TARGET_NO_COMPRESS) != 0, content,
                               &packet)) != SIO_OK)
        return err;
    err = socket->space->ns->server->recovery == NULL ||
                  sio__record_own_event(socket, packet, is_volatile)
              ? send_event(socket, packet, is_volatile)
              : SIO_ENOMEM;
    sio__frame_rele(packet);
    return err;
}

/* --- ops ----------------------------------------------------------------------------------- */

bool sio__emit_is_served(const sio_server *server)
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

/* A target is a parent: does the same with each child, until one fails. */
typedef sio_err child_fn(const sio_target *target, void *arg);

static sio_err each_child(const sio_target *target, child_fn *each, void *arg)
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
    return sio__emit_apply(target, *(struct sio__op_spec *)spec);
}

sio_err sio__emit_apply(const sio_target *target, struct sio__op_spec spec)
{
    struct names rooms, excepts;
    sio_err err = SIO_ENOMEM;

    if (target->flags & (TARGET_INVALID | TARGET_SELF))
        return SIO_EINVAL;
    if (target->ns->as_parent != NULL)
        return spec.asker != NULL || spec.kind == SIO__OP_SERVER_EMIT
                   ? SIO_EUNSUPPORTED
                   : each_child(target, apply_to_child, &spec);
    if (!sio__emit_is_served(target->ns->server))
        return SIO_ECLOSED;
    if (!names_init(&rooms, target->rooms, target->room_count, target->more_rooms,
                    target->more_room_count))
        return SIO_ENOMEM;
    if (!names_init(&excepts, target->excepts, target->except_count, target->more_excepts,
                    target->more_except_count))
        goto fini_rooms;
    spec.is_local = (target->flags & TARGET_LOCAL) != 0;
    spec.is_volatile = (target->flags & TARGET_VOLATILE) != 0;
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

/* A socket alone, and nothing that makes no sense for it. */
static bool is_self(const sio_target *target)
{
    size_t rooms = target->room_count + target->except_count + target->more_room_count +
                   target->more_except_count;

    return (target->flags & TARGET_SELF) != 0 && rooms == 0;
}

static sio_err emit(const sio_target *target, const char *event,
                    const struct sio__content *content);

/* What is emitted to a parent's children: each gets a packet with its own name. */
struct to_children {
    const char *event;
    const struct sio__content *content;
};

static sio_err emit_to_child(const sio_target *target, void *arg)
{
    const struct to_children *to = arg;
    struct sio__content content = *to->content;
    va_list values;
    sio_err err;

    if (content.args != NULL)
        return emit(target, to->event, &content);
    va_copy(values, *to->content->values);
    content.values = &values;
    err = emit(target, to->event, &content);
    va_end(values);
    return err;
}

/* The values are not used up. */
static sio_err emit_to_children(const sio_target *target, const char *event,
                                const struct sio__content *content)
{
    struct to_children to = {event, content};

    if (target->flags & TARGET_INVALID)
        return SIO_EINVAL;
    if (!sio__emit_is_served(target->ns->server))
        return SIO_ECLOSED;
    return each_child(target, emit_to_child, &to);
}

static sio_err emit(const sio_target *target, const char *event, const struct sio__content *content)
{
    struct sio__frame *packet;
    sio_err err;

    if (target->ns->as_parent != NULL)
        return emit_to_children(target, event, content);
    if (is_self(target))
        return emit_to(target->sender, target->flags, event, content);
    if ((err = sio__emit_event(target->ns, event, (target->flags & TARGET_NO_COMPRESS) != 0,
                               content, &packet)) != SIO_OK)
        return err;
    err = sio__emit_apply(target, (struct sio__op_spec){.kind = SIO__OP_EMIT, .packet = packet});
    sio__frame_rele(packet);
    return err;
}

sio_err sio_emit(sio_target target, const char *event, const char *format, ...)
{
    va_list values;
    sio_err err;

    va_start(values, format);
    err = emit(&target, event, &(struct sio__content){.format = format, .values = &values});
    va_end(values);
    return err;
}

sio_err sio_emit_args(sio_target target, const char *event, const sio_args *args)
{
    return emit(&target, event, &(struct sio__content){.args = args});
}

/* --- an event with acks to many ------------------------------------------------------------ */

/* The survey is taken over in any case. */
static sio_err ask_all(const sio_target *target, struct sio__survey *survey, const char *event,
                       const struct sio__content *content)
{
    struct sio__op_spec spec = {.kind = SIO__OP_EMIT_ACK, .ack_id = sio__survey_ack_id(survey)};
    struct sio__outgoing head = {.type = SIO__EVENT,
                                 .no_compress = (target->flags & TARGET_NO_COMPRESS) != 0,
                                 .name = sio__slice_of(event),
                                 .has_ack = true,
                                 .ack_id = spec.ack_id};
    sio_err err;

    if ((err = sio__emit_encode(target->ns, &head, content, &spec.packet)) != SIO_OK) {
        sio__survey_drop(survey);
        return err;
    }
    err = sio__survey_ask(survey, target, spec);
    sio__frame_rele(spec.packet);
    return err;
}

sio_err sio_emit_ack(sio_target target, const char *event, uint32_t timeout_ms, sio_answers_cb cb,
                     void *user, const char *format, ...)
{
    struct sio__survey_spec spec = {
        .kind = SIO__SURVEY_ANSWERS, .timeout_ms = timeout_ms, .cb.answers = cb, .user = user};
    struct sio__survey *survey;
    va_list values;
    sio_err err;

    if (event == NULL)
        return SIO_EINVAL;
    if ((err = sio__survey_new(&survey, target.ns->server, &spec)) != SIO_OK)
        return err;
    va_start(values, format);
    err = ask_all(&target, survey, event,
                  &(struct sio__content){.format = format, .values = &values});
    va_end(values);
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
    err = sio__emit_apply(
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
    return sio__emit_apply(&target,
                           (struct sio__op_spec){.kind = SIO__OP_DISCONNECT, .close = close});
}

/* --- one socket, directly ------------------------------------------------------------------ */

sio_err sio_socket_emit(sio_socket *socket, const char *event, const char *format, ...)
{
    va_list values;
    sio_err err;

    va_start(values, format);
    err = emit_to(socket, 0, event, &(struct sio__content){.format = format, .values = &values});
    va_end(values);
    return err;
}

sio_err sio_socket_emit_args(sio_socket *socket, const char *event, const sio_args *args)
{
    return emit_to(socket, 0, event, &(struct sio__content){.args = args});
}

static sio_err send_awaited(sio_socket *socket, unsigned flags, const struct sio__pending *pending,
                            const char *event, const struct sio__content *content)
{
    struct sio__outgoing head = {.type = SIO__EVENT,
                                 .no_compress = (flags & TARGET_NO_COMPRESS) != 0,
                                 .name = sio__slice_of(event),
                                 .has_ack = true,
                                 .ack_id = pending->id};
    struct sio__frame *packet;
    sio_err err;

    if ((err = sio__emit_encode(socket->space->ns, &head, content, &packet)) != SIO_OK)
        return err;
    err = send_event(socket, packet, (flags & TARGET_VOLATILE) != 0);
    sio__frame_rele(packet);
    return err;
}

static sio_err emit_awaited(sio_socket *socket, unsigned flags, const char *event,
                            uint32_t timeout_ms, sio_answer_cb cb, void *user,
                            const struct sio__content *content)
{
    struct sio__worker *worker = socket->space->spaces->worker;
    struct sio__pending *pending;
    sio_err err;

    if (event == NULL || cb == NULL)
        return SIO_EINVAL;
    if (socket->state == SIO__LEFT || !sio__client_is_open(socket->client))
        return SIO_ECLOSED;
    if (socket->pending_count >= worker->server->config.max_pending_acks) {
        SIO__COUNT(&worker->stats, acks_refused);
        return SIO_ELIMIT;
    }
    if ((pending = sio__pending_new(socket, timeout_ms, cb, user)) == NULL)
        return SIO_ENOMEM;
    if ((err = send_awaited(socket, flags, pending, event, content)) != SIO_OK)
        sio__pending_free(pending);
    return err;
}

sio_err sio_socket_emit_ack(sio_socket *socket, const char *event, uint32_t timeout_ms,
                            sio_answer_cb cb, void *user, const char *format, ...)
{
    va_list values;
    sio_err err;

    va_start(values, format);
    err = emit_awaited(socket, 0, event, timeout_ms, cb, user,
                       &(struct sio__content){.format = format, .values = &values});
    va_end(values);
    return err;
}

sio_err sio_self_emit_ack(sio_target target, const char *event, uint32_t timeout_ms,
                          sio_answer_cb cb, void *user, const char *format, ...)
{
    va_list values;
    sio_err err;

    if (!is_self(&target))
        return SIO_EINVAL;
    va_start(values, format);
    err = emit_awaited(target.sender, target.flags, event, timeout_ms, cb, user,
                       &(struct sio__content){.format = format, .values = &values});
    va_end(values);
    return err;
}
