/* export.h: what a shared build of the library shows to the outside. */
#ifndef SIO_EXPORT_H
#define SIO_EXPORT_H

#if defined(__GNUC__)
#define SIO_API __attribute__((visibility("default")))
#else
#define SIO_API
#endif

#endif
