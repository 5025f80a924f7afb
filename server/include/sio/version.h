/* version.h: which libsio this is. */
#ifndef SIO_VERSION_H
#define SIO_VERSION_H

#include <sio/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the headers that a program was compiled with: major.minor.patch. */
#define SIO_VERSION "0.1.0"

/* Of the library that it runs with; a constant.  Any thread. */
SIO_API const char *sio_version(void);

#ifdef __cplusplus
}
#endif

#endif
