/* files_load.c: from the disk into the table: folders, single files, the client's bundles. */
#include "server/net/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/buf.h"
#include "protocol/hash.h"
#include "protocol/mem.h"
#include "server/net/compress.h"

enum {
    MAX_DEPTH = 32,     /* folders in folders */
    MIN_GZIP = 512,     /* below it the header of a compressed answer eats the gain */
    ETAG_SIZE = 16 + 1, /* 64 bits in hex */
};

/* --- reading ------------------------------------------------------------------------------- */

struct content {
    char *ptr;
    size_t len;
};

/* Reads what the file had when it was opened, or less if it shrinks meanwhile. */
static int read_size(int fd, size_t size, struct content *out)
{
    size_t len = 0;
    char *ptr = sio__malloc(size);

    if (ptr == NULL)
        return -ENOMEM;
    while (len < size) {
        ssize_t n = read(fd, ptr + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int err = -errno;

            sio__free(ptr);
            return err;
        }
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *out = (struct content){ptr, len};
    return 0;
}

static int read_open(int fd, size_t limit, struct content *out)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if ((uintmax_t)st.st_size > limit)
        return -EFBIG;
    return read_size(fd, (size_t)st.st_size, out);
}

static int read_at(int dir, const char *name, int flags, size_t limit, struct content *out)
{
    int err, fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);

    if (fd < 0)
        return -errno;
    err = read_open(fd, limit, out);
    close(fd);
    return err;
}

/* --- one entry ----------------------------------------------------------------------------- */

static bool is_compressible(const char *content_type)
{
    return strstr(content_type, "charset=utf-8") != NULL || strstr(content_type, "wasm") != NULL;
}

/* A fixed key: the same content has the same ETag on every server of a cluster. */
static void hash_etag(struct content body, char etag[ETAG_SIZE])
{
    static const uint64_t key[2] = {UINT64_C(0x7061726c65790a01), UINT64_C(0x66696c65730a0001)};

    snprintf(etag, ETAG_SIZE, "%016" PRIx64, sio__hash_keyed(key, body.ptr, body.len));
}

static bool is_etag(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text >= 0x7f || *text == '"' || *text == ',')
            return false;
    return true;
}

/* Consumes the body. */
static int add_content(struct sio__files *files, struct sio__slice path, struct content body,
                       const char *content_type, const char *etag, struct sio__file **added)
{
    struct content gzip = {NULL, 0};
    char hashed[ETAG_SIZE];

    if (content_type == NULL)
        content_type = sio__files_content_type(path);
    if (etag == NULL) {
        hash_etag(body, hashed);
        etag = hashed;
    }
    if (body.len >= MIN_GZIP && is_compressible(content_type) &&
        !sio__compress(SIO__CODING_GZIP, sio__slice_make(body.ptr, body.len), &gzip.ptr,
                       &gzip.len)) {
        sio__free(body.ptr);
        return -ENOMEM;
    }
    return sio__files_add(files,
                          &(struct sio__file_parts){.path = path,
                                                    .content_type = content_type,
                                                    .etag = etag,
                                                    .body = body.ptr,
                                                    .body_len = body.len,
                                                    .gzip = gzip.ptr,
                                                    .gzip_len = gzip.len},
                          added);
}

int sio__files_add_file(struct sio__files *files, const char *path, const char *file,
                        const char *content_type, const char *etag)
{
    struct sio__file *added;
    struct content body;
    int err;

    if (path[0] != '/' || (etag != NULL && !is_etag(etag)))
        return -EINVAL;
    if ((err = read_at(AT_FDCWD, file, 0, files->limit_bytes - files->bytes, &body)) != 0)
        return err;
    return add_content(files, sio__slice_of(path), body, content_type, etag, &added);
}

/* --- folders ------------------------------------------------------------------------------- */

/* Where the walk is. */
struct walk {
    struct sio__files *files;
    struct sio__buf path; /* in the URL, of the folder, with its final '/' */
    unsigned depth;
};

static int add_entry(struct walk *walk, int dir, const char *name);

static int add_regular(struct walk *walk, int dir, const char *name)
{
    struct sio__files *files = walk->files;
    struct sio__slice folder = sio__buf_view(&walk->path);
    struct sio__file *added;
    struct content body;
    int err;

    if ((err = read_at(dir, name, O_NOFOLLOW, files->limit_bytes - files->bytes, &body)) != 0)
        return err;
    sio__buf_cstr(&walk->path, name);
    if (walk->path.failed) {
        sio__free(body.ptr);
        return -ENOMEM;
    }
    if ((err = add_content(files, sio__buf_view(&walk->path), body, NULL, NULL, &added)) != 0)
        return err;
    if (strcmp(name, "index.html") != 0)
        return 0;
    folder.ptr = walk->path.ptr; /* it may have moved */
    return sio__files_alias(files, folder, added);
}

/* Consumes fd. */
static int add_folder(struct walk *walk, int fd)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    int err = 0;

    if (dir == NULL) {
        err = -errno;
        close(fd);
        return err;
    }
    while (err == 0 && (errno = 0, entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            err = add_entry(walk, dirfd(dir), entry->d_name);
    if (err == 0)
        err = -errno;
    closedir(dir);
    return err;
}

static int add_subfolder(struct walk *walk, int dir, const char *name)
{
    int fd;

    if (walk->depth == MAX_DEPTH)
        return -ELOOP;
    sio__buf_cstr(&walk->path, name);
    sio__buf_char(&walk->path, '/');
    if (walk->path.failed)
        return -ENOMEM;
    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    walk->depth++;
    fd = add_folder(walk, fd);
    walk->depth--;
    return fd;
}

/* L25: a link is neither followed nor served; what becomes one between the two looks fails. */
static int add_entry(struct walk *walk, int dir, const char *name)
{
    size_t folder_len = walk->path.len;
    struct stat st;
    int err = 0;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    if (S_ISREG(st.st_mode))
        err = add_regular(walk, dir, name);
    else if (S_ISDIR(st.st_mode))
        err = add_subfolder(walk, dir, name);
    walk->path.len = folder_len;
    return err;
}

int sio__files_add_dir(struct sio__files *files, const char *mount, const char *dir)
{
    struct walk walk = {.files = files, .path = SIO__BUF_INIT};
    size_t len = strlen(mount);
    int err, fd;

    if (mount[0] != '/')
        return -EINVAL;
    if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return -errno;
    sio__buf_bytes(&walk.path, mount, len);
    if (mount[len - 1] != '/')
        sio__buf_char(&walk.path, '/');
    if (walk.path.failed) {
        close(fd);
        err = -ENOMEM;
    } else {
        err = add_folder(&walk, fd);
    }
    sio__buf_fini(&walk.path);
    return err;
}

/* --- the client's bundles ------------------------------------------------------------------ */

static const char *const bundles[] = {
    "socket.io.js",
    "socket.io.min.js",
    "socket.io.esm.min.js",
    "socket.io.msgpack.min.js",
};

enum { MAX_PACKAGE_JSON = 1 << 20, MAX_VERSION = 64 };

static int read_version(const char *dist_dir, char version[MAX_VERSION])
{
    char name[PATH_MAX];
    struct content body;
    const char *text;
    json_t *package;
    int err;

    if (snprintf(name, sizeof name, "%s/../package.json", dist_dir) >= (int)sizeof name)
        return -ENAMETOOLONG;
    if ((err = read_at(AT_FDCWD, name, 0, MAX_PACKAGE_JSON, &body)) != 0)
        return err;
    package = json_loadb(body.ptr, body.len, 0, NULL);
    sio__free(body.ptr);
    text = json_string_value(json_object_get(package, "version"));
    err = -EINVAL;
    if (text != NULL && is_etag(text) && snprintf(version, MAX_VERSION, "%s", text) < MAX_VERSION)
        err = 0;
    json_decref(package);
    return err;
}

static int add_bundle(struct sio__files *files, const char *prefix, const char *dist_dir,
                      const char *name, const char *suffix, const char *version)
{
    char path[PATH_MAX], file[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/%s%s", prefix, name, suffix) >= (int)sizeof path ||
        snprintf(file, sizeof file, "%s/%s%s", dist_dir, name, suffix) >= (int)sizeof file)
        return -ENAMETOOLONG;
    /* The types are those of the reference. */
    return sio__files_add_file(files, path, file,
                               suffix[0] == '\0' ? "application/javascript; charset=utf-8"
                                                 : "application/json; charset=utf-8",
                               version);
}

int sio__files_add_bundles(struct sio__files *files, const char *prefix, const char *dist_dir)
{
    char version[MAX_VERSION];
    int err = read_version(dist_dir, version);

    for (size_t i = 0; i < sizeof bundles / sizeof *bundles && err == 0; i++) {
        if ((err = add_bundle(files, prefix, dist_dir, bundles[i], "", version)) != 0)
            break;
        err = add_bundle(files, prefix, dist_dir, bundles[i], ".map", version);
        if (err == -ENOENT)
            err = 0;
    }
    return err;
}
