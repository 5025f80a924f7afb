#include "server/io/emit.h"

#include "protocol/json_pack.h"
#include "protocol/json_renumber.h"
#include "protocol/sio_offset.h"
#include "server/io/ack.h"
#include "server/io/event.h"
#include "server/io/outgoing.h"
#include "server/io/recovery.h"
#include "server/io/survey.h"
#include "server/io/target.h"
#include "server/io/tour.h"

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

/* --- one socket ---------------------------------------------------------------------------- */

static sio_err send_event(sio_socket *socket, struct sio__frame *packet, bool is_volatile)
{
    struct sio__client *client = socket->client;

    sio__tours_catch_up(client);
    if (socket->space->is_heard && !sio__outgoing_note(socket, packet))
        return SIO_ENOMEM;
    if (!is_volatile || sio__session_is_writable(client->session))
        return sio__client_send(client, packet);
    SIO__COUNT(&client->spaces->worker->stats, packets_dropped);
    return SIO_OK;
}

/* flags: SIO__TARGET_VOLATILE and SIO__TARGET_NO_COMPRESS count. */
static sio_err emit_to(sio_socket *socket, unsigned flags, const char *event,
                       const struct sio__content *content)
{
    bool is_volatile = (flags & SIO__TARGET_VOLATILE) != 0;
    struct sio__frame *packet;
    sio_err err;

    if (!sio__client_is_open(socket->client))
        return SIO_ECLOSED;
    if ((err = sio__emit_event(socket->space->ns, event, (flags & SIO__TARGET_NO_COMPRESS) != 0,
                               content, &packet)) != SIO_OK)
        return err;
    err = socket->space->ns->server->recovery == NULL ||
                  sio__record_own_event(socket, packet, is_volatile)
              ? send_event(socket, packet, is_volatile)
              : SIO_ENOMEM;
    sio__frame_rele(packet);
    return err;
}

/* --- targets ------------------------------------------------------------------------------- */

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

    if (target->flags & SIO__TARGET_INVALID)
        return SIO_EINVAL;
    if (!sio__server_is_served(target->ns->server))
        return SIO_ECLOSED;
    return sio__target_each_child(target, emit_to_child, &to);
}

static sio_err emit(const sio_target *target, const char *event, const struct sio__content *content)
{
    struct sio__frame *packet;
    sio_err err;

    if (target->ns->as_parent != NULL)
        return emit_to_children(target, event, content);
    if (sio__target_is_self(target))
        return emit_to(target->sender, target->flags, event, content);
    if ((err = sio__emit_event(target->ns, event, (target->flags & SIO__TARGET_NO_COMPRESS) != 0,
                               content, &packet)) != SIO_OK)
        return err;
    err = sio__target_apply(target, (struct sio__op_spec){.kind = SIO__OP_EMIT, .packet = packet});
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
                                 .no_compress = (target->flags & SIO__TARGET_NO_COMPRESS) != 0,
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
                                 .no_compress = (flags & SIO__TARGET_NO_COMPRESS) != 0,
                                 .name = sio__slice_of(event),
                                 .has_ack = true,
                                 .ack_id = pending->id};
    struct sio__frame *packet;
    sio_err err;

    if ((err = sio__emit_encode(socket->space->ns, &head, content, &packet)) != SIO_OK)
        return err;
    err = send_event(socket, packet, (flags & SIO__TARGET_VOLATILE) != 0);
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

    if (!sio__target_is_self(&target))
        return SIO_EINVAL;
    va_start(values, format);
    err = emit_awaited(target.sender, target.flags, event, timeout_ms, cb, user,
                       &(struct sio__content){.format = format, .values = &values});
    va_end(values);
    return err;
}
