/* relay_link.c: WebSockets of a session that lives on another worker move there, socket and all. */
#include "server/engine/relay.h"
#include "server/net/inbox.h"
#include "server/server.h"

struct move {
    struct sio__letter letter;
    struct sio__engine *engine;
    struct sio__worker *home;
    struct sio__request *request;
    struct sio__stream stream;
};

static void on_move(struct sio__letter *letter, void *worker)
{
    struct sio__worker *home = worker;
    struct move move = *(struct move *)letter;
    struct sio__link *link = sio__transport_take(home->transport, &move.stream, move.request);

    sio__free(letter);
    if (link == NULL)
        return;
    link->max_message_bytes = home->server->config.max_http_buffer_size;
    sio__engine_relayed_link(move.engine, home, link);
}

/* The home worker has ended: the client sees that its connection has.  here: this thread's. */
static void lose(struct move *move, struct sio__worker *here)
{
    SIO__COUNT(&here->stats, connections_closed);
    sio__request_rele(move->request);
    sio__stream_close(&move->stream);
    sio__free(move);
}

static void drop_move(struct sio__letter *letter)
{
    struct move *move = (struct move *)letter;

    lose(move, move->home);
}

void sio__relay_link(struct sio__engine *engine, struct sio__worker *worker,
                     struct sio__worker *home, struct sio__link *link)
{
    struct move *move = sio__malloc(sizeof *move);

    if (move == NULL) {
        SIO__COUNT(&worker->stats, out_of_memory);
        link->ops->end(link, sio__frame_close_code(0));
        return;
    }
    move->letter.deliver = on_move;
    move->letter.drop = drop_move;
    move->engine = engine;
    move->home = home;
    move->request = link->request;
    link->ops->release(link, &move->stream);
    if (!sio__worker_post(home, &move->letter))
        lose(move, worker);
}
