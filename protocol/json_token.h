/* json_token.h: walks through a JSON text that the scanner has accepted, token by token. */
#ifndef PROTOCOL_JSON_TOKEN_H
#define PROTOCOL_JSON_TOKEN_H

#include <stdbool.h>

#include "protocol/slice.h"

enum sio__json_token_kind {
    SIO__TOKEN_END,
    SIO__TOKEN_ARRAY,  /* [ */
    SIO__TOKEN_OBJECT, /* { */
    SIO__TOKEN_CLOSE,  /* ] or } */
    SIO__TOKEN_KEY,    /* of an object; its value is the next token */
    SIO__TOKEN_STRING,
    SIO__TOKEN_NUMBER,
    SIO__TOKEN_TRUE,
    SIO__TOKEN_FALSE,
    SIO__TOKEN_NULL,
};

struct sio__json_token {
    enum sio__json_token_kind kind;
    bool has_escapes;        /* of a key or a string */
    struct sio__slice bytes; /* of a key or a string without its quotes, of a number all of it */
};

struct sio__json_cursor {
    const char *p, *end;
};

static inline struct sio__json_cursor sio__json_cursor_of(const char *text, size_t len)
{
    return (struct sio__json_cursor){text, text + len};
}

/* The next token.  Several values with commas between them are fine too.  Never reads past the end,
 * whatever the text is. */
struct sio__json_token sio__json_next(struct sio__json_cursor *c);

/* The text of the whole value that a token begins; the cursor moves behind it.  Not for a key, a
 * close or the end. */
struct sio__slice sio__json_value_at(struct sio__json_cursor *c,
                                     const struct sio__json_token *first);

/* True if a key or string token unescapes to exactly these bytes. */
bool sio__json_token_is(const struct sio__json_token *token, struct sio__slice utf8);

#endif
