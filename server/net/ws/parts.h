/* parts.h: what the files of this folder share. */
#ifndef SERVER_NET_WS_PARTS_H
#define SERVER_NET_WS_PARTS_H

#include "protocol/buf.h"
#include "protocol/mem.h"
#include "protocol/ws_header.h"
#include "server/net/ws/ws.h"

enum sio__ws_state { SIO__WS_OPEN, SIO__WS_CLOSING, SIO__WS_LINGER, SIO__WS_DEAD };

struct sio__ws {
    struct sio__link link;
    uv_poll_t poll;
    struct sio__ws_group *group;
    struct sio__ws *next, *prev;
    struct sio__timer timer; /* what for follows from the state */
    struct sio__stream stream;
    uint8_t state; /* enum sio__ws_state */

    /* In. */
    bool is_midmessage; /* fragments lie in the message */
    bool is_binary;     /* that message */
    bool is_deflated;   /* that message */
    bool has_header;    /* of the frame whose payload is coming in */
    uint8_t head_len;
    unsigned char head[SIO__WS_HEADER_MOST]; /* a header that was cut */
    uint32_t fragments;                      /* of the message */
    struct sio__ws_header header;
    uint64_t taken;              /* bytes of its payload */
    struct sio__buf cut;         /* a control frame's payload that comes in pieces */
    struct sio__buf message;     /* a message that comes in pieces */
    struct sio__ws_ahead *ahead; /* what came too much for a turn; NULL: nothing */

    /* Out. */
    bool awaits_write;           /* the socket has taken all it can */
    bool is_midway;              /* part of a packet is out: no other frame may come now */
    struct sio__frame *pong;     /* waits; a newer one takes its place */
    struct sio__frame *last;     /* a close frame that waits */
    uint32_t deflate_most_bytes; /* of a payload (sendq.h); 0: deflate was not granted */
};

static inline struct sio__ws *sio__ws_of(struct sio__link *link)
{
    return (struct sio__ws *)link;
}

/* --- ws.c ---------------------------------------------------------------------------------- */

/* The link is over (event: closed), the connection still has to close. */
void sio__ws_lose(struct sio__ws *ws, enum sio__link_end how);

/* Over for good: frees it at the end of the turn. */
void sio__ws_drop(struct sio__ws *ws);

/* Both sides have said that they close: ours ends here, and awaits the peer's end. */
void sio__ws_linger(struct sio__ws *ws);

/* The link's owner has ended it: no event follows. */
void sio__ws_end(struct sio__ws *ws);

/* The link's stream and request are somebody else's. */
void sio__ws_release(struct sio__link *link, struct sio__stream *stream);

void sio__ws_time(struct sio__ws *ws, uint64_t ms);

/* Has the loop look for what there is to do. */
void sio__ws_watch(struct sio__ws *ws);

/* --- read.c -------------------------------------------------------------------------------- */

/* Reads and handles what has come. */
void sio__ws_read(struct sio__ws *ws);

/* Takes what has come, up to its share of a turn; returns how many bytes that was.  The bytes are
 * written to. */
size_t sio__ws_take(struct sio__ws *ws, unsigned char *ptr, size_t len);

/* What has come ends within a message. */
static inline bool sio__ws_is_cut(const struct sio__ws *ws)
{
    return ws->is_midmessage || ws->has_header || ws->head_len > 0;
}

/* The connection is no more. */
void sio__ws_lost(struct sio__ws *ws);

/* Forgets what has come of a message. */
void sio__ws_read_fini(struct sio__ws *ws);

/* --- ahead.c ------------------------------------------------------------------------------- */

/* Keeps a copy for the next turn; nothing may be kept yet.  False: out of memory. */
bool sio__ws_put_ahead(struct sio__ws *ws, const unsigned char *ptr, size_t len);
void sio__ws_forget_ahead(struct sio__ws *ws);
void sio__ws_ahead_fini(struct sio__ws_group *group);

/* --- write.c ------------------------------------------------------------------------------- */

extern const struct sio__link_ops sio__ws_link_ops;

/* Sends a control frame as soon as one may stand there; takes the reference over. */
void sio__ws_send_pong(struct sio__ws *ws, struct sio__frame *pong);
void sio__ws_send_last(struct sio__ws *ws, struct sio__frame *last);

/* Our side of the connection is over, behind all that was written. */
void sio__ws_end_stream(struct sio__ws *ws);

/* Sees to it that what the stream holds back goes out. */
void sio__ws_unchoke(struct sio__ws *ws);

/* The socket takes bytes again. */
void sio__ws_write(struct sio__ws *ws);

#endif
