/* checks.h: the limits of docs/CHAT.md on what people write.  Pure functions. */
#ifndef PARLEY_CHECKS_H
#define PARLEY_CHECKS_H

#include <sio/types.h>

enum {
    NAME_CHARACTERS = 32,
    NAME_BYTES = 128,
    TITLE_CHARACTERS = 80,
    TITLE_BYTES = 320,
    TEXT_CHARACTERS = 4000,
    TEXT_BYTES = 16384,
    MESSAGE_ID_BYTES = 64,
};

/* Without the blanks and tabs at both ends. */
sio_str trim(sio_str text);

/* May a trimmed text be a name or title: UTF-8 within both limits, something visible, nothing that
 * breaks a line or turns its direction? */
bool is_label(sio_str text, size_t characters_max, size_t bytes_max);

/* May this be a message: UTF-8 within the limits, not empty? */
bool is_text(sio_str text);

bool is_message_id(sio_str id);

/* The longest beginning of UTF-8 text that has at most this many characters. */
sio_str first_characters(sio_str text, size_t characters_max);

bool is_utf8(sio_str text);

#endif
