/* http.c: files, small handlers, and 404 for the rest (sio/http.h). */
#include <errno.h>
#include <string.h>

#include "protocol/http_field.h"
#include "server/net/coding.h"
#include "server/server.h"

enum { SITE_BYTES_MAX = 64 * 1024 * 1024, FILE_FIELDS = 4, FIELDS_MAX = 16 + FILE_FIELDS };

struct sio_http_request {
    struct sio__exchange *x; /* NULL: answered */
};

/* --- files --------------------------------------------------------------------------------- */

static void release_file(void *file)
{
    sio__file_rele(file);
}

void sio__web_file(struct sio__exchange *x, struct sio__file *file, const struct sio__field *fields,
                   size_t field_count)
{
    struct sio__field all[FIELDS_MAX];
    size_t count = 0;
    bool is_fresh = sio__file_is_fresh(file, sio__request_header(x->request, "if-none-match"));
    bool is_gzip = file->gzip.len > 0 &&
                   sio__coding_takes_gzip(sio__request_header(x->request, "accept-encoding"));
    struct sio__answer answer = {
        .status = is_fresh ? 304 : 200,
        .content_type = is_fresh ? NULL : file->content_type,
        .fields = all,
        .body = is_gzip ? file->gzip : file->body,
        .release = release_file,
        .release_arg = sio__file_hold(file),
    };

    all[count++] =
        (struct sio__field){SIO__SLICE("Cache-Control"), SIO__SLICE(SIO__FILES_CACHE_CONTROL)};
    all[count++] = (struct sio__field){SIO__SLICE("ETag"), sio__slice_of(file->etag)};
    if (file->gzip.len > 0)
        all[count++] = (struct sio__field){SIO__SLICE("Vary"), SIO__SLICE("Accept-Encoding")};
    if (is_gzip && !is_fresh)
        all[count++] = (struct sio__field){SIO__SLICE("Content-Encoding"), SIO__SLICE("gzip")};
    for (size_t i = 0; i < field_count; i++)
        all[count++] = fields[i];
    answer.field_count = count;
    x->ops->answer(x, &answer);
}

static void not_allowed(struct sio__exchange *x)
{
    struct sio__field allow = {SIO__SLICE("Allow"), SIO__SLICE("GET, HEAD")};
    struct sio__answer answer = {.status = 405, .fields = &allow, .field_count = 1};
    x->ops->answer(x, &answer);
}

static void not_found(struct sio__exchange *x)
{
    struct sio__answer answer = {.status = 404};
    x->ops->answer(x, &answer);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* Decoded once; false when it is longer than any file's path or its escapes are broken. */
static bool decode_path(struct sio__slice raw, char *out, size_t size, struct sio__slice *path)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            int high = i + 2 < raw.len ? hex(raw.ptr[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex(raw.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (len == size || c == '\0')
            return false;
        out[len++] = c;
    }
    *path = sio__slice_make(out, len);
    return true;
}

/* --- requests ------------------------------------------------------------------------------ */

static bool run_handler(const struct sio_server *server, struct sio__exchange *x,
                        struct sio__slice path)
{
    struct sio__http_handler *handler;
    struct sio_http_request request = {x};

    for (handler = server->http_handlers; handler != NULL; handler = handler->next)
        if (sio__slice_eq(sio__slice_of(handler->path), path))
            break;
    if (handler == NULL)
        return false;
    handler->cb(&request, handler->user);
    if (request.x != NULL)
        sio_http_answer(&request, 500, NULL, "", 0);
    return true;
}

void sio__web_request(struct sio_server *server, struct sio__exchange *x)
{
    bool is_read = x->request->method == SIO__GET || x->request->method == SIO__HEAD;
    char decoded[1024];
    struct sio__slice path;

    if (!decode_path(x->request->path, decoded, sizeof decoded, &path)) {
        not_found(x);
        return;
    }
    if (is_read && run_handler(server, x, path))
        return;
    for (struct sio__site *site = server->sites; site != NULL; site = site->next) {
        struct sio__file *file = sio__files_find(&site->files, path);
        if (file == NULL)
            continue;
        if (is_read)
            sio__web_file(x, file, site->fields, site->field_count);
        else
            not_allowed(x);
        return;
    }
    not_found(x);
}

/* --- public -------------------------------------------------------------------------------- */

static sio_err err_of(int negative_errno)
{
    switch (negative_errno) {
    case 0:
        return SIO_OK;
    case -ENOMEM:
        return SIO_ENOMEM;
    case -EFBIG:
        return SIO_EMSGSIZE;
    default:
        return SIO_EIO;
    }
}

static void free_site(struct sio__site *site)
{
    for (size_t i = 0; i < site->field_count; i++) {
        sio__free((void *)site->fields[i].name.ptr);
        sio__free((void *)site->fields[i].value.ptr);
    }
    sio__files_fini(&site->files);
    sio__free(site);
}

static bool copy_fields(struct sio__site *site, const sio_http_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sio__field *field = &site->fields[site->field_count++];
        field->name.ptr = sio__strndup(headers[i].name, strlen(headers[i].name));
        field->name.len = strlen(headers[i].name);
        field->value.ptr = sio__strndup(headers[i].value, strlen(headers[i].value));
        field->value.len = strlen(headers[i].value);
        if (field->name.ptr == NULL || field->value.ptr == NULL)
            return false;
    }
    return true;
}

sio_err sio_http_serve_dir(sio_server *server, const char *prefix, const char *dir,
                           const sio_http_header *headers, size_t header_count)
{
    struct sio__site *site;
    int err = -ENOMEM;

    if (server->is_running)
        return SIO_EBUSY;
    if (header_count > FIELDS_MAX - FILE_FIELDS)
        return SIO_EINVAL;
    site = sio__calloc(1, sizeof *site + header_count * sizeof site->fields[0]);
    if (site == NULL)
        return SIO_ENOMEM;
    sio__files_init(&site->files, SITE_BYTES_MAX);
    if (copy_fields(site, headers, header_count) &&
        (err = sio__files_add_dir(&site->files, prefix, dir)) == 0) {
        site->next = server->sites;
        server->sites = site;
        return SIO_OK;
    }
    free_site(site);
    sio__log_line(&server->log, SIO_LOG_ERROR, "cannot serve the files of %s: %s", dir,
                  strerror(-err));
    return err_of(err);
}

sio_err sio_http_get(sio_server *server, const char *path, sio_http_cb cb, void *user)
{
    size_t len = strlen(path);
    struct sio__http_handler *handler;

    if (server->is_running)
        return SIO_EBUSY;
    handler = sio__calloc(1, sizeof *handler + len + 1);
    if (handler == NULL)
        return SIO_ENOMEM;
    memcpy(handler->path, path, len);
    handler->cb = cb;
    handler->user = user;
    handler->next = server->http_handlers;
    server->http_handlers = handler;
    return SIO_OK;
}

void sio_http_answer(sio_http_request *request, int status, const char *content_type,
                     const char *body, size_t len)
{
    struct sio__field no_store = {SIO__SLICE("Cache-Control"), SIO__SLICE("no-store")};
    struct sio__answer answer = {
        .status = status,
        .content_type = content_type,
        .fields = &no_store,
        .field_count = 1,
        .body = sio__slice_make(body, len),
    };
    struct sio__exchange *x = request->x;

    if (x == NULL)
        return;
    request->x = NULL;
    x->ops->answer(x, &answer);
}

void sio__web_fini(struct sio_server *server)
{
    while (server->sites != NULL) {
        struct sio__site *site = server->sites;
        server->sites = site->next;
        free_site(site);
    }
    while (server->http_handlers != NULL) {
        struct sio__http_handler *handler = server->http_handlers;
        server->http_handlers = handler->next;
        sio__free(handler);
    }
}
