#include "checks.h"

/* The code point at *at, which moves behind it; -1 for what is not UTF-8. */
static int32_t next_character(sio_str text, size_t *at)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text.ptr[*at];
    size_t len = lead < 0x80       ? 1
                 : lead >> 5 == 6  ? 2
                 : lead >> 4 == 14 ? 3
                 : lead >> 3 == 30 ? 4
                                   : 0;
    uint32_t point;

    if (len == 0 || len > text.len - *at)
        return -1;
    point = len == 1 ? lead : lead & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        unsigned char c = (unsigned char)text.ptr[*at + i];
        if (c >> 6 != 2)
            return -1;
        point = point << 6 | (c & 0x3Fu);
    }
    if ((len > 1 && point < lowest[len]) || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
        return -1;
    *at += len;
    return (int32_t)point;
}

bool is_utf8(sio_str text)
{
    for (size_t at = 0; at < text.len;)
        if (next_character(text, &at) < 0)
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

sio_str trim(sio_str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static bool is_control(int32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

/* Would break a line, or turn the direction of what is written around it. */
static bool is_disruptive(int32_t c)
{
    return is_control(c) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Not to be seen: spaces and fillers of all kinds, joiners, marks of direction, selectors. */
static bool is_invisible(int32_t c)
{
    static const struct {
        int32_t first, last;
    } ranges[] = {
        {0x00, 0x20},     {0x7F, 0xA0},     {0xAD, 0xAD},     {0x34F, 0x34F},     {0x61C, 0x61C},
        {0x115F, 0x1160}, {0x1680, 0x1680}, {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x2000, 0x200F},
        {0x2028, 0x202F}, {0x205F, 0x206F}, {0x2800, 0x2800}, {0x3000, 0x3000},   {0x3164, 0x3164},
        {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xE0000, 0xE0FFF},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

bool is_label(sio_str text, size_t characters_max, size_t bytes_max)
{
    size_t characters = 0;
    bool is_visible = false;

    if (text.len > bytes_max)
        return false;
    for (size_t at = 0; at < text.len; characters++) {
        int32_t c = next_character(text, &at);
        if (c < 0 || is_disruptive(c))
            return false;
        is_visible = is_visible || !is_invisible(c);
    }
    return is_visible && characters <= characters_max;
}

bool is_text(sio_str text)
{
    size_t characters = 0;

    if (text.len > TEXT_BYTES)
        return false;
    for (size_t at = 0; at < text.len; characters++)
        if (next_character(text, &at) < 0)
            return false;
    return characters > 0 && characters <= TEXT_CHARACTERS;
}

bool is_message_id(sio_str id)
{
    if (id.len == 0 || id.len > MESSAGE_ID_BYTES)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}

sio_str first_characters(sio_str text, size_t characters_max)
{
    size_t at = 0;

    for (size_t characters = 0; characters < characters_max && at < text.len; characters++)
        if (next_character(text, &at) < 0)
            break;
    return (sio_str){text.ptr, at};
}
