/* utf8.h: what is UTF-8 and what is not (RFC 3629), and how long it would be in JavaScript.
 * Pure functions on borrowed bytes. Any thread. */
#ifndef PROTOCOL_UTF8_H
#define PROTOCOL_UTF8_H

#include "protocol/buf.h"

#include <stdbool.h>
#include <stddef.h>

/** Whether all bytes are well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF,
 *  nothing cut off. The empty text is valid. */
bool sio__utf8_valid(const char *ptr, size_t len);

/** How many bytes at the start are valid: len when all are. What is missing of a character at the
 *  end counts as invalid. */
size_t sio__utf8_valid_prefix(const char *ptr, size_t len);

/** Appends the text with each bad part replaced by U+FFFD, exactly as the WHATWG decoder does (one
 *  for each maximal part of a sequence). A byte order mark is kept. Failure is out's. */
void sio__utf8_repair(struct sio__buf *out, const char *ptr, size_t len);

/** The `length` that JavaScript gives this text: UTF-16 code units. Bytes that are no UTF-8 are
 *  counted by their first bits alone: the result is then safe, not meaningful (at most 2 * len). */
size_t sio__utf16_len(const char *ptr, size_t len);

#endif
