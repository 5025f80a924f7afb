#include "rooms/census.h"

#include "protocol/mem.h"

struct sio__census {
    unsigned words;          /* of each row */
    _Atomic uint64_t rows[]; /* SIO__CENSUS_ROWS of them */
};

static uint32_t row_of(uint32_t hash)
{
    return hash % SIO__CENSUS_ROWS;
}

struct sio__census *sio__census_new(unsigned workers)
{
    unsigned words = (workers + 63) / 64;
    struct sio__census *census;

    census = sio__calloc(1, sizeof *census + sizeof census->rows[0] * words * SIO__CENSUS_ROWS);
    if (census != NULL)
        census->words = words;
    return census;
}

void sio__census_free(struct sio__census *census)
{
    sio__free(census);
}

void sio__census_read(const struct sio__census *census, uint32_t hash, struct sio__workers *set)
{
    const _Atomic uint64_t *row = &census->rows[row_of(hash) * census->words];

    for (unsigned i = 0; i < census->words; i++)
        set->bits[i] |= atomic_load(&row[i]);
}

bool sio__census_part_init(struct sio__census_part *part, struct sio__census *census,
                           unsigned worker)
{
    *part = (struct sio__census_part){.census = census, .worker = worker};
    if (census == NULL)
        return true;
    part->counts = sio__calloc(SIO__CENSUS_ROWS, sizeof *part->counts);
    return part->counts != NULL;
}

void sio__census_part_fini(struct sio__census_part *part)
{
    sio__free(part->counts);
    *part = (struct sio__census_part){0};
}

static _Atomic uint64_t *word_of(const struct sio__census_part *part, uint32_t row)
{
    return &part->census->rows[row * part->census->words + part->worker / 64];
}

void sio__census_add(struct sio__census_part *part, uint32_t hash)
{
    uint32_t row = row_of(hash);

    if (part->census != NULL && part->counts[row]++ == 0)
        atomic_fetch_or(word_of(part, row), UINT64_C(1) << part->worker % 64);
}

void sio__census_remove(struct sio__census_part *part, uint32_t hash)
{
    uint32_t row = row_of(hash);

    if (part->census != NULL && --part->counts[row] == 0)
        atomic_fetch_and(word_of(part, row), ~(UINT64_C(1) << part->worker % 64));
}
