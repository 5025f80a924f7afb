/* engine.h: Engine.IO without Socket.IO: messages over polling and WebSocket, as the reference's
 * engine.io package offers them.  Sessions live on one worker; their handlers run there. */
#ifndef SIO_ENGINE_H
#define SIO_ENGINE_H

#include <sio/err.h>
#include <sio/export.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sio_engine_handlers {
    void (*open)(sio_conn *conn, void *user);
    /* Bytes are borrowed for the call; text is valid UTF-8. */
    void (*message)(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user);
    /* Once; reason is one of the engine's ("transport close", "ping timeout", ...). */
    void (*close)(sio_conn *conn, const char *reason, void *user);
    void *user;
} sio_engine_handlers;

/* Serves raw Engine.IO under a path of its own ("/engine.io"), with the server's configuration.
 * Before sio_server_start().  Handlers are copied; each may be NULL.  SIO_EINVAL: the path is
 * taken. */
SIO_API sio_err sio_engine_attach(sio_server *server, const char *path,
                                  const sio_engine_handlers *handlers);

/* The functions below: inside the conn's own handlers only. */

/* Sends a message.  Text must be valid UTF-8 (SIO_EINVAL).  SIO_ECLOSED: it is not open. */
SIO_API sio_err sio_conn_send(sio_conn *conn, bool binary, const char *ptr, size_t len);

/* Closes: discard drops what is queued, otherwise it is sent first. */
SIO_API void sio_conn_close(sio_conn *conn, bool discard);

SIO_API void sio_conn_set_data(sio_conn *conn, void *data);
SIO_API void *sio_conn_data(const sio_conn *conn);

#ifdef __cplusplus
}
#endif

#endif
