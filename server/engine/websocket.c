/* websocket.c: a session's WebSocket: each message is a packet. */
#include "server/engine/session.h"
#include "server/server.h"

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    sio__session_receive(link->owner, binary, sio__slice_make(ptr, len));
}

static void on_writable(struct sio__link *link)
{
    sio__session_flush(link->owner);
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct sio__session *session = link->owner;

    session->link = NULL;
    sio__session_end(session, how == SIO__LINK_ERROR ? SIO__CLOSE_TRANSPORT_ERROR
                                                     : SIO__CLOSE_TRANSPORT_CLOSE);
}

static const struct sio__link_events events = {on_message, on_writable, on_closed};

void sio__websocket_take(struct sio__session *session, struct sio__link *link)
{
    session->link = link;
    link->owner = session;
    link->events = &events;
}
