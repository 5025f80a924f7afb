#include "server/net/sendq.h"

#include <assert.h>

#include "protocol/mem.h"

enum { FIRST_RING = 32 }; /* a burst of a turn: growing to it costs more than its 256 bytes */

static uint32_t capacity_of(const struct sio__sendq *queue)
{
    return queue->capacity != 0 ? queue->capacity : SIO__SENDQ_INLINE;
}

/* The i-th packet's place; capacities are powers of two. */
static uint32_t place(const struct sio__sendq *queue, uint32_t i)
{
    return (queue->head + i) & (capacity_of(queue) - 1);
}

static struct sio__frame **slot(struct sio__sendq *queue, uint32_t i)
{
    struct sio__frame **slots = queue->capacity != 0 ? queue->slots.ring : queue->slots.few;

    return &slots[place(queue, i)];
}

static struct sio__frame *packet_at(const struct sio__sendq *queue, uint32_t i)
{
    return queue->capacity != 0 ? queue->slots.ring[place(queue, i)]
                                : queue->slots.few[place(queue, i)];
}

/* The bytes that stand for a frame. */
static struct sio__slice wire_of(const struct sio__sendq *queue, const struct sio__frame *frame)
{
    return sio__frame_wire(sio__frame_for(frame, queue->deflate_most_bytes));
}

static bool grow(struct sio__sendq *queue)
{
    uint32_t capacity = queue->capacity != 0 ? queue->capacity * 2 : FIRST_RING;
    struct sio__frame **ring;

    if (queue->capacity > UINT32_MAX / 2)
        return false;
    if ((ring = sio__malloc(capacity * sizeof *ring)) == NULL)
        return false;
    for (uint32_t i = 0; i < queue->count; i++)
        ring[i] = *slot(queue, i);
    if (queue->capacity != 0)
        sio__free(queue->slots.ring);
    queue->slots.ring = ring;
    queue->capacity = capacity;
    queue->head = 0;
    return true;
}

/* Takes the first packet out of its slot; an empty queue gives its ring back. */
static struct sio__frame *take(struct sio__sendq *queue)
{
    struct sio__frame *packet = *slot(queue, 0);

    queue->part = NULL;
    queue->offset = 0;
    queue->head = (queue->head + 1) & (capacity_of(queue) - 1);
    if (--queue->count == 0) {
        if (queue->capacity != 0)
            sio__free(queue->slots.ring);
        queue->capacity = queue->head = 0;
    }
    return packet;
}

void sio__sendq_init(struct sio__sendq *queue, size_t limit_bytes)
{
    *queue = (struct sio__sendq){.limit_bytes = limit_bytes};
}

void sio__sendq_drop_all(struct sio__sendq *queue)
{
    while (queue->count > 0)
        sio__frame_rele(take(queue));
    queue->bytes = 0;
}

static enum sio__sendq_result append(struct sio__sendq *queue, struct sio__frame *packet,
                                     size_t bytes)
{
    if (queue->count == capacity_of(queue) && !grow(queue))
        return SIO__SENDQ_NOMEM;
    *slot(queue, queue->count++) = sio__frame_hold(packet);
    queue->bytes += bytes;
    return SIO__SENDQ_OK;
}

enum sio__sendq_result sio__sendq_push(struct sio__sendq *queue, struct sio__frame *packet)
{
    size_t bytes = sio__frame_chain_bytes(packet);

    if (queue->count > 0 &&
        (queue->bytes > queue->limit_bytes || bytes > queue->limit_bytes - queue->bytes))
        return SIO__SENDQ_FULL;
    return append(queue, packet, bytes);
}

enum sio__sendq_result sio__sendq_push_always(struct sio__sendq *queue, struct sio__frame *packet)
{
    return append(queue, packet, sio__frame_chain_bytes(packet));
}

struct sio__frame *sio__sendq_first(const struct sio__sendq *queue)
{
    return queue->count > 0 ? packet_at(queue, 0) : NULL;
}

struct sio__slice sio__sendq_peek(const struct sio__sendq *queue)
{
    const struct sio__frame *frame = queue->part != NULL ? queue->part : sio__sendq_first(queue);

    return frame != NULL ? sio__slice_from(wire_of(queue, frame), queue->offset) : SIO__SLICE("");
}

size_t sio__sendq_pieces(const struct sio__sendq *queue, struct iovec *pieces, size_t most)
{
    const struct sio__frame *frame = queue->part;
    size_t offset = queue->offset, count = 0;

    for (uint32_t i = 0; i < queue->count && count < most; i++) {
        if (frame == NULL)
            frame = packet_at(queue, i);
        for (; frame != NULL && count < most; frame = frame->next) {
            struct sio__slice wire = sio__slice_from(wire_of(queue, frame), offset);

            pieces[count++] = (struct iovec){(void *)wire.ptr, wire.len};
            offset = 0;
        }
    }
    return count;
}

size_t sio__sendq_frames(const struct sio__sendq *queue, struct sio__frame **frames, size_t most)
{
    struct sio__frame *frame = queue->part;
    size_t count = 0;

    for (uint32_t i = 0; i < queue->count && count < most; i++) {
        if (frame == NULL)
            frame = packet_at(queue, i);
        for (; frame != NULL && count < most; frame = frame->next)
            frames[count++] = frame;
    }
    return count;
}

/* What a frame weighs in the queue and did not on the wire. */
static size_t saved_by(const struct sio__sendq *queue, const struct sio__frame *frame)
{
    if (queue->deflate_most_bytes == 0)
        return 0;
    return sio__frame_wire(frame).len - wire_of(queue, frame).len;
}

/* At most what is left of the part that is next. */
static void advance_part(struct sio__sendq *queue, size_t n, size_t left)
{
    if (queue->part == NULL)
        queue->part = sio__sendq_first(queue);
    queue->bytes -= n;
    queue->offset += n;
    if (n < left)
        return;
    queue->bytes -= saved_by(queue, queue->part);
    queue->part = queue->part->next;
    queue->offset = 0;
    if (queue->part == NULL)
        sio__frame_rele(take(queue));
}

void sio__sendq_advance(struct sio__sendq *queue, size_t n)
{
    assert(n <= queue->bytes);
    while (n > 0) {
        size_t left = sio__sendq_peek(queue).len, step = n < left ? n : left;

        advance_part(queue, step, left);
        n -= step;
    }
}

struct sio__frame *sio__sendq_pop(struct sio__sendq *queue)
{
    struct sio__frame *packet = sio__sendq_first(queue);

    assert(!sio__sendq_is_midway(queue));
    if (packet == NULL)
        return NULL;
    queue->bytes -= sio__frame_chain_bytes(packet);
    return take(queue);
}
