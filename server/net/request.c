#include "server/net/request.h"

#include <string.h>

#include "protocol/mem.h"

static struct sio__slice place(char **at, struct sio__slice text)
{
    struct sio__slice placed = {*at, text.len};

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return placed;
}

static size_t text_bytes(const struct sio__request_head *head)
{
    size_t bytes = head->target.len + head->address.len;

    for (uint32_t i = 0; i < head->header_count; i++)
        bytes += head->headers[i].name.len + head->headers[i].value.len;
    return bytes;
}

struct sio__request *sio__request_new(const struct sio__request_head *head)
{
    size_t table = head->header_count * sizeof(struct sio__request_header);
    struct sio__request *request = sio__malloc(sizeof *request + table + text_bytes(head) + 1);
    struct sio__request_header *headers;
    const char *mark;
    char *at;

    if (request == NULL)
        return NULL;
    headers = (struct sio__request_header *)(request + 1);
    at = (char *)(headers + head->header_count);
    atomic_init(&request->refs, 1);
    request->attached = NULL;
    request->method = head->method;
    request->is_upgrade = head->is_upgrade;
    request->is_secure = head->is_secure;
    request->is_authorized = head->is_authorized;
    request->is_http10 = head->is_http10;
    request->deflate_bits = 0;
    request->port = head->port;
    request->target = place(&at, head->target);
    request->address = place(&at, head->address);
    for (uint32_t i = 0; i < head->header_count; i++) {
        headers[i].name = place(&at, head->headers[i].name);
        headers[i].value = place(&at, head->headers[i].value);
    }
    request->headers = headers;
    request->header_count = head->header_count;

    request->path = request->target;
    request->query = (struct sio__slice){request->target.ptr + request->target.len, 0};
    mark = request->target.len > 0 ? memchr(request->target.ptr, '?', request->target.len) : NULL;
    if (mark != NULL) {
        request->path.len = (size_t)(mark - request->target.ptr);
        request->query.ptr = mark + 1;
        request->query.len = request->target.len - request->path.len - 1;
    }
    return request;
}

struct sio__request *sio__request_hold(struct sio__request *request)
{
    atomic_fetch_add_explicit(&request->refs, 1, memory_order_relaxed);
    return request;
}

void sio__request_rele(struct sio__request *request)
{
    if (request == NULL || atomic_fetch_sub_explicit(&request->refs, 1, memory_order_acq_rel) != 1)
        return;
    while (request->attached != NULL) {
        struct sio__attached *attached = request->attached;
        request->attached = attached->next;
        attached->free(attached);
    }
    sio__free(request);
}

void sio__request_attach(struct sio__request *request, struct sio__attached *attached)
{
    attached->next = request->attached;
    request->attached = attached;
}

struct sio__attached *sio__request_find(const struct sio__request *request,
                                        void (*free)(struct sio__attached *attached))
{
    struct sio__attached *attached = request->attached;

    while (attached != NULL && attached->free != free)
        attached = attached->next;
    return attached;
}

struct sio__slice sio__request_header(const struct sio__request *request, const char *name)
{
    size_t len = strlen(name);

    for (uint32_t i = 0; i < request->header_count; i++) {
        const struct sio__request_header *header = &request->headers[i];
        if (header->name.len == len && memcmp(header->name.ptr, name, len) == 0)
            return header->value;
    }
    return (struct sio__slice){NULL, 0};
}

const char *sio__method_name(enum sio__method method)
{
    static const char *const names[] = {"GET",    "HEAD",    "POST",  "PUT",
                                        "DELETE", "OPTIONS", "PATCH", "OTHER"};
    return names[method];
}
