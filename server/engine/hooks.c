#include "server/engine/hooks.h"

#include <string.h>

#include "protocol/http_field.h"
#include "protocol/query.h"
#include "server/engine/answers.h"
#include "server/server.h"

enum { HEADERS_MAX = 8 };

struct sio_headers {
    struct sio__request *request;
    struct sio__fields *fields;
    unsigned count;
};

/* A header's text, which goes with the request. */
struct text {
    struct sio__attached attached;
    size_t name_len, value_len;
    char bytes[];
};

/* --- the head of a request ----------------------------------------------------------------- */

static const struct sio__request *head_of(const sio_request *request)
{
    return (const struct sio__request *)request;
}

static sio_str str_of(struct sio__slice slice)
{
    return (sio_str){slice.ptr, slice.len};
}

const char *sio_request_method(const sio_request *request)
{
    return sio__method_name(head_of(request)->method);
}

sio_str sio_request_url(const sio_request *request)
{
    return str_of(head_of(request)->target);
}

sio_str sio_request_address(const sio_request *request)
{
    return str_of(head_of(request)->address);
}

bool sio_request_secure(const sio_request *request)
{
    return head_of(request)->is_secure;
}

bool sio_request_authorized(const sio_request *request)
{
    return head_of(request)->is_authorized;
}

bool sio_request_is_upgrade(const sio_request *request)
{
    return head_of(request)->is_upgrade;
}

sio_str sio_request_header(const sio_request *request, const char *name)
{
    return str_of(sio__request_header(head_of(request), name));
}

bool sio_request_query(const sio_request *request, const char *name, char *buf, size_t size,
                       size_t *len)
{
    struct sio__buf value = SIO__BUF_INIT;
    bool is_there = false;

    if (sio__query_find(head_of(request)->query, sio__slice_of(name), &value, &is_there) &&
        is_there && value.len <= size) {
        if (value.len > 0)
            memcpy(buf, value.ptr, value.len);
        *len = value.len;
    } else {
        is_there = false;
    }
    sio__buf_fini(&value);
    return is_there;
}

/* --- headers ------------------------------------------------------------------------------- */

static sio_err text_new(struct text **out, const char *name, const char *value,
                        void (*free_text)(struct sio__attached *attached))
{
    size_t name_len = strlen(name), value_len = strlen(value);
    struct text *text;

    if (!sio__field_token_valid(sio__slice_make(name, name_len)) ||
        !sio__field_value_valid(sio__slice_make(value, value_len)))
        return SIO_EINVAL;
    if ((text = sio__malloc(sizeof *text + name_len + value_len)) == NULL)
        return SIO_ENOMEM;
    memcpy(text->bytes, name, name_len);
    memcpy(text->bytes + name_len, value, value_len);
    text->attached.free = free_text;
    text->name_len = name_len;
    text->value_len = value_len;
    *out = text;
    return SIO_OK;
}

static void add_text(struct sio__fields *fields, const struct text *text)
{
    sio__fields_add(fields, sio__slice_make(text->bytes, text->name_len),
                    sio__slice_make(text->bytes + text->name_len, text->value_len));
}

static void free_text(struct sio__attached *attached)
{
    sio__free(attached);
}

sio_err sio_headers_add(sio_headers *headers, const char *name, const char *value)
{
    struct text *text;
    sio_err err;

    if (headers->count == HEADERS_MAX)
        return SIO_ELIMIT;
    if ((err = text_new(&text, name, value, free_text)) != SIO_OK)
        return err;
    sio__request_attach(headers->request, &text->attached);
    add_text(headers->fields, text);
    headers->count++;
    return SIO_OK;
}

/* Tells those that are kept from the others. */
static void free_kept(struct sio__attached *attached)
{
    sio__free(attached);
}

sio_err sio__kept_header_new(struct sio__attached **out, const char *name, const char *value)
{
    struct text *text;
    sio_err err = text_new(&text, name, value, free_kept);

    if (err == SIO_OK)
        *out = &text->attached;
    return err;
}

void sio__kept_headers(const struct sio__request *request, struct sio__fields *fields)
{
    for (const struct sio__attached *at = request->attached; at != NULL; at = at->next)
        if (at->free == free_kept)
            add_text(fields, (const struct text *)at);
}

void sio__hooks_headers(const struct sio__engine *engine, struct sio__request *request,
                        bool is_first, struct sio__fields *fields)
{
    const sio_engine_hooks *hooks = &engine->hooks;
    struct sio_headers headers = {request, fields, 0};

    if (is_first && hooks->initial_headers != NULL)
        hooks->initial_headers(&headers, (const sio_request *)request, hooks->user);
    if (hooks->headers != NULL)
        hooks->headers(&headers, (const sio_request *)request, hooks->user);
}

/* --- refusals ------------------------------------------------------------------------------ */

void sio__hooks_error(const struct sio__engine *engine, struct sio__request *request,
                      enum sio__refusal why, const char *context)
{
    sio_connection_error error = {(int)why, sio__refusal_text(why), context,
                                  (const sio_request *)request};

    if (engine->hooks.connection_error != NULL)
        engine->hooks.connection_error(&error, engine->hooks.user);
}

/* --- sessions ------------------------------------------------------------------------------ */

static void tell(const struct sio__session *session, sio_session_event event,
                 sio_session_info *info)
{
    const sio_engine_hooks *hooks = &session->engine->hooks;

    info->id = session->sid;
    info->transport = sio__session_transport(session);
    info->protocol = session->revision;
    info->request = (const sio_request *)session->request;
    hooks->session(event, info, hooks->user);
}

void sio__hooks_session(const struct sio__session *session, sio_session_event event)
{
    sio_session_info info = {NULL};

    if (session->engine->hooks.session != NULL)
        tell(session, event, &info);
}

void sio__hooks_received(const struct sio__session *session, const struct sio__eio_packet *packet)
{
    sio_session_info info = {.packet_data = str_of(packet->data)};

    if (session->engine->hooks.session == NULL)
        return;
    info.packet_type = sio__eio_type_name(packet->type);
    tell(session, SIO_SESSION_PACKET, &info);
}

void sio__hooks_created(const struct sio__session *session, const struct sio__frame *packet)
{
    struct sio__eio_packet decoded;

    if (session->engine->hooks.session == NULL)
        return;
    for (; packet != NULL; packet = packet->next) {
        sio_session_info info = {.packet_type = "message"};
        if (sio__frame_is_binary(packet)) {
            info.packet_data = str_of(sio__frame_payload(packet));
        } else if (sio__eio_decode(4, false, sio__frame_payload(packet), &decoded)) {
            info.packet_type = sio__eio_type_name(decoded.type);
            info.packet_data = str_of(decoded.data);
        }
        tell(session, SIO_SESSION_PACKET_CREATE, &info);
    }
}

void sio__hooks_closed(const struct sio__session *session, enum sio__close_reason reason)
{
    static const char *const descriptions[] = {
        [SIO__LOST_TO_LIMIT] = "reads too slowly", [SIO__LOST_TO_MEMORY] = "out of memory"};
    sio_session_info info = {.reason = sio__close_text(reason),
                             .description = descriptions[session->loss]};

    if (session->engine->hooks.session != NULL)
        tell(session, SIO_SESSION_CLOSE, &info);
}

sio_err sio_engine_set_hooks(sio_server *server, const char *path, const sio_engine_hooks *hooks)
{
    struct sio__engine *engine = sio__engine_at(server, path);

    if (server->is_running)
        return SIO_EBUSY;
    if (engine == NULL)
        return SIO_ENOENT;
    engine->hooks = *hooks;
    engine->allow = (struct sio__gatekeeper){.cb = hooks->allow_request, .user = hooks->user};
    return SIO_OK;
}

sio_err sio_engine_use(sio_server *server, const char *path, sio_gatekeeper_cb cb, void *user)
{
    struct sio__engine *engine = sio__engine_at(server, path);
    struct sio__gatekeeper *keeper, **last;

    if (server->is_running)
        return SIO_EBUSY;
    if (engine == NULL)
        return SIO_ENOENT;
    if ((keeper = sio__calloc(1, sizeof *keeper)) == NULL)
        return SIO_ENOMEM;
    keeper->cb = cb;
    keeper->user = user;
    for (last = &engine->middlewares; *last != NULL;)
        last = &(*last)->next;
    *last = keeper;
    return SIO_OK;
}
