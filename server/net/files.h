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

#include "protocol/slice.h"
#include "protocol/table.h"

#define SIO__FILES_CACHE_CONTROL "public, max-age=0" /* goes with every file: kept, but asked for  \
                                                      */

/* Immutable. All strings are NUL-terminated and live as long as the file. */
struct sio__file {
    _Atomic uint32_t refs;
    struct sio__slice path; /* as in the URL, decoded, with its leading '/' */
    const char *content_type;
    const char *etag; /* with its quotes */
    struct sio__slice body;
    struct sio__slice gzip; /* the same content; empty if it would not be smaller.  An answer that
                               may be either carries Vary: Accept-Encoding */
    UT_hash_handle hh;
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

/* True: the value of If-None-Match names this file (as it is, or weak), so the answer is 304. */
bool sio__file_is_fresh(const struct sio__file *file, struct sio__slice if_none_match);

/* True: the value of Accept-Encoding allows gzip. */
bool sio__files_accepts_gzip(struct sio__slice accept_encoding);

/* The Content-Type for a file name, by its extension. */
const char *sio__files_content_type(struct sio__slice name);

#endif
