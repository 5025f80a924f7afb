#include <string.h>
#include <sys/resource.h>

#include "server/engine/id.h"
#include "server/server.h"

enum {
    OWN_DESCRIPTORS = 256, /* kept for files, loops, and what the application opens */
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
        .transports = SIO_POLLING | SIO_WEBSOCKET,
        .allow_upgrades = true,
        .ping_interval_ms = 25000,
        .ping_timeout_ms = 20000,
        .upgrade_timeout_ms = 10000,
        .max_http_buffer_size = 1000000,
        .max_poll_packets = 16,
        .max_queue_bytes = 1024 * 1024,
        .max_header_bytes = 16384,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 75000,
        .log_level = SIO_LOG_WARN,
    };
}

static const char *find_fault(const sio_config *config)
{
    if (config->path == NULL || config->path[0] != '/')
        return "path must begin with '/'";
    if (config->workers > SIO__ID_WORKERS)
        return "workers: at most 256";
    if ((config->transports & ~(unsigned)(SIO_POLLING | SIO_WEBSOCKET)) != 0 ||
        config->transports == 0)
        return "transports: SIO_POLLING, SIO_WEBSOCKET or both";
    if (config->ping_interval_ms < PING_MIN_MS || config->ping_timeout_ms < PING_MIN_MS)
        return "ping_interval_ms and ping_timeout_ms: at least 10";
    if (config->max_http_buffer_size == 0 || config->max_http_buffer_size > UINT32_MAX)
        return "max_http_buffer_size: 1 to 4294967295";
    if (config->max_queue_bytes == 0)
        return "max_queue_bytes: at least 1";
    if (config->max_header_bytes < HEADER_MIN_BYTES || config->max_header_bytes > HEADER_MAX_BYTES)
        return "max_header_bytes: 1024 to 65000";
    if (config->header_timeout_ms == 0 || config->body_timeout_ms == 0 ||
        config->idle_timeout_ms == 0 || config->upgrade_timeout_ms == 0 ||
        config->connect_timeout_ms == 0 || config->attachment_wait_ms == 0)
        return "timeouts must not be 0";
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

static bool copy_text(const char **copy, const char *text)
{
    *copy = text != NULL ? sio__strndup(text, strlen(text)) : NULL;
    return text == NULL || *copy != NULL;
}

sio_err sio__config_copy(sio_config *copy, const sio_config *config, const struct sio__log *log)
{
    const char *fault = find_fault(config);

    if (fault != NULL) {
        sio__log_line(log, SIO_LOG_ERROR, "configuration: %s", fault);
        return SIO_EINVAL;
    }
    *copy = *config;
    copy->host = copy->path = copy->client_dir = NULL;
    if (copy->workers == 0)
        copy->workers = uv_available_parallelism();
    if (copy->workers > SIO__ID_WORKERS)
        copy->workers = SIO__ID_WORKERS;
    if (copy->max_connections == 0)
        copy->max_connections = connections_left();
    if (copy_text(&copy->host, config->host) && copy_text(&copy->path, config->path) &&
        copy_text(&copy->client_dir, config->client_dir))
        return SIO_OK;
    sio__config_fini(copy);
    return SIO_ENOMEM;
}

void sio__config_fini(sio_config *config)
{
    sio__free((void *)config->host);
    sio__free((void *)config->path);
    sio__free((void *)config->client_dir);
    config->host = config->path = config->client_dir = NULL;
}
