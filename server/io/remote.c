/* What a snapshot of a socket tells. */
#include "protocol/json_read.h"
#include "server/io/fetch.h"
#include "server/io/handshake.h"

const char *sio_remote_socket_id(const sio_remote_socket *socket)
{
    return socket->id.ptr;
}

sio_ns *sio_remote_socket_ns(const sio_remote_socket *socket)
{
    return socket->ns;
}

sio_target sio_remote_socket_target(const sio_remote_socket *socket)
{
    return sio_to_n(sio_all(socket->ns), socket->id.ptr, socket->id.len);
}

bool sio_remote_socket_in_room(const sio_remote_socket *socket, const char *room)
{
    for (size_t i = 0; i < socket->room_count; i++)
        if (sio__slice_eq(socket->rooms[i], sio__slice_of(room)))
            return true;
    return false;
}

void sio_remote_socket_each_room(const sio_remote_socket *socket,
                                 void (*each)(sio_str room, void *user), void *user)
{
    for (size_t i = 0; i < socket->room_count; i++)
        each(sio__str_of(socket->rooms[i]), user);
}

sio_str sio_remote_socket_data_raw(const sio_remote_socket *socket)
{
    return sio__str_of(socket->data);
}

json_t *sio_remote_socket_data(const sio_remote_socket *socket)
{
    return sio__json_read(socket->data.ptr, socket->data.len);
}

sio_str sio_remote_socket_auth_raw(const sio_remote_socket *socket)
{
    return sio__str_of(socket->auth);
}

json_t *sio_remote_socket_auth(const sio_remote_socket *socket)
{
    return sio__json_read(socket->auth.ptr, socket->auth.len);
}

sio_str sio_remote_socket_header(const sio_remote_socket *socket, const char *name)
{
    return sio__str_of(sio__request_header(socket->request, name));
}

void sio_remote_socket_each_header(const sio_remote_socket *socket,
                                   void (*each)(sio_str name, sio_str value, void *user),
                                   void *user)
{
    sio__handshake_each_header(socket->request, each, user);
}

bool sio_remote_socket_query(const sio_remote_socket *socket, const char *name, char *buf,
                             size_t size, size_t *len)
{
    return sio_request_query((const sio_request *)socket->request, name, buf, size, len);
}

bool sio_remote_socket_each_query(const sio_remote_socket *socket,
                                  void (*each)(sio_str name, sio_str value, void *user), void *user)
{
    return sio__handshake_each_query(socket->request, each, user);
}

sio_str sio_remote_socket_url(const sio_remote_socket *socket)
{
    return sio__str_of(socket->request->target);
}

sio_str sio_remote_socket_address(const sio_remote_socket *socket)
{
    return sio__str_of(socket->request->address);
}

bool sio_remote_socket_secure(const sio_remote_socket *socket)
{
    return socket->request->is_secure;
}

bool sio_remote_socket_xdomain(const sio_remote_socket *socket)
{
    return sio__handshake_xdomain(socket->request);
}

int64_t sio_remote_socket_issued_ms(const sio_remote_socket *socket)
{
    return socket->issued_ms;
}
