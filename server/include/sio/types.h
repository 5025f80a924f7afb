/* types.h: the handles and small value types that every other header of sio uses. */
#ifndef SIO_TYPES_H
#define SIO_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sio_server sio_server; /* a server: namespaces, engines, workers */
typedef struct sio_ns sio_ns;         /* a namespace, as `io.of("/news")` gives it */
typedef struct sio_socket sio_socket; /* one client in one namespace; lives on one worker */
typedef struct sio_remote_socket sio_remote_socket; /* a snapshot of a socket, of any worker */
typedef struct sio_args sio_args;                   /* the arguments of an event or an ack */
typedef struct sio_ack sio_ack;                     /* the ack a client asked for */
typedef struct sio_next sio_next;                   /* the decision that a middleware owes */
typedef struct sio_conn sio_conn;                   /* an Engine.IO session */

typedef struct sio_request sio_request; /* the head of an HTTP request */

/* Bytes with a length, borrowed: not NUL-terminated, valid as long as the call that gave them says.
 */
typedef struct sio_str {
    const char *ptr;
    size_t len;
} sio_str;

#ifdef __cplusplus
}
#endif

#endif
