#include "protocol/mem.h"
#include "server/net/files.h"
#include "tests/support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define S(literal) SIO__SLICE(literal)

enum { LIMIT = 1 << 20 };

/* A folder of its own and a table. */
struct fixture {
    char dir[64];
    struct sio__files files;
};

static void set_up(struct fixture *f)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(f->dir, sizeof f->dir, "%s/files-XXXXXX", tmp != NULL ? tmp : "/tmp");
    CHECK(mkdtemp(f->dir) != NULL);
    sio__files_init(&f->files, LIMIT);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void tear_down(struct fixture *f)
{
    sio__files_fini(&f->files);
    CHECK(f->files.by_path == NULL);
    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the fixture's folder; good until the next call. */
static const char *path_to(const struct fixture *f, const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    return path;
}

static void make_dir(const struct fixture *f, const char *name)
{
    CHECK_EQ(mkdir(path_to(f, name), 0700), 0);
}

static void write_file(const struct fixture *f, const char *name, const char *content, size_t len)
{
    FILE *file = fopen(path_to(f, name), "wb");

    CHECK(file != NULL);
    if (file == NULL)
        return;
    CHECK_EQ(fwrite(content, 1, len, file), len);
    fclose(file);
}

static void write_text(const struct fixture *f, const char *name, const char *text)
{
    write_file(f, name, text, strlen(text));
}

static const char *body_of(const struct fixture *f, const char *path)
{
    static char body[64];
    struct sio__file *file = sio__files_find(&f->files, sio__slice_of(path));

    if (file == NULL || file->body.len >= sizeof body)
        return NULL;
    snprintf(body, sizeof body, "%.*s", (int)file->body.len, file->body.ptr);
    return body;
}

static const char *type_of(const struct fixture *f, const char *path)
{
    struct sio__file *file = sio__files_find(&f->files, sio__slice_of(path));

    return file != NULL ? file->content_type : NULL;
}

TEST(a_folder_is_served_under_its_mount)
{
    struct fixture f;

    set_up(&f);
    write_text(&f, "index.html", "<p>");
    write_text(&f, "app.js", "1");
    make_dir(&f, "css");
    write_text(&f, "css/style.css", "p{}");
    CHECK_EQ(sio__files_add_dir(&f.files, "/", f.dir), 0);
    CHECK_EQ(sio__files_add_dir(&f.files, "/admin", f.dir), 0);
    CHECK_STR(body_of(&f, "/app.js"), "1");
    CHECK_STR(body_of(&f, "/css/style.css"), "p{}");
    CHECK_STR(body_of(&f, "/admin/css/style.css"), "p{}");
    CHECK_STR(type_of(&f, "/app.js"), "text/javascript; charset=utf-8");
    CHECK_STR(type_of(&f, "/css/style.css"), "text/css; charset=utf-8");
    tear_down(&f);
}

TEST(an_index_is_also_its_folder)
{
    struct fixture f;

    set_up(&f);
    write_text(&f, "index.html", "<p>");
    make_dir(&f, "sub");
    write_text(&f, "sub/index.html", "<b>");
    CHECK_EQ(sio__files_add_dir(&f.files, "/m/", f.dir), 0);
    CHECK_STR(body_of(&f, "/m/"), "<p>");
    CHECK_STR(body_of(&f, "/m/index.html"), "<p>");
    CHECK_STR(body_of(&f, "/m/sub/"), "<b>");
    CHECK_STR(type_of(&f, "/m/"), "text/html; charset=utf-8");
    CHECK(body_of(&f, "/m") == NULL);
    CHECK_EQ(f.files.bytes, 6);
    tear_down(&f);
}

TEST(only_exact_paths_are_found)
{
    static const char *const others[] = {"",           "/",         "app.js",    "//app.js",
                                         "/app.js/",   "/./app.js", "/APP.JS",   "/app.js?",
                                         "/../app.js", "/app.j",    "/app.js\\", "/css/../app.js"};
    struct fixture f;

    set_up(&f);
    write_text(&f, "app.js", "1");
    CHECK_EQ(sio__files_add_dir(&f.files, "/", f.dir), 0);
    CHECK_STR(body_of(&f, "/app.js"), "1");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(body_of(&f, others[i]) == NULL);
    CHECK(sio__files_find(&f.files, S("/app.js\0")) == NULL);
    tear_down(&f);
}

TEST(links_hidden_and_special_files_are_left_out)
{
    struct fixture f;
    char target[256];

    set_up(&f);
    make_dir(&f, "root");
    make_dir(&f, "outside");
    make_dir(&f, "root/.git");
    write_text(&f, "outside/secret.txt", "s");
    write_text(&f, "root/.env", "s");
    write_text(&f, "root/.git/config", "s");
    write_text(&f, "root/a.txt", "a");
    CHECK_EQ(mkfifo(path_to(&f, "root/pipe.txt"), 0600), 0);
    snprintf(target, sizeof target, "%s/outside", f.dir);
    CHECK_EQ(symlink(target, path_to(&f, "root/link")), 0);
    CHECK_EQ(symlink("../outside/secret.txt", path_to(&f, "root/link.txt")), 0);
    CHECK_EQ(symlink("nowhere", path_to(&f, "root/dangling.txt")), 0);
    CHECK_EQ(sio__files_add_dir(&f.files, "/", path_to(&f, "root")), 0);
    CHECK_EQ(HASH_COUNT(f.files.by_path), 1);
    CHECK_STR(body_of(&f, "/a.txt"), "a");
    tear_down(&f);
}

TEST(contents_stay_when_the_disk_changes)
{
    struct fixture f;

    set_up(&f);
    write_text(&f, "a.txt", "old");
    CHECK_EQ(sio__files_add_dir(&f.files, "/", f.dir), 0);
    write_text(&f, "a.txt", "new content");
    CHECK_STR(body_of(&f, "/a.txt"), "old");
    tear_down(&f);
}

TEST(the_etag_names_the_content)
{
    struct fixture f;
    struct sio__file *a, *b, *c;

    set_up(&f);
    write_text(&f, "a.txt", "same");
    write_text(&f, "b.txt", "same");
    write_text(&f, "c.txt", "other");
    CHECK_EQ(sio__files_add_dir(&f.files, "/", f.dir), 0);
    a = sio__files_find(&f.files, S("/a.txt"));
    b = sio__files_find(&f.files, S("/b.txt"));
    c = sio__files_find(&f.files, S("/c.txt"));
    CHECK_STR(a->etag, b->etag);
    CHECK(strcmp(a->etag, c->etag) != 0);
    CHECK_EQ(strlen(a->etag), 18);
    CHECK(a->etag[0] == '"' && a->etag[17] == '"');
    tear_down(&f);
}

TEST(a_single_file_takes_the_given_type_and_etag)
{
    struct fixture f;
    struct sio__file *file;

    set_up(&f);
    write_text(&f, "x.bin", "1");
    CHECK_EQ(sio__files_add_file(&f.files, "/y", path_to(&f, "x.bin"), "text/x", "4.8.4"), 0);
    file = sio__files_find(&f.files, S("/y"));
    CHECK_STR(file->content_type, "text/x");
    CHECK_STR(file->etag, "\"4.8.4\"");
    CHECK_EQ(sio__files_add_file(&f.files, "/z", path_to(&f, "x.bin"), NULL, NULL), 0);
    CHECK_STR(type_of(&f, "/z"), "application/octet-stream");
    tear_down(&f);
}

TEST(mistakes_are_told)
{
    struct fixture f;

    set_up(&f);
    write_text(&f, "a.txt", "1");
    CHECK_EQ(sio__files_add_file(&f.files, "/a", path_to(&f, "a.txt"), NULL, NULL), 0);
    CHECK_EQ(sio__files_add_file(&f.files, "/a", path_to(&f, "a.txt"), NULL, NULL), -EEXIST);
    CHECK_EQ(sio__files_add_file(&f.files, "a", path_to(&f, "a.txt"), NULL, NULL), -EINVAL);
    CHECK_EQ(sio__files_add_file(&f.files, "/b", path_to(&f, "a.txt"), NULL, "\""), -EINVAL);
    CHECK_EQ(sio__files_add_file(&f.files, "/b", path_to(&f, "none"), NULL, NULL), -ENOENT);
    CHECK_EQ(sio__files_add_file(&f.files, "/b", f.dir, NULL, NULL), -EINVAL);
    CHECK_EQ(sio__files_add_dir(&f.files, "/", path_to(&f, "none")), -ENOENT);
    CHECK_EQ(sio__files_add_dir(&f.files, "/", path_to(&f, "a.txt")), -ENOTDIR);
    CHECK_EQ(sio__files_add_dir(&f.files, "m", f.dir), -EINVAL);
    tear_down(&f);
}

TEST(all_contents_together_are_bounded)
{
    struct fixture f;

    set_up(&f);
    sio__files_init(&f.files, 5);
    write_text(&f, "a.txt", "123");
    write_text(&f, "b.txt", "456");
    CHECK_EQ(sio__files_add_file(&f.files, "/a", path_to(&f, "a.txt"), NULL, NULL), 0);
    CHECK_EQ(sio__files_add_file(&f.files, "/b", path_to(&f, "b.txt"), NULL, NULL), -EFBIG);
    CHECK_EQ(f.files.bytes, 3);
    tear_down(&f);
}

static size_t unzip(struct sio__slice gzip, char *into, size_t capacity)
{
    z_stream z = {0};

    CHECK_EQ(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    z.next_in = (unsigned char *)gzip.ptr;
    z.avail_in = (unsigned)gzip.len;
    z.next_out = (unsigned char *)into;
    z.avail_out = (unsigned)capacity;
    CHECK_EQ(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    return z.total_out;
}

TEST(text_is_kept_compressed_too_where_that_is_smaller)
{
    static char text[8000], back[8000];
    struct fixture f;
    struct sio__file *file;
    unsigned random = 1;

    set_up(&f);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 7);
    write_file(&f, "long.js", text, sizeof text);
    write_file(&f, "short.js", text, 100);
    write_file(&f, "long.png", text, sizeof text);
    for (size_t i = 0; i < sizeof back; i++)
        back[i] = (char)((random = random * 1103515245 + 12345) >> 16);
    write_file(&f, "noise.js", back, sizeof back);
    CHECK_EQ(sio__files_add_dir(&f.files, "/", f.dir), 0);
    file = sio__files_find(&f.files, S("/long.js"));
    CHECK(file->gzip.len > 0 && file->gzip.len < 200);
    CHECK_MEM(back, unzip(file->gzip, back, sizeof back), text, sizeof text);
    CHECK_EQ(sio__files_find(&f.files, S("/short.js"))->gzip.len, 0);
    CHECK_EQ(sio__files_find(&f.files, S("/long.png"))->gzip.len, 0);
    CHECK_EQ(sio__files_find(&f.files, S("/noise.js"))->gzip.len, 0);
    tear_down(&f);
}

TEST(a_held_file_outlives_the_table)
{
    struct fixture f;
    struct sio__file *file;

    set_up(&f);
    write_text(&f, "index.html", "<p>");
    CHECK_EQ(sio__files_add_dir(&f.files, "/", f.dir), 0);
    file = sio__file_hold(sio__files_find(&f.files, S("/")));
    tear_down(&f);
    CHECK_MEM(file->body.ptr, file->body.len, "<p>", 3);
    CHECK_STR(file->content_type, "text/html; charset=utf-8");
    sio__file_rele(file);
}

static void write_package(const struct fixture *f, const char *package)
{
    make_dir(f, "dist");
    write_text(f, "package.json", package);
    write_text(f, "dist/socket.io.js", "js");
    write_text(f, "dist/socket.io.js.map", "{}");
    write_text(f, "dist/socket.io.min.js", "min");
    write_text(f, "dist/socket.io.esm.min.js", "esm");
    write_text(f, "dist/socket.io.msgpack.min.js", "msgpack");
    write_text(f, "dist/other.js", "other");
}

TEST(the_clients_bundles_carry_the_version_of_their_package)
{
    struct fixture f;
    struct sio__file *file;

    set_up(&f);
    write_package(&f, "{\"name\":\"socket.io-client\",\"version\":\"4.8.4\"}");
    CHECK_EQ(sio__files_add_bundles(&f.files, "/socket.io", path_to(&f, "dist")), 0);
    CHECK_EQ(HASH_COUNT(f.files.by_path), 5);
    CHECK_STR(body_of(&f, "/socket.io/socket.io.min.js"), "min");
    CHECK_STR(body_of(&f, "/socket.io/socket.io.esm.min.js"), "esm");
    CHECK_STR(body_of(&f, "/socket.io/socket.io.msgpack.min.js"), "msgpack");
    file = sio__files_find(&f.files, S("/socket.io/socket.io.js"));
    CHECK_STR(file->etag, "\"4.8.4\"");
    CHECK_STR(file->content_type, "application/javascript; charset=utf-8");
    CHECK_STR(type_of(&f, "/socket.io/socket.io.js.map"), "application/json; charset=utf-8");
    tear_down(&f);
}

TEST(an_incomplete_package_is_refused)
{
    struct fixture f;

    set_up(&f);
    write_package(&f, "{\"version\":\"4.8.4\"}");
    CHECK_EQ(remove(path_to(&f, "dist/socket.io.min.js")), 0);
    CHECK_EQ(sio__files_add_bundles(&f.files, "/socket.io", path_to(&f, "dist")), -ENOENT);
    tear_down(&f);

    set_up(&f);
    write_package(&f, "{\"version\":\"4\\\"\"}");
    CHECK_EQ(sio__files_add_bundles(&f.files, "/socket.io", path_to(&f, "dist")), -EINVAL);
    write_text(&f, "package.json", "[]");
    CHECK_EQ(sio__files_add_bundles(&f.files, "/socket.io", path_to(&f, "dist")), -EINVAL);
    CHECK_EQ(remove(path_to(&f, "package.json")), 0);
    CHECK_EQ(sio__files_add_bundles(&f.files, "/socket.io", path_to(&f, "dist")), -ENOENT);
    tear_down(&f);
}

TEST(if_none_match_is_a_list_of_strong_and_weak_tags)
{
    struct sio__file file = {.etag = "\"4.8.4\""};

    CHECK(sio__file_is_fresh(&file, S("\"4.8.4\"")));
    CHECK(sio__file_is_fresh(&file, S("W/\"4.8.4\"")));
    CHECK(sio__file_is_fresh(&file, S("\"1\" , W/\"4.8.4\"")));
    CHECK(sio__file_is_fresh(&file, S("*")));
    CHECK(!sio__file_is_fresh(&file, S("")));
    CHECK(!sio__file_is_fresh(&file, sio__slice_of(NULL)));
    CHECK(!sio__file_is_fresh(&file, S("4.8.4")));
    CHECK(!sio__file_is_fresh(&file, S("\"4.8\"")));
    CHECK(!sio__file_is_fresh(&file, S("W/W/\"4.8.4\"")));
    CHECK(!sio__file_is_fresh(&file, S(",,")));
}

TEST(types_follow_the_extension)
{
    CHECK_STR(sio__files_content_type(S("/a/b.PNG")), "image/png");
    CHECK_STR(sio__files_content_type(S("a.min.js")), "text/javascript; charset=utf-8");
    CHECK_STR(sio__files_content_type(S("/a.js/b")), "application/octet-stream");
    CHECK_STR(sio__files_content_type(S("")), "application/octet-stream");
    CHECK_STR(sio__files_content_type(S("js")), "application/octet-stream");
}

TEST(out_of_memory_while_loading_is_an_error_without_a_leak)
{
    static char text[2000];
    struct fixture f;
    long n = 0;
    int err;

    set_up(&f);
    memset(text, 'a', sizeof text);
    write_file(&f, "index.html", text, sizeof text);
    make_dir(&f, "sub");
    write_text(&f, "sub/a.txt", "1");
    do {
        sio__files_init(&f.files, LIMIT);
        sio__mem_fail_nth(++n, true);
        err = sio__files_add_dir(&f.files, "/", f.dir);
        sio__mem_fail_nth(0, false);
        CHECK(err == 0 || err == -ENOMEM);
        sio__files_fini(&f.files);
    } while (err != 0 && n < 100);
    CHECK(n > 8 && n < 100);
    tear_down(&f);
}

CHECK_MAIN(CHECK_ROW(a_folder_is_served_under_its_mount), CHECK_ROW(an_index_is_also_its_folder),
           CHECK_ROW(only_exact_paths_are_found),
           CHECK_ROW(links_hidden_and_special_files_are_left_out),
           CHECK_ROW(contents_stay_when_the_disk_changes), CHECK_ROW(the_etag_names_the_content),
           CHECK_ROW(a_single_file_takes_the_given_type_and_etag), CHECK_ROW(mistakes_are_told),
           CHECK_ROW(all_contents_together_are_bounded),
           CHECK_ROW(text_is_kept_compressed_too_where_that_is_smaller),
           CHECK_ROW(a_held_file_outlives_the_table),
           CHECK_ROW(the_clients_bundles_carry_the_version_of_their_package),
           CHECK_ROW(an_incomplete_package_is_refused),
           CHECK_ROW(if_none_match_is_a_list_of_strong_and_weak_tags),
           CHECK_ROW(types_follow_the_extension),
           CHECK_ROW(out_of_memory_while_loading_is_an_error_without_a_leak))
