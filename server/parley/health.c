#include "health.h"

#include <arpa/inet.h>
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

bool health_check(uint16_t port)
{
    static const char ask[] =
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char want[] = "HTTP/1.1 200 ";
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {.tv_sec = 3};
    char answer[sizeof want] = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_well;

    if (fd < 0)
        return false;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    is_well = connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0 &&
              send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) == sizeof ask - 1 &&
              recv(fd, answer, sizeof want - 1, MSG_WAITALL) == sizeof want - 1 &&
              strcmp(answer, want) == 0;
    close(fd);
    return is_well;
}
