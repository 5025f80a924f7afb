/* js_date.h: a Date as JavaScript writes it into JSON. */
#ifndef PROTOCOL_JS_DATE_H
#define PROTOCOL_JS_DATE_H

#include <stddef.h>
#include <stdint.h>

#define SIO__DATE_TEXT_BYTES 32

/**
 * Prints the text of toISOString(): 1970-01-01T00:00:00.000Z, years beyond four digits with a sign
 * and six.  No NUL.
 *
 * ms   since 1970, UTC.
 *
 * Returns the length; 0: the Date is invalid (beyond 8.64e15 ms), which JSON shows as null.
 */
size_t sio__date_print(int64_t ms, char out[SIO__DATE_TEXT_BYTES]);

#endif
