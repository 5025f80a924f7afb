#ifndef BENCH_WS_H
#define BENCH_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The client's side of RFC 6455, as much as a load generator needs. */

enum {
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_DEFLATED = 0x40,
    WS_HEAD_MAX = 14,
    WS_PREFIX = 32
};

/* A message that came. Only its beginning is kept: that is enough to know what it is. */
struct ws_message {
    uint8_t opcode;
    uint8_t prefix_len;
    char prefix[WS_PREFIX + 1]; /* NUL-terminated */
    uint64_t len;               /* on the wire */
};

struct ws_reader {
    struct ws_message message;
    uint64_t left;  /* of the frame's payload */
    char *deflated; /* the first bytes of a message that comes so; NULL: none has */
    uint16_t deflated_len;
    bool is_deflated; /* RSV1 */
    uint8_t head[WS_HEAD_MAX];
    uint8_t head_len;
    bool in_payload;
    bool is_last; /* FIN */
};

/* Returns false if the connection is to be given up; the reader is not touched after that. */
typedef bool ws_message_fn(void *user, const struct ws_message *message);

/* Feeds bytes; calls fn for each whole message. False if fn said so. */
bool ws_reader_feed(struct ws_reader *reader, const char *bytes, size_t len, ws_message_fn *fn,
                    void *user);

/* Writes a masked frame of len payload bytes to out (room for len + WS_HEAD_MAX). */
size_t ws_frame_write(char *out, uint8_t opcode, const char *payload, size_t len);

#endif
