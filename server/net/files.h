/* files.h: static files from a table made at start (guard L25).
 *
 * Every servable path is an entry whose content is in memory, so a request never becomes a file
 * name: no traversal, no symbolic link, no file that changes under an answer.
 * Filled by one thread before the workers start, then only read: lookups run on any thread. */
#ifndef SERVER_NET_FILES_H
#define SERVER_NET_FILES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/slice.h"
#include "protocol/table.h"

#define SIO__FILES_CACHE_CONTROL                                                                   \
    "public, max-age=0" /* goes with every file: kept, but asked for                               \
                         */

/* Immutable; its strings and bytes live as long as it does. */
struct sio__file {
    _Atomic uint32_t refs;
    struct sio__file
        *content;           /* whose bytes it shows (an index.html's second path), or NULL: own */
    struct sio__slice path; /* as in the URL, decoded, with its leading '/' */
    const char *content_type;
    const char *etag; /* with its quotes; the same for both forms of the content */
    struct sio__slice body;
    struct sio__slice gzip; /* empty when it would not be smaller.  If there is one, every answer
                             * with this file carries Vary: Accept-Encoding */
    UT_hash_handle hh;
    char strings[];
};

struct sio__files {
    struct sio__file *by_path;
    size_t bytes; /* contents, with the compressed ones */
    size_t limit_bytes;
};

/* Allocates nothing. */
void sio__files_init(struct sio__files *files, size_t limit_bytes);

/* Releases the table's references; files that an answer still holds live on. */
void sio__files_fini(struct sio__files *files);

/* All of these return 0 or a negative errno value: -ENOENT and the like from the system, -EEXIST
 * the path is taken, -EFBIG over the limit, -ENOMEM, -EINVAL.  After an error entries made before
 * it stay in the table. */

/**
 * Every regular file below dir, under mount ("/" or "/admin"): dir/css/a.css is mount/css/a.css,
 * and an index.html is also the path of its folder with the final '/'. Symbolic links below dir
 * (dir itself may be one), names with a leading dot and special files are left out.
 */
int sio__files_add_dir(struct sio__files *files, const char *mount, const char *dir);

/* One file.  content_type NULL: by the extension.  etag NULL: a hash of the content; otherwise
 * without quotes. */
int sio__files_add_file(struct sio__files *files, const char *path, const char *file,
                        const char *content_type, const char *etag);

/**
 * The official client's bundles: prefix ("/socket.io") followed by /socket.io.js and its siblings,
 * from the dist folder of the npm package.  Their ETag is the package's version, from
 * dist_dir/../package.json.  Source maps may be missing, bundles may not.
 */
int sio__files_add_bundles(struct sio__files *files, const char *prefix, const char *dist_dir);

/* The file at exactly this path (decoded by the caller, once; without the query), NULL if there is
 * none.  Borrowed from the table. */
struct sio__file *sio__files_find(const struct sio__files *files, struct sio__slice path);

/* References, for answers that outlive the table.  Any thread. */
struct sio__file *sio__file_hold(struct sio__file *file);
void sio__file_rele(struct sio__file *file);

/* True: the value of If-None-Match (a list, weak or not, or *) names this file: the answer is 304.
 */
bool sio__file_is_fresh(const struct sio__file *file, struct sio__slice if_none_match);

/* The Content-Type for a file name, by its extension. */
const char *sio__files_content_type(struct sio__slice name);

/* --- for files_load.c ---------------------------------------------------------------------- */

/* What becomes an entry.  path and strings are borrowed, body and gzip (from sio__malloc) consumed,
 * also after an error. */
struct sio__file_parts {
    struct sio__slice path;
    const char *content_type;
    const char *etag; /* without quotes */
    char *body, *gzip;
    size_t body_len, gzip_len;
};

/* 0, -EEXIST, -EFBIG or -ENOMEM; *added is borrowed from the table. */
int sio__files_add(struct sio__files *files, const struct sio__file_parts *parts,
                   struct sio__file **added);

/* One more path for the content of a file.  0, -EEXIST or -ENOMEM. */
int sio__files_alias(struct sio__files *files, struct sio__slice path, struct sio__file *file);

#endif
