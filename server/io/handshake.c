/* What a socket knows of its session's first request, and the auth that its client gave. */
#include "server/io/handshake.h"

#include "protocol/json_read.h"
#include "protocol/json_string.h"
#include "protocol/query.h"
#include "server/io/socket.h"

enum { AUTH_PARAMETERS = 1000 }; /* of an old client's CONNECT */

static const struct sio__request *request_of(const sio_socket *socket)
{
    return socket->client->request;
}

sio_str sio_socket_auth_raw(const sio_socket *socket)
{
    return socket->auth_len > 0 ? (sio_str){socket->auth, socket->auth_len} : (sio_str){"{}", 2};
}

json_t *sio_socket_auth(const sio_socket *socket)
{
    sio_str text = sio_socket_auth_raw(socket);

    return sio__json_read(text.ptr, text.len);
}

static void append_string(struct sio__buf *out, struct sio__slice raw)
{
    struct sio__buf text = SIO__BUF_INIT;

    sio__query_decode(&text, raw);
    sio__buf_char(out, '"');
    sio__json_escape_to(out, text.ptr, text.len);
    sio__buf_char(out, '"');
    out->failed = out->failed || text.failed;
    sio__buf_fini(&text);
}

void sio__auth_of_query(struct sio__buf *out, struct sio__slice query)
{
    struct sio__slice key, value;
    unsigned count = 0;

    while (count < AUTH_PARAMETERS && sio__query_next(&query, &key, &value)) {
        sio__buf_char(out, count++ == 0 ? '{' : ',');
        append_string(out, key);
        sio__buf_char(out, ':');
        append_string(out, value);
    }
    if (count > 0)
        sio__buf_char(out, '}');
}

sio_str sio_socket_header(const sio_socket *socket, const char *name)
{
    return sio__str_of(sio__request_header(request_of(socket), name));
}

void sio__handshake_each_header(const struct sio__request *request, sio__each_pair_fn *each,
                                void *user)
{
    for (uint32_t i = 0; i < request->header_count; i++)
        each(sio__str_of(request->headers[i].name), sio__str_of(request->headers[i].value), user);
}

void sio_socket_each_header(const sio_socket *socket,
                            void (*each)(sio_str name, sio_str value, void *user), void *user)
{
    sio__handshake_each_header(request_of(socket), each, user);
}

bool sio_socket_query(const sio_socket *socket, const char *name, char *buf, size_t size,
                      size_t *len)
{
    return sio_request_query(sio_socket_request(socket), name, buf, size, len);
}

bool sio__handshake_each_query(const struct sio__request *request, sio__each_pair_fn *each,
                               void *user)
{
    struct sio__slice rest = request->query, key, value;
    struct sio__buf name = SIO__BUF_INIT, text = SIO__BUF_INIT;
    bool is_complete = true;

    while (is_complete && sio__query_next(&rest, &key, &value)) {
        sio__buf_clear(&name);
        sio__buf_clear(&text);
        sio__query_decode(&name, key);
        sio__query_decode(&text, value);
        is_complete = !name.failed && !text.failed;
        if (is_complete)
            each(sio__str_of(sio__buf_view(&name)), sio__str_of(sio__buf_view(&text)), user);
    }
    sio__buf_fini(&name);
    sio__buf_fini(&text);
    return is_complete;
}

bool sio_socket_each_query(const sio_socket *socket,
                           void (*each)(sio_str name, sio_str value, void *user), void *user)
{
    return sio__handshake_each_query(request_of(socket), each, user);
}

sio_str sio_socket_url(const sio_socket *socket)
{
    return sio__str_of(request_of(socket)->target);
}

sio_str sio_socket_address(const sio_socket *socket)
{
    return sio__str_of(request_of(socket)->address);
}

bool sio_socket_secure(const sio_socket *socket)
{
    return request_of(socket)->is_secure;
}

bool sio__handshake_xdomain(const struct sio__request *request)
{
    return sio__request_header(request, "origin").ptr != NULL;
}

bool sio_socket_xdomain(const sio_socket *socket)
{
    return sio__handshake_xdomain(request_of(socket));
}

int64_t sio_socket_issued_ms(const sio_socket *socket)
{
    return socket->issued_ms;
}

const char *sio_socket_transport(const sio_socket *socket)
{
    const struct sio__client *client = socket->client;

    return client->session != NULL ? sio__session_transport(client->session) : client->transport;
}

const sio_request *sio_socket_request(const sio_socket *socket)
{
    return (const sio_request *)request_of(socket);
}

sio_conn *sio_socket_conn(const sio_socket *socket)
{
    return (sio_conn *)socket->client->session;
}
