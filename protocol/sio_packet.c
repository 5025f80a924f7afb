#include "protocol/sio_packet.h"

#include "protocol/json_placeholder.h"
#include "protocol/mem.h"

void sio__packet_init(struct sio__packet *p)
{
    p->type = SIO__CONNECT;
    p->has_ack = false;
    p->has_name = false;
    p->has_placeholder = false;
    p->name_is_number = false;
    p->text_type = SIO__JSON_NULL;
    p->ack_id = 0;
    p->nsp = SIO__SLICE("/");
    p->name = (struct sio__slice){NULL, 0};
    p->text = (struct sio__slice){NULL, 0};
    sio__spans_init(&p->spans);
    p->attachments = NULL;
    p->attachment_count = 0;
    p->text_mem = NULL;
    p->name_mem = NULL;
    p->attachments_owned = 0;
}

void sio__packet_fini(struct sio__packet *p)
{
    sio__spans_fini(&p->spans);
    for (uint32_t i = 0; i < p->attachments_owned; i++)
        sio__free((char *)p->attachments[i].ptr);
    sio__free(p->attachments);
    sio__free(p->text_mem);
    sio__free(p->name_mem);
    sio__packet_init(p);
}

static bool own_attachments(struct sio__packet *p)
{
    for (; p->attachments_owned < p->attachment_count; p->attachments_owned++) {
        struct sio__slice *bytes = &p->attachments[p->attachments_owned];
        char *copy = sio__strndup(bytes->ptr, bytes->len);

        if (copy == NULL)
            return false;
        bytes->ptr = copy;
    }
    return true;
}

/* Namespace and payload in one block. */
static bool own_text(struct sio__packet *p)
{
    char *mem;

    if (p->text_mem != NULL)
        return true;
    if ((mem = sio__malloc(p->nsp.len + p->text.len)) == NULL)
        return false;
    memcpy(mem, p->nsp.ptr, p->nsp.len);
    p->nsp.ptr = mem;
    if (p->text.len > 0)
        memcpy(mem + p->nsp.len, p->text.ptr, p->text.len);
    if (p->has_name && p->name_mem == NULL)
        p->name.ptr = mem + p->nsp.len + (p->name.ptr - p->text.ptr);
    p->text.ptr = mem + p->nsp.len;
    p->text_mem = mem;
    return true;
}

bool sio__packet_own(struct sio__packet *p)
{
    return own_attachments(p) && own_text(p);
}

struct sio__slice sio__packet_args_text(const struct sio__packet *p)
{
    uint32_t count = sio__packet_arg_count(p);
    const struct sio__span *first, *last;

    if (count == 0)
        return (struct sio__slice){NULL, 0};
    first = sio__packet_arg(p, 0);
    last = sio__packet_arg(p, count - 1);
    return (struct sio__slice){p->text.ptr + first->off, last->off + last->len - first->off};
}

bool sio__packet_arg_binary(const struct sio__packet *p, uint32_t i, struct sio__slice *bytes)
{
    int32_t index;

    if (p->attachment_count == 0 || sio__packet_arg(p, i)->type != SIO__JSON_OBJECT)
        return false;
    index = sio__placeholder_index(sio__packet_arg_text(p, i), p->attachment_count);
    if (index < 0)
        return false;
    *bytes = p->attachments[index];
    return true;
}

struct sio__slice sio__nsp_split_query(struct sio__slice *nsp)
{
    const char *mark = nsp->len > 0 ? memchr(nsp->ptr, '?', nsp->len) : NULL;
    struct sio__slice query = {NULL, 0};

    if (mark != NULL) {
        query = sio__slice_from(*nsp, (size_t)(mark - nsp->ptr) + 1);
        nsp->len = (size_t)(mark - nsp->ptr);
    }
    return query;
}

bool sio__event_is_reserved(struct sio__slice name)
{
    switch (name.len) {
    case 7:
        return sio__slice_is(name, "connect");
    case 10:
        return sio__slice_is(name, "disconnect");
    case 11:
        return sio__slice_is(name, "newListener");
    case 13:
        return sio__slice_is(name, "connect_error") || sio__slice_is(name, "disconnecting");
    case 14:
        return sio__slice_is(name, "removeListener");
    default:
        return false;
    }
}
