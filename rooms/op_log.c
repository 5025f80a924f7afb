#include "rooms/op_log.h"

#include "protocol/mem.h"

enum { FIRST_CAPACITY = 64 };

static struct sio__op_entry *entry_at(const struct sio__op_log *log, size_t i)
{
    return &log->entries[(log->first + i) & (log->capacity - 1)];
}

static size_t bytes_of(const struct sio__op *op)
{
    size_t bytes = sizeof(struct sio__op_entry) + op->bytes;

    for (const struct sio__frame *frame = op->spec.packet; frame != NULL; frame = frame->next)
        bytes += sizeof *frame + SIO__FRAME_HEADROOM + frame->len;
    return bytes;
}

void sio__op_log_init(struct sio__op_log *log, size_t max_bytes, uint64_t max_age_ms)
{
    *log = (struct sio__op_log){.max_bytes = max_bytes, .max_age_ms = max_age_ms};
}

static void drop_first(struct sio__op_log *log)
{
    struct sio__op *op = entry_at(log, 0)->op;

    log->floor = op->spec.seq;
    log->bytes -= bytes_of(op);
    log->first = (log->first + 1) & (log->capacity - 1);
    log->count--;
    sio__op_rele(op);
}

void sio__op_log_clear(struct sio__op_log *log)
{
    while (log->count > 0)
        drop_first(log);
    sio__free(log->entries);
    *log = (struct sio__op_log){
        .max_bytes = log->max_bytes, .max_age_ms = log->max_age_ms, .crowded = log->crowded};
}

static bool grow(struct sio__op_log *log)
{
    size_t capacity = log->capacity != 0 ? log->capacity * 2 : FIRST_CAPACITY;
    struct sio__op_entry *entries = sio__calloc(capacity, sizeof *entries);

    if (entries == NULL)
        return false;
    for (size_t i = 0; i < log->count; i++)
        entries[i] = *entry_at(log, i);
    sio__free(log->entries);
    log->entries = entries;
    log->capacity = capacity;
    log->first = 0;
    return true;
}

static void crowd_out(struct sio__op_log *log)
{
    drop_first(log);
    log->crowded++;
}

void sio__op_log_append(struct sio__op_log *log, struct sio__op *op, uint64_t now_ms)
{
    if (log->count == log->capacity && !grow(log)) {
        if (log->count == 0) {
            log->floor = op->spec.seq;
            log->crowded++;
            return;
        }
        crowd_out(log);
    }
    *entry_at(log, log->count++) = (struct sio__op_entry){sio__op_hold(op), now_ms};
    log->bytes += bytes_of(op);
    while (log->bytes > log->max_bytes)
        crowd_out(log);
}

bool sio__op_log_expire(struct sio__op_log *log, uint64_t now_ms, size_t max)
{
    for (; max > 0; max--) {
        if (log->count == 0 || now_ms - entry_at(log, 0)->time_ms <= log->max_age_ms)
            return false;
        drop_first(log);
    }
    return true;
}

/* How many of the ops are at or before a place. */
static size_t rank(const struct sio__op_log *log, uint64_t place)
{
    size_t low = 0, high = log->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entry_at(log, middle)->op->spec.seq <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t sio__op_log_read(const struct sio__op_log *log, uint64_t after, struct sio__op **ops,
                        size_t max)
{
    size_t from = rank(log, after), count = 0;

    for (; count < max && from + count < log->count; count++)
        ops[count] = sio__op_hold(entry_at(log, from + count)->op);
    return count;
}
