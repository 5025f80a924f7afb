#include <errno.h>

#include "protocol/utf8.h"
#include "server/net/ws/parts.h"

/* What is still to be looked at of what was read. */
struct input {
    unsigned char *at, *end;
};

static size_t left_of(const struct input *in)
{
    return (size_t)(in->end - in->at);
}

void sio__ws_read_fini(struct sio__ws *ws)
{
    sio__buf_fini(&ws->cut);
    sio__buf_fini(&ws->message);
}

/* --- ends ---------------------------------------------------------------------------------- */

/* The peer was wrong: it is told by what code; what else it sends is thrown away. */
static void fail(struct sio__ws *ws, uint16_t code)
{
    if (ws->state == SIO__WS_OPEN) {
        sio__ws_lose(ws, SIO__LINK_ERROR);
        sio__ws_send_last(ws, sio__frame_close_code(code));
    }
    sio__ws_linger(ws);
}

static void fail_invalid(struct sio__ws *ws, uint16_t code)
{
    SIO__COUNT(ws->group->stats, messages_invalid);
    fail(ws, code);
}

static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
           (code >= 3000 && code <= 4999);
}

/* The peer's close frame: answered in kind. */
static void take_close(struct sio__ws *ws, const unsigned char *ptr, size_t len)
{
    unsigned code = len >= 2 ? (unsigned)ptr[0] << 8 | ptr[1] : 0;

    if (ws->state == SIO__WS_CLOSING) {
        sio__ws_linger(ws); /* it answers ours */
    } else if (len == 1 || (len >= 2 && !is_close_code(code))) {
        fail(ws, 1002);
    } else if (len > 2 && !sio__utf8_valid((const char *)ptr + 2, len - 2)) {
        fail(ws, 1007);
    } else {
        sio__ws_lose(ws, SIO__LINK_CLOSED);
        sio__ws_send_last(ws, sio__frame_close_code((uint16_t)code));
        sio__ws_linger(ws);
    }
}

/* --- frames -------------------------------------------------------------------------------- */

static void take_control(struct sio__ws *ws, const unsigned char *ptr, size_t len)
{
    if (ws->header.opcode == SIO__WS_CLOSE)
        take_close(ws, ptr, len);
    else if (ws->header.opcode == SIO__WS_PING && ws->state == SIO__WS_OPEN)
        sio__ws_send_pong(ws, sio__frame_pong_of(ptr, len));
}

static inline void hand_up(struct sio__ws *ws, const char *ptr, size_t len)
{
    if (!ws->is_binary && !sio__utf8_valid(ptr, len))
        fail_invalid(ws, 1007);
    else
        ws->link.events->message(&ws->link, ws->is_binary, ptr, len);
}

static void fail_inflated(struct sio__ws *ws, enum sio__inflated how)
{
    if (how == SIO__INFLATED_TOO_LARGE) {
        SIO__COUNT(ws->group->stats, messages_too_large);
        fail(ws, 1009);
    } else if (how == SIO__INFLATED_INVALID) {
        fail_invalid(ws, 1007);
    } else {
        SIO__COUNT(ws->group->stats, out_of_memory);
        fail(ws, 1011);
    }
}

static void inflate_message(struct sio__ws *ws, const char *ptr, size_t len)
{
    struct sio__ws_group *group = ws->group;
    struct sio__slice message;
    enum sio__inflated how =
        sio__inflate(&group->inflater, ptr, len, ws->link.max_message_bytes, &message);

    group->inflated_bytes += message.len;
    if (how == SIO__INFLATED) {
        SIO__COUNT(group->stats, messages_inflated);
        SIO__COUNT_MORE(group->stats, inflated_from_bytes, len);
        SIO__COUNT_MORE(group->stats, inflated_to_bytes, message.len);
        hand_up(ws, message.ptr, message.len);
    } else {
        fail_inflated(ws, how);
    }
    sio__inflater_trim(&group->inflater);
}

static void take_message(struct sio__ws *ws, const char *ptr, size_t len)
{
    if (ws->is_deflated)
        inflate_message(ws, ptr, len);
    else
        hand_up(ws, ptr, len);
}

/* The whole message lies in ws->message; the events may end everything. */
static void take_collected(struct sio__ws *ws)
{
    struct sio__buf message = ws->message;

    sio__buf_init(&ws->message);
    ws->is_midmessage = false;
    take_message(ws, message.ptr, message.len);
    sio__buf_fini(&message);
}

static void collect(struct sio__ws *ws, struct sio__buf *to, const unsigned char *ptr, size_t len)
{
    sio__buf_bytes(to, ptr, len);
    if (!to->failed)
        return;
    SIO__COUNT(ws->group->stats, out_of_memory);
    fail(ws, 1011);
}

/* What a header announces is only compared with the limit: nothing is allocated for it. */
static bool is_too_large(const struct sio__ws *ws)
{
    size_t most = ws->link.max_message_bytes;

    return ws->message.len > most || ws->header.len > most - ws->message.len;
}

/* Whether this frame may come now. */
static void check_header(struct sio__ws *ws)
{
    const struct sio__ws_header *header = &ws->header;

    if (sio__ws_is_control(header) || ws->state != SIO__WS_OPEN)
        return;
    if ((header->opcode == SIO__WS_CONTINUATION) != ws->is_midmessage) {
        fail(ws, 1002);
    } else if (is_too_large(ws)) {
        SIO__COUNT(ws->group->stats, messages_too_large);
        fail(ws, 1009);
    } else if (!ws->is_midmessage) {
        ws->is_binary = header->opcode == SIO__WS_BINARY;
        ws->is_deflated = header->is_deflated;
        ws->fragments = 0;
    } else if (++ws->fragments > SIO__WS_FRAGMENTS_MOST) {
        fail_invalid(ws, 1008);
    }
}

/* False: it is not all there yet, or was wrong. */
static bool read_header(struct sio__ws *ws, struct input *in)
{
    size_t had = ws->head_len, more = sizeof ws->head - had;
    const unsigned char *at = in->at;
    size_t len = left_of(in);
    int n;

    if (had > 0) {
        more = more < len ? more : len;
        memcpy(ws->head + had, in->at, more);
        at = ws->head;
        len = had + more;
    }
    n = sio__ws_header_read(at, len, ws->deflate_most_bytes != 0, &ws->header);
    if (n == 0) {
        if (had == 0)
            memcpy(ws->head, in->at, len);
        ws->head_len = (uint8_t)len;
        in->at = in->end;
        return false;
    }
    if (n < 0) {
        fail(ws, 1002);
        return false;
    }
    in->at += (size_t)n - had;
    ws->head_len = 0;
    ws->has_header = true;
    ws->taken = 0;
    check_header(ws);
    return ws->state < SIO__WS_LINGER;
}

static void end_frame(struct sio__ws *ws, unsigned char *ptr, size_t len)
{
    bool is_whole = len == ws->header.len;

    ws->has_header = false;
    if (sio__ws_is_control(&ws->header)) {
        struct sio__buf cut = ws->cut;

        sio__buf_init(&ws->cut);
        if (is_whole)
            take_control(ws, ptr, len);
        else
            take_control(ws, (unsigned char *)cut.ptr, cut.len);
        sio__buf_fini(&cut);
    } else if (ws->state == SIO__WS_OPEN && ws->header.is_final) {
        if (is_whole && !ws->is_midmessage)
            take_message(ws, (const char *)ptr, len);
        else
            take_collected(ws);
    } else {
        ws->is_midmessage = true;
    }
}

static bool has_had_its_share(const struct sio__ws *ws)
{
    return ws->group->inflated_bytes >= SIO__WS_INFLATE_BYTES;
}

/* One piece of a payload: as much as there is. */
static void read_payload(struct sio__ws *ws, struct input *in)
{
    uint64_t missing = ws->header.len - ws->taken;
    size_t len = missing < left_of(in) ? (size_t)missing : left_of(in);
    bool is_control = sio__ws_is_control(&ws->header);
    unsigned char *ptr = in->at;
    bool is_alone = len == ws->header.len && (is_control || !ws->is_midmessage) &&
                    (is_control || ws->header.is_final);

    sio__ws_unmask(ptr, len, ws->header.mask, ws->taken);
    in->at += len;
    ws->taken += len;
    if (!is_alone && (is_control || ws->state == SIO__WS_OPEN))
        collect(ws, is_control ? &ws->cut : &ws->message, ptr, len);
    if (ws->state < SIO__WS_LINGER && ws->taken == ws->header.len)
        end_frame(ws, ptr, len);
}

static void take(struct sio__ws *ws, struct input *in)
{
    do {
        if (ws->has_header || read_header(ws, in))
            read_payload(ws, in);
    } while (ws->state < SIO__WS_LINGER && in->at < in->end && !has_had_its_share(ws));
}

/* What comes too much for this turn waits for the next. */
static void take_or_put_ahead(struct sio__ws *ws, struct input *in)
{
    take(ws, in);
    if (ws->state >= SIO__WS_LINGER || in->at == in->end ||
        sio__ws_put_ahead(ws, in->at, left_of(in)))
        return;
    SIO__COUNT(ws->group->stats, out_of_memory);
    fail(ws, 1011);
}

/* --- reading ------------------------------------------------------------------------------- */

/* A message that has begun must end in time, however it trickles. */
static void watch_deadline(struct sio__ws *ws)
{
    if (ws->state != SIO__WS_OPEN)
        return;
    if (!sio__ws_is_cut(ws))
        sio__timer_stop(&ws->timer);
    else if (!sio__timer_is_running(&ws->timer))
        sio__ws_time(ws, SIO__WS_MESSAGE_MS);
}

void sio__ws_lost(struct sio__ws *ws)
{
    if (ws->state == SIO__WS_OPEN)
        sio__ws_lose(ws, SIO__LINK_CLOSED);
    sio__ws_drop(ws);
}

/* False: nothing more is there, or nobody wants it. */
static bool read_once(struct sio__ws *ws)
{
    struct input in = {ws->group->bytes, ws->group->bytes};
    ssize_t n = sio__stream_read(&ws->stream, ws->group->bytes, SIO__WS_READ_BYTES);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (n <= 0) {
        sio__ws_lost(ws);
        return false;
    }
    in.end += n;
    if (ws->state < SIO__WS_LINGER)
        take_or_put_ahead(ws, &in);
    return n == SIO__WS_READ_BYTES && ws->state != SIO__WS_DEAD && !has_had_its_share(ws);
}

size_t sio__ws_take(struct sio__ws *ws, unsigned char *ptr, size_t len)
{
    struct input in = {ptr, ptr + len};

    ws->group->inflated_bytes = 0;
    if (ws->state < SIO__WS_LINGER)
        take(ws, &in);
    watch_deadline(ws);
    return ws->state < SIO__WS_LINGER ? (size_t)(in.at - ptr) : len;
}

void sio__ws_read(struct sio__ws *ws)
{
    if (ws->ahead != NULL)
        return;
    ws->group->inflated_bytes = 0;
    for (unsigned i = 0; i < SIO__WS_READS && read_once(ws); i++)
        ;
    if (ws->state != SIO__WS_DEAD)
        sio__ws_unchoke(ws);
    watch_deadline(ws);
}
