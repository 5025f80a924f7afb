/* remote.c: sessions reached by their id, from any thread (sio/engine.h). */
#include <string.h>

#include "server/engine/api.h"
#include "server/engine/id.h"
#include "server/server.h"

struct errand {
    struct sio__letter letter;
    const struct sio__engine *engine;
    struct sio__frame *packet; /* to be sent; NULL: the session is to close */
    bool discard;
    size_t id_len;
    char id[];
};

static void free_errand(struct sio__letter *letter)
{
    struct errand *errand = (struct errand *)letter;

    sio__frame_rele(errand->packet);
    sio__free(errand);
}

static void on_errand(struct sio__letter *letter, void *at)
{
    struct errand *errand = (struct errand *)letter;
    struct sio__worker *worker = at;
    struct sio__session *session =
        sio__sessions_find(&worker->sessions, sio__slice_make(errand->id, errand->id_len));

    if (session != NULL && session->engine == errand->engine) {
        if (errand->packet != NULL)
            sio__session_send(session, errand->packet);
        else
            sio__session_close(session, errand->discard);
    }
    free_errand(letter);
}

static sio_err post(const struct errand *like, struct sio__slice id, struct sio__worker *worker)
{
    struct errand *errand = sio__malloc(sizeof *errand + id.len);

    if (errand == NULL)
        return SIO_ENOMEM;
    *errand = *like;
    errand->letter.deliver = on_errand;
    errand->letter.drop = free_errand;
    errand->id_len = id.len;
    memcpy(errand->id, id.ptr, id.len);
    if (errand->packet != NULL)
        sio__frame_hold(errand->packet);
    if (sio__worker_post(worker, &errand->letter))
        return SIO_OK;
    free_errand(&errand->letter);
    return SIO_ECLOSED;
}

/* An id of ours says where its session lives; one of the application's is looked for everywhere. */
static sio_err run(sio_server *server, const struct errand *errand, const char *id)
{
    struct sio__slice text = sio__slice_of(id);
    sio_err err = SIO_OK;
    int index;

    if (!server->is_running)
        return SIO_ECLOSED;
    if (errand->engine->hooks.generate_id == NULL) {
        index = sio__id_worker(text);
        return index < 0 || (unsigned)index >= server->worker_count
                   ? SIO_OK
                   : post(errand, text, &server->workers[index]);
    }
    for (unsigned i = 0; i < server->worker_count && err == SIO_OK; i++)
        err = post(errand, text, &server->workers[i]);
    return err;
}

sio_err sio_engine_send(sio_server *server, const char *path, const char *id, bool binary,
                        const char *ptr, size_t len)
{
    struct errand errand = {.engine = sio__engine_at(server, path)};
    sio_err err;

    if (errand.engine == NULL)
        return SIO_ENOENT;
    if ((err = sio__message_new(&errand.packet, binary, ptr, len)) != SIO_OK)
        return err;
    err = run(server, &errand, id);
    sio__frame_rele(errand.packet);
    return err;
}

sio_err sio_engine_close(sio_server *server, const char *path, const char *id, bool discard)
{
    const struct errand errand = {.engine = sio__engine_at(server, path), .discard = discard};

    return errand.engine == NULL ? SIO_ENOENT : run(server, &errand, id);
}
