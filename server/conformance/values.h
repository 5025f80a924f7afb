/* values.h: events that take arguments apart and make every kind of them (docs/CONFORMANCE.md). */
#ifndef SERVER_CONFORMANCE_VALUES_H
#define SERVER_CONFORMANCE_VALUES_H

#include <sio/sio.h>

/* False: out of memory. */
bool values_serve(sio_ns *ns);

#endif
