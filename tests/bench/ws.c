#include "ws.h"

#include <stdlib.h>
#include <string.h>

#include "deflate.h"

static size_t head_size(const struct ws_reader *reader)
{
    uint8_t len;

    if (reader->head_len < 2)
        return 2;
    len = reader->head[1] & 0x7f;
    return len == 127 ? 10 : len == 126 ? 4 : 2;
}

static void start_frame(struct ws_reader *reader, size_t size)
{
    uint8_t opcode = reader->head[0] & 0x0f;
    uint64_t len = 0;

    if (size == 2)
        len = reader->head[1] & 0x7f;
    for (size_t i = 2; i < size; i++)
        len = len << 8 | reader->head[i];
    if (opcode != 0) {
        reader->message.opcode = opcode;
        reader->message.len = 0;
        reader->message.prefix_len = 0;
        reader->is_deflated = reader->head[0] & 0x40;
        reader->deflated_len = 0;
    }
    reader->message.len += len;
    reader->left = len;
    reader->is_last = reader->head[0] & 0x80;
    reader->in_payload = true;
    reader->head_len = 0;
}

static void keep_prefix(struct ws_message *message, const char *bytes, size_t len)
{
    size_t room = WS_PREFIX - message->prefix_len;

    if (len > room)
        len = room;
    memcpy(message->prefix + message->prefix_len, bytes, len);
    message->prefix_len += len;
    message->prefix[message->prefix_len] = '\0';
}

static void keep_deflated(struct ws_reader *reader, const char *bytes, size_t len)
{
    size_t room = DEFLATE_KEPT - reader->deflated_len;

    if (reader->deflated == NULL)
        reader->deflated = malloc(DEFLATE_KEPT);
    if (len > room)
        len = room;
    memcpy(reader->deflated + reader->deflated_len, bytes, len);
    reader->deflated_len += len;
}

static void keep(struct ws_reader *reader, const char *bytes, size_t len)
{
    if (reader->is_deflated)
        keep_deflated(reader, bytes, len);
    else
        keep_prefix(&reader->message, bytes, len);
}

static void inflate_prefix(struct ws_reader *reader)
{
    char prefix[WS_PREFIX];

    keep_prefix(&reader->message, prefix,
                deflate_prefix(reader->deflated, reader->deflated_len, prefix, sizeof prefix));
}

bool ws_reader_feed(struct ws_reader *reader, const char *bytes, size_t len, ws_message_fn *fn,
                    void *user)
{
    while (len > 0 || (reader->in_payload && reader->left == 0)) {
        if (reader->in_payload) {
            size_t take = reader->left < len ? reader->left : len;

            keep(reader, bytes, take);
            bytes += take, len -= take, reader->left -= take;
            if (reader->left > 0)
                break;
            reader->in_payload = false;
            if (reader->is_last && reader->is_deflated)
                inflate_prefix(reader);
            if (reader->is_last && !fn(user, &reader->message))
                return false;
        } else {
            reader->head[reader->head_len++] = *bytes++;
            len--;
            if (reader->head_len == head_size(reader))
                start_frame(reader, reader->head_len);
        }
    }
    return true;
}

size_t ws_frame_write(char *out, uint8_t opcode, const char *payload, size_t len)
{
    static const uint8_t key[4] = {0x5a, 0xc3, 0x17, 0x8e};
    uint8_t *at = (uint8_t *)out;
    int bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

    *at++ = 0x80 | opcode;
    *at++ = 0x80 | (bytes == 0 ? len : bytes == 2 ? 126 : 127);
    while (bytes-- > 0)
        *at++ = len >> (8 * bytes);
    memcpy(at, key, sizeof key);
    at += sizeof key;
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)payload[i] ^ key[i & 3];
    return at + len - (uint8_t *)out;
}
