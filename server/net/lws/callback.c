#include "server/net/lws/conn.h"

/* L10, L11: what lws holds on to is freed when it lets go of the wsi, and not before. */
static void on_destroy(struct sio__conn *conn)
{
    sio__conn_end(conn);
    conn->wsi = NULL;
    sio__conn_free(conn);
}

static int on_closed(struct sio__conn *conn)
{
    sio__conn_end(conn);
    conn->wsi = NULL;
    return 0;
}

static int on_connection(struct sio__conn *conn, enum lws_callback_reasons reason, void *in,
                         size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return sio__upgrade_confirm(conn); /* L27: never look at `in` */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return conn->is_upgrading ? 0 : -1;
    case LWS_CALLBACK_ADD_HEADERS:
        return sio__upgrade_headers(conn, in);
    case LWS_CALLBACK_HTTP:
        return sio__http_request(conn);
    case LWS_CALLBACK_HTTP_BODY:
        return sio__http_body(conn, in, len);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return sio__http_body_end(conn);
    case LWS_CALLBACK_ESTABLISHED:
        return conn->is_waiting ? sio__wait_opened(conn) : sio__handoff_add(conn);
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return -1; /* nobody may read a frame here (L38) */
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
        return on_closed(conn);
    case LWS_CALLBACK_WSI_DESTROY:
        on_destroy(conn);
        return 0;
    default:
        return 0;
    }
}

/* L13: CONNECT makes lws hand the connection over as a raw socket. */
static bool is_raw(enum lws_callback_reasons reason)
{
    switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_CONNECTED:
    case LWS_CALLBACK_RAW_RX:
    case LWS_CALLBACK_RAW_WRITEABLE:
    case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL:
    case LWS_CALLBACK_RAW_ADOPT_FILE:
    case LWS_CALLBACK_RAW_RX_FILE:
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
        return true;
    default:
        return false;
    }
}

int sio__lws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t len)
{
    struct sio__conn *conn;

    (void)user;
    if (is_raw(reason))
        return -1;
    conn = lws_get_opaque_user_data(wsi);
    if (conn == NULL)
        return 0; /* lws's own */
    if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED)
        conn->wsi = wsi;
    return on_connection(conn, reason, in, len);
}
