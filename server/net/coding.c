#include "server/net/coding.h"

#include "protocol/http_field.h"

/* How well a coding is liked. */
struct liking {
    unsigned weight; /* in thousandths; 0: not taken */
    bool is_named;   /* not by `*` */
    unsigned place;
};

/* "0.8" in thousandths; 0 for what is no number. */
static unsigned read_weight(struct sio__slice text)
{
    unsigned value = 0, unit = 1000;
    size_t i = 0;

    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9' && value <= 1000; i++)
        value = 10 * value + 1000 * (unsigned)(text.ptr[i] - '0');
    if (i < text.len && text.ptr[i] == '.')
        for (i++; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
            value += (unsigned)(text.ptr[i] - '0') * (unit /= 10);
    return value;
}

static unsigned weight_of(struct sio__slice parameters)
{
    while (parameters.len > 0) {
        struct sio__slice p = sio__field_next_item(&parameters, ';');

        if (p.len >= 2 && (p.ptr[0] == 'q' || p.ptr[0] == 'Q') && p.ptr[1] == '=')
            return read_weight(sio__slice_from(p, 2));
    }
    return 1000;
}

/* Of an entry that is there twice the one with more weight counts, the later of equal ones. */
static bool outdoes(const struct liking *a, const struct liking *b)
{
    return a->is_named != b->is_named ? a->is_named : a->weight >= b->weight;
}

static struct liking like(struct sio__slice accept_encoding, struct sio__slice name)
{
    struct liking best = {0};

    for (unsigned place = 0; accept_encoding.len > 0; place++) {
        struct sio__slice parameters = sio__field_next_item(&accept_encoding, ',');
        struct sio__slice coding = sio__field_next_item(&parameters, ';');
        struct liking one = {.is_named = sio__slice_ieq(coding, name), .place = place};

        if (!one.is_named && !sio__slice_is(coding, "*"))
            continue;
        one.weight = weight_of(parameters);
        if (outdoes(&one, &best))
            best = one;
    }
    return best;
}

enum sio__coding sio__coding_choose(struct sio__slice accept_encoding)
{
    struct liking gzip = like(accept_encoding, SIO__SLICE("gzip"));
    struct liking deflate = like(accept_encoding, SIO__SLICE("deflate"));
    bool is_deflate;

    if (gzip.weight == 0 && deflate.weight == 0)
        return SIO__CODING_NONE;
    if (gzip.weight != deflate.weight)
        is_deflate = deflate.weight > gzip.weight;
    else if (gzip.is_named != deflate.is_named)
        is_deflate = deflate.is_named;
    else
        is_deflate = deflate.place < gzip.place;
    return is_deflate ? SIO__CODING_DEFLATE : SIO__CODING_GZIP;
}

bool sio__coding_takes_gzip(struct sio__slice accept_encoding)
{
    return like(accept_encoding, SIO__SLICE("gzip")).weight > 0;
}

struct sio__slice sio__coding_name(enum sio__coding coding)
{
    return coding == SIO__CODING_GZIP ? SIO__SLICE("gzip") : SIO__SLICE("deflate");
}
