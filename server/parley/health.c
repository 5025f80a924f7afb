#include "health.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void on_health(sio_http_request *request, void *server)
{
    char body[64];
    int len = snprintf(body, sizeof body, "{\"ok\":true,\"clients\":%zu}",
                       sio_server_clients_count(server));

    sio_http_answer(request, 200, "application/json", body, (size_t)len);
}

sio_err health_init(sio_server *server)
{
    return sio_http_get(server, "/healthz", on_health, server);
}

static const char ask[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
static const char want[] = "HTTP/1.1 200 ";

static bool is_answered(int fd)
{
    char answer[sizeof want] = {0};

    return send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) == sizeof ask - 1 &&
           recv(fd, answer, sizeof want - 1, MSG_WAITALL) == sizeof want - 1 &&
           strcmp(answer, want) == 0;
}

/* Whose certificate it is does not matter: the port is this machine's. */
static bool is_answered_tls(int fd)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    char answer[sizeof want] = {0};
    bool is_well = ssl != NULL && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1 &&
                   SSL_write(ssl, ask, sizeof ask - 1) == sizeof ask - 1 &&
                   SSL_read(ssl, answer, sizeof want - 1) == sizeof want - 1 &&
                   strcmp(answer, want) == 0;

    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return is_well;
}

bool health_check(uint16_t port, bool is_secure)
{
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {.tv_sec = 3};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_well;

    if (fd < 0)
        return false;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    is_well = connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0 &&
              (is_secure ? is_answered_tls(fd) : is_answered(fd));
    close(fd);
    return is_well;
}
