#include "handshake.h"

#include <time.h>

static json_t *text(sio_str str)
{
    return json_stringn(str.ptr != NULL ? str.ptr : "", str.len);
}

static void put(sio_str name, sio_str value, void *object)
{
    char key[256];

    if (name.len >= sizeof key)
        return;
    for (size_t i = 0; i < name.len; i++)
        key[i] = name.ptr[i];
    key[name.len] = '\0';
    json_object_set_new(object, key, text(value));
}

static json_t *time_text(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    char line[80];

    gmtime_r(&seconds, &utc);
    strftime(line, sizeof line, "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", &utc);
    return json_string(line);
}

json_t *handshake_json(const sio_socket *socket)
{
    json_t *headers = json_object(), *query = json_object();

    sio_socket_each_header(socket, put, headers);
    sio_socket_each_query(socket, put, query);
    return json_pack("{s:o, s:o, s:o, s:b, s:b, s:I, s:o, s:o, s:o}", "headers", headers, "time",
                     time_text(sio_socket_issued_ms(socket)), "address",
                     text(sio_socket_address(socket)), "xdomain", sio_socket_xdomain(socket),
                     "secure", sio_socket_secure(socket), "issued",
                     (json_int_t)sio_socket_issued_ms(socket), "url", text(sio_socket_url(socket)),
                     "query", query, "auth", sio_socket_auth(socket));
}

json_t *remote_handshake_json(const sio_remote_socket *socket)
{
    json_t *headers = json_object(), *query = json_object();
    int64_t issued_ms = sio_remote_socket_issued_ms(socket);

    sio_remote_socket_each_header(socket, put, headers);
    sio_remote_socket_each_query(socket, put, query);
    return json_pack("{s:o, s:o, s:o, s:b, s:b, s:I, s:o, s:o, s:o}", "headers", headers, "time",
                     time_text(issued_ms), "address", text(sio_remote_socket_address(socket)),
                     "xdomain", sio_remote_socket_xdomain(socket), "secure",
                     sio_remote_socket_secure(socket), "issued", (json_int_t)issued_ms, "url",
                     text(sio_remote_socket_url(socket)), "query", query, "auth",
                     sio_remote_socket_auth(socket));
}
