/* jsonp.h: polling through script elements and forms, as clients of Engine.IO revision 3 without
 * cross-origin requests do it.  Pure functions on borrowed bytes.  Any thread. */
#ifndef PROTOCOL_JSONP_H
#define PROTOCOL_JSONP_H

#include "protocol/buf.h"
#include "protocol/slice.h"

#include <stdbool.h>

enum { SIO__JSONP_INDEX_MAX = 16 };

/* The digits of a raw query value `j`, at most SIO__JSONP_INDEX_MAX of them (the rest is left out:
 * nothing else of the client's may get into the script).  Returns how many were written. */
size_t sio__jsonp_index(char out[SIO__JSONP_INDEX_MAX], struct sio__slice raw);

/* Appends `___eio[<index>]("<body, escaped>");`.  body is UTF-8.  Failure is out's. */
void sio__jsonp_wrap(struct sio__buf *out, struct sio__slice index, struct sio__slice body);

/* Appends the packets of a posted form: the field `d`, decoded, with the client's escaping of line
 * feeds undone.  False: there is no such field.  Failure is out's. */
bool sio__jsonp_unwrap(struct sio__buf *out, struct sio__slice form);

#endif
