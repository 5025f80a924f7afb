/* id.h: session and socket ids: 20 URL-safe characters of 15 bytes: 11 random ones, the number of
 * the worker, and a 24-bit counter of that worker. 88 random bits, as the reference has. */
#ifndef SERVER_ENGINE_ID_H
#define SERVER_ENGINE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/slice.h"

enum { SIO__ID_LEN = 20, SIO__ID_WORKERS = 256 };

/* Writes an id and a NUL.  counter: the worker's next one.  False: no randomness to be had. */
bool sio__id_make(char id[SIO__ID_LEN + 1], unsigned worker, uint32_t counter);

/* The worker that an id names; -1 when it is no id of ours. */
int sio__id_worker(struct sio__slice id);

#endif
