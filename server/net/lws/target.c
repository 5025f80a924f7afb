#include "server/net/lws/conn.h"

/* lws decodes percent-escapes, collapses "//" and "/./", cuts the query at & and ; and keeps the
 * pieces.  What comes out here means the same to a WHATWG parser as what the client sent; bytes
 * that could be taken for a delimiter are escaped again. */

static bool stands_in_path(unsigned char c)
{
    return c > ' ' && c < 0x7f && strchr("\"#%<>?\\^`{|}", c) == NULL;
}

static bool stands_in_query(unsigned char c)
{
    return c > ' ' && c < 0x7f && strchr("\"#%&'+;<>", c) == NULL;
}

static void append_escaped(struct sio__buf *out, const char *ptr, size_t len,
                           bool (*stands)(unsigned char))
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)ptr[i];
        if (stands(c)) {
            sio__buf_char(out, (char)c);
        } else {
            sio__buf_char(out, '%');
            sio__buf_char(out, hex[c >> 4]);
            sio__buf_char(out, hex[c & 15]);
        }
    }
}

/* An = in a name was escaped by the client, or lws would have made it a _ (L29). */
static void append_fragments(struct sio__buf *out, struct lws *wsi, enum lws_token_indexes token,
                             char *piece, int room, bool (*stands)(unsigned char))
{
    for (int i = 0;; i++) {
        int len = lws_hdr_copy_fragment(wsi, piece, room, token, i);
        if (len < 0)
            return;
        if (i > 0)
            sio__buf_char(out, '&');
        append_escaped(out, piece, (size_t)len, stands);
    }
}

bool sio__target_rebuild(struct lws *wsi, enum lws_token_indexes method, struct sio__buf *out)
{
    int room =
        lws_hdr_total_length(wsi, method) + lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) + 2;
    struct sio__buf piece = SIO__BUF_INIT;
    char *at = sio__buf_extend(&piece, (size_t)room);

    if (at != NULL) {
        append_fragments(out, wsi, method, at, room, stands_in_path);
        if (sio__lws_has_header(wsi, WSI_TOKEN_HTTP_URI_ARGS)) {
            sio__buf_char(out, '?');
            append_fragments(out, wsi, WSI_TOKEN_HTTP_URI_ARGS, at, room, stands_in_query);
        }
    }
    sio__buf_fini(&piece);
    return at != NULL && !out->failed;
}
