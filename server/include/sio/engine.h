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

/* --- Hooks: what an application may say and see of requests -------------------------------- */

/* The head of a request; borrowed for the call that gave it. */
typedef struct sio_request sio_request;

SIO_API const char *sio_request_method(const sio_request *request); /* "GET" */
SIO_API sio_str sio_request_url(const sio_request *request);        /* path and query, raw */
SIO_API sio_str sio_request_address(const sio_request *request);    /* of the TCP peer */
SIO_API bool sio_request_is_upgrade(const sio_request *request);    /* a WebSocket handshake */
/* By the lower-case name; ptr is NULL if it is absent. */
SIO_API sio_str sio_request_header(const sio_request *request, const char *name);
/* Writes a decoded parameter of the query, not NUL-terminated.  False: absent, or longer than size.
 */
SIO_API bool sio_request_query(const sio_request *request, const char *name, char *buf, size_t size,
                               size_t *len);

/* The headers of an answer that is about to be sent. */
typedef struct sio_headers sio_headers;

/* Adds a header; name and value are copied.  SIO_EINVAL: not fit for a header line; SIO_ELIMIT:
 * more than 8; SIO_ENOMEM. */
SIO_API sio_err sio_headers_add(sio_headers *headers, const char *name, const char *value);

/* The decision on a handshake: exactly one is owed, now or later, on any thread. */
typedef struct sio_admission sio_admission;
SIO_API void sio_admission_allow(sio_admission *admission);
/* message NULL: "Forbidden".  A polling client gets it in the answer (403, code 4), a WebSocket
 * client as the text of a 400; if the decision on a WebSocket comes after the hook has returned,
 * the 101 has been sent by then, and the WebSocket is closed without a word. */
SIO_API void sio_admission_refuse(sio_admission *admission, const char *message);

/* A request that was refused (the reference's connection_error). */
typedef struct sio_connection_error {
    int code;            /* 0 to 5 */
    const char *message; /* of the code: "Session ID unknown" */
    const char *context; /* what was wrong, for an operator */
    const sio_request *request;
} sio_connection_error;

/* What happens to a session, in the reference's words. */
typedef enum sio_session_event {
    SIO_SESSION_OPEN,
    SIO_SESSION_PACKET,        /* one came */
    SIO_SESSION_PACKET_CREATE, /* one was queued */
    SIO_SESSION_FLUSH,         /* what is queued is about to be written */
    SIO_SESSION_DRAIN,         /* all of it was taken by the transport */
    SIO_SESSION_UPGRADING,     /* a WebSocket is probing */
    SIO_SESSION_UPGRADE,       /* it has become the transport */
    SIO_SESSION_HEARTBEAT,     /* the client has answered a ping, or pinged */
    SIO_SESSION_CLOSE,
} sio_session_event;

/* Borrowed for the call. */
typedef struct sio_session_info {
    const char *id;             /* a secret: not for logs */
    const char *transport;      /* "polling" or "websocket" */
    int protocol;               /* revision of Engine.IO: 4 or 3 */
    const sio_request *request; /* the session's first one */
    const char *packet_type;    /* packet events: "message", "ping", ...; else NULL */
    sio_str packet_data;        /* without the type, as it came or goes */
    const char *reason;         /* close: "transport close", ...; else NULL */
} sio_session_info;

/* Each may be NULL.  Called on the workers' threads. */
typedef struct sio_engine_hooks {
    /* A handshake, over polling or WebSocket, that has passed every other check but the protocol's
     * revision (allowRequest). */
    void (*allow_request)(const sio_request *request, sio_admission *admission, void *user);
    /* The first answer of a session: of a polling handshake, or the 101 of a WebSocket without sid.
     * Called before headers(). */
    void (*initial_headers)(sio_headers *headers, const sio_request *request, void *user);
    /* Every answer of a session but refusals. */
    void (*headers)(sio_headers *headers, const sio_request *request, void *user);
    void (*connection_error)(const sio_connection_error *error, void *user);
    /* What happens to each session, Socket.IO's too.  It only looks: it must not send or close. */
    void (*session)(sio_session_event event, const sio_session_info *info, void *user);
    void *user;
} sio_engine_hooks;

/* Sets the hooks of Socket.IO's engine (path NULL) or of an attached one.  Before the start;
 * copied. SIO_ENOENT: no such engine. */
SIO_API sio_err sio_engine_set_hooks(sio_server *server, const char *path,
                                     const sio_engine_hooks *hooks);

/* --- A raw session ------------------------------------------------------------------------- */

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
