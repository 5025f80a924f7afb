#include "server/engine/sessions.h"

#include "server/net/request.h"

sio_err sio__sessions_init(struct sio__sessions *sessions)
{
    sessions->table = NULL;
    sessions->dirty = sessions->bulk = sessions->bulk_end = sessions->closed = NULL;
    sessions->counter = 0; /* but not the count: other threads read it, also between two starts */
    return uv_mutex_init(&sessions->lock) == 0 ? SIO_OK : SIO_ENOMEM;
}

static void free_closed(struct sio__sessions *sessions)
{
    while (sessions->closed != NULL) {
        struct sio__session *session = sessions->closed;
        sessions->closed = session->next_dirty;
        sio__request_rele(session->request);
        sio__free(session->jsonp);
        if (session->free_data != NULL)
            session->free_data(session->data);
        sio__free(session);
    }
}

void sio__sessions_fini(struct sio__sessions *sessions)
{
    free_closed(sessions);
    uv_mutex_destroy(&sessions->lock);
}

bool sio__sessions_add(struct sio__sessions *sessions, struct sio__session *session)
{
    uv_mutex_lock(&sessions->lock);
    HASH_ADD_KEYPTR(by_sid, sessions->table, session->sid, session->sid_len, session);
    uv_mutex_unlock(&sessions->lock);
    if (!SIO__TABLE_ADDED(by_sid, session))
        return false;
    atomic_fetch_add_explicit(&sessions->count, 1, memory_order_relaxed);
    return true;
}

struct sio__session *sio__sessions_find(struct sio__sessions *sessions, struct sio__slice sid)
{
    struct sio__session *session = NULL;

    HASH_FIND(by_sid, sessions->table, sid.ptr, sid.len, session);
    return session;
}

static void unlink_dirty(struct sio__sessions *sessions, struct sio__session *session)
{
    struct sio__session **first = session->is_in_bulk ? &sessions->bulk : &sessions->dirty;

    if (!session->is_dirty)
        return;
    if (session->prev_dirty != NULL)
        session->prev_dirty->next_dirty = session->next_dirty;
    else
        *first = session->next_dirty;
    if (session->next_dirty != NULL)
        session->next_dirty->prev_dirty = session->prev_dirty;
    else if (session->is_in_bulk)
        sessions->bulk_end = session->prev_dirty;
    session->is_dirty = session->is_in_bulk = false;
}

void sio__sessions_remove(struct sio__sessions *sessions, struct sio__session *session)
{
    uv_mutex_lock(&sessions->lock);
    HASH_DELETE(by_sid, sessions->table, session);
    uv_mutex_unlock(&sessions->lock);
    atomic_fetch_sub_explicit(&sessions->count, 1, memory_order_relaxed);
    unlink_dirty(sessions, session);
    session->next_dirty = sessions->closed;
    sessions->closed = session;
}

struct sio__session_fact sio__sessions_ask(struct sio__sessions *sessions, struct sio__slice sid)
{
    struct sio__session_fact fact = {0};
    struct sio__session *session;

    uv_mutex_lock(&sessions->lock);
    session = sio__sessions_find(sessions, sid);
    if (session != NULL)
        fact = (struct sio__session_fact){true, session->revision, session->engine};
    uv_mutex_unlock(&sessions->lock);
    return fact;
}

static void add_dirty(struct sio__sessions *sessions, struct sio__session *session)
{
    session->prev_dirty = NULL;
    session->next_dirty = sessions->dirty;
    if (sessions->dirty != NULL)
        sessions->dirty->prev_dirty = session;
    sessions->dirty = session;
}

static void add_to_bulk(struct sio__sessions *sessions, struct sio__session *session)
{
    session->next_dirty = NULL;
    session->prev_dirty = sessions->bulk_end;
    if (sessions->bulk_end != NULL)
        sessions->bulk_end->next_dirty = session;
    else
        sessions->bulk = session;
    sessions->bulk_end = session;
    session->is_in_bulk = true;
}

void sio__session_mark_dirty(struct sio__session *session)
{
    struct sio__sessions *sessions = session->home;
    bool is_bulk = sessions->receivers > SIO__SESSIONS_BULK;

    if (sessions->receivers > 0)
        sessions->receivers++;
    if (session->state == SIO__CLOSED || (session->is_dirty && (is_bulk || !session->is_in_bulk)))
        return;
    unlink_dirty(sessions, session);
    if (is_bulk)
        add_to_bulk(sessions, session);
    else
        add_dirty(sessions, session);
    session->is_dirty = true;
}

static void flush(struct sio__sessions *sessions, struct sio__session *session)
{
    unlink_dirty(sessions, session);
    sio__session_flush(session);
}

bool sio__sessions_turn(struct sio__sessions *sessions)
{
    bool did_something = sessions->dirty != NULL || sessions->closed != NULL;

    while (sessions->dirty != NULL)
        flush(sessions, sessions->dirty);
    free_closed(sessions);
    return did_something;
}

bool sio__sessions_turn_bulk(struct sio__sessions *sessions)
{
    bool did_something = sessions->bulk != NULL;

    for (unsigned i = 0; i < SIO__SESSIONS_STEP && sessions->bulk != NULL; i++)
        flush(sessions, sessions->bulk);
    return did_something;
}

void sio__sessions_close_all(struct sio__sessions *sessions)
{
    while (sessions->table != NULL)
        sio__session_close(sessions->table, true);
}
