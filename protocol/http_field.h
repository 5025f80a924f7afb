/* http_field.h: strict readers of single HTTP header values. They take one raw value, never a
 * library's joined or decoded form of it. Pure functions on borrowed bytes. Any thread. */
#ifndef PROTOCOL_HTTP_FIELD_H
#define PROTOCOL_HTTP_FIELD_H

#include "protocol/slice.h"

#include <stdbool.h>
#include <stdint.h>

/** Whether every byte may stand in a header value: tab, space to `~`, and 0x80 to 0xFF. This is
 *  the Origin check (`INVALID_ORIGIN`) and the guard of every value that goes into an answer. */
bool sio__field_value_valid(struct sio__slice value);

/** Whether it is a token (RFC 9110): not empty, letters, digits and !#$%&'*+-.^_`|~. Header names,
 *  methods, cookie names, subprotocols. */
bool sio__field_token_valid(struct sio__slice name);

/** Content-Length: decimal digits and nothing else, 1 to 19 of them. False otherwise (sign, space,
 *  list, empty, too long), *out untouched. */
bool sio__field_content_length(struct sio__slice value, uint64_t *out);

/** Cuts the first item off a list: what stands before the separator, without spaces and tabs around
 *  it; may be empty. The rest stays in *list, which is empty after the last one. */
struct sio__slice sio__field_next_item(struct sio__slice *list, char separator);

#endif
