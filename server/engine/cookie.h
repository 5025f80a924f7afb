/* cookie.h: the Set-Cookie line of a polling handshake (sio_cookie). */
#ifndef SERVER_ENGINE_COOKIE_H
#define SERVER_ENGINE_COOKIE_H

#include <sio/config.h>

#include "protocol/buf.h"

/* Appends the header's value, with its attributes in the reference's order.  Failure is out's. */
void sio__cookie_write(struct sio__buf *out, const sio_cookie *cookie, const char *sid);

#endif
