#include "http.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"

size_t http_answer_read(char *bytes, size_t len, char **body, size_t *body_len)
{
    static const char name[] = "content-length:";
    char *end = memmem(bytes, len, "\r\n\r\n", 4), *field;
    size_t size;

    if (end == NULL)
        return 0;
    if (strncmp(bytes, "HTTP/1.1 200", 12) != 0)
        die("the server refused a request");
    *end = '\0';
    field = strcasestr(bytes, name);
    *end = '\r';
    if (field == NULL)
        die("an answer without Content-Length");
    *body_len = strtoul(field + sizeof name - 1, NULL, 10);
    *body = end + 4;
    size = *body - bytes + *body_len;
    return size <= len ? size : 0;
}
