/* coding.h: which compression a client wants of an answer, by its Accept-Encoding.  Pure; any
 * thread. */
#ifndef SERVER_NET_CODING_H
#define SERVER_NET_CODING_H

#include <stdbool.h>

#include "protocol/slice.h"

enum sio__coding { SIO__CODING_NONE, SIO__CODING_GZIP, SIO__CODING_DEFLATE };

/* The one it likes best of gzip and deflate: by weight, then named before `*`, then in its order.
 */
enum sio__coding sio__coding_choose(struct sio__slice accept_encoding);

/* Whether it takes gzip at all. */
bool sio__coding_takes_gzip(struct sio__slice accept_encoding);

/* The value of Content-Encoding. */
struct sio__slice sio__coding_name(enum sio__coding coding);

#endif
