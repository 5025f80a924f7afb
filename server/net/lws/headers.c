#include "server/net/lws/conn.h"

#include "protocol/http_field.h"

struct found {
    size_t name, name_len, value, value_len; /* offsets into the text */
};

struct collector {
    struct sio__conn *conn;
    struct sio__buf *text;
    struct found *found;
    uint32_t count;
    int status; /* not 0: the request is refused */
};

/* What Node keeps only the first of; the others it joins. */
static bool is_single(enum lws_token_indexes token)
{
    switch (token) {
    case WSI_TOKEN_HOST:
    case WSI_TOKEN_HTTP_AUTHORIZATION:
    case WSI_TOKEN_HTTP_CONTENT_LENGTH:
    case WSI_TOKEN_HTTP_CONTENT_TYPE:
    case WSI_TOKEN_HTTP_FROM:
    case WSI_TOKEN_HTTP_IF_MODIFIED_SINCE:
    case WSI_TOKEN_HTTP_IF_UNMODIFIED_SINCE:
    case WSI_TOKEN_HTTP_MAX_FORWARDS:
    case WSI_TOKEN_HTTP_PROXY_AUTHORIZATION:
    case WSI_TOKEN_HTTP_REFERER:
    case WSI_TOKEN_HTTP_USER_AGENT:
        return true;
    default:
        return false;
    }
}

static void trim_end(struct sio__buf *text, size_t start)
{
    while (text->len > start &&
           (text->ptr[text->len - 1] == ' ' || text->ptr[text->len - 1] == '\t'))
        text->len--;
}

/* Appends one line's value without the space around it. */
static bool append_fragment(struct collector *c, enum lws_token_indexes token, int index)
{
    int len = lws_hdr_fragment_length(c->conn->wsi, token, index);
    size_t start = c->text->len, skip = 0;
    char *at = sio__buf_extend(c->text, (size_t)len + 1);

    if (at == NULL || lws_hdr_copy_fragment(c->conn->wsi, at, len + 1, token, index) < 0)
        return false;
    c->text->len--; /* the NUL */
    while (skip < (size_t)len && (at[skip] == ' ' || at[skip] == '\t'))
        skip++;
    memmove(at, at + skip, (size_t)len - skip);
    c->text->len -= skip;
    trim_end(c->text, start);
    return true;
}

static struct found *add(struct collector *c, const char *name, size_t name_len)
{
    struct found *found;

    if (c->count == SIO__LWS_HEADERS_MAX)
        c->status = 431;
    else if (!sio__field_token_valid(sio__slice_make(name, name_len)))
        c->status = 400;
    if (c->status != 0)
        return NULL;
    found = &c->found[c->count++];
    found->name = c->text->len;
    found->name_len = name_len;
    sio__buf_bytes(c->text, name, name_len);
    found->value = c->text->len;
    return found;
}

static void collect_known(struct collector *c, enum lws_token_indexes token)
{
    const char *name = (const char *)lws_token_to_string(token);
    size_t name_len = name != NULL ? strlen(name) : 0;
    struct found *found;

    /* The rest of the table are methods and pseudo-headers of HTTP/2. */
    if (name_len < 2 || name[0] == ':' || name[name_len - 1] != ':' ||
        !sio__lws_has_header(c->conn->wsi, token))
        return;
    found = add(c, name, name_len - 1);
    if (found == NULL || !append_fragment(c, token, 0))
        return;
    for (int i = 1; !is_single(token) && lws_hdr_fragment_length(c->conn->wsi, token, i) > 0; i++) {
        if (token == WSI_TOKEN_HTTP_COOKIE)
            sio__buf_lit(c->text, "; ");
        else
            sio__buf_lit(c->text, ", ");
        if (!append_fragment(c, token, i))
            return;
    }
    found->value_len = c->text->len - found->value;
}

/* name with its colon, as lws keeps it. */
static void collect_custom(struct collector *c, const char *name, int name_len)
{
    int len = lws_hdr_custom_length(c->conn->wsi, name, name_len);
    struct found *found;
    char *value;

    if (len < 0 || name_len < 2)
        return;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->found[i].name_len == (size_t)name_len - 1 &&
            memcmp(c->text->ptr + c->found[i].name, name, (size_t)name_len - 1) == 0)
            return; /* lws gives only the first of several */
    found = add(c, name, (size_t)name_len - 1);
    if (found == NULL)
        return;
    value = sio__buf_extend(c->text, (size_t)len + 1);
    if (value == NULL || lws_hdr_custom_copy(c->conn->wsi, value, len + 1, name, name_len) < 0)
        return;
    c->text->len--;
    trim_end(c->text, found->value);
    found->value_len = c->text->len - found->value;
}

#if LWS_LIBRARY_VERSION_NUMBER >= 4003000

static void on_custom(const char *name, int name_len, void *opaque)
{
    collect_custom(opaque, name, name_len);
}

static void collect_customs(struct collector *c, enum lws_token_indexes method)
{
    (void)method;
    lws_hdr_custom_name_foreach(c->conn->wsi, on_custom, c);
}

#else

enum { NAME_AT = 8 }; /* in a record: two lengths of 16 bits, a link of 32, the name, the value */

/* The empty line that ends the head lies in the memory as a record that was begun: eight zeros and
 * CR LF.  No value has a CR, but the bytes that records leave out may hold one of the memory's last
 * use; they are too few for a false end.  NULL: it was a bare LF. */
static const char *find_end(const char *start, size_t bytes)
{
    static const char zeros[NAME_AT];
    const char *end = start + bytes, *cr = start - 1;

    while ((cr = memchr(cr + 1, '\r', (size_t)(end - cr - 1))) != NULL)
        if (cr - start >= NAME_AT && cr[1] == '\n' && memcmp(cr - NAME_AT, zeros, NAME_AT) == 0)
            return cr - NAME_AT;
    return NULL;
}

/* How far the target reaches at least: each of its pieces ends with a NUL and a byte left out. */
static size_t target_bytes(struct lws *wsi, enum lws_token_indexes token)
{
    size_t bytes = 0;

    for (int i = 0; sio__lws_has_fragment(wsi, token, i); i++)
        bytes += (size_t)lws_hdr_fragment_length(wsi, token, i) + 2;
    return bytes;
}

/* lws 4.1 answers for a header by name but does not tell the names it has.  They lie in its header
 * memory, which starts with the request's target.  Whatever looks like a name is only used to ask
 * lws for it, so a false one costs nothing. */
static void collect_customs(struct collector *c, enum lws_token_indexes method)
{
    enum { MARGIN = 64 }; /* the target starts a few bytes into the memory */
    char *start;
    const char *end, *limit;
    int len;

    if (lws_http_get_uri_and_method(c->conn->wsi, &start, &len) < 0)
        return;
    limit = start + c->conn->transport->config.max_header_bytes - MARGIN;
    /* The bytes that the target leaves out hold what the memory's last use left there. */
    start += target_bytes(c->conn->wsi, method) - 1;
    start += target_bytes(c->conn->wsi, WSI_TOKEN_HTTP_URI_ARGS);
    end = start < limit ? find_end(start, (size_t)(limit - start)) : NULL;
    if (end == NULL)
        c->status = 400;
    for (const char *p = start; end != NULL && p + NAME_AT < end && c->status == 0; p++) {
        size_t name_len = (unsigned char)p[1]; /* longer names are not looked for */
        if (p[0] == 0 && name_len >= 2 && name_len <= (size_t)(end - p) - NAME_AT &&
            p[NAME_AT + name_len - 1] == ':')
            collect_custom(c, p + NAME_AT, (int)name_len);
    }
}

#endif

int sio__headers_collect(struct sio__conn *conn, enum lws_token_indexes method,
                         struct sio__request_header *headers, uint32_t *count,
                         struct sio__buf *text)
{
    struct found found[SIO__LWS_HEADERS_MAX];
    struct collector c = {.conn = conn, .text = text, .found = found};

    for (int token = 0; token < WSI_TOKEN_COUNT && c.status == 0; token++)
        collect_known(&c, (enum lws_token_indexes)token);
    if (c.status == 0)
        collect_customs(&c, method);
    for (uint32_t i = 0; i < c.count; i++) {
        headers[i].name = sio__slice_make(text->ptr + found[i].name, found[i].name_len);
        headers[i].value = sio__slice_make(text->ptr + found[i].value, found[i].value_len);
    }
    *count = c.count;
    return c.status;
}
