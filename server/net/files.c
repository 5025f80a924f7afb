#include "server/net/files.h"

#include <errno.h>

#include "protocol/http_field.h"
#include "protocol/mem.h"

/* --- the table ----------------------------------------------------------------------------- */

void sio__files_init(struct sio__files *files, size_t limit_bytes)
{
    *files = (struct sio__files){.limit_bytes = limit_bytes};
}

void sio__files_fini(struct sio__files *files)
{
    struct sio__file *file, *next;

    HASH_ITER (hh, files->by_path, file, next) {
        HASH_DELETE(hh, files->by_path, file);
        sio__file_rele(file);
    }
    files->bytes = 0;
}

struct sio__file *sio__files_find(const struct sio__files *files, struct sio__slice path)
{
    struct sio__file *file;

    if (path.len == 0)
        return NULL;
    HASH_FIND(hh, files->by_path, path.ptr, path.len, file);
    return file;
}

struct sio__file *sio__file_hold(struct sio__file *file)
{
    atomic_fetch_add_explicit(&file->refs, 1, memory_order_relaxed);
    return file;
}

void sio__file_rele(struct sio__file *file)
{
    if (atomic_fetch_sub_explicit(&file->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (file->content != NULL) {
        sio__file_rele(file->content);
    } else {
        sio__free((char *)file->body.ptr);
        sio__free((char *)file->gzip.ptr);
    }
    sio__free(file);
}

/* An entry without content. */
static struct sio__file *file_new(struct sio__slice path, const char *content_type,
                                  const char *etag)
{
    size_t type_len = strlen(content_type), etag_len = strlen(etag);
    struct sio__file *file = sio__calloc(1, sizeof *file + path.len + type_len + etag_len + 5);
    char *at;

    if (file == NULL)
        return NULL;
    atomic_init(&file->refs, 1);
    at = file->strings;
    file->path = sio__slice_make(memcpy(at, path.ptr, path.len), path.len);
    at += path.len + 1;
    file->content_type = memcpy(at, content_type, type_len);
    at += type_len + 1;
    file->etag = at;
    *at++ = '"';
    memcpy(at, etag, etag_len);
    at[etag_len] = '"';
    return file;
}

/* Consumes the caller's reference, also after an error. */
static int insert(struct sio__files *files, struct sio__file *file)
{
    if (sio__files_find(files, file->path) != NULL) {
        sio__file_rele(file);
        return -EEXIST;
    }
    HASH_ADD_KEYPTR(hh, files->by_path, file->path.ptr, file->path.len, file);
    if (!SIO__TABLE_ADDED(hh, file)) {
        sio__file_rele(file);
        return -ENOMEM;
    }
    return 0;
}

int sio__files_add(struct sio__files *files, const struct sio__file_parts *parts,
                   struct sio__file **added)
{
    size_t room = files->limit_bytes - files->bytes;
    struct sio__file *file = NULL;
    int err = -EFBIG;

    if (parts->body_len <= room && parts->gzip_len <= room - parts->body_len) {
        file = file_new(parts->path, parts->content_type, parts->etag);
        err = -ENOMEM;
    }
    if (file == NULL) {
        sio__free(parts->body);
        sio__free(parts->gzip);
        return err;
    }
    file->body = sio__slice_make(parts->body, parts->body_len);
    file->gzip = sio__slice_make(parts->gzip, parts->gzip_len);
    if ((err = insert(files, file)) != 0)
        return err;
    files->bytes += parts->body_len + parts->gzip_len;
    *added = file;
    return 0;
}

int sio__files_alias(struct sio__files *files, struct sio__slice path, struct sio__file *file)
{
    struct sio__file *alias = file_new(path, file->content_type, "");

    if (alias == NULL)
        return -ENOMEM;
    alias->content = sio__file_hold(file);
    alias->etag = file->etag;
    alias->body = file->body;
    alias->gzip = file->gzip;
    return insert(files, alias);
}

/* --- header values ------------------------------------------------------------------------- */

bool sio__file_is_fresh(const struct sio__file *file, struct sio__slice if_none_match)
{
    struct sio__slice etag = sio__slice_of(file->etag);

    while (if_none_match.len > 0) {
        struct sio__slice item = sio__field_next_item(&if_none_match, ',');

        if (sio__slice_starts(item, "W/"))
            item = sio__slice_from(item, 2);
        if (sio__slice_eq(item, etag) || sio__slice_is(item, "*"))
            return true;
    }
    return false;
}

/* Extensions in lower case. */
static const struct {
    struct sio__slice extension;
    const char *content_type;
} types[] = {
    {SIO__SLICE_INIT("html"), "text/html; charset=utf-8"},
    {SIO__SLICE_INIT("css"), "text/css; charset=utf-8"},
    {SIO__SLICE_INIT("js"), "text/javascript; charset=utf-8"},
    {SIO__SLICE_INIT("mjs"), "text/javascript; charset=utf-8"},
    {SIO__SLICE_INIT("json"), "application/json; charset=utf-8"},
    {SIO__SLICE_INIT("map"), "application/json; charset=utf-8"},
    {SIO__SLICE_INIT("webmanifest"), "application/manifest+json; charset=utf-8"},
    {SIO__SLICE_INIT("txt"), "text/plain; charset=utf-8"},
    {SIO__SLICE_INIT("md"), "text/markdown; charset=utf-8"},
    {SIO__SLICE_INIT("xml"), "text/xml; charset=utf-8"},
    {SIO__SLICE_INIT("svg"), "image/svg+xml; charset=utf-8"},
    {SIO__SLICE_INIT("png"), "image/png"},
    {SIO__SLICE_INIT("jpg"), "image/jpeg"},
    {SIO__SLICE_INIT("jpeg"), "image/jpeg"},
    {SIO__SLICE_INIT("gif"), "image/gif"},
    {SIO__SLICE_INIT("webp"), "image/webp"},
    {SIO__SLICE_INIT("avif"), "image/avif"},
    {SIO__SLICE_INIT("ico"), "image/x-icon"},
    {SIO__SLICE_INIT("woff2"), "font/woff2"},
    {SIO__SLICE_INIT("wasm"), "application/wasm"},
    {SIO__SLICE_INIT("mp3"), "audio/mpeg"},
    {SIO__SLICE_INIT("ogg"), "audio/ogg"},
    {SIO__SLICE_INIT("pdf"), "application/pdf"},
};

const char *sio__files_content_type(struct sio__slice name)
{
    size_t start = name.len;

    while (start > 0 && name.ptr[start - 1] != '.' && name.ptr[start - 1] != '/')
        start--;
    if (start > 0 && name.ptr[start - 1] == '.')
        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            if (sio__slice_ieq(sio__slice_from(name, start), types[i].extension))
                return types[i].content_type;
    return "application/octet-stream";
}
