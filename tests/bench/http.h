#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include <stddef.h>

/* A whole answer at the beginning of the bytes, NUL-terminated at len. Sets body and its length.
 * Returns 0 while more is to come, or else the size of the answer; dies if it is not a 200, or
 * has neither a Content-Length nor chunks, which are moved together in place. */
size_t http_answer_read(char *bytes, size_t len, char **body, size_t *body_len);

#endif
