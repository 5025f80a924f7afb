#include "server/net/lws/conn.h"

#include "protocol/http_field.h"
#include "protocol/ws_extensions.h"

/* L30: lws takes nearly anything for a WebSocket handshake, and ends one that it refuses without
 * an answer.  So everything is checked here, before it looks. */

static int refuse(struct sio__conn *conn, const struct sio__answer *answer)
{
    struct sio__answer last = *answer;

    last.close = true;
    conn->is_head = false;
    if (sio__reply_make(conn, &last, false))
        sio__reply_push(conn);
    sio__reply_drop(conn);
    return -1;
}

/* One line of log for what never gets to an engine. */
static void tell(const struct sio__conn *conn, const char *hint)
{
    SIO__COUNT(conn->transport->config.stats, requests_refused);
    SIO__LOG(conn->transport->config.log, SIO_LOG_INFO, "WebSocket handshake refused: %s", hint);
}

static int refuse_text(struct sio__conn *conn, int status, const char *text, const char *hint)
{
    const struct sio__answer answer = {
        .status = status, .content_type = "text/html", .body = sio__slice_of(text)};

    tell(conn, hint);
    return refuse(conn, &answer);
}

static int refuse_version(struct sio__conn *conn)
{
    static const struct sio__field versions = {SIO__SLICE_INIT("Sec-WebSocket-Version"),
                                               SIO__SLICE_INIT("13, 8")};
    static const struct sio__answer answer = {
        .status = 400,
        .content_type = "text/html",
        .fields = &versions,
        .field_count = 1,
        .body = SIO__SLICE_INIT("Missing or invalid Sec-WebSocket-Version header")};

    tell(conn, "Sec-WebSocket-Version is missing, or neither 13 nor 8");
    return refuse(conn, &answer);
}

/* L12: h2c would reach the HTTP/2 code.  L27: for any other value lws has already answered and
 * freed what the callback's `in` points to. */
static bool is_websocket(struct lws *wsi)
{
    char text[16];
    int len = lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_UPGRADE);

    return len > 0 && sio__slice_ieq(sio__slice_make(text, (size_t)len), SIO__SLICE("websocket"));
}

/* 22 characters of base64 and two of padding: 16 bytes. */
static bool is_key(struct sio__slice key)
{
    if (key.len != 24 || memcmp(key.ptr + 22, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < 22; i++)
        if (!((key.ptr[i] >= 'A' && key.ptr[i] <= 'Z') ||
              (key.ptr[i] >= 'a' && key.ptr[i] <= 'z') ||
              (key.ptr[i] >= '0' && key.ptr[i] <= '9') || key.ptr[i] == '+' || key.ptr[i] == '/'))
            return false;
    return true;
}

/* L30: of the offered subprotocols lws takes the first that it knows, and knows one by the name in
 * its table.  That name is ours to write: it becomes the first one offered, which lws then echoes,
 * before it looks at another request.  False: lws would not read the offer. */
static bool name_subprotocol(struct sio__conn *conn)
{
    struct lws_tokenize ts;
    char offer[128];
    int len = lws_hdr_copy(conn->wsi, offer, sizeof offer - 1, WSI_TOKEN_PROTOCOL);
    lws_tokenize_elem e;

    if (len <= 0)
        return len == 0;
    memset(&ts, 0, sizeof ts);
    ts.start = offer;
    ts.len = (size_t)len;
    ts.flags = LWS_TOKENIZE_F_COMMA_SEP_LIST | LWS_TOKENIZE_F_MINUS_NONTERM |
               LWS_TOKENIZE_F_DOT_NONTERM | LWS_TOKENIZE_F_RFC7230_DELIMS;
    do
        e = lws_tokenize(&ts);
    while (e == LWS_TOKZE_DELIMITER);
    return e == LWS_TOKZE_TOKEN && lws_tokenize_cstr(&ts, conn->transport->subprotocol,
                                                     sizeof conn->transport->subprotocol) == 0;
}

static int refuse_extensions(struct sio__conn *conn, const char *hint)
{
    return refuse_text(conn, 400, "Invalid or unacceptable Sec-WebSocket-Extensions header", hint);
}

/* What a client wants deflated we deflate with our own window, or leave (docs/DIFFERENCES.md). */
static bool read_offer(struct sio__conn *conn, struct sio__request *request,
                       struct sio__ws_offer *offer)
{
    const sio_per_message_deflate *deflate = conn->transport->config.deflate;
    struct sio__slice value = sio__request_header(request, "sec-websocket-extensions");

    *offer = (struct sio__ws_offer){.is_made = false};
    if (deflate == NULL || value.ptr == NULL)
        return true;
    if (!sio__ws_extensions_read(value, offer))
        return false;
    if (!offer->is_made)
        return true;
    request->deflate_bits = deflate->window_bits;
    if (offer->server_window_bits != 0 && offer->server_window_bits < deflate->window_bits)
        request->deflate_bits = offer->server_window_bits;
    return true;
}

static bool put_grant(struct sio__buf *out, const struct sio__ws_offer *offer, uint8_t window_bits)
{
    struct sio__buf value = SIO__BUF_INIT;
    bool is_put;

    if (!offer->is_made)
        return true;
    sio__ws_extensions_grant(&value, offer, window_bits);
    is_put = !value.failed &&
             sio__reply_field(out, SIO__SLICE("Sec-WebSocket-Extensions"), sio__buf_view(&value));
    sio__buf_fini(&value);
    return is_put;
}

static bool keep_fields(struct sio__conn *conn, const struct sio__answer *accept)
{
    struct sio__buf *out = &conn->transport->accepted;

    for (size_t i = 0; i < accept->field_count; i++)
        if (!sio__reply_field(out, accept->fields[i].name, accept->fields[i].value))
            return false;
    return !out->failed && out->len < SIO__LWS_READ_BYTES / 2;
}

static int ask_routes(struct sio__conn *conn, struct sio__request *request,
                      const struct sio__ws_offer *offer)
{
    struct sio__transport *transport = conn->transport;
    struct sio__answer accept = {0}, refusal = {0};
    enum sio__upgrade decision =
        transport->config.routes->upgrade(transport->config.user, request, &accept, &refusal);

    if (decision == SIO__UPGRADE_REFUSE)
        return refusal.status == 0 ? -1 : refuse(conn, &refusal);
    sio__buf_clear(&transport->accepted);
    if (!put_grant(&transport->accepted, offer, request->deflate_bits) ||
        !keep_fields(conn, &accept))
        return refuse_text(conn, 500, "", "the headers of its answer are too long");
    conn->is_upgrading = true;
    conn->is_waiting = decision == SIO__UPGRADE_HOLD;
    return 0;
}

static int check(struct sio__conn *conn, struct sio__request *request)
{
    /* What lws reads of them; with a longer one it hangs up. */
    enum { CONNECTION_BYTES_MOST = 120, EXTENSIONS_BYTES_MOST = 250 };
    struct sio__slice version = sio__request_header(request, "sec-websocket-version");
    struct sio__slice connection = sio__request_header(request, "connection");
    struct sio__ws_offer offer;

    if (request->method != SIO__GET)
        return refuse_text(conn, 400, "Bad handshake method", "it is not a GET");
    if (request->is_http10 || connection.len > CONNECTION_BYTES_MOST ||
        !sio__head_has_token(connection, SIO__SLICE("upgrade")))
        return refuse_text(conn, 400, "Bad request",
                           "no Connection: upgrade, or HTTP/1.0: does a proxy strip it?");
    if (!is_key(sio__request_header(request, "sec-websocket-key")))
        return refuse_text(conn, 400, "Missing or invalid Sec-WebSocket-Key header",
                           "no usable Sec-WebSocket-Key");
    if (!sio__slice_is(version, "13") && !sio__slice_is(version, "8"))
        return refuse_version(conn);
    if (sio__request_header(request, "sec-websocket-extensions").len > EXTENSIONS_BYTES_MOST)
        return refuse_extensions(conn, "Sec-WebSocket-Extensions is too long");
    if (!read_offer(conn, request, &offer))
        return refuse_extensions(conn, "Sec-WebSocket-Extensions is wrong, or offers what is");
    if (!name_subprotocol(conn))
        return refuse_text(conn, 400, "Invalid Sec-WebSocket-Protocol header",
                           "Sec-WebSocket-Protocol is no list of names");
    return ask_routes(conn, request, &offer);
}

int sio__upgrade_confirm(struct sio__conn *conn)
{
    struct sio__head head;
    int result;

    if (conn->state != SIO__CONN_IDLE || conn->is_killed || conn->transport->is_stopping)
        return -1;
    if (!is_websocket(conn->wsi)) {
        tell(conn, "it asks for something else than websocket");
        return -1;
    }
    SIO__COUNT(conn->transport->config.stats, requests);
    switch (sio__head_read(conn, true, &head)) {
    case SIO__HEAD_NO_MEMORY:
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
        return -1;
    case SIO__HEAD_BAD:
        if (head.method != SIO__GET && head.method != SIO__METHOD_OTHER)
            return refuse_text(conn, 400, "Bad handshake method", "it is not a GET");
        return refuse_text(conn, head.status, "Bad request", "its head breaks the rules of HTTP");
    default:
        break;
    }
    result = check(conn, head.request);
    if (result == 0)
        conn->request = head.request;
    else
        sio__request_rele(head.request);
    return result;
}

int sio__upgrade_headers(struct sio__conn *conn, struct lws_process_html_args *args)
{
    const struct sio__buf *fields = &conn->transport->accepted;

    if (!conn->is_upgrading || args->max_len < 4 || fields->len > (size_t)args->max_len - 4)
        return -1;
    if (fields->len > 0)
        memcpy(args->p, fields->ptr, fields->len);
    args->p += fields->len;
    return conn->is_waiting && !sio__wait_begin(conn) ? -1 : 0;
}
