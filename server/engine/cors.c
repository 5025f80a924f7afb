#include "server/engine/cors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* How the answer names the origin. */
enum allowance {
    ALLOW_NONE,    /* not at all */
    ALLOW_ANY,     /* '*' */
    ALLOW_FIXED,   /* the one that is configured, whatever the request says */
    ALLOW_REQUEST, /* the request's own */
    ALLOW_UNKNOWN, /* a list in which it is not */
    ALLOW_OFF,     /* cors does not apply to this request */
    ALLOW_FAIL,
};

void sio__fields_add(struct sio__fields *fields, struct sio__slice name, struct sio__slice value)
{
    if (fields->count < sizeof fields->at / sizeof fields->at[0])
        fields->at[fields->count++] = (struct sio__field){name, value};
}

static struct sio__slice origin_of(const struct sio__request *request)
{
    return sio__request_header(request, "origin");
}

static bool ends_with(struct sio__slice text, struct sio__slice end)
{
    return text.len >= end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

/* One '*' stands for any characters but '/', at least one. */
static bool matches(struct sio__slice origin, const char *pattern)
{
    const char *star = strchr(pattern, '*');
    struct sio__slice head, tail, middle;

    if (star == NULL)
        return sio__slice_eq(origin, sio__slice_of(pattern));
    head = sio__slice_make(pattern, (size_t)(star - pattern));
    tail = sio__slice_of(star + 1);
    if (origin.len <= head.len + tail.len || memcmp(origin.ptr, head.ptr, head.len) != 0 ||
        !ends_with(origin, tail))
        return false;
    middle = sio__slice_make(origin.ptr + head.len, origin.len - head.len - tail.len);
    return memchr(middle.ptr, '/', middle.len) == NULL;
}

static bool is_listed(const sio_cors *cors, struct sio__slice origin)
{
    for (size_t i = 0; i < cors->origin_count; i++)
        if (origin.len > 0 && matches(origin, cors->origins[i]))
            return true;
    return false;
}

static bool is_any(const sio_cors *cors)
{
    return cors->origin_count == 0 ||
           (cors->origin_count == 1 && strcmp(cors->origins[0], "*") == 0);
}

static enum allowance ask_callback(const sio_cors *cors, struct sio__slice origin)
{
    switch (cors->origin_cb((sio_str){origin.ptr, origin.len}, cors->origin_user)) {
    case SIO_ORIGIN_ALLOW:
        return ALLOW_REQUEST;
    case SIO_ORIGIN_DENY:
        return ALLOW_OFF;
    default:
        return ALLOW_FAIL;
    }
}

static enum allowance judge(const sio_config *config, struct sio__slice origin)
{
    const sio_cors *cors = &config->cors;

    if (!cors->enabled)
        return ALLOW_OFF;
    if (cors->origin_cb != NULL)
        return ask_callback(cors, origin);
    if (cors->reflect_origin)
        return ALLOW_REQUEST;
    if (is_any(cors))
        return ALLOW_ANY;
    if (cors->origin_count == 1 && strchr(cors->origins[0], '*') == NULL)
        return ALLOW_FIXED;
    return is_listed(cors, origin) ? ALLOW_REQUEST : ALLOW_UNKNOWN;
}

static void add_text(struct sio__fields *fields, struct sio__slice name, const char *value)
{
    if (value != NULL)
        sio__fields_add(fields, name, sio__slice_of(value));
}

static void add_origin(const sio_cors *cors, enum allowance allowance, struct sio__slice origin,
                       struct sio__fields *fields)
{
    const struct sio__slice name = SIO__SLICE_INIT("Access-Control-Allow-Origin");

    if (allowance == ALLOW_ANY)
        sio__fields_add(fields, name, SIO__SLICE("*"));
    else if (allowance == ALLOW_FIXED)
        add_text(fields, name, cors->origins[0]);
    else if (allowance == ALLOW_REQUEST && origin.len > 0)
        sio__fields_add(fields, name, origin);
    if (allowance != ALLOW_ANY)
        sio__fields_add(fields, SIO__SLICE("Vary"), SIO__SLICE("Origin"));
    if (cors->credentials)
        sio__fields_add(fields, SIO__SLICE("Access-Control-Allow-Credentials"), SIO__SLICE("true"));
}

void sio__cors_answer(const sio_config *config, const struct sio__request *request,
                      struct sio__fields *fields)
{
    struct sio__slice origin = origin_of(request);
    enum allowance allowance = judge(config, origin);

    if (allowance == ALLOW_OFF || allowance == ALLOW_FAIL)
        return;
    add_origin(&config->cors, allowance, origin, fields);
    add_text(fields, SIO__SLICE("Access-Control-Expose-Headers"), config->cors.exposed_headers);
}

static void add_preflight(const sio_cors *cors, const struct sio__request *request,
                          struct sio__fields *fields)
{
    struct sio__slice asked = sio__request_header(request, "access-control-request-headers");

    sio__fields_add(fields, SIO__SLICE("Access-Control-Allow-Methods"),
                    sio__slice_of(cors->methods));
    if (cors->allowed_headers != NULL) {
        add_text(fields, SIO__SLICE("Access-Control-Allow-Headers"), cors->allowed_headers);
    } else {
        sio__fields_add(fields, SIO__SLICE("Vary"), SIO__SLICE("Access-Control-Request-Headers"));
        if (asked.len > 0)
            sio__fields_add(fields, SIO__SLICE("Access-Control-Allow-Headers"), asked);
    }
    if (cors->max_age_s >= 0) {
        snprintf(fields->number, sizeof fields->number, "%" PRId64, cors->max_age_s);
        add_text(fields, SIO__SLICE("Access-Control-Max-Age"), fields->number);
    }
    add_text(fields, SIO__SLICE("Access-Control-Expose-Headers"), cors->exposed_headers);
    /* Not needed for a 204, but some browsers wait for a body without it. */
    sio__fields_add(fields, SIO__SLICE("Content-Length"), SIO__SLICE("0"));
}

enum sio__cors_step sio__cors_begin(const sio_config *config, const struct sio__request *request,
                                    struct sio__fields *fields)
{
    struct sio__slice origin = origin_of(request);
    enum allowance allowance = judge(config, origin);

    if (allowance == ALLOW_FAIL)
        return SIO__CORS_FAIL;
    if (allowance == ALLOW_OFF || request->method != SIO__OPTIONS)
        return SIO__CORS_GO_ON;
    add_origin(&config->cors, allowance, origin, fields);
    add_preflight(&config->cors, request, fields);
    return SIO__CORS_PREFLIGHT;
}

/* --- who may open sessions ----------------------------------------------------------------- */

/* "https://chat.example:8443" is of the host "chat.example:8443". */
static bool is_own_host(struct sio__slice origin, struct sio__slice host)
{
    static const char mark[] = "://";
    const char *at = memmem(origin.ptr, origin.len, mark, sizeof mark - 1);
    struct sio__slice rest;

    if (at == NULL || host.len == 0)
        return false;
    rest = sio__slice_from(origin, (size_t)(at - origin.ptr) + sizeof mark - 1);
    return sio__slice_ieq(rest, host);
}

bool sio__origin_is_allowed(const sio_config *config, const struct sio__request *request)
{
    struct sio__slice origin = origin_of(request);
    const sio_cors *cors = &config->cors;

    if (config->origin_check == SIO_ORIGIN_NO_CHECK || origin.ptr == NULL)
        return true;
    if (is_own_host(origin, sio__request_header(request, "host")))
        return true;
    switch (judge(config, origin)) {
    case ALLOW_ANY:
    case ALLOW_REQUEST:
        return true;
    case ALLOW_FIXED:
        return is_listed(cors, origin);
    default:
        return false;
    }
}
