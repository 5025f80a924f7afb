#include "rooms/op_queue.h"

#include <assert.h>

#include "protocol/mem.h"

enum { FIRST_CAPACITY = 64, KEPT_CAPACITY = 4096 };

static struct sio__op_item *item_at(const struct sio__op_queue *queue, uint64_t position)
{
    return &queue->items[position & (queue->capacity - 1)];
}

static bool grow(struct sio__op_queue *queue)
{
    struct sio__op_queue larger = *queue;

    larger.capacity = queue->capacity != 0 ? queue->capacity * 2 : FIRST_CAPACITY;
    larger.items = sio__calloc(larger.capacity, sizeof *larger.items);
    if (larger.items == NULL)
        return false;
    for (uint64_t i = queue->first; i < queue->end; i++)
        *item_at(&larger, i) = *item_at(queue, i);
    sio__free(queue->items);
    *queue = larger;
    return true;
}

void sio__op_queue_fini(struct sio__op_queue *queue)
{
    for (uint64_t i = queue->first; i < queue->end; i++)
        sio__op_rele(item_at(queue, i)->op);
    sio__free(queue->items);
    *queue = (struct sio__op_queue){0};
}

bool sio__op_queue_push(struct sio__op_queue *queue, struct sio__op *op, unsigned readers)
{
    if (readers == 0)
        return true;
    if (queue->end - queue->first == queue->capacity && !grow(queue))
        return false;
    *item_at(queue, queue->end++) = (struct sio__op_item){sio__op_hold(op), readers};
    return true;
}

/* The last reader gets the queue's own reference. */
static struct sio__op *take_item(struct sio__op_item *item)
{
    struct sio__op *op = item->op;

    assert(item->left > 0);
    if (--item->left > 0)
        return sio__op_hold(op);
    item->op = NULL;
    return op;
}

/* A reader that lagged once must not cost memory for ever. */
static void give_back(struct sio__op_queue *queue)
{
    sio__free(queue->items);
    queue->items = NULL;
    queue->capacity = 0;
}

size_t sio__op_queue_take(struct sio__op_queue *queue, uint64_t *reader, uint64_t until,
                          struct sio__op **ops, size_t max)
{
    size_t count = 0;

    while (*reader < until && *reader < queue->end && count < max)
        ops[count++] = take_item(item_at(queue, (*reader)++));
    while (queue->first < queue->end && item_at(queue, queue->first)->left == 0)
        queue->first++;
    if (queue->first == queue->end && queue->capacity > KEPT_CAPACITY)
        give_back(queue);
    return count;
}
