/* err.h: the error codes of the whole library.  A leaf: any layer may include it.
 * A peer's mistake is never one of these: it costs that peer its connection and is counted. */
#ifndef SIO_ERR_H
#define SIO_ERR_H

#include <sio/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row per code: name, value, text. */
#define SIO_ERR_MAP(X)                                                                             \
    X(OK, 0, "ok")                                                                                 \
    X(ENOMEM, -1, "out of memory")                                                                 \
    X(EINVAL, -2, "invalid argument")                                                              \
    X(EPROTO, -3, "the peer broke the protocol")                                                   \
    X(EMSGSIZE, -4, "over the payload limit")                                                      \
    X(ECLOSED, -5, "closed")                                                                       \
    X(ETIMEDOUT, -6, "timed out")                                                                  \
    X(EBUSY, -7, "busy")                                                                           \
    X(ENOENT, -8, "not found")                                                                     \
    X(EADDRINUSE, -9, "address in use")                                                            \
    X(EIO, -10, "input or output error")                                                           \
    X(ELIMIT, -11, "over a limit")                                                                 \
    X(EUNSUPPORTED, -12, "not supported")

#define SIO_ERR_ENUM(name, value, text) SIO_##name = value,
typedef enum sio_err { SIO_ERR_MAP(SIO_ERR_ENUM) } sio_err;
#undef SIO_ERR_ENUM

/* The text of a code, a constant; "unknown error" for anything else.  Any thread. */
SIO_API const char *sio_strerror(sio_err err);

#ifdef __cplusplus
}
#endif

#endif
