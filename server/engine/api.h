/* api.h: what the files share that serve applications with raw Engine.IO. */
#ifndef SERVER_ENGINE_API_H
#define SERVER_ENGINE_API_H

#include "server/engine/engine.h"

/* A sealed message of these bytes, with one reference.  SIO_EINVAL: text that is not UTF-8;
 * SIO_ENOMEM. */
sio_err sio__message_new(struct sio__frame **out, bool binary, const char *ptr, size_t len);

#endif
