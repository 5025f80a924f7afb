/* api.c: raw Engine.IO for applications, and what they may know of a session (sio/engine.h).
 * A sio_conn is a session under another name. */
#include <string.h>

#include "protocol/utf8.h"
#include "server/engine/api.h"
#include "server/server.h"

static sio_conn *conn_of(struct sio__session *session)
{
    return (sio_conn *)session;
}

static struct sio__session *session_of(const sio_conn *conn)
{
    return (struct sio__session *)conn;
}

/* --- raw engines --------------------------------------------------------------------------- */

static bool on_open(struct sio__session *session)
{
    const sio_engine_handlers *handlers = &session->engine->handlers;

    if (handlers->open != NULL)
        handlers->open(conn_of(session), handlers->user);
    return true;
}

static void on_message(struct sio__session *session, bool binary, const char *ptr, size_t len)
{
    const sio_engine_handlers *handlers = &session->engine->handlers;

    if (handlers->message != NULL)
        handlers->message(conn_of(session), binary, ptr, len, handlers->user);
}

static void on_close(struct sio__session *session, enum sio__close_reason reason)
{
    const sio_engine_handlers *handlers = &session->engine->handlers;

    if (handlers->close != NULL)
        handlers->close(conn_of(session), sio__close_text(reason), handlers->user);
}

const struct sio__session_events sio__conn_events = {on_open, on_message, on_close};

sio_err sio_engine_attach(sio_server *server, const char *path, const sio_engine_handlers *handlers)
{
    struct sio__engine *engine, **last;

    if (server->is_running)
        return SIO_EBUSY;
    if (path == NULL || path[0] != '/')
        return SIO_EINVAL;
    engine = sio__engine_new(sio__slice_of(path), &server->config, &sio__conn_events);
    if (engine == NULL)
        return SIO_ENOMEM;
    engine->handlers = *handlers;
    for (last = &server->engines; *last != NULL; last = &(*last)->next) {
        if (sio__slice_eq((*last)->path, engine->path)) {
            sio__engine_free(engine);
            return SIO_EINVAL;
        }
    }
    *last = engine;
    return SIO_OK;
}

size_t sio_engine_clients_count(const sio_server *server, const char *path)
{
    const struct sio__engine *engine = sio__engine_at(server, path);

    return engine == NULL ? 0 : atomic_load_explicit(&engine->clients, memory_order_relaxed);
}

/* --- a session ----------------------------------------------------------------------------- */

const char *sio_conn_id(const sio_conn *conn)
{
    return session_of(conn)->sid;
}

int sio_conn_protocol(const sio_conn *conn)
{
    return session_of(conn)->revision;
}

const char *sio_conn_transport(const sio_conn *conn)
{
    return sio__session_transport(session_of(conn));
}

bool sio_conn_upgraded(const sio_conn *conn)
{
    return session_of(conn)->is_upgraded;
}

sio_conn_state sio_conn_ready_state(const sio_conn *conn)
{
    static const sio_conn_state states[] = {[SIO__OPENING] = SIO_CONN_OPENING,
                                            [SIO__OPEN] = SIO_CONN_OPEN,
                                            [SIO__CLOSING] = SIO_CONN_CLOSING,
                                            [SIO__CLOSED] = SIO_CONN_CLOSED};
    return states[session_of(conn)->state];
}

sio_str sio_conn_address(const sio_conn *conn)
{
    return sio_request_address(sio_conn_request(conn));
}

const sio_request *sio_conn_request(const sio_conn *conn)
{
    return (const sio_request *)session_of(conn)->request;
}

sio_err sio__message_new(struct sio__frame **out, bool binary, const char *ptr, size_t len)
{
    struct sio__frame *packet;

    if (!binary && !sio__utf8_valid(ptr, len))
        return SIO_EINVAL;
    packet = sio__frame_new(binary, binary ? len : len + 1);
    if (packet == NULL)
        return SIO_ENOMEM;
    if (!binary)
        sio__frame_data(packet)[0] = '4';
    if (len > 0)
        memcpy(sio__frame_data(packet) + !binary, ptr, len);
    *out = sio__frame_seal(packet);
    return SIO_OK;
}

sio_err sio_conn_send(sio_conn *conn, bool binary, const char *ptr, size_t len)
{
    struct sio__frame *packet;
    sio_err err;

    if (session_of(conn)->state != SIO__OPEN)
        return SIO_ECLOSED;
    if ((err = sio__message_new(&packet, binary, ptr, len)) != SIO_OK)
        return err;
    err = sio__session_send(session_of(conn), packet);
    sio__frame_rele(packet);
    return err;
}

void sio_conn_close(sio_conn *conn, bool discard)
{
    sio__session_close(session_of(conn), discard);
}

void sio_conn_set_data(sio_conn *conn, void *data, void (*free_data)(void *data))
{
    struct sio__session *session = session_of(conn);

    if (session->free_data != NULL && session->data != data)
        session->free_data(session->data);
    session->data = data;
    session->free_data = free_data;
}

void *sio_conn_data(const sio_conn *conn)
{
    return session_of(conn)->data;
}
