#include "server/net/lws/conn.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "protocol/mem.h"

enum {
    HEADER_BYTES_LEAST = 2048,
    HEADER_BYTES_MOST = 65000, /* lws counts them in 16 bits */
    BYE_TURNS = 10,
    BYE_TURNS_MOST = 1000,
};

/* --- log ----------------------------------------------------------------------------------- */

/* lws has one log for the whole process: its lines go to the newest transport's. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sio__transport *logging; /* list */

/* L22: only errors and warnings come here; the others would print payloads. */
static void on_log(int level, const char *line)
{
    size_t len = strcspn(line, "\n");

    pthread_mutex_lock(&log_lock);
    if (logging != NULL)
        SIO__LOG(logging->config.log, level == LLL_ERR ? SIO_LOG_ERROR : SIO_LOG_WARN,
                 "libwebsockets: %.*s", (int)(len < 200 ? len : 200), line);
    pthread_mutex_unlock(&log_lock);
}

static void start_logging(struct sio__transport *transport)
{
    pthread_mutex_lock(&log_lock);
    transport->next_logging = logging;
    logging = transport;
    pthread_mutex_unlock(&log_lock);
}

static void stop_logging(struct sio__transport *transport)
{
    struct sio__transport **link = &logging;

    pthread_mutex_lock(&log_lock);
    while (*link != transport)
        link = &(*link)->next_logging;
    *link = transport->next_logging;
    pthread_mutex_unlock(&log_lock);
}

/* --- contexts ------------------------------------------------------------------------------ */

/* lws counts contexts without a lock: one is made or destroyed at a time. */
static pthread_mutex_t context_lock = PTHREAD_MUTEX_INITIALIZER;

static void note_poll(uv_handle_t *handle, void *last)
{
    if (handle->type == UV_POLL)
        *(uv_handle_t **)last = handle;
}

/* The newest poll handle of the loop, NULL if there is none. */
static uv_handle_t *last_poll(uv_loop_t *loop)
{
    uv_handle_t *last = NULL;

    uv_walk(loop, note_poll, &last);
    return last;
}

static void destroy_context(struct sio__transport *transport)
{
    pthread_mutex_lock(&context_lock);
    lws_context_destroy(transport->context);
    pthread_mutex_unlock(&context_lock);
}

/* --- connections --------------------------------------------------------------------------- */

/* front: NULL for one without TLS.  All numbers that lws has places for are in use (L6). */
static void refuse(struct sio__transport *transport, const struct sio__front *front, int fd)
{
    SIO__LOG(transport->config.log, SIO_LOG_WARN,
             "no descriptor below %d is free for an HTTP connection (http_descriptors): refused",
             transport->descriptors);
    SIO__COUNT(transport->config.stats, connections_refused);
    if (front == NULL)
        SIO__COUNT(transport->config.stats, connections_closed);
    close(fd);
}

/* The same. */
static void adopt(struct sio__transport *transport, struct sio__front *front, int fd,
                  const struct sockaddr *peer)
{
    struct sio__conn *conn;
    lws_adopt_desc_t desc;

    if (fd >= transport->descriptors) {
        refuse(transport, front, fd);
        return;
    }
    if ((conn = sio__conn_new(transport, peer)) == NULL) {
        SIO__COUNT(transport->config.stats, out_of_memory);
        if (front == NULL)
            SIO__COUNT(transport->config.stats, connections_closed);
        close(fd);
        return;
    }
    if (front != NULL) {
        conn->is_secure = true;
        conn->is_authorized = sio__front_is_authorized(front);
        sio__front_own(front, &conn->front);
    }
    memset(&desc, 0, sizeof desc);
    desc.vh = transport->vhost;
    desc.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP;
    desc.fd.sockfd = fd;
    desc.opaque = conn;
    /* On failure lws has closed the socket, and may or may not call back with conn once more: it
     * stays in the list until then, or until the end. */
    if (lws_adopt_descriptor_vhost_via_info(&desc) == NULL) {
        SIO__COUNT(transport->config.stats, out_of_memory);
        sio__conn_end(conn);
    }
}

static void on_front_open(void *user, struct sio__front *front, int fd, const struct sockaddr *peer)
{
    adopt(user, front, fd, peer);
}

/* --- birth --------------------------------------------------------------------------------- */

static int seconds_of(uint32_t ms)
{
    return ms == 0 ? 1 : (int)((ms + 999) / 1000);
}

/* L6: a context has a table with a place for each descriptor that the limit allows, and looks
 * through all of it at each close.  L5: giving lws a limit lower than that makes it search, so the
 * limit itself is lowered while it looks. */
static struct lws_context *create_context(struct sio__transport *transport,
                                          const struct lws_context_creation_info *info)
{
    rlim_t most = transport->config.http_descriptors;
    struct lws_context *context;
    struct rlimit was, low;
    bool is_lowered = false;

    transport->descriptors = INT_MAX; /* lws knows what it has */
    if (getrlimit(RLIMIT_NOFILE, &was) == 0 && was.rlim_cur > most) {
        low = was;
        low.rlim_cur = most;
        is_lowered = setrlimit(RLIMIT_NOFILE, &low) == 0;
    }
    context = lws_create_context(info);
    if (is_lowered) {
        setrlimit(RLIMIT_NOFILE, &was);
        transport->descriptors = (int)most;
    }
    return context;
}

/* The kernel's table of descriptors grows now: later, all threads of the process would wait. */
static void make_room_above(const struct sio__transport *transport)
{
    int fd = fcntl(uv_backend_fd(transport->config.loop), F_DUPFD_CLOEXEC, transport->descriptors);

    if (fd >= 0)
        close(fd);
}

static void name_protocol(struct sio__transport *transport)
{
    strcpy(transport->subprotocol, "sio");
    transport->protocols[0] = (struct lws_protocols){
        .name = transport->subprotocol,
        .callback = sio__lws_callback,
        .rx_buffer_size = 1, /* allocated for each WebSocket, and not used; 0 would be much */
        .tx_packet_size = SIO__LWS_READ_BYTES, /* the most of one send: a 101 */
    };
}

static bool start(struct sio__transport *transport)
{
    static const lws_retry_bo_t no_pings = {0}; /* heartbeats are Engine.IO's */
    const struct sio__transport_config *config = &transport->config;
    void *loops[1] = {config->loop};
    struct lws_context_creation_info info;
    const uv_handle_t *older, *newest;

    memset(&info, 0, sizeof info);
    name_protocol(transport);
    /* L3: no listening socket of lws's.  L24: a foreign loop, or lws takes the signals.  L7: no
     * extensions.  L12: HTTP/1.1 alone. */
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.protocols = transport->protocols;
    info.alpn = "http/1.1";
    info.vhost_name = "sio";
    info.server_string = "sio"; /* an empty one is an assert away when lws itself answers 403 */
    info.pcontext = &transport->context;
    info.pt_serv_buf_size = SIO__LWS_READ_BYTES;
    info.max_http_header_data = (unsigned short)config->max_header_bytes;
    info.retry_and_idle_policy = &no_pings;
    /* L26: these close who sends nothing.  timeout_secs starts again with each byte of a body
     * (L17), so it only has to be longer than ours. */
    info.timeout_secs = (unsigned int)seconds_of(config->body_timeout_ms) + 5;
    info.timeout_secs_ah_idle = seconds_of(config->header_timeout_ms);
    info.keepalive_timeout = seconds_of(config->idle_timeout_ms);
    info.user = transport;

    older = last_poll(config->loop);
    pthread_mutex_lock(&context_lock);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
    transport->context = create_context(transport, &info);
    if (transport->context != NULL)
        transport->vhost = lws_create_vhost(transport->context, &info);
    pthread_mutex_unlock(&context_lock);
    newest = last_poll(config->loop);
    make_room_above(transport);
    if (newest != older) /* all that a new context polls */
        transport->wake = newest->data;
    return transport->vhost != NULL;
}

static void fini_memory(struct sio__transport *transport)
{
    sio__buf_fini(&transport->accepted);
    sio__free(transport->scratch);
    sio__fronts_fini(&transport->fronts);
    sio__ws_group_fini(&transport->websockets);
}

static bool init_memory(struct sio__transport *transport)
{
    const struct sio__transport_config *config = &transport->config;
    struct sio__fronts_config fronts = {
        .context = config->tls,
        .loop = config->loop,
        .timers = config->timers,
        .stats = config->stats,
        .log = config->log,
        .handshake_timeout_ms = config->handshake_timeout_ms,
        .pair_descriptors = config->tls_descriptors,
        .on_open = on_front_open,
        .user = transport,
    };

    transport->scratch = sio__malloc(SIO__LWS_SCRATCH_BYTES);
    if (transport->scratch == NULL ||
        !sio__ws_group_init(&transport->websockets, config->loop, config->timers, config->stats,
                            config->deflate))
        return false;
    fronts.bytes = transport->websockets.bytes;
    return sio__fronts_init(&transport->fronts, &fronts);
}

sio_err sio__transport_new(struct sio__transport **out, const struct sio__transport_config *config)
{
    struct sio__transport *transport = sio__calloc(1, sizeof *transport);
    size_t header_bytes = config->max_header_bytes;

    if (transport == NULL)
        return SIO_ENOMEM;
    transport->config = *config;
    if (header_bytes < HEADER_BYTES_LEAST)
        header_bytes = HEADER_BYTES_LEAST;
    else if (header_bytes > HEADER_BYTES_MOST)
        header_bytes = HEADER_BYTES_MOST;
    transport->config.max_header_bytes = header_bytes;
    sio__hold_init(transport);
    if (!init_memory(transport)) {
        fini_memory(transport);
        sio__free(transport);
        return SIO_ENOMEM;
    }
    start_logging(transport);
    if (!start(transport)) {
        sio__transport_free(transport, NULL, NULL);
        return SIO_EIO;
    }
    transport->fronts.config.descriptors = transport->descriptors;
    *out = transport;
    return SIO_OK;
}

/* --- life ---------------------------------------------------------------------------------- */

void sio__transport_adopt(struct sio__transport *transport, int fd, const struct sockaddr *peer)
{
    if (transport->config.tls != NULL)
        sio__front_adopt(&transport->fronts, fd, peer);
    else
        adopt(transport, NULL, fd, peer);
}

struct sio__link *sio__transport_take(struct sio__transport *transport, struct sio__stream *stream,
                                      struct sio__request *request)
{
    struct sio__link *link;

    sio__stream_enter(stream, &transport->fronts.io);
    link = sio__ws_open(&transport->websockets, stream, request);
    if (link != NULL)
        return link;
    SIO__COUNT(transport->config.stats, out_of_memory);
    SIO__COUNT(transport->config.stats, connections_closed);
    sio__request_rele(request);
    sio__stream_close(stream);
    return NULL;
}

bool sio__transport_is_behind(const struct sio__transport *transport)
{
    return sio__ws_group_is_behind(&transport->websockets);
}

void sio__transport_catch_up(struct sio__transport *transport)
{
    sio__ws_group_catch_up(&transport->websockets);
}

size_t sio__transport_connections(const struct sio__transport *transport)
{
    return transport->count + transport->websockets.count + transport->fronts.count;
}

void sio__transport_stop(struct sio__transport *transport)
{
    transport->is_stopping = true;
    for (struct sio__conn *conn = transport->conns; conn != NULL; conn = conn->next)
        if (conn->state == SIO__CONN_IDLE)
            sio__conn_kill(conn);
    sio__fronts_stop(&transport->fronts);
}

/* --- death --------------------------------------------------------------------------------- */

static void end_all(struct sio__transport *transport)
{
    struct sio__conn *conn = transport->conns;

    while (conn != NULL) {
        if (conn->state == SIO__CONN_DEAD) {
            conn = conn->next;
            continue;
        }
        sio__conn_end(conn);
        conn = transport->conns; /* the events may have done anything */
    }
    sio__ws_group_end(&transport->websockets);
    sio__fronts_end(&transport->fronts);
}

static void free_memory(struct sio__transport *transport)
{
    void (*on_freed)(void *user) = transport->on_freed;
    void *user = transport->freed_user;

    while (transport->conns != NULL)
        sio__conn_free(transport->conns);
    stop_logging(transport);
    fini_memory(transport);
    sio__free(transport);
    if (on_freed != NULL)
        on_freed(user);
}

static void on_bye_closed(uv_handle_t *handle)
{
    free_memory(handle->data);
}

/* On a foreign loop lws closes its handles in two steps, each of which needs a turn of the loop; a
 * second call frees the context, and must not come before they are done. */
static void on_bye(uv_idle_t *bye)
{
    struct sio__transport *transport = bye->data;

    transport->bye_turns++;
    if (transport->context != NULL && transport->bye_turns < BYE_TURNS_MOST &&
        (transport->bye_turns < BYE_TURNS || transport->conns != NULL))
        return;
    if (transport->context != NULL)
        destroy_context(transport);
    uv_close((uv_handle_t *)bye, on_bye_closed);
}

void sio__transport_free(struct sio__transport *transport, void (*on_freed)(void *user), void *user)
{
    transport->is_stopping = true;
    transport->on_freed = on_freed;
    transport->freed_user = user;
    end_all(transport);
    sio__timer_stop(&transport->sweep);
    if (transport->context == NULL) {
        free_memory(transport);
        return;
    }
    destroy_context(transport);
    sio__lws_forget_fd(transport->wake);
    transport->bye.data = transport;
    uv_idle_init(transport->config.loop, &transport->bye);
    uv_idle_start(&transport->bye, on_bye);
}
