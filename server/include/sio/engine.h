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
 * Before sio_server_start(), else SIO_EBUSY.  Handlers are copied; each may be NULL.  SIO_EINVAL:
 * the path is taken, or does not begin with '/'; SIO_ENOMEM. */
SIO_API sio_err sio_engine_attach(sio_server *server, const char *path,
                                  const sio_engine_handlers *handlers);

/* --- Hooks: what an application may say and see of requests -------------------------------- */

/* The head of a request (sio_request) is borrowed for the call that gave it. */
SIO_API const char *sio_request_method(const sio_request *request); /* "GET" */
SIO_API sio_str sio_request_url(const sio_request *request);        /* path and query, raw */
SIO_API sio_str sio_request_address(const sio_request *request);    /* of the TCP peer */
SIO_API bool sio_request_is_upgrade(const sio_request *request);    /* a WebSocket handshake */
SIO_API bool sio_request_secure(const sio_request *request); /* over TLS of the server's own */

/* The client has shown a certificate, and it is good (config.tls.request_cert). */
SIO_API bool sio_request_authorized(const sio_request *request);
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

/* The decision on a request: whoever is asked owes exactly one of the first three, now or later, on
 * any thread.  The request waits for it as long as it takes, unless its client goes. */
typedef struct sio_admission sio_admission;
SIO_API void sio_admission_allow(sio_admission *admission);

/* By allow_request: code 4, with this message; NULL: "Forbidden".  A polling client gets it in the
 * answer (403), a WebSocket client as the text of a 400.  By a middleware: code 3; the message is
 * for the log and connection_error, the client does not get it; NULL: none. */
SIO_API void sio_admission_refuse(sio_admission *admission, const char *message);

/* Answers instead of the engine; the body is copied, content_type may be NULL.  A WebSocket
 * handshake is ended without a byte, as by the reference. */
SIO_API void sio_admission_answer(sio_admission *admission, int status, const char *content_type,
                                  const char *ptr, size_t len);

/* Before the decision: adds a header to the answer that the request gets in the end, be it a
 * session's, a refusal's or a 101 (but not to a refusal of a WebSocket); copied.  SIO_EINVAL: not
 * fit for a header line; SIO_ELIMIT: more than 8; SIO_ENOMEM. */
SIO_API sio_err sio_admission_add_header(sio_admission *admission, const char *name,
                                         const char *value);

/* Called on the workers' threads. */
typedef void (*sio_gatekeeper_cb)(const sio_request *request, sio_admission *admission, void *user);

/* Adds a middleware (engine.use()) to Socket.IO's engine (path NULL) or to an attached one.  They
 * are asked in this order about each of its requests, upgrades too, once cors has had its say and
 * before every check; each when the one before it has allowed.  Before the start, else SIO_EBUSY;
 * SIO_ENOENT: no such engine; SIO_ENOMEM. */
SIO_API sio_err sio_engine_use(sio_server *server, const char *path, sio_gatekeeper_cb cb,
                               void *user);

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
    const char *description;    /* close: more about it, or NULL: "reads too slowly" (over
                                   max_queue_bytes), "out of memory" */
} sio_session_info;

enum { SIO_SESSION_ID_SIZE = 64 };

/* Each may be NULL.  Called on the workers' threads. */
typedef struct sio_engine_hooks {
    /* A handshake, over polling or WebSocket, that has passed every other check but the protocol's
     * revision (allowRequest). */
    sio_gatekeeper_cb allow_request;
    /* Writes the id of a session that is about to open (generateId): characters of A-Z a-z 0-9 and
     * -._~, and a NUL.  Nobody must be able to guess it, and no other session may have it, on any
     * server.  False, an id that is not fit, or one that is taken: the handshake is refused with
     * code 3. */
    bool (*generate_id)(const sio_request *request, char id[SIO_SESSION_ID_SIZE], void *user);
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

/* Sessions of Socket.IO's engine (path NULL) or of an attached one that are open (clientsCount).
 * Any thread.  0: no such engine. */
SIO_API size_t sio_engine_clients_count(const sio_server *server, const char *path);

/* --- A session ----------------------------------------------------------------------------- */

/* A raw one, or the one that a Socket.IO client stands on (sio_socket_conn()).  Valid until its
 * close handler has returned.  The functions below: on its worker, that is inside its own handlers,
 * or those of its sockets. */

typedef enum sio_conn_state {
    SIO_CONN_OPENING,
    SIO_CONN_OPEN,
    SIO_CONN_CLOSING, /* what is queued is being sent */
    SIO_CONN_CLOSED,
} sio_conn_state;

/* Not for logs: who knows it is the client. */
SIO_API const char *sio_conn_id(const sio_conn *conn);
SIO_API int sio_conn_protocol(const sio_conn *conn);          /* revision of Engine.IO: 4 or 3 */
SIO_API const char *sio_conn_transport(const sio_conn *conn); /* "polling" or "websocket" */
SIO_API bool sio_conn_upgraded(const sio_conn *conn);
SIO_API sio_conn_state sio_conn_ready_state(const sio_conn *conn);
SIO_API sio_str sio_conn_address(const sio_conn *conn);            /* of the TCP peer */
SIO_API const sio_request *sio_conn_request(const sio_conn *conn); /* its first one */

/* Sends a message.  Text must be valid UTF-8 (SIO_EINVAL).  SIO_ECLOSED: it is not open, or closed
 * for this: it reads too slowly; SIO_ENOMEM. */
SIO_API sio_err sio_conn_send(sio_conn *conn, bool binary, const char *ptr, size_t len);

/* Closes: discard drops what is queued, otherwise it is sent first. */
SIO_API void sio_conn_close(sio_conn *conn, bool discard);

/* The application's own pointer; free_data, if it is not NULL, runs when the session is freed
 * (after its close handler) or data replaced. */
SIO_API void sio_conn_set_data(sio_conn *conn, void *data, void (*free_data)(void *data));
SIO_API void *sio_conn_data(const sio_conn *conn);

/* The same from any thread, by the session's id: sent or closed by its worker, in the order of this
 * thread's calls.  SIO_OK says no more than that: a session that has ended is not there any more,
 * and nobody is told.  SIO_ENOENT: no such engine; SIO_ECLOSED: the server does not run;
 * SIO_ENOMEM. */
SIO_API sio_err sio_engine_send(sio_server *server, const char *path, const char *id, bool binary,
                                const char *ptr, size_t len);
SIO_API sio_err sio_engine_close(sio_server *server, const char *path, const char *id,
                                 bool discard);

#ifdef __cplusplus
}
#endif

#endif
