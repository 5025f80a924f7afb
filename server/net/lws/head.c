#include "server/net/lws/conn.h"

#include <arpa/inet.h>

#include "protocol/http_field.h"

static const struct {
    enum lws_token_indexes token;
    enum sio__method method;
} methods[] = {
    {WSI_TOKEN_GET_URI, SIO__GET},       {WSI_TOKEN_HEAD_URI, SIO__HEAD},
    {WSI_TOKEN_POST_URI, SIO__POST},     {WSI_TOKEN_PUT_URI, SIO__PUT},
    {WSI_TOKEN_DELETE_URI, SIO__DELETE}, {WSI_TOKEN_OPTIONS_URI, SIO__OPTIONS},
    {WSI_TOKEN_PATCH_URI, SIO__PATCH},   {WSI_TOKEN_CONNECT, SIO__METHOD_OTHER},
};

enum { METHODS = sizeof methods / sizeof *methods };

bool sio__head_has_token(struct sio__slice list, struct sio__slice token)
{
    while (list.len > 0)
        if (sio__slice_ieq(sio__field_next_item(&list, ','), token))
            return true;
    return false;
}

static int bad(struct sio__head *head, int status)
{
    head->status = status;
    return SIO__HEAD_BAD;
}

/* L28: an escaped CR or LF in the target cuts the request line or starts a header line; a cut line
 * has no version. */
static bool read_version(struct lws *wsi, struct sio__head *head)
{
    char text[16];
    int len = lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP);

    if (len != 8 || lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP, 1) > 0)
        return false;
    head->is_http10 = strcmp(text, "HTTP/1.0") == 0;
    return head->is_http10 || strcmp(text, "HTTP/1.1") == 0;
}

static int find_method(struct lws *wsi)
{
    int found = -1;

    for (int i = 0; i < METHODS; i++) {
        if (!sio__lws_has_header(wsi, methods[i].token))
            continue;
        if (found >= 0)
            return -1; /* "POST /x" as a header line */
        found = i;
    }
    return found;
}

/* L14: lws takes the first of several, and reads it by atoll. */
static bool read_length(struct lws *wsi, struct sio__head *head)
{
    char text[32];
    int len;

    head->has_length = sio__lws_has_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    if (!head->has_length)
        return true;
    len = lws_hdr_copy_fragment(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH, 0);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len > 0 && lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) == 0 &&
           sio__field_content_length(sio__slice_make(text, (size_t)len), &head->length);
}

/* L16: only exactly this, once. */
static bool is_chunked(struct lws *wsi)
{
    char text[16];
    struct sio__slice list;
    int len = lws_hdr_copy_fragment(wsi, text, sizeof text, WSI_TOKEN_HTTP_TRANSFER_ENCODING, 0);

    if (len <= 0 || sio__lws_has_fragment(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING, 1))
        return false;
    list = sio__slice_make(text, (size_t)len);
    return sio__slice_ieq(sio__field_next_item(&list, ','), SIO__SLICE("chunked")) && list.len == 0;
}

/* Whether and how a body may follow.  0: all is well, else the status of the refusal. */
static int check_framing(struct lws *wsi, struct sio__head *head)
{
    bool needs_length =
        head->method == SIO__POST || head->method == SIO__PUT || head->method == SIO__PATCH;

    if (sio__lws_has_header(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING)) {
        head->is_chunked =
            !head->has_length && !head->is_http10 && head->method == SIO__POST && is_chunked(wsi);
        if (!head->is_chunked)
            return head->has_length ? 400 : 411;
        return 0;
    }
    if (head->has_length && head->length > INT64_MAX / 2)
        return 413;
    /* L15: without a length the next request would be taken for the body of this one. */
    if (needs_length && !head->has_length)
        return 411;
    if (head->length > 0 && (head->method == SIO__GET || head->method == SIO__HEAD))
        return 400;
    return 0;
}

static void read_peer(const struct sio__conn *conn, char *address, size_t room, uint16_t *port)
{
    address[0] = '\0';
    *port = 0;
    if (conn->peer.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &conn->peer.in.sin_addr, address, (socklen_t)room);
        *port = ntohs(conn->peer.in.sin_port);
    } else if (conn->peer.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &conn->peer.in6.sin6_addr, address, (socklen_t)room);
        *port = ntohs(conn->peer.in6.sin6_port);
    }
}

/* What lws decides about keeping the connection must be what we say: for 1.0 it looks for exactly
 * keep-alive, for 1.1 we end it ourselves. */
static void read_connection(struct sio__head *head)
{
    struct sio__slice value = sio__request_header(head->request, "connection");

    head->wants_close = head->is_http10 ? !sio__slice_ieq(value, SIO__SLICE("keep-alive"))
                                        : sio__head_has_token(value, SIO__SLICE("close"));
    head->expects_continue =
        !head->is_http10 &&
        sio__slice_ieq(sio__request_header(head->request, "expect"), SIO__SLICE("100-continue"));
}

static int snapshot(struct sio__conn *conn, bool is_upgrade, int method, struct sio__head *head)
{
    struct sio__request_header headers[SIO__LWS_HEADERS_MAX];
    struct sio__buf target = SIO__BUF_INIT, text = SIO__BUF_INIT;
    struct sio__request_head raw = {.method = methods[method].method,
                                    .is_upgrade = is_upgrade,
                                    .is_http10 = head->is_http10,
                                    .headers = headers};
    int verdict = SIO__HEAD_NO_MEMORY, status;
    char address[INET6_ADDRSTRLEN];

    read_peer(conn, address, sizeof address, &raw.port);
    raw.address = sio__slice_of(address);
    raw.is_secure = conn->is_secure;
    raw.is_authorized = conn->is_authorized;
    if (!sio__target_rebuild(conn->wsi, methods[method].token, &target))
        goto out;
    raw.target = sio__buf_view(&target);
    status = sio__headers_collect(conn, methods[method].token, headers, &raw.header_count, &text);
    if (status != 0)
        verdict = bad(head, status);
    if (status != 0 || text.failed)
        goto out;
    head->request = sio__request_new(&raw);
    if (head->request != NULL)
        verdict = SIO__HEAD_GOOD;
out:
    sio__buf_fini(&target);
    sio__buf_fini(&text);
    return verdict;
}

enum sio__head_verdict sio__head_read(struct sio__conn *conn, bool is_upgrade,
                                      struct sio__head *head)
{
    struct lws *wsi = conn->wsi;
    int method, verdict;

    memset(head, 0, sizeof *head);
    head->method = SIO__METHOD_OTHER;
    if (!read_version(wsi, head))
        return bad(head, 400);
    method = find_method(wsi);
    if (method < 0)
        return bad(head, 400);
    head->method = methods[method].method;
    if (head->method == SIO__METHOD_OTHER)
        return bad(head, 405);
    if (!head->is_http10 && lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0)
        return bad(head, 400);
    if (!read_length(wsi, head))
        return bad(head, 400);
    head->status = check_framing(wsi, head);
    if (head->status != 0)
        return SIO__HEAD_BAD;
    verdict = snapshot(conn, is_upgrade, method, head);
    if (verdict == SIO__HEAD_GOOD)
        read_connection(head);
    return verdict;
}
