/* sio_offset.h: the place of an op in the order of its server, as text that clients send back when
 * their connection was lost.  Fixed width, so that room for it can be kept in a packet before the
 * place is known; as strings, offsets sort like the numbers they stand for.  Pure functions. */
#ifndef PROTOCOL_SIO_OFFSET_H
#define PROTOCOL_SIO_OFFSET_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/slice.h"

enum { SIO__OFFSET_LEN = 11 };

/* What stands where an offset will be written. */
#define SIO__OFFSET_ROOM SIO__SLICE("-----------")

void sio__offset_write(char out[SIO__OFFSET_LEN], uint64_t seq);

/* False: it is none of ours; *seq is not written. */
bool sio__offset_read(struct sio__slice text, uint64_t *seq);

#endif
