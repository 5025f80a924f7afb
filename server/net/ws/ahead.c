/* ahead.c: what a WebSocket has sent beyond its share of a turn (SIO__WS_INFLATE_BYTES).  The
 * buffer that it lies in is everybody's, so it is copied; until it is used up nothing more is read.
 */
#include "server/net/ws/parts.h"

struct sio__ws_ahead {
    struct sio__ws_ahead *next;
    struct sio__ws *ws; /* NULL: it is no more */
    size_t at, len;
    unsigned char bytes[];
};

static void append(struct sio__ws_group *group, struct sio__ws_ahead *ahead)
{
    ahead->next = NULL;
    *group->ahead_end = ahead;
    group->ahead_end = &ahead->next;
}

static struct sio__ws_ahead *take_all(struct sio__ws_group *group)
{
    struct sio__ws_ahead *all = group->ahead;

    group->ahead = NULL;
    group->ahead_end = &group->ahead;
    return all;
}

bool sio__ws_put_ahead(struct sio__ws *ws, const unsigned char *ptr, size_t len)
{
    struct sio__ws_ahead *ahead = sio__malloc(sizeof *ahead + len);

    if (ahead == NULL)
        return false;
    ahead->ws = ws;
    ahead->at = 0;
    ahead->len = len;
    memcpy(ahead->bytes, ptr, len);
    ws->ahead = ahead;
    append(ws->group, ahead);
    return true;
}

void sio__ws_forget_ahead(struct sio__ws *ws)
{
    if (ws->ahead != NULL)
        ws->ahead->ws = NULL;
    ws->ahead = NULL;
}

static void go_on(struct sio__ws_group *group, struct sio__ws_ahead *ahead)
{
    if (ahead->ws != NULL)
        ahead->at += sio__ws_take(ahead->ws, ahead->bytes + ahead->at, ahead->len - ahead->at);
    if (ahead->ws != NULL && ahead->at < ahead->len) {
        append(group, ahead);
        return;
    }
    if (ahead->ws != NULL)
        ahead->ws->ahead = NULL;
    sio__free(ahead);
}

void sio__ws_group_catch_up(struct sio__ws_group *group)
{
    struct sio__ws_ahead *ahead = take_all(group);

    while (ahead != NULL) {
        struct sio__ws_ahead *next = ahead->next;

        go_on(group, ahead);
        ahead = next;
    }
}

void sio__ws_ahead_fini(struct sio__ws_group *group)
{
    struct sio__ws_ahead *ahead = take_all(group);

    while (ahead != NULL) {
        struct sio__ws_ahead *next = ahead->next;

        sio__free(ahead);
        ahead = next;
    }
}
