/* query.h: the query string of a request, by the rules of WHATWG application/x-www-form-urlencoded:
 * pairs between `&`, key up to the first `=`, `+` is a space, %XX is a byte, a broken % stays as it
 * is, the last of equal keys wins. Bytes that are no UTF-8 become U+FFFD.
 * Pure functions on borrowed bytes. Any thread. */
#ifndef PROTOCOL_QUERY_H
#define PROTOCOL_QUERY_H

#include "protocol/buf.h"
#include "protocol/slice.h"

#include <stdbool.h>

/** Takes the next pair off *rest (which starts as the text after `?`). key and value are raw:
 *  decode or compare them with the functions below. Empty pairs (`&&`) are skipped; a pair without
 *  `=` has an empty value. False: no more. */
bool sio__query_next(struct sio__slice *rest, struct sio__slice *key, struct sio__slice *value);

/** Appends the decoded text of a raw key or value. Failure is out's. */
void sio__query_decode(struct sio__buf *out, struct sio__slice raw);

/** Whether a raw key or value, decoded, is this ASCII text. No allocation. */
bool sio__query_is(struct sio__slice raw, struct sio__slice text);

/** Finds the last pair whose key, decoded, is this ASCII text. False: none. *value is raw, inside
 *  query, and may be empty. No allocation. */
bool sio__query_find_raw(struct sio__slice query, struct sio__slice key, struct sio__slice *value);

/** The same, decoded: appends the value to out and tells in *found whether there was one. False
 *  only when out of memory (out failed). */
bool sio__query_find(struct sio__slice query, struct sio__slice key, struct sio__buf *out,
                     bool *found);

#endif
