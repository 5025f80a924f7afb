#include <string.h>
#include <sys/resource.h>

#include "protocol/http_field.h"
#include "protocol/utf8.h"
#include "server/engine/id.h"
#include "server/server.h"

enum {
    OWN_DESCRIPTORS = 256, /* kept for files, loops, and what the application opens */
    HTTP_DESCRIPTORS = 1 << 20,
    PING_MIN_MS = 10,
    HEADER_MIN_BYTES = 1024,
    HEADER_MAX_BYTES = 65000, /* libwebsockets counts them in 16 bits */
};

void sio_config_init(sio_config *config)
{
    *config = (sio_config){
        .port = 3000,
        .workers = 1,
        .backlog = 1024,
        .path = "/socket.io",
        .connect_timeout_ms = 45000,
        .max_attachments = 10,
        .attachment_wait_ms = 30000,
        .max_pending_acks = 10000,
        .max_child_namespaces = 10000,
        .max_client_children = 100,
        .max_waiting_bytes = 1024 * 1024,
        .max_pending_surveys = 10000,
        .max_survey_bytes = 64 * 1024 * 1024,
        .connection_state_recovery = {.max_disconnection_ms = 120000,
                                      .skip_middlewares = true,
                                      .max_bytes = 32 * 1024 * 1024,
                                      .max_sessions = 10000},
        .transports = SIO_POLLING | SIO_WEBSOCKET,
        .allow_upgrades = true,
        .ping_interval_ms = 25000,
        .ping_timeout_ms = 20000,
        .upgrade_timeout_ms = 10000,
        .max_http_buffer_size = 1000000,
        .max_poll_packets = 16,
        .max_queue_bytes = 1024 * 1024,
        .add_trailing_slash = true,
        .origin_check = SIO_ORIGIN_CHECK,
        .cors = {.methods = "GET,HEAD,PUT,PATCH,POST,DELETE", .max_age_s = -1},
        .cookie = {.name = "io",
                   .path = "/",
                   .same_site = "Lax",
                   .max_age_s = -1,
                   .expires_s = -1,
                   .http_only = true},
        .http_compression = true,
        .http_compression_threshold = 1024,
        .per_message_deflate = {.threshold = 1024, .level = 6, .mem_level = 8, .window_bits = 15},
        .max_header_bytes = 16384,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 75000,
        .http_descriptors = 32768,
        .tls = {.reject_unauthorized = true, .handshake_timeout_ms = 10000},
        .log_level = SIO_LOG_WARN,
    };
}

static bool is_value(const char *text)
{
    return text == NULL || sio__field_value_valid(sio__slice_of(text));
}

static bool is_header_text(const sio_config *config)
{
    const sio_cors *cors = &config->cors;
    const sio_cookie *cookie = &config->cookie;

    for (size_t i = 0; i < cors->origin_count; i++)
        if (!is_value(cors->origins[i]))
            return false;
    return cors->methods != NULL && is_value(cors->methods) && is_value(cors->allowed_headers) &&
           is_value(cors->exposed_headers) && is_value(cookie->path) && is_value(cookie->domain) &&
           is_value(cookie->same_site) && is_value(cookie->priority);
}

static bool is_recovery_fine(const sio_connection_state_recovery *recovery)
{
    return !recovery->enabled || (recovery->max_disconnection_ms > 0 && recovery->max_bytes > 0 &&
                                  recovery->max_sessions > 0);
}

static bool is_deflate_fine(const sio_per_message_deflate *deflate)
{
    return deflate->level >= 1 && deflate->level <= 9 && deflate->mem_level >= 1 &&
           deflate->mem_level <= 9 && deflate->window_bits >= 9 && deflate->window_bits <= 15;
}

static bool is_tls_fine(const sio_tls *tls)
{
    return (tls->cert_file == NULL) == (tls->key_file == NULL) &&
           (tls->min_version == SIO_TLS_1_2 || tls->min_version == SIO_TLS_1_3);
}

static const char *find_fault(const sio_config *config)
{
    if (config->path == NULL || config->path[0] != '/')
        return "path must begin with '/'";
    if (config->workers > SIO__ID_WORKERS)
        return "workers: at most 256";
    if (config->parser != SIO_PARSER_JSON && config->parser != SIO_PARSER_MSGPACK)
        return "parser: SIO_PARSER_JSON or SIO_PARSER_MSGPACK";
    if (config->loop != NULL && config->workers != 1)
        return "loop: with workers 1 only";
    if ((config->transports & ~(unsigned)(SIO_POLLING | SIO_WEBSOCKET)) != 0 ||
        config->transports == 0)
        return "transports: SIO_POLLING, SIO_WEBSOCKET or both";
    if (config->ping_interval_ms < PING_MIN_MS || config->ping_timeout_ms < PING_MIN_MS)
        return "ping_interval_ms and ping_timeout_ms: at least 10";
    if (config->max_http_buffer_size == 0 || config->max_http_buffer_size > UINT32_MAX)
        return "max_http_buffer_size: 1 to 4294967295";
    if (!is_header_text(config))
        return "cors, cookie: values must be fit for a header line";
    if (config->cookie.enabled && (config->cookie.name == NULL ||
                                   !sio__field_token_valid(sio__slice_of(config->cookie.name))))
        return "cookie.name: not a token";
    if (config->initial_packet != NULL &&
        !sio__utf8_valid(config->initial_packet, strlen(config->initial_packet)))
        return "initial_packet: not UTF-8";
    if (config->max_queue_bytes == 0)
        return "max_queue_bytes: at least 1";
    if (!is_recovery_fine(&config->connection_state_recovery))
        return "connection_state_recovery: its limits must not be 0";
    if (!is_deflate_fine(&config->per_message_deflate))
        return "per_message_deflate: level and mem_level 1 to 9, window_bits 9 to 15";
    if (!is_tls_fine(&config->tls))
        return "tls: cert_file and key_file go together; min_version: SIO_TLS_1_2 or SIO_TLS_1_3";
    if (config->max_header_bytes < HEADER_MIN_BYTES || config->max_header_bytes > HEADER_MAX_BYTES)
        return "max_header_bytes: 1024 to 65000";
    if (config->header_timeout_ms == 0 || config->body_timeout_ms == 0 ||
        config->idle_timeout_ms == 0 || config->upgrade_timeout_ms == 0 ||
        config->connect_timeout_ms == 0 || config->attachment_wait_ms == 0 ||
        config->tls.handshake_timeout_ms == 0)
        return "timeouts must not be 0";
    if (config->http_descriptors < OWN_DESCRIPTORS || config->http_descriptors > HTTP_DESCRIPTORS)
        return "http_descriptors: 256 to 1048576";
    return NULL;
}

static uint32_t connections_left(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > UINT32_MAX)
        return UINT32_MAX;
    return limit.rlim_cur > 2 * OWN_DESCRIPTORS ? (uint32_t)limit.rlim_cur - OWN_DESCRIPTORS
                                                : (uint32_t)limit.rlim_cur / 2;
}

/* Every string of the configuration. */
static const size_t texts[] = {
    offsetof(sio_config, host),
    offsetof(sio_config, path),
    offsetof(sio_config, client_dir),
    offsetof(sio_config, initial_packet),
    offsetof(sio_config, cors.methods),
    offsetof(sio_config, cors.allowed_headers),
    offsetof(sio_config, cors.exposed_headers),
    offsetof(sio_config, cookie.name),
    offsetof(sio_config, cookie.path),
    offsetof(sio_config, cookie.domain),
    offsetof(sio_config, cookie.same_site),
    offsetof(sio_config, cookie.priority),
    offsetof(sio_config, tls.cert_file),
    offsetof(sio_config, tls.key_file),
    offsetof(sio_config, tls.passphrase),
    offsetof(sio_config, tls.ca_file),
    offsetof(sio_config, tls.ciphers),
};

enum { TEXTS = sizeof texts / sizeof *texts };

static const char **text_at(const sio_config *config, size_t i)
{
    return (const char **)((char *)config + texts[i]);
}

static bool copy_text(const char **copy, const char *text)
{
    *copy = text != NULL ? sio__strndup(text, strlen(text)) : NULL;
    return text == NULL || *copy != NULL;
}

static bool copy_origins(sio_cors *copy, const sio_cors *cors)
{
    const char **origins;

    if (cors->origin_count == 0)
        return true;
    copy->origins = origins = sio__calloc(cors->origin_count, sizeof *origins);
    if (origins == NULL)
        return false;
    for (; copy->origin_count < cors->origin_count; copy->origin_count++)
        if (!copy_text(&origins[copy->origin_count], cors->origins[copy->origin_count]))
            return false;
    return true;
}

static bool copy_texts(sio_config *copy, const sio_config *config)
{
    bool is_copied = true;

    for (size_t i = 0; i < TEXTS; i++)
        *text_at(copy, i) = NULL;
    copy->cors.origins = NULL;
    copy->cors.origin_count = 0;
    for (size_t i = 0; i < TEXTS; i++)
        is_copied = copy_text(text_at(copy, i), *text_at(config, i)) && is_copied;
    return is_copied && copy_origins(&copy->cors, &config->cors);
}

sio_err sio__config_copy(sio_config *copy, const sio_config *config, const struct sio__log *log)
{
    const char *fault = find_fault(config);

    if (fault != NULL) {
        sio__log_line(log, SIO_LOG_ERROR, "configuration: %s", fault);
        return SIO_EINVAL;
    }
    *copy = *config;
    if (!copy_texts(copy, config)) {
        sio__config_fini(copy);
        return SIO_ENOMEM;
    }
    if (copy->workers == 0)
        copy->workers = uv_available_parallelism();
    if (copy->workers > SIO__ID_WORKERS)
        copy->workers = SIO__ID_WORKERS;
    if (copy->max_connections == 0)
        copy->max_connections = connections_left();
    return SIO_OK;
}

void sio__config_fini(sio_config *config)
{
    for (size_t i = 0; i < config->cors.origin_count; i++)
        sio__free((void *)config->cors.origins[i]);
    sio__free((void *)config->cors.origins);
    config->cors.origins = NULL;
    config->cors.origin_count = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        sio__free((void *)*text_at(config, i));
        *text_at(config, i) = NULL;
    }
}
