#include "protocol/http_field.h"

#include <string.h>

enum { LENGTH_DIGITS_MAX = 19 /* any such number fits 64 bits */ };

bool sio__field_value_valid(struct sio__slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_token_char(char c)
{
    return is_digit(c) || (sio__lower(c) >= 'a' && sio__lower(c) <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool sio__field_token_valid(struct sio__slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_token_char(name.ptr[i]))
            return false;
    return name.len != 0;
}

bool sio__field_content_length(struct sio__slice value, uint64_t *out)
{
    uint64_t length = 0;

    if (value.len == 0 || value.len > LENGTH_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.ptr[i]))
            return false;
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    *out = length;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct sio__slice strip(struct sio__slice s)
{
    while (s.len != 0 && is_blank(s.ptr[0]))
        s = sio__slice_from(s, 1);
    while (s.len != 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct sio__slice sio__field_next_item(struct sio__slice *list, char separator)
{
    const char *end = list->len != 0 ? memchr(list->ptr, separator, list->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - list->ptr) : list->len;
    struct sio__slice item = sio__slice_make(list->ptr, len);

    *list = sio__slice_from(*list, end != NULL ? len + 1 : len);
    return strip(item);
}
