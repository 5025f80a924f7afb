#include "server/engine/answers.h"

#include <string.h>

enum { FIELDS_MAX = 2 };

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
static size_t session_fields(const struct sio__exchange *x, struct sio__field fields[FIELDS_MAX])
{
    struct sio__slice agent = sio__request_header(x->request, "user-agent");
    size_t count = 0;

    if (contains(agent, ";MSIE") || contains(agent, "Trident/"))
        fields[count++] = (struct sio__field){SIO__SLICE("X-XSS-Protection"), SIO__SLICE("0")};
    fields[count++] = (struct sio__field){SIO__SLICE("cache-control"), SIO__SLICE("no-store")};
    return count;
}

void sio__answer_packets(struct sio__exchange *x, bool is_binary, struct sio__slice body,
                         void (*release)(void *), void *release_arg)
{
    struct sio__field fields[FIELDS_MAX];
    struct sio__answer answer = {
        .status = 200,
        .content_type = is_binary ? "application/octet-stream" : "text/plain; charset=UTF-8",
        .fields = fields,
        .field_count = session_fields(x, fields),
        .body = body,
        .release = release,
        .release_arg = release_arg,
    };
    x->ops->answer(x, &answer);
}

void sio__answer_ok(struct sio__exchange *x)
{
    struct sio__field fields[FIELDS_MAX];
    struct sio__answer answer = {
        .status = 200,
        .content_type = "text/html",
        .fields = fields,
        .field_count = session_fields(x, fields),
        .body = SIO__SLICE("ok"),
    };
    x->ops->answer(x, &answer);
}

void sio__answer_empty(struct sio__exchange *x, int status)
{
    struct sio__answer answer = {.status = status};
    x->ops->answer(x, &answer);
}

void sio__answer_cut(struct sio__exchange *x)
{
    struct sio__answer answer = {.status = 400, .close = true};
    x->ops->answer(x, &answer);
}

void sio__fill_refusal(struct sio__answer *answer, enum sio__refusal why)
{
    *answer = (struct sio__answer){
        .status = refusals[why].status,
        .content_type = "application/json",
        .body = refusals[why].json,
    };
}

void sio__answer_refusal(struct sio__exchange *x, enum sio__refusal why)
{
    struct sio__answer answer;

    sio__fill_refusal(&answer, why);
    x->ops->answer(x, &answer);
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
