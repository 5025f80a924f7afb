#include "server/io/cargo_args.h"

#include "protocol/json_pack.h"
#include "protocol/json_renumber.h"

bool sio__cargo_args_init(struct sio__cargo_args *args, struct sio__cargo *cargo)
{
    struct sio__packet *packet = &args->packet;
    struct sio__json json = {.spans = &packet->spans};

    sio__packet_init(packet);
    packet->type = SIO__ACK;
    packet->text = cargo->text;
    packet->attachments = cargo->attachments;
    packet->attachment_count = cargo->attachment_count;
    if (sio__json_scan(cargo->text.ptr, cargo->text.len, &json) != SIO__JSON_OK) {
        sio__spans_fini(&packet->spans);
        return false;
    }
    packet->has_placeholder = json.has_placeholder;
    packet->text_type = json.type;
    args->cargo = sio__cargo_hold(cargo);
    sio__args_init(&args->args, packet);
    return true;
}

/* The packet owns nothing but its spans. */
void sio__cargo_args_fini(struct sio__cargo_args *args)
{
    sio__args_fini(&args->args);
    sio__spans_fini(&args->packet.spans);
    sio__cargo_rele(args->cargo);
}

struct sio__cargo *sio__cargo_of(struct sio__slice values, const struct sio__packet *packet)
{
    struct sio__renumbered args;
    struct sio__cargo *cargo = NULL;

    if (sio__renumber(values, packet->attachments, packet->attachment_count, &args))
        cargo = sio__cargo_new(args.text, args.attachments, args.count);
    sio__renumbered_fini(&args);
    return cargo;
}

static sio_err pack_args(const struct sio__packet *packet, struct sio__cargo **out)
{
    *out = sio__cargo_of(sio__packet_args_text(packet), packet);
    return *out != NULL ? SIO_OK : SIO_ENOMEM;
}

sio_err sio__cargo_pack(const struct sio__content *content, struct sio__cargo **out)
{
    struct sio__packing packing;
    sio_err err;

    if (content->args != NULL)
        return pack_args(content->args->packet, out);
    sio__packing_init(&packing);
    if ((err = sio__json_pack(&packing, content->format, content->values)) == SIO_OK &&
        (*out = sio__cargo_new(sio__buf_view(&packing.json), packing.attachments,
                               packing.attachment_count)) == NULL)
        err = SIO_ENOMEM;
    sio__packing_fini(&packing);
    return err;
}
