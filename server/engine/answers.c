#include "server/engine/answers.h"

#include <string.h>

#include "protocol/json_string.h"
#include "protocol/utf8.h"
#include "server/engine/cookie.h"
#include "server/engine/hooks.h"
#include "server/net/coding.h"
#include "server/net/compress.h"

static const struct {
    int status;
    struct sio__slice message, json;
} refusals[] = {
#define REFUSAL(code, status, text)                                                                \
    [code] = {status, SIO__SLICE_INIT(text),                                                       \
              SIO__SLICE_INIT("{\"code\":" #code ",\"message\":\"" text "\"}")}
    REFUSAL(0, 400, "Transport unknown"),
    REFUSAL(1, 400, "Session ID unknown"),
    REFUSAL(2, 400, "Bad handshake method"),
    REFUSAL(3, 400, "Bad request"),
    REFUSAL(4, 403, "Forbidden"),
    REFUSAL(5, 400, "Unsupported protocol version"),
#undef REFUSAL
};

static bool contains(struct sio__slice text, const char *part)
{
    return text.len > 0 && memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* Headers that every answer of a session carries. */
static void add_session_fields(const struct sio__engine *engine, const struct sio__exchange *x,
                               bool is_first, struct sio__fields *fields)
{
    struct sio__slice agent = sio__request_header(x->request, "user-agent");

    if (contains(agent, ";MSIE") || contains(agent, "Trident/"))
        sio__fields_add(fields, SIO__SLICE("X-XSS-Protection"), SIO__SLICE("0"));
    sio__fields_add(fields, SIO__SLICE("cache-control"), SIO__SLICE("no-store"));
    sio__cors_answer(engine->config, x->request, fields);
    sio__kept_headers(x->request, fields);
    sio__hooks_headers(engine, x->request, is_first, fields);
}

static void answer(struct sio__exchange *x, struct sio__answer *answer,
                   const struct sio__fields *fields)
{
    answer->fields = fields->at;
    answer->field_count = fields->count;
    x->ops->answer(x, answer);
}

static void free_body(void *body)
{
    sio__free(body);
}

/* Compresses in place where it is worth it and the client takes it; as it was when there is no
 * memory for that.  Returns how. */
static enum sio__coding compress_body(const sio_config *config, const struct sio__request *request,
                                      struct sio__slice *body)
{
    enum sio__coding coding;
    char *small = NULL;
    size_t len = 0;

    if (!config->http_compression || body->len < config->http_compression_threshold)
        return SIO__CODING_NONE;
    coding = sio__coding_choose(sio__request_header(request, "accept-encoding"));
    if (coding == SIO__CODING_NONE || !sio__compress(coding, *body, &small, &len) || small == NULL)
        return SIO__CODING_NONE;
    sio__free((void *)body->ptr);
    *body = sio__slice_make(small, len);
    return coding;
}

bool sio__answer_packets(const struct sio__session *session, struct sio__exchange *x,
                         struct sio__buf *body, struct sio__packets_answer how)
{
    const sio_config *config = session->engine->config;
    struct sio__buf cookie = SIO__BUF_INIT;
    struct sio__fields fields = {.count = 0};
    struct sio__slice bytes;
    enum sio__coding coding;
    struct sio__answer reply = {
        .status = 200,
        .content_type = how.is_binary ? "application/octet-stream" : "text/plain; charset=UTF-8",
    };

    bytes.ptr = sio__buf_take(body, &bytes.len);
    if (how.is_first && config->cookie.enabled)
        sio__cookie_write(&cookie, &config->cookie, session->sid);
    if (bytes.ptr == NULL || cookie.failed) {
        sio__free((void *)bytes.ptr);
        sio__buf_fini(&cookie);
        x->ops->destroy(x);
        return false;
    }
    coding = how.compress ? compress_body(config, x->request, &bytes) : SIO__CODING_NONE;
    if (coding != SIO__CODING_NONE)
        sio__fields_add(&fields, SIO__SLICE("Content-Encoding"), sio__coding_name(coding));
    add_session_fields(session->engine, x, how.is_first, &fields);
    if (cookie.len > 0)
        sio__fields_add(&fields, SIO__SLICE("Set-Cookie"), sio__buf_view(&cookie));
    reply.body = bytes;
    reply.release = free_body;
    reply.release_arg = (void *)bytes.ptr;
    answer(x, &reply, &fields);
    sio__buf_fini(&cookie);
    return true;
}

void sio__answer_ok(const struct sio__engine *engine, struct sio__exchange *x)
{
    struct sio__fields fields = {.count = 0};
    struct sio__answer reply = {
        .status = 200, .content_type = "text/html", .body = SIO__SLICE("ok")};

    add_session_fields(engine, x, false, &fields);
    answer(x, &reply, &fields);
}

static void answer_bare(const struct sio__engine *engine, struct sio__exchange *x,
                        struct sio__answer *reply)
{
    struct sio__fields fields = {.count = 0};

    sio__cors_answer(engine->config, x->request, &fields);
    sio__kept_headers(x->request, &fields);
    answer(x, reply, &fields);
}

void sio__answer_empty(const struct sio__engine *engine, struct sio__exchange *x, int status)
{
    struct sio__answer reply = {.status = status};
    answer_bare(engine, x, &reply);
}

void sio__answer_cut(const struct sio__engine *engine, struct sio__exchange *x)
{
    struct sio__answer reply = {.status = 400, .close = true};
    answer_bare(engine, x, &reply);
}

void sio__answer_for_app(const struct sio__engine *engine, struct sio__exchange *x,
                         const struct sio__answer *given)
{
    struct sio__answer reply = *given;
    answer_bare(engine, x, &reply);
}

void sio__answer_preflight(struct sio__exchange *x, const struct sio__fields *fields)
{
    struct sio__answer reply = {.status = 204};
    answer(x, &reply, fields);
}

void sio__fill_refusal(struct sio__answer *answer, enum sio__refusal why)
{
    *answer = (struct sio__answer){
        .status = refusals[why].status,
        .content_type = "application/json",
        .body = refusals[why].json,
    };
}

void sio__answer_refusal(const struct sio__engine *engine, struct sio__exchange *x,
                         enum sio__refusal why)
{
    struct sio__answer reply;

    sio__fill_refusal(&reply, why);
    answer_bare(engine, x, &reply);
}

const char *sio__refusal_text(enum sio__refusal why)
{
    return refusals[why].message.ptr;
}

void sio__answer_forbidden(const struct sio__engine *engine, struct sio__exchange *x,
                           const char *message)
{
    struct sio__answer reply = {.status = 403, .content_type = "application/json"};
    struct sio__buf json = SIO__BUF_INIT, text = SIO__BUF_INIT;

    if (message == NULL) {
        sio__answer_refusal(engine, x, SIO__FORBIDDEN);
        return;
    }
    sio__utf8_repair(&text, message, strlen(message));
    sio__buf_lit(&json, "{\"code\":4,\"message\":\"");
    sio__json_escape_to(&json, text.ptr, text.len);
    sio__buf_lit(&json, "\"}");
    if (json.failed || text.failed) {
        sio__answer_refusal(engine, x, SIO__FORBIDDEN);
    } else {
        reply.body = sio__buf_view(&json);
        answer_bare(engine, x, &reply);
    }
    sio__buf_fini(&json);
    sio__buf_fini(&text);
}

void sio__refuse_upgrade(struct sio__answer *answer, enum sio__refusal why)
{
    *answer = (struct sio__answer){
        .status = 400,
        .content_type = "text/html",
        .body = refusals[why].message,
        .close = true,
    };
}
