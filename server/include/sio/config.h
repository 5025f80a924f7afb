/* config.h: everything that can be set on a server, under the reference's names in C form. */
#ifndef SIO_CONFIG_H
#define SIO_CONFIG_H

#include <sio/export.h>
#include <sio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sio_log_level {
    SIO_LOG_ERROR,
    SIO_LOG_WARN,
    SIO_LOG_INFO,
    SIO_LOG_DEBUG
} sio_log_level;

/* Receives the library's log lines: one line, no newline, no payload or token, and no id of a
 * session that is open.  Called on any thread, several at a time; must not call back into the
 * server.  What libwebsockets says of any server of the process comes to the one that was started
 * last. */
typedef void (*sio_log_cb)(sio_log_level level, const char *line, void *user);

/* Transports a client may use; or-ed. */
enum { SIO_POLLING = 1, SIO_WEBSOCKET = 2 };

/* What a callback says of an Origin. */
typedef enum sio_origin_verdict {
    SIO_ORIGIN_ALLOW, /* it is reflected */
    SIO_ORIGIN_DENY,  /* no CORS headers; a preflight is not answered */
    SIO_ORIGIN_FAIL,  /* the request is refused with code 3 */
} sio_origin_verdict;

/* origin is empty if the request has none.  Called on the workers' threads. */
typedef sio_origin_verdict (*sio_origin_cb)(sio_str origin, void *user);

/* Cross-origin requests, after the reference's `cors`. */
typedef struct sio_cors {
    bool enabled; /* default false: no header, no preflight */

    /* The first of these that is set decides. */
    sio_origin_cb origin_cb;
    void *origin_user;
    bool reflect_origin;        /* origin: true */
    const char *const *origins; /* "*" alone: any; one: always sent as it is; several: the request's
                                   own if it is among them.  An entry may hold one '*' in the place
                                   of any characters but '/' ("https://" "*.example.com") */
    size_t origin_count;        /* 0: any */

    const char *methods;         /* default "GET,HEAD,PUT,PATCH,POST,DELETE" */
    const char *allowed_headers; /* NULL: what the preflight asks for */
    const char *exposed_headers; /* NULL: none */
    bool credentials;
    int64_t max_age_s; /* of a preflight; -1 (default): not said */
} sio_cors;

/* The cookie of the polling handshake's answer; its value is the session's id. */
typedef struct sio_cookie {
    bool enabled;          /* default false */
    const char *name;      /* default "io" */
    const char *path;      /* default "/"; NULL: none */
    const char *domain;    /* NULL: none */
    const char *same_site; /* "Strict", "Lax" (default), "None"; NULL: none */
    const char *priority;  /* "Low", "Medium", "High"; NULL (default): none */
    int64_t max_age_s;     /* -1 (default): for the browser's session */
    int64_t expires_s;     /* seconds since the epoch; -1 (default): not said */
    bool http_only;        /* default true */
    bool secure;
    bool partitioned;
} sio_cookie;

typedef enum sio_tls_version { SIO_TLS_1_2, SIO_TLS_1_3 } sio_tls_version;

/* TLS (https, wss).  Files are PEM, and are read by sio_server_new() and sio_server_reload_tls().
 */
typedef struct sio_tls {
    const char *cert_file;         /* the server's certificate, then those that lead to its root;
                                      NULL (default): no TLS, and no other field counts */
    const char *key_file;          /* its private key */
    const char *passphrase;        /* of the key; NULL: it has none */
    const char *ca_file;           /* roots for certificates of clients; NULL: the system's */
    bool request_cert;             /* asks clients for one; default false */
    bool reject_unauthorized;      /* and a client without a good one is refused; default true; else
                                      the application asks sio_request_authorized() */
    sio_tls_version min_version;   /* default SIO_TLS_1_2 */
    const char *ciphers;           /* of TLS 1.2, as OpenSSL lists them; NULL: OpenSSL's default */
    uint32_t handshake_timeout_ms; /* default 10000 */
} sio_tls;

/* How packets are written.  Server and clients must use the same; there is no negotiation. */
typedef enum sio_parser {
    SIO_PARSER_JSON,    /* the reference's default, socket.io-parser */
    SIO_PARSER_MSGPACK, /* for clients with socket.io-msgpack-parser: docs/VALUES.md */
} sio_parser;

/* Who may open sessions, by the Origin header, which browsers send. */
typedef enum sio_origin_check {
    /* Requests without Origin, from the page's own host (as Host says), and what cors allows; over
     * polling and WebSocket alike.  Others get code 4. */
    SIO_ORIGIN_CHECK,
    /* Everybody, as the reference: a page of any site may open a WebSocket. */
    SIO_ORIGIN_NO_CHECK,
} sio_origin_check;

/* permessage-deflate (RFC 7692) on WebSockets, where the client offers it.  Every message is
 * deflated by itself, so it costs memory for each worker (some 400 KiB), none for a client, and a
 * broadcast is deflated once for all.  What was emitted with sio_compress(false) goes out as it is.
 */
typedef struct sio_per_message_deflate {
    bool enabled;        /* default false */
    size_t threshold;    /* bytes; shorter messages go out as they are; default 1024 */
    int level;           /* zlib's: 1 (fast) to 9 (small); default 6 */
    uint8_t mem_level;   /* zlib's: 1 to 9; default 8 */
    uint8_t window_bits; /* zlib's: 9 to 15; default 15.  To a client that asks for a smaller window
                            what is longer than that goes out as it is */
} sio_per_message_deflate;

/* Connection state recovery: a client that lost its connection comes back, within a time, as the
 * same socket: its id, rooms and user data, and the packets that it missed, each once and in order.
 * Its events then carry one more argument, a string, which the clients understand. */
typedef struct sio_connection_state_recovery {
    bool enabled;                  /* default false: it costs nothing then */
    uint32_t max_disconnection_ms; /* how long a socket may be away; default 120000 */
    bool skip_middlewares;         /* of a namespace, for a socket that comes back; default true */
    size_t max_bytes;              /* of the packets that are kept for all; default 32 MiB */
    uint32_t max_sessions;         /* sockets that are away at one time; default 10000 */
} sio_connection_state_recovery;

/* Fill with sio_config_init(), then change what is to differ.  Strings are copied by
 * sio_server_new(). */
typedef struct sio_config {
    /* Where to listen. */
    const char *host;       /* address or name; NULL: every address, IPv6 and IPv4 */
    uint16_t port;          /* 0: any free one, see sio_server_port(); default 3000 */
    unsigned workers;       /* threads; default 1; 0: one for each CPU */
    struct uv_loop_s *loop; /* NULL (default): threads of its own.  Else the application's uv loop,
                               with workers 1: handlers run there, nothing blocks it, and the
                               application runs it.  Several servers may share a loop */
    unsigned backlog;       /* of the listening sockets; default 1024 */

    /* Socket.IO. */
    const char *path;            /* default "/socket.io" */
    sio_parser parser;           /* default SIO_PARSER_JSON */
    uint32_t connect_timeout_ms; /* to join a first namespace; default 45000 */
    const char *client_dir;      /* folder of the client's bundles (the npm package's dist/), served
                                    under the path; NULL: serveClient is off */
    uint32_t max_attachments;    /* of one packet of the JSON parser; default 10 */
    uint32_t attachment_wait_ms; /* for all attachments of a packet; default 30000 */
    uint32_t max_pending_acks;   /* awaited of one socket; default 10000 */
    bool cleanup_empty_child_namespaces; /* a child of a parent namespace goes when its last socket
                                            has left (namespace.h); default false */
    uint32_t max_child_namespaces;       /* made for clients; default 10000 */
    uint32_t max_client_children;        /* of these that one client is in; default 100 */
    size_t max_waiting_bytes;     /* of one socket's events that wait for middlewares; over it the
                                     client is closed; one event of any size may wait; default
                                     1 MiB */
    uint32_t max_pending_surveys; /* emits with ack to many, fetches, server-side emits with ack
                                     that wait at one time; default 10000 */
    size_t max_survey_bytes;      /* what has been answered to all of them; default 64 MiB */
    sio_connection_state_recovery connection_state_recovery;

    /* Engine.IO. */
    unsigned transports;     /* default SIO_POLLING | SIO_WEBSOCKET */
    bool allow_upgrades;     /* default true */
    bool allow_eio3;         /* clients of Engine.IO 3, Socket.IO 1 and 2; default false */
    bool add_trailing_slash; /* of the path; default true; false: any path that begins with it */
    sio_origin_check origin_check; /* default SIO_ORIGIN_CHECK */
    sio_cors cors;
    sio_cookie cookie;
    const char *initial_packet;        /* a text message right after the handshake; NULL: none */
    bool http_compression;             /* polling answers, by Accept-Encoding; default true */
    size_t http_compression_threshold; /* bytes; shorter ones go as they are; default 1024; 0: all
                                          of them, the reference's `true` */
    sio_per_message_deflate per_message_deflate;
    uint32_t ping_interval_ms;   /* default 25000 */
    uint32_t ping_timeout_ms;    /* default 20000 */
    uint32_t upgrade_timeout_ms; /* default 10000 */
    size_t max_http_buffer_size; /* bytes of a POST body or WebSocket message; default 1000000 */
    uint32_t max_poll_packets;   /* packets in one polling answer; default 16; 0: no limit */
    size_t max_queue_bytes;      /* output that waits for one client, whatever its transport; an
                                    empty queue takes one packet of any size; default 1 MiB.  Who
                                    reads too slowly meets "volatile first, then close"
                                    (docs/LIMITS.md): volatile packets are dropped as soon as
                                    anything waits; over the limit the client is closed,
                                    "transport error", and the log says which and why */

    /* HTTP. */
    size_t max_header_bytes;    /* of a request's header block; default 16384 */
    uint32_t header_timeout_ms; /* connection to whole header; default 10000 */
    uint32_t body_timeout_ms;   /* whole request body; default 30000 */
    uint32_t idle_timeout_ms;   /* between requests of a connection; default 75000 */
    uint32_t max_connections;   /* of the process' server; 0: what RLIMIT_NOFILE leaves, where
                                   one with TLS that is no open WebSocket counts as three, for its
                                   descriptors */
    uint32_t http_descriptors;  /* HTTP connections, polling clients' too, have descriptors below
                                   this number, which libwebsockets looks through at each end of
                                   one; open WebSockets go above it; default 32768 */
    sio_tls tls;

    /* Log. */
    sio_log_cb log; /* default NULL: no log */
    void *log_user;
    sio_log_level log_level; /* lines above it are left out; default SIO_LOG_WARN */
} sio_config;

/* Sets every field to its default. */
SIO_API void sio_config_init(sio_config *config);

#ifdef __cplusplus
}
#endif

#endif
