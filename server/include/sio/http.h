/* http.h: what else the server answers: files, and small handlers. */
#ifndef SIO_HTTP_H
#define SIO_HTTP_H

#include <sio/err.h>
#include <sio/export.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header that goes out with every file. */
typedef struct sio_http_header {
    const char *name;
    const char *value;
} sio_http_header;

/* Serves the files below a folder under a prefix ("/"); index.html stands for its folder.  The
 * files are read at once, before the start: later changes are not seen, and links out of the folder
 * are not followed.  Before sio_server_start(), else SIO_EBUSY.  SIO_EIO: the folder cannot be
 * read; SIO_EMSGSIZE: over 64 MiB; SIO_EINVAL: too many headers; SIO_ENOMEM. */
SIO_API sio_err sio_http_serve_dir(sio_server *server, const char *prefix, const char *dir,
                                   const sio_http_header *headers, size_t header_count);

typedef struct sio_http_request sio_http_request;

/* Must answer before it returns.  Any worker's thread. */
typedef void (*sio_http_cb)(sio_http_request *request, void *user);

/* Answers GET and HEAD of an exact path.  Before sio_server_start(), else SIO_EBUSY; SIO_ENOMEM. */
SIO_API sio_err sio_http_get(sio_server *server, const char *path, sio_http_cb cb, void *user);

/* Once for each request.  body is copied. */
SIO_API void sio_http_answer(sio_http_request *request, int status, const char *content_type,
                             const char *body, size_t len);

#ifdef __cplusplus
}
#endif

#endif
