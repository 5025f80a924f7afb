/* json_string.h: JSON strings to UTF-8 and back. */
#ifndef PROTOCOL_JSON_STRING_H
#define PROTOCOL_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/buf.h"
#include "protocol/slice.h"

/**
 * Unescapes the inside of a JSON string (without its quotes) that the scanner has accepted.
 * A surrogate without its partner becomes U+FFFD, as when JavaScript turns a string into UTF-8.
 *
 * out   room for len bytes: the result is never longer than the source.  out may be text itself.
 *
 * Returns the length of the result, which may hold NUL bytes.
 */
size_t sio__json_unescape(const char *text, size_t len, char *out);

/* How many bytes sio__json_unescape() makes of it. */
size_t sio__json_unescaped_len(const char *text, size_t len);

/* True if a string unescapes to exactly these bytes; allocates nothing. */
bool sio__json_string_equals(struct sio__slice inside, struct sio__slice utf8);

/* How many bytes sio__json_escape() will write for this text. */
size_t sio__json_escaped_len(const char *utf8, size_t len);

/**
 * Writes the text as the inside of a JSON string (no quotes), as JavaScript does: `"` `\` and
 * control characters escaped, with \b \f \n \r \t or \u00xx in lower case; all else as it is.
 * The text must be valid UTF-8.
 *
 * out   room for sio__json_escaped_len() bytes, at most 6 * len.
 *
 * Returns the end of what was written.
 */
char *sio__json_escape(const char *utf8, size_t len, char *out);

/* Appends the same to a builder; failure is the builder's. */
void sio__json_escape_to(struct sio__buf *out, const char *utf8, size_t len);

/* Appends a whole string with its quotes.  What is no UTF-8 becomes U+FFFD, as in
 * sio__utf8_repair(). */
void sio__json_quote_to(struct sio__buf *out, struct sio__slice text);

#endif
