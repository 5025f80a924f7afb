#include "http.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* The size of a body in chunks with their framing, 0 if it is not whole; body_len is that of the
 * chunks, which are moved together if they are to be joined. */
static size_t read_chunks(char *body, const char *end, size_t *body_len, bool are_joined)
{
    char *at = body, *to = body, *line;

    while ((line = memmem(at, end - at, "\r\n", 2)) != NULL) {
        size_t size = strtoul(at, NULL, 16);

        at = line + 2;
        if ((size_t)(end - at) < size + 2)
            return 0;
        if (are_joined)
            memmove(to, at, size);
        at += size + 2;
        to += size;
        if (size == 0) {
            *body_len = to - body;
            return at - body;
        }
    }
    return 0;
}

size_t http_answer_read(char *bytes, size_t len, char **body, size_t *body_len)
{
    static const char name[] = "content-length:";
    char *end = memmem(bytes, len, "\r\n\r\n", 4), *field;
    bool is_chunked;
    size_t size;

    if (end == NULL)
        return 0;
    if (strncmp(bytes, "HTTP/1.1 200", 12) != 0)
        die("the server refused a request");
    *end = '\0';
    field = strcasestr(bytes, name);
    is_chunked = strcasestr(bytes, "transfer-encoding: chunked") != NULL;
    *end = '\r';
    *body = end + 4;
    if (is_chunked) {
        size = read_chunks(*body, bytes + len, body_len, false);
        return size > 0 ? *body - bytes + read_chunks(*body, bytes + len, body_len, true) : 0;
    }
    if (field == NULL)
        die("an answer without a length");
    *body_len = strtoul(field + sizeof name - 1, NULL, 10);
    size = *body - bytes + *body_len;
    return size <= len ? size : 0;
}
