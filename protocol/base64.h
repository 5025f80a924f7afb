/* base64.h: binary data in polling bodies, and session ids. RFC 4648.
 * Pure functions on borrowed bytes. Any thread. */
#ifndef PROTOCOL_BASE64_H
#define PROTOCOL_BASE64_H

#include <stddef.h>

/** Characters that sio__base64_encode writes for len bytes, padding included. */
static inline size_t sio__base64_len(size_t len)
{
    return (len + 2) / 3 * 4;
}

/** Writes sio__base64_len(len) characters to out (standard alphabet, padded, no NUL) and returns
 *  their number. */
size_t sio__base64_encode(char *out, const void *ptr, size_t len);

/** The same with `-` and `_`, without padding. Returns how many were written. */
size_t sio__base64_encode_url(char *out, const void *ptr, size_t len);

/** Room that sio__base64_decode needs for len characters. */
static inline size_t sio__base64_decoded_max(size_t len)
{
    return len / 4 * 3 + 3;
}

/** Decodes as leniently as the reference and returns how many bytes were written to out, at most
 *  sio__base64_decoded_max(len). Both alphabets; other characters (line breaks too) are skipped;
 *  the first `=` ends it; left-over bits are dropped. It cannot fail. */
size_t sio__base64_decode(void *out, const char *ptr, size_t len);

#endif
