/* api.c: raw Engine.IO for applications (sio/engine.h). */
#include "protocol/utf8.h"
#include "server/engine/engine.h"
#include "server/server.h"

struct sio_conn {
    struct sio__session *session;
    void *data;
};

static bool on_open(struct sio__session *session)
{
    const sio_engine_handlers *handlers = &session->engine->handlers;
    sio_conn *conn = sio__calloc(1, sizeof *conn);

    if (conn == NULL)
        return false;
    conn->session = session;
    session->user = conn;
    if (handlers->open != NULL)
        handlers->open(conn, handlers->user);
    return true;
}

static void on_message(struct sio__session *session, bool binary, const char *ptr, size_t len)
{
    const sio_engine_handlers *handlers = &session->engine->handlers;

    if (handlers->message != NULL)
        handlers->message(session->user, binary, ptr, len, handlers->user);
}

static void on_close(struct sio__session *session, enum sio__close_reason reason)
{
    const sio_engine_handlers *handlers = &session->engine->handlers;
    sio_conn *conn = session->user;

    if (handlers->close != NULL)
        handlers->close(conn, sio__close_text(reason), handlers->user);
    sio__free(conn);
}

const struct sio__session_events sio__conn_events = {on_open, on_message, on_close};

sio_err sio_engine_attach(sio_server *server, const char *path, const sio_engine_handlers *handlers)
{
    struct sio__engine *engine, **last;

    if (server->is_running || path == NULL || path[0] != '/')
        return SIO_EINVAL;
    engine = sio__engine_new(sio__slice_of(path), &server->config, &sio__conn_events);
    if (engine == NULL)
        return SIO_ENOMEM;
    engine->handlers = *handlers;
    for (last = &server->engines; *last != NULL; last = &(*last)->next) {
        if (sio__slice_eq((*last)->path, engine->path)) {
            sio__free(engine);
            return SIO_EINVAL;
        }
    }
    *last = engine;
    return SIO_OK;
}

sio_err sio_conn_send(sio_conn *conn, bool binary, const char *ptr, size_t len)
{
    struct sio__frame *packet;
    bool is_sent;

    if (conn->session->state != SIO__OPEN)
        return SIO_ECLOSED;
    if (!binary && !sio__utf8_valid(ptr, len))
        return SIO_EINVAL;
    packet = sio__frame_new(binary, binary ? len : len + 1);
    if (packet == NULL)
        return SIO_ENOMEM;
    if (!binary)
        sio__frame_data(packet)[0] = '4';
    if (len > 0)
        memcpy(sio__frame_data(packet) + !binary, ptr, len);
    is_sent = sio__session_send(conn->session, sio__frame_seal(packet));
    sio__frame_rele(packet);
    return is_sent ? SIO_OK : SIO_ECLOSED;
}

void sio_conn_close(sio_conn *conn, bool discard)
{
    sio__session_close(conn->session, discard);
}

void sio_conn_set_data(sio_conn *conn, void *data)
{
    conn->data = data;
}

void *sio_conn_data(const sio_conn *conn)
{
    return conn->data;
}
