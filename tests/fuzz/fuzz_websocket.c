/* WebSockets: bytes of a client, in pieces of any size, to a real WebSocket over a socket pair.
 * What is handed up, and what the client is sent back, must be what a reader says that has all the
 * bytes at once, byte by byte, and knows nothing of pieces. The first byte of the input is the size
 * of a piece, and in its highest bit whether deflate was granted. */
#include "protocol/buf.h"
#include "protocol/utf8.h"
#include "server/net/ws/ws.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_BYTES_MOST = 300, OUT_BYTES_MOST = 4096 };

/* What happened: messages as kind, length and bytes; the close code or 0; what was sent back. */
struct story {
    struct sio__buf messages, sent;
    int end; /* -1: none */
};

static void tell_message(struct story *story, bool binary, const char *ptr, size_t len)
{
    sio__buf_char(&story->messages, binary ? 'b' : 't');
    sio__buf_bytes(&story->messages, &len, sizeof len);
    sio__buf_bytes(&story->messages, ptr, len);
}

/* --- the slow reader ----------------------------------------------------------------------- */

struct slow {
    const uint8_t *at, *end;
    struct sio__buf message;
    bool may_deflate, is_mid, is_binary, is_deflated;
};

static int slow_end(struct story *story, int code, bool is_answered)
{
    struct sio__frame *frame = sio__frame_close_code((uint16_t)code);
    struct sio__slice wire = sio__frame_wire(frame);

    if (is_answered)
        sio__buf_slice(&story->sent, wire);
    sio__frame_rele(frame);
    story->end = code;
    return -1;
}

static int slow_close(struct story *story, const char *ptr, size_t len)
{
    int code = len >= 2 ? (uint8_t)ptr[0] << 8 | (uint8_t)ptr[1] : 0;
    bool is_good = len == 0 ||
                   (len >= 2 && ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                                 (code >= 3000 && code <= 4999)));

    if (!is_good)
        return slow_end(story, 1002, true);
    if (len > 2 && !sio__utf8_valid(ptr + 2, len - 2))
        return slow_end(story, 1007, true);
    return slow_end(story, code, true);
}

enum { COMPLETE, INCOMPLETE, TOO_LARGE, WRONG };

/* Everything at one call, into more room than is allowed. */
static int inflate_all(const char *ptr, size_t len, char *out, size_t *out_len)
{
    z_stream z = {.next_in = (unsigned char *)ptr,
                  .avail_in = (unsigned)len,
                  .next_out = (unsigned char *)out,
                  .avail_out = MESSAGE_BYTES_MOST + 1};
    int result;

    FUZZ_CHECK(inflateInit2(&z, -15) == Z_OK);
    result = inflate(&z, Z_SYNC_FLUSH);
    *out_len = z.total_out;
    inflateEnd(&z);
    if (*out_len > MESSAGE_BYTES_MOST)
        return TOO_LARGE;
    if (result == Z_STREAM_END || (result == Z_OK && (z.data_type & 0xbf) == 0x80))
        return COMPLETE;
    return result == Z_OK || result == Z_BUF_ERROR ? INCOMPLETE : WRONG;
}

static int slow_inflate(struct slow *s, struct story *story)
{
    char out[MESSAGE_BYTES_MOST + 1];
    size_t len;
    int how = inflate_all(s->message.ptr, s->message.len, out, &len);

    if (how == INCOMPLETE) {
        sio__buf_bytes(&s->message, "\0\0\xff\xff", 4);
        how = inflate_all(s->message.ptr, s->message.len, out, &len);
    }
    if (how != COMPLETE)
        return slow_end(story, how == TOO_LARGE ? 1009 : 1007, true);
    sio__buf_clear(&s->message);
    sio__buf_bytes(&s->message, out, len);
    return 0;
}

static int slow_data(struct slow *s, struct story *story, bool is_final, const char *ptr,
                     size_t len)
{
    sio__buf_bytes(&s->message, ptr, len);
    s->is_mid = !is_final;
    if (!is_final)
        return 0;
    if (s->is_deflated && slow_inflate(s, story) < 0)
        return -1;
    if (!s->is_binary && !sio__utf8_valid(s->message.ptr, s->message.len))
        return slow_end(story, 1007, true);
    tell_message(story, s->is_binary, s->message.ptr, s->message.len);
    sio__buf_clear(&s->message);
    return 0;
}

/* 1: a whole frame was read; 0: the input ends within it; -1: the end. */
static int slow_frame(struct slow *s, struct story *story)
{
    const uint8_t *p = s->at;
    size_t have = (size_t)(s->end - p), head = 2;
    bool is_control, may_deflate;
    char payload[MESSAGE_BYTES_MOST + 1];
    uint64_t len;
    int opcode;

    if (have < 1)
        return 0;
    opcode = p[0] & 15;
    is_control = opcode >= 8;
    may_deflate = s->may_deflate && (opcode == 1 || opcode == 2);
    if ((p[0] & (may_deflate ? 0x30 : 0x70)) != 0 || (opcode > 2 && opcode < 8) || opcode > 10)
        return slow_end(story, 1002, true);
    if (have < 2)
        return 0;
    len = p[1] & 0x7f;
    if (p[1] < 0x80 || (is_control && (p[0] < 0x80 || len > 125)))
        return slow_end(story, 1002, true);
    if (len >= 126) {
        size_t bytes = len == 126 ? 2 : 8;

        if (have < 2 + bytes + 4)
            return 0;
        for (len = 0; head < 2 + bytes; head++)
            len = len << 8 | p[head];
        if (len > INT64_MAX)
            return slow_end(story, 1002, true);
    }
    if (have < head + 4)
        return 0;
    if (!is_control && (opcode == 0) != s->is_mid)
        return slow_end(story, 1002, true);
    if (!is_control && (len > MESSAGE_BYTES_MOST || s->message.len + len > MESSAGE_BYTES_MOST))
        return slow_end(story, 1009, true);
    if (have < head + 4 + len)
        return 0;
    for (size_t i = 0; i < len; i++)
        payload[i] = (char)(p[head + 4 + i] ^ p[head + (i & 3)]);
    s->at += head + 4 + len;
    if (opcode == 1 || opcode == 2) {
        s->is_binary = opcode == 2;
        s->is_deflated = (p[0] & 0x40) != 0;
    }
    if (opcode == 8)
        return slow_close(story, payload, len);
    if (opcode == 9) {
        struct sio__frame *pong = sio__frame_pong_of(payload, len);

        sio__buf_slice(&story->sent, sio__frame_wire(pong));
        sio__frame_rele(pong);
    }
    if (!is_control && slow_data(s, story, p[0] >= 0x80, payload, len) < 0)
        return -1;
    return 1;
}

static void read_slowly(const uint8_t *data, size_t size, bool may_deflate, struct story *story)
{
    struct slow slow = {.at = data, .end = data + size, .may_deflate = may_deflate};

    while (slow_frame(&slow, story) > 0)
        ;
    sio__buf_fini(&slow.message);
}

/* --- the real one -------------------------------------------------------------------------- */

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    tell_message(link->owner, binary, ptr, len);
}

static void on_writable(struct sio__link *link)
{
    (void)link;
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct story *story = link->owner;

    (void)how;
    FUZZ_CHECK(story->end == -1);
    story->end = 0;
}

static void drain(int fd, struct story *story)
{
    char bytes[OUT_BYTES_MOST];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        sio__buf_bytes(&story->sent, bytes, (size_t)n);
}

static void play(const uint8_t *data, size_t size, size_t piece, bool may_deflate,
                 struct story *story)
{
    static const struct sio__link_events events = {on_message, on_writable, on_closed};
    static const sio_per_message_deflate deflate = {.window_bits = 15};
    static const struct sio__request_head head = {.method = SIO__GET};
    struct sio__request *request = sio__request_new(&head);
    struct sio__ws_group group;
    struct sio__timers timers;
    struct sio__stats stats;
    struct sio__link *link;
    uv_loop_t loop;
    int ends[2];

    memset(&stats, 0, sizeof stats);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    FUZZ_CHECK(uv_loop_init(&loop) == 0);
    sio__timers_init(&timers);
    FUZZ_CHECK(sio__ws_group_init(&group, &loop, &timers, &stats, &deflate));
    FUZZ_CHECK(request != NULL);
    request->deflate_bits = may_deflate ? 15 : 0;
    link = sio__ws_open(&group, &(struct sio__stream){ends[0]}, request);
    FUZZ_CHECK(link != NULL);
    link->owner = story;
    link->events = &events;
    link->max_message_bytes = MESSAGE_BYTES_MOST;
    for (size_t at = 0; at < size; at += piece) {
        size_t len = piece < size - at ? piece : size - at;

        if (send(ends[1], data + at, len, MSG_NOSIGNAL) < 0)
            break; /* it has hung up */
        uv_run(&loop, UV_RUN_NOWAIT);
        drain(ends[1], story);
    }
    if (story->end == -1)
        link->events = NULL; /* the end of the test is not one of the story */
    sio__ws_group_end(&group);
    sio__ws_group_fini(&group);
    uv_run(&loop, UV_RUN_DEFAULT);
    FUZZ_CHECK(uv_loop_close(&loop) == 0);
    close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct story want = {.end = -1}, got = {.end = -1};

    if (size < 2 || size > OUT_BYTES_MOST)
        return 0;
    read_slowly(data + 1, size - 1, data[0] >= 0x80, &want);
    play(data + 1, size - 1, (size_t)(data[0] & 0x7f) + 1, data[0] >= 0x80, &got);
    FUZZ_CHECK((got.end == -1) == (want.end == -1));
    FUZZ_CHECK(sio__slice_eq(sio__buf_view(&got.messages), sio__buf_view(&want.messages)));
    FUZZ_CHECK(sio__slice_eq(sio__buf_view(&got.sent), sio__buf_view(&want.sent)));
    sio__buf_fini(&want.messages);
    sio__buf_fini(&want.sent);
    sio__buf_fini(&got.messages);
    sio__buf_fini(&got.sent);
    return 0;
}
