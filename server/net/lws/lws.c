#include "server/net/lws/conn.h"

#include <malloc.h>

int sio__lws_fd(const struct sio__conn *conn)
{
    return conn->wsi != NULL ? (int)lws_get_socket_fd(conn->wsi) : -1;
}

/* L1: a transaction that awaits its answer does not read, so a FIN or one more byte would make a
 * busy loop.  L2: and lws would cut it after timeout_secs. */
void sio__lws_pause(struct sio__conn *conn)
{
    if (conn->wsi == NULL)
        return;
    lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
    lws_rx_flow_control(conn->wsi, 0);
}

void sio__lws_resume(struct sio__conn *conn)
{
    if (conn->wsi != NULL)
        lws_rx_flow_control(conn->wsi, 1);
}

/* Its struct is private, but lws tells the descriptor: the field is the one by which it changes
 * what it says. */
void sio__lws_forget_fd(struct lws *wake)
{
#if LWS_LIBRARY_VERSION_NUMBER < 4003010
    int *field = (int *)wake, fd = wake != NULL ? (int)lws_get_socket_fd(wake) : -1;
    size_t count = wake != NULL ? malloc_usable_size(wake) / sizeof *field : 0;

    for (; count > 0 && fd >= 0; count--, field++) {
        if (*field != fd)
            continue;
        *field = -1;
        if (lws_get_socket_fd(wake) < 0)
            return;
        *field = fd;
    }
#else
    (void)wake;
#endif
}

bool sio__lws_has_fragment(struct lws *wsi, enum lws_token_indexes token, int index)
{
    char nothing[1];

    return lws_hdr_fragment_length(wsi, token, index) > 0 ||
           lws_hdr_copy_fragment(wsi, nothing, sizeof nothing, token, index) == 0;
}
