#include <string.h>

#include "protocol/http_chunked.h"
#include "tests/support/check.h"

/* The body of these bytes, given in pieces of a size; NULL: it is none. *rest: what is not taken;
 * -1: it is not whole. */
static const char *body_of(const char *bytes, size_t len, size_t piece, long *rest)
{
    static char body[8192];
    struct sio__chunked chunked = {0};
    size_t body_len = 0;

    *rest = -1;
    for (size_t at = 0; at < len; at += piece) {
        struct sio__slice in = sio__slice_make(bytes + at, len - at < piece ? len - at : piece),
                          out;
        enum sio__chunked_step step;

        while ((step = sio__chunked_next(&chunked, &in, &out)) == SIO__CHUNKED_DATA) {
            CHECK(out.len > 0);
            memcpy(body + body_len, out.ptr, out.len);
            body_len += out.len;
        }
        if (step == SIO__CHUNKED_BAD)
            return NULL;
        if (step == SIO__CHUNKED_END) {
            *rest = (long)(len - at - piece < len ? len - at - piece : 0) + (long)in.len;
            break;
        }
    }
    body[body_len] = '\0';
    return body;
}

static const struct {
    const char *bytes;
    const char *body; /* NULL: refused */
} rows[] = {
    {"0\r\n\r\n", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5\r\nhello\r\n1;x=\"y\"\r\n!\r\n000\r\n\r\n", "hello!"},
    {"A\r\n0123456789\r\n00a\r\n0123456789\r\n0\r\nX: y\r\nZ:\r\n\r\n", "01234567890123456789"},
    {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
    {"\r\n", NULL},
    {";x\r\n", NULL},
    {" 5\r\n", NULL},
    {"5 \r\n", NULL},
    {"+5\r\n", NULL},
    {"-1\r\n", NULL},
    {"0x5\r\n", NULL},
    {"g\r\n", NULL},
    {"5\nhello\r\n0\r\n\r\n", NULL},
    {"5\r\nhello0\r\n\r\n", NULL},
    {"5\r\nhello\n0\r\n\r\n", NULL},
    {"5\r\nhello\r\n0\n\n", NULL},
    {"1;\x01\r\n!\r\n0\r\n\r\n", NULL},
    {"0\r\nX: y\n\r\n", NULL},
    {"0\r\n\rX", NULL},
    {"fffffffffffffffff\r\n", NULL},
    {"0000000000000000\r\n", NULL},
};

TEST(a_body_is_read_alike_however_it_is_cut)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t piece = 1; piece <= strlen(rows[i].bytes); piece++) {
            long rest;
            const char *body = body_of(rows[i].bytes, strlen(rows[i].bytes), piece, &rest);

            if (rows[i].body == NULL) {
                CHECK(body == NULL);
            } else {
                CHECK_STR(body, rows[i].body);
                CHECK_EQ(rest, 0);
            }
        }
    }
}

TEST(what_comes_after_the_body_is_not_taken)
{
    static const char bytes[] = "1\r\n!\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
    long rest;

    CHECK_STR(body_of(bytes, sizeof bytes - 1, sizeof bytes - 1, &rest), "!");
    CHECK_EQ(rest, strlen("GET / HTTP/1.1\r\n"));
}

TEST(extensions_and_trailers_are_bounded_together)
{
    char bytes[8192];
    long rest;

    for (int over = 0; over < 2; over++) {
        int ext = 2000, trailer = SIO__CHUNKED_EXTRA_MOST - ext + over;
        int len =
            snprintf(bytes, sizeof bytes, "1;%0*d\r\n!\r\n0\r\n%0*d\r\n\r\n", ext, 0, trailer, 0);

        CHECK_EQ(body_of(bytes, (size_t)len, 100, &rest) == NULL, over);
    }
}

CHECK_MAIN(CHECK_ROW(a_body_is_read_alike_however_it_is_cut),
           CHECK_ROW(what_comes_after_the_body_is_not_taken),
           CHECK_ROW(extensions_and_trailers_are_bounded_together))
