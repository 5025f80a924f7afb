/* options.h: options of the engine as one JSON object, under the reference's names
 * (docs/CONFORMANCE.md). */
#ifndef SERVER_CONFORMANCE_OPTIONS_H
#define SERVER_CONFORMANCE_OPTIONS_H

#include <sio/sio.h>

/* Strings stay valid until the end of the process.  False: it is no object of known options. */
bool options_read(sio_config *config, const char *text);

/* One of error, warn, info, debug. */
bool options_log_level(sio_config *config, const char *name);

/* json or msgpack. */
bool options_parser(sio_config *config, const char *name);

#endif
