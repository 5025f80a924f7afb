/* request.h: an immutable snapshot of one HTTP request's head, in one counted allocation.
 * Made by the transport, kept by whoever needs it later (a session keeps its first request for the
 * handshake data).  References may be taken and dropped on any thread. */
#ifndef SERVER_NET_REQUEST_H
#define SERVER_NET_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/slice.h"

enum sio__method {
    SIO__GET,
    SIO__HEAD,
    SIO__POST,
    SIO__PUT,
    SIO__DELETE,
    SIO__OPTIONS,
    SIO__PATCH,
    SIO__METHOD_OTHER,
};

/* One header of the request; the name is lower-case. */
struct sio__request_header {
    struct sio__slice name;
    struct sio__slice value;
};

/* Something that goes with a request; part of a bigger object. */
struct sio__attached {
    struct sio__attached *next;
    void (*free)(struct sio__attached *attached); /* on the thread of the last reference */
};

struct sio__request {
    _Atomic uint32_t refs;
    struct sio__attached *attached; /* list; changed only before the request is shared */
    enum sio__method method;
    bool is_upgrade;    /* Upgrade: websocket */
    bool is_secure;     /* over TLS */
    bool is_authorized; /* with a client certificate that is good */
    bool is_http10;
    uint8_t deflate_bits;     /* permessage-deflate was granted: the window we keep to; 0: not.  Set
                                 by the transport, before others have it */
    struct sio__slice target; /* as the client sent it: path, and query after '?' */
    struct sio__slice path;   /* raw; part of target */
    struct sio__slice query;  /* raw, without '?'; empty if there is none */
    struct sio__slice address; /* textual IP address of the TCP peer */
    uint16_t port;             /* of the peer */
    uint32_t header_count;
    const struct sio__request_header *headers; /* in the order of the wire as far as it is known */
};

/* What a snapshot is made of; everything is copied. */
struct sio__request_head {
    enum sio__method method;
    bool is_upgrade, is_secure, is_authorized, is_http10;
    struct sio__slice target, address;
    uint16_t port;
    const struct sio__request_header *headers;
    uint32_t header_count;
};

/* NULL: out of memory. */
struct sio__request *sio__request_new(const struct sio__request_head *head);

struct sio__request *sio__request_hold(struct sio__request *request);
void sio__request_rele(struct sio__request *request); /* NULL is allowed */

/* Frees it with the request.  Only by the thread that was handed the request, and before others
 * have it. */
void sio__request_attach(struct sio__request *request, struct sio__attached *attached);

/* What was attached last with this free(); NULL: nothing. */
struct sio__attached *sio__request_find(const struct sio__request *request,
                                        void (*free)(struct sio__attached *attached));

/* The value of a header by its lower-case name; an empty slice with ptr NULL if it is absent. */
struct sio__slice sio__request_header(const struct sio__request *request, const char *name);

/* The method's name as the reference prints it ("GET"; others "OTHER"). */
const char *sio__method_name(enum sio__method method);

#endif
