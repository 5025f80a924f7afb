/* http_chunked.h: a request body in chunks (RFC 9112, section 7.1), taken apart as it arrives.
 * Strict: a line ends with CR LF, a size is hexadecimal digits and nothing else, what may stand
 * behind it and after the last chunk is thrown away and bounded. No allocation; any thread. */
#ifndef PROTOCOL_HTTP_CHUNKED_H
#define PROTOCOL_HTTP_CHUNKED_H

#include "protocol/slice.h"

#include <stdint.h>

enum { SIO__CHUNKED_EXTRA_MOST = 4096 }; /* bytes of extensions and trailers of a body */

/* Zeroed: at the start of a body. Fields are private. */
struct sio__chunked {
    uint64_t left; /* of the chunk */
    uint32_t extra;
    uint8_t state;
    uint8_t digits;
};

enum sio__chunked_step {
    SIO__CHUNKED_MORE, /* all of *in was taken; go on when there is more */
    SIO__CHUNKED_DATA, /* *out is the next piece of the body, inside *in's bytes */
    SIO__CHUNKED_END,  /* the body is whole; *in is what comes after it */
    SIO__CHUNKED_BAD,  /* it is no such body */
};

/** Takes from the front of *in. After END and BAD it must not be called again. */
enum sio__chunked_step sio__chunked_next(struct sio__chunked *c, struct sio__slice *in,
                                         struct sio__slice *out);

#endif
