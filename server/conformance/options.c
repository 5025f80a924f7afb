#include "options.h"

#include <string.h>

enum { ORIGINS_MAX = 16 };

static bool contains(sio_str text, const char *part)
{
    size_t len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, part, len) == 0)
            return true;
    return false;
}

static sio_origin_verdict judge_origin(sio_str origin, void *user)
{
    (void)user;
    if (contains(origin, "fail"))
        return SIO_ORIGIN_FAIL;
    return contains(origin, "deny") ? SIO_ORIGIN_DENY : SIO_ORIGIN_ALLOW;
}

/* True: any, "callback": by judge_origin(), a string, or an array of strings. */
static bool read_origin(sio_cors *cors, const json_t *value)
{
    static const char *origins[ORIGINS_MAX];
    size_t i;
    json_t *origin;

    cors->origins = origins;
    cors->reflect_origin = json_is_true(value);
    if (json_is_string(value) && strcmp(json_string_value(value), "callback") == 0)
        cors->origin_cb = judge_origin;
    else if (json_is_string(value))
        origins[cors->origin_count++] = json_string_value(value);
    json_array_foreach(value, i,
                       origin) if (json_is_string(origin) && cors->origin_count < ORIGINS_MAX)
        origins[cors->origin_count++] = json_string_value(origin);
    return cors->reflect_origin || cors->origin_cb != NULL || cors->origin_count > 0;
}

static bool read_cors(sio_cors *cors, json_t *object)
{
    const char *name;
    json_t *value;
    bool is_known = json_is_object(object);

    cors->enabled = true;
    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "origin") == 0)
            is_known = is_known && read_origin(cors, value);
        else if (strcmp(name, "methods") == 0)
            cors->methods = json_string_value(value);
        else if (strcmp(name, "allowedHeaders") == 0)
            cors->allowed_headers = json_string_value(value);
        else if (strcmp(name, "exposedHeaders") == 0)
            cors->exposed_headers = json_string_value(value);
        else if (strcmp(name, "credentials") == 0)
            cors->credentials = json_is_true(value);
        else if (strcmp(name, "maxAge") == 0)
            cors->max_age_s = json_integer_value(value);
        else
            is_known = false;
    }
    return is_known;
}

static bool read_cookie_value(sio_cookie *cookie, const char *name, const json_t *value)
{
    if (strcmp(name, "name") == 0)
        cookie->name = json_string_value(value);
    else if (strcmp(name, "path") == 0)
        cookie->path = json_string_value(value);
    else if (strcmp(name, "domain") == 0)
        cookie->domain = json_string_value(value);
    else if (strcmp(name, "sameSite") == 0)
        cookie->same_site = json_string_value(value);
    else if (strcmp(name, "priority") == 0)
        cookie->priority = json_string_value(value);
    else if (strcmp(name, "maxAge") == 0)
        cookie->max_age_s = json_integer_value(value);
    else if (strcmp(name, "expires") == 0)
        cookie->expires_s = json_integer_value(value);
    else if (strcmp(name, "httpOnly") == 0)
        cookie->http_only = json_is_true(value);
    else if (strcmp(name, "secure") == 0)
        cookie->secure = json_is_true(value);
    else if (strcmp(name, "partitioned") == 0)
        cookie->partitioned = json_is_true(value);
    else
        return false;
    return true;
}

/* True, or an object. */
static bool read_cookie(sio_cookie *cookie, json_t *object)
{
    const char *name;
    json_t *value;
    bool is_known = json_is_object(object) || json_is_true(object);

    cookie->enabled = true;
    json_object_foreach(object, name, value) is_known =
        is_known && read_cookie_value(cookie, name, value);
    return is_known;
}

/* Under Node's names; files instead of their contents. */
static bool read_tls(sio_tls *tls, json_t *object)
{
    const char *name;
    json_t *value;
    bool is_known = json_is_object(object);

    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "ca") == 0)
            tls->ca_file = json_string_value(value);
        else if (strcmp(name, "passphrase") == 0)
            tls->passphrase = json_string_value(value);
        else if (strcmp(name, "requestCert") == 0)
            tls->request_cert = json_is_true(value);
        else if (strcmp(name, "rejectUnauthorized") == 0)
            tls->reject_unauthorized = json_is_true(value);
        else if (strcmp(name, "minVersion") == 0)
            tls->min_version =
                strcmp(json_string_value(value), "TLSv1.3") == 0 ? SIO_TLS_1_3 : SIO_TLS_1_2;
        else if (strcmp(name, "ciphers") == 0)
            tls->ciphers = json_string_value(value);
        else if (strcmp(name, "handshakeTimeout") == 0)
            tls->handshake_timeout_ms = (uint32_t)json_integer_value(value);
        else
            is_known = false;
    }
    return is_known;
}

/* True, false, or {"threshold": bytes}. */
static bool read_compression(sio_config *config, const json_t *value)
{
    const json_t *threshold = json_object_get(value, "threshold");

    config->http_compression = !json_is_false(value);
    if (json_is_true(value))
        config->http_compression_threshold = 0;
    if (threshold != NULL)
        config->http_compression_threshold = (size_t)json_integer_value(threshold);
    return json_is_boolean(value) || threshold != NULL;
}

static bool read_zlib(sio_per_message_deflate *deflate, const char *name, const json_t *value)
{
    if (strcmp(name, "level") == 0)
        deflate->level = (int)json_integer_value(value);
    else if (strcmp(name, "memLevel") == 0)
        deflate->mem_level = (uint8_t)json_integer_value(value);
    else if (strcmp(name, "windowBits") == 0)
        deflate->window_bits = (uint8_t)json_integer_value(value);
    else
        return false;
    return true;
}

/* True, false, or an object with a threshold and zlib's options. */
static bool read_deflate(sio_per_message_deflate *deflate, json_t *object)
{
    const char *name, *inner;
    json_t *value, *number;
    bool is_known = json_is_object(object) || json_is_boolean(object);

    deflate->enabled = !json_is_false(object);
    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "threshold") == 0)
            deflate->threshold = (size_t)json_integer_value(value);
        else if (strcmp(name, "zlibDeflateOptions") == 0)
            json_object_foreach(value, inner, number) is_known =
                is_known && read_zlib(deflate, inner, number);
        else /* we never take a context over */
            is_known = is_known && (strcmp(name, "serverNoContextTakeover") == 0 ||
                                    strcmp(name, "clientNoContextTakeover") == 0);
    }
    return is_known;
}

static bool read_transports(sio_config *config, const json_t *array)
{
    size_t i;
    json_t *name;

    config->transports = 0;
    json_array_foreach(array, i, name) config->transports |=
        strcmp(json_string_value(name), "polling") == 0 ? SIO_POLLING : SIO_WEBSOCKET;
    return config->transports != 0;
}

static bool read_option(sio_config *config, const char *name, json_t *value)
{
    if (strcmp(name, "cors") == 0)
        return read_cors(&config->cors, value);
    if (strcmp(name, "cookie") == 0)
        return read_cookie(&config->cookie, value);
    if (strcmp(name, "tls") == 0)
        return read_tls(&config->tls, value);
    if (strcmp(name, "httpCompression") == 0)
        return read_compression(config, value);
    if (strcmp(name, "perMessageDeflate") == 0)
        return read_deflate(&config->per_message_deflate, value);
    if (strcmp(name, "transports") == 0)
        return read_transports(config, value);
    if (strcmp(name, "initialPacket") == 0)
        config->initial_packet = json_string_value(value);
    else if (strcmp(name, "addTrailingSlash") == 0)
        config->add_trailing_slash = json_is_true(value);
    else if (strcmp(name, "allowUpgrades") == 0)
        config->allow_upgrades = json_is_true(value);
    else if (strcmp(name, "cleanupEmptyChildNamespaces") == 0)
        config->cleanup_empty_child_namespaces = json_is_true(value);
    else
        return false;
    return true;
}

bool options_read(sio_config *config, const char *text)
{
    static json_t *object; /* holds the strings */
    const char *name;
    json_t *value;
    bool is_known;

    object = json_loads(text, 0, NULL);
    is_known = json_is_object(object);
    json_object_foreach(object, name, value) is_known =
        is_known && read_option(config, name, value);
    return is_known;
}

bool options_log_level(sio_config *config, const char *name)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};

    for (int i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0) {
            config->log_level = (sio_log_level)i;
            return true;
        }
    return false;
}

bool options_parser(sio_config *config, const char *name)
{
    config->parser = strcmp(name, "msgpack") == 0 ? SIO_PARSER_MSGPACK : SIO_PARSER_JSON;
    return config->parser == SIO_PARSER_MSGPACK || strcmp(name, "json") == 0;
}
