/* json_number.h: numbers as JavaScript reads and prints them.  Independent of the locale. */
#ifndef PROTOCOL_JSON_NUMBER_H
#define PROTOCOL_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for every number that the functions below print; they write no NUL. */
#define SIO__NUMBER_TEXT_BYTES 32

/* Prints a double as JavaScript's String(x): shortest text that reads back the same, no fraction
 * for whole numbers, 1e+21, -0 as 0, NaN, Infinity.  Returns the length. */
size_t sio__number_print(double number, char out[SIO__NUMBER_TEXT_BYTES]);

size_t sio__number_print_u64(uint64_t number, char out[SIO__NUMBER_TEXT_BYTES]);
size_t sio__number_print_i64(int64_t number, char out[SIO__NUMBER_TEXT_BYTES]);

/* The value of a JSON number that the scanner has accepted, rounded to the nearest double; may be
 * infinite.  False: out of memory (only for numbers of hundreds of digits). */
bool sio__number_parse(const char *text, size_t len, double *number);

/* JavaScript's Number(text): blanks around it, signs, 0x, 0o, 0b, Infinity and the empty text (0)
 * are fine.  NaN for anything else, and for more than 64 characters. */
double sio__number_from_text(const char *text, size_t len);

/* Bytes of the character at the start of the text if that is white space for JavaScript; else 0. */
size_t sio__js_blank(const char *text, size_t len);

/* The value of a JSON number that is a whole number within the range of int64_t, in whatever way it
 * is written (12, 12.0, 1.2e1); whole numbers without fraction and exponent are exact.  False: it
 * is not one. */
bool sio__number_parse_i64(const char *text, size_t len, int64_t *number);

#endif
