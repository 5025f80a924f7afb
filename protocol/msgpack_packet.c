#include "protocol/msgpack_packet.h"

#include <math.h>

#include "protocol/mem.h"
#include "protocol/msgpack_json.h"
#include "protocol/utf8.h"

/* --- decoding ------------------------------------------------------------------------------ */

enum field { TYPE, NSP, DATA, ID, FIELDS };

static const struct sio__slice field_names[FIELDS] = {
    SIO__SLICE_INIT("type"), SIO__SLICE_INIT("nsp"), SIO__SLICE_INIT("data"),
    SIO__SLICE_INIT("id")};

/* A field's value, and where it begins; `undefined` if the map has no such key. */
struct found {
    struct sio__msgpack_value value;
    struct sio__msgpack_reader at;
};

struct message {
    size_t bytes;
    struct found fields[FIELDS];
    const char *error;
};

static bool is_bad(struct message *m, const char *error)
{
    m->error = error;
    return false;
}

/* Of equal keys the last one counts; unknown ones are passed over. */
static bool take_field(struct message *m, struct sio__msgpack_reader *r)
{
    struct sio__msgpack_reader at = *r;
    struct sio__msgpack_value key = sio__msgpack_next(&at);
    struct found found;

    if (!sio__msgpack_is_key(key.kind) || !sio__msgpack_skip(r))
        return false;
    found.at = at = *r;
    found.value = sio__msgpack_next(&at);
    for (int i = 0; i < FIELDS; i++)
        if (key.kind == SIO__MSGPACK_STR && sio__slice_eq(key.of.bytes, field_names[i]))
            m->fields[i] = found;
    return sio__msgpack_skip(r);
}

static bool take_map(struct message *m, struct sio__msgpack_reader *r)
{
    struct sio__msgpack_value map = sio__msgpack_next(r);

    for (int i = 0; i < FIELDS; i++)
        m->fields[i].value.kind = SIO__MSGPACK_UNDEFINED;
    if (map.kind != SIO__MSGPACK_MAP)
        return is_bad(m, "no msgpack map");
    for (uint32_t i = 0; i < map.of.count; i++)
        if (!take_field(m, r))
            return is_bad(m, "illegal msgpack");
    return r->p == r->end || is_bad(m, "trailing bytes");
}

static bool take_type(struct message *m, struct sio__packet *out)
{
    double type = sio__msgpack_number(&m->fields[TYPE].value);

    if (!(type >= SIO__CONNECT && type <= SIO__CONNECT_ERROR) || type != floor(type))
        return is_bad(m, "invalid packet type");
    out->type = (enum sio__packet_type)type;
    return true;
}

static bool is_data_valid(const struct message *m, enum sio__packet_type type)
{
    enum sio__msgpack_kind kind = m->fields[DATA].value.kind;

    switch (type) {
    case SIO__CONNECT:
        return kind == SIO__MSGPACK_UNDEFINED || kind == SIO__MSGPACK_MAP;
    case SIO__DISCONNECT:
        return kind == SIO__MSGPACK_UNDEFINED;
    case SIO__CONNECT_ERROR:
        return kind == SIO__MSGPACK_STR || kind == SIO__MSGPACK_MAP;
    default: /* an unknown extension is an array of its type and its bytes */
        return kind == SIO__MSGPACK_ARRAY || kind == SIO__MSGPACK_EXT;
    }
}

/* What is no natural number up to SIO__ACK_ID_EXACT is kept as the bits of its double. */
static uint64_t ack_id_of(double number)
{
    uint64_t bits;

    if (number >= 0 && number <= (double)SIO__ACK_ID_EXACT)
        return (uint64_t)number;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static bool take_id(struct message *m, struct sio__packet *out)
{
    double id = sio__msgpack_number(&m->fields[ID].value);

    if (m->fields[ID].value.kind == SIO__MSGPACK_UNDEFINED)
        return true;
    out->has_ack = true;
    out->ack_id = ack_id_of(id);
    return (!isinf(id) && id == floor(id)) || is_bad(m, "invalid packet id");
}

static bool take_fields(struct message *m, struct sio__packet *out)
{
    const struct sio__msgpack_value *nsp = &m->fields[NSP].value;

    if (!take_type(m, out))
        return false;
    if (nsp->kind != SIO__MSGPACK_STR || nsp->of.bytes.len == 0)
        return is_bad(m, "invalid namespace");
    return (is_data_valid(m, out->type) || is_bad(m, "invalid payload")) && take_id(m, out);
}

static void append_text(struct sio__buf *out, struct sio__slice text)
{
    if (sio__utf8_valid(text.ptr, text.len))
        sio__buf_slice(out, text);
    else
        sio__utf8_repair(out, text.ptr, text.len);
}

/* Namespace and payload in one block, which is the packet's. */
static enum sio__json_verdict take_texts(struct message *m, struct sio__packet *out)
{
    /* An auth has no attachments. */
    struct sio__packet *attached = out->type == SIO__CONNECT ? NULL : out;
    enum sio__json_verdict verdict = SIO__JSON_OK;
    struct sio__buf texts = SIO__BUF_INIT;
    size_t nsp_len, len = 0;

    sio__buf_reserve(&texts, m->bytes); /* text is seldom longer */
    append_text(&texts, m->fields[NSP].value.of.bytes);
    nsp_len = texts.len;
    if (m->fields[DATA].value.kind != SIO__MSGPACK_UNDEFINED)
        verdict = sio__msgpack_to_json(&m->fields[DATA].at, &texts, attached);
    out->text_mem = sio__buf_take(&texts, &len);
    if (verdict != SIO__JSON_OK)
        return verdict;
    if (out->text_mem == NULL)
        return SIO__JSON_NOMEM;
    out->nsp = sio__slice_make(out->text_mem, nsp_len);
    if (len == nsp_len)
        return SIO__JSON_OK;
    return sio__packet_set_payload(out, sio__slice_make(out->text_mem + nsp_len, len - nsp_len));
}

static enum sio__decode decode(struct message *m, struct sio__msgpack_reader r,
                               struct sio__packet *out)
{
    if (!take_map(m, &r) || !take_fields(m, out))
        return SIO__DECODE_BAD;
    switch (take_texts(m, out)) {
    case SIO__JSON_OK:
        return SIO__DECODE_PACKET;
    case SIO__JSON_NOMEM:
        return SIO__DECODE_NOMEM;
    default:
        is_bad(m, "invalid payload");
        return SIO__DECODE_BAD;
    }
}

enum sio__decode sio__msgpack_decode(const void *bytes, size_t len, struct sio__packet *out,
                                     const char **error)
{
    struct message m = {.bytes = len};
    enum sio__decode result;

    sio__packet_init(out);
    result = decode(&m, sio__msgpack_reader_of(bytes, len), out);
    if (result == SIO__DECODE_BAD)
        *error = m.error;
    if (result != SIO__DECODE_PACKET)
        sio__packet_fini(out);
    return result;
}

/* --- encoding ------------------------------------------------------------------------------ */

static bool has_array(const struct sio__outgoing *p)
{
    return p->type == SIO__EVENT || p->type == SIO__ACK;
}

static void put_ack_id(struct sio__msgpack_sink *sink, uint64_t id)
{
    double number;

    if (id <= SIO__ACK_ID_EXACT) {
        sio__msgpack_put_natural(sink, id);
        return;
    }
    memcpy(&number, &id, sizeof number);
    sio__msgpack_put_real(sink, number);
}

/* False: out of memory. */
static bool put_array(struct sio__msgpack_sink *sink, const struct sio__outgoing *p,
                      const struct sio__json_values *values)
{
    bool has_name = p->type == SIO__EVENT, has_offset = has_name && p->offset.len > 0, is_fine;

    sio__msgpack_put_array(sink, values->count + has_name + has_offset);
    if (has_name)
        sio__msgpack_put_str(sink, p->name);
    is_fine = sio__json_values_put(values, sink);
    if (has_offset)
        sio__msgpack_put_str(sink, p->offset);
    return is_fine;
}

/* The data come last, so that an offset is the end of the packet: sio__stamp().  False: out of
 * memory. */
static bool put_packet(struct sio__msgpack_sink *sink, const struct sio__outgoing *p,
                       const struct sio__json_values *values)
{
    bool has_data = has_array(p) || values->count > 0;

    sio__msgpack_put_map(sink, 2u + p->has_ack + has_data);
    sio__msgpack_put_str(sink, field_names[TYPE]);
    sio__msgpack_put_natural(sink, p->type);
    sio__msgpack_put_str(sink, field_names[NSP]);
    sio__msgpack_put_str(sink, p->nsp.len > 0 ? p->nsp : SIO__SLICE("/"));
    if (p->has_ack) {
        sio__msgpack_put_str(sink, field_names[ID]);
        put_ack_id(sink, p->ack_id);
    }
    if (!has_data)
        return true;
    sio__msgpack_put_str(sink, field_names[DATA]);
    return has_array(p) ? put_array(sink, p, values) : sio__json_values_put(values, sink);
}

static struct sio__frame *make_frame(const struct sio__outgoing *p,
                                     const struct sio__json_values *values)
{
    struct sio__msgpack_sink sink = {NULL, 0};
    struct sio__frame *frame;
    bool is_fine;

    if (!put_packet(&sink, p, values) || (frame = sio__frame_new(true, sink.len)) == NULL)
        return NULL;
    frame->is_volatile = p->is_volatile;
    frame->no_compress = p->no_compress;
    sink = (struct sio__msgpack_sink){sio__frame_data(frame), 0};
    is_fine = put_packet(&sink, p, values);
    sio__frame_seal(frame);
    if (is_fine)
        return frame;
    sio__frame_rele(frame);
    return NULL;
}

/* Lengths on the wire have 32 bits. */
static bool is_too_large(const struct sio__outgoing *p)
{
    bool is = p->nsp.len > UINT32_MAX || p->name.len > UINT32_MAX || p->args.len > UINT32_MAX ||
              p->payload.len > UINT32_MAX || p->attachment_count > UINT32_MAX;

    for (size_t i = 0; i < p->attachment_count; i++)
        is = is || p->attachments[i].len > UINT32_MAX;
    return is;
}

sio_err sio__msgpack_encode(const struct sio__outgoing *packet, struct sio__frame **out)
{
    bool is_array = has_array(packet);
    struct sio__json_values values;
    struct sio__frame *frame;
    sio_err err;

    if (is_too_large(packet))
        return SIO_EINVAL;
    err = sio__json_values_init(&values, is_array ? packet->args : packet->payload,
                                packet->attachments,
                                is_array ? (uint32_t)packet->attachment_count : 0);
    if (err == SIO_OK && (frame = make_frame(packet, &values)) != NULL)
        *out = frame;
    else if (err == SIO_OK)
        err = SIO_ENOMEM;
    sio__json_values_fini(&values);
    return err;
}
