#include "protocol/sio_packet.h"

#include "protocol/json_number.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_string.h"
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

/* --- payload ------------------------------------------------------------------------------- */

static bool name_from_number(struct sio__packet *out, struct sio__slice text)
{
    double number;

    if (!sio__number_parse(text.ptr, text.len, &number) ||
        (out->name_mem = sio__malloc(SIO__NUMBER_TEXT_BYTES)) == NULL)
        return false;
    out->name_is_number = true;
    out->name = (struct sio__slice){out->name_mem, sio__number_print(number, out->name_mem)};
    return true;
}

static bool name_from_string(struct sio__packet *out, struct sio__slice inside, bool has_escapes)
{
    out->name = inside;
    if (!has_escapes)
        return true;
    if ((out->name_mem = sio__malloc(inside.len)) == NULL)
        return false;
    out->name.ptr = out->name_mem;
    out->name.len = sio__json_unescape(inside.ptr, inside.len, out->name_mem);
    return true;
}

/* The first element of an event's array must be a name. */
static enum sio__json_verdict take_name(struct sio__packet *out)
{
    const struct sio__span *first = sio__spans_at(&out->spans, 0);
    struct sio__slice text;

    if (out->spans.count == 0)
        return SIO__JSON_BAD;
    out->has_name = true;
    text = (struct sio__slice){out->text.ptr + first->off, first->len};
    if (first->type == SIO__JSON_NUMBER)
        return name_from_number(out, text) ? SIO__JSON_OK : SIO__JSON_NOMEM;
    if (first->type != SIO__JSON_STRING)
        return SIO__JSON_BAD;
    text = (struct sio__slice){text.ptr + 1, text.len - 2};
    if (!name_from_string(out, text, first->has_escapes))
        return SIO__JSON_NOMEM;
    return sio__event_is_reserved(out->name) ? SIO__JSON_BAD : SIO__JSON_OK;
}

static bool type_fits(enum sio__packet_type type, uint8_t json)
{
    switch (type) {
    case SIO__CONNECT:
        return json == SIO__JSON_OBJECT;
    case SIO__CONNECT_ERROR:
        return json == SIO__JSON_OBJECT || json == SIO__JSON_STRING;
    case SIO__DISCONNECT:
        return false;
    default:
        return json == SIO__JSON_ARRAY;
    }
}

enum sio__json_verdict sio__packet_set_payload(struct sio__packet *p, struct sio__slice text)
{
    bool is_array = p->type == SIO__EVENT || p->type == SIO__ACK;
    struct sio__json json = {.spans = is_array ? &p->spans : NULL};
    enum sio__json_verdict verdict = sio__json_scan(text.ptr, text.len, &json);

    if (verdict != SIO__JSON_OK)
        return verdict;
    if (!type_fits(p->type, json.type))
        return SIO__JSON_BAD;
    p->text = text;
    p->text_type = json.type;
    p->has_placeholder = json.has_placeholder;
    return p->type == SIO__EVENT ? take_name(p) : SIO__JSON_OK;
}

bool sio__packet_attach(struct sio__packet *p, struct sio__slice bytes)
{
    uint32_t n = p->attachment_count;

    if ((n & (n - 1)) == 0) {
        size_t cap = n == 0 ? 1 : 2 * (size_t)n;
        struct sio__slice *more = sio__realloc(p->attachments, cap * sizeof *more);

        if (more == NULL)
            return false;
        p->attachments = more;
    }
    p->attachments[p->attachment_count++] = bytes;
    return true;
}

/* --- arguments ----------------------------------------------------------------------------- */

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
