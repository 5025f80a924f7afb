/* census.h: on which workers somebody is in a room, so that an op for rooms goes to those alone.
 *
 * A table with a row for some of the rooms each, and in the row a bit for each worker: set while
 * that worker has one of these rooms.  So it may say yes of a worker that has nobody there, and
 * never no of one that has.  Rooms are known by a hash of their namespace's and their own name.
 *
 * A worker writes through its part, of its own thread.  Reading: any thread, without a lock. */
#ifndef ROOMS_CENSUS_H
#define ROOMS_CENSUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIO__CENSUS_ROWS = 1 << 16, /* half a MiB for up to 64 workers, and a quarter for each part */
    SIO__CENSUS_WORDS = 4,      /* of at most 64 workers each */
};

/* A set of workers. */
struct sio__workers {
    uint64_t bits[SIO__CENSUS_WORDS];
};

static inline void sio__workers_add(struct sio__workers *set, unsigned worker)
{
    set->bits[worker / 64] |= UINT64_C(1) << worker % 64;
}

static inline bool sio__workers_has(const struct sio__workers *set, unsigned worker)
{
    return (set->bits[worker / 64] >> worker % 64 & 1) != 0;
}

struct sio__census;

/* For so many workers.  NULL: out of memory. */
struct sio__census *sio__census_new(unsigned workers);

/* Its parts have ended.  NULL is taken. */
void sio__census_free(struct sio__census *census);

/* Adds the workers that have a room of this hash. */
void sio__census_read(const struct sio__census *census, uint32_t hash, struct sio__workers *set);

/* What one worker has. */
struct sio__census_part {
    struct sio__census *census; /* NULL: it is not counted */
    uint32_t *counts;           /* rooms, by row */
    unsigned worker;
};

/* census NULL: nothing is counted, and nobody asks.  False: out of memory. */
bool sio__census_part_init(struct sio__census_part *part, struct sio__census *census,
                           unsigned worker);

/* All of its rooms are gone.  Fine on all zero. */
void sio__census_part_fini(struct sio__census_part *part);

/* A room is there, is gone. */
void sio__census_add(struct sio__census_part *part, uint32_t hash);
void sio__census_remove(struct sio__census_part *part, uint32_t hash);

#endif
