#include "protocol/json_renumber.h"

#include "protocol/json_placeholder.h"
#include "protocol/mem.h"

/* Written as it should be, in the place where it should be. */
static bool is_in_order(struct sio__slice text, const struct sio__place *place, uint32_t index)
{
    char usual[SIO__PLACEHOLDER_TEXT_BYTES];
    size_t len = (size_t)(sio__placeholder_write(index, usual) - usual);

    return place->index == index && place->end - place->start == len &&
           memcmp(text.ptr + place->start, usual, len) == 0;
}

static bool all_in_order(struct sio__slice text, const struct sio__places *places, uint32_t count)
{
    if (places->count != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!is_in_order(text, &places->items[i], i))
            return false;
    return true;
}

static void append_place(struct sio__buf *out, uint32_t index)
{
    char usual[SIO__PLACEHOLDER_TEXT_BYTES];

    sio__buf_bytes(out, usual, (size_t)(sio__placeholder_write(index, usual) - usual));
}

/* numbers[i]: the new number of attachment i, plus one; 0: none yet. */
static void rewrite(struct sio__slice text, const struct sio__places *places,
                    const struct sio__slice *attachments, uint32_t *numbers,
                    struct sio__renumbered *out)
{
    size_t from = 0;

    for (size_t i = 0; i < places->count; i++) {
        const struct sio__place *place = &places->items[i];

        if (numbers[place->index] == 0) {
            out->own_attachments[out->count] = attachments[place->index];
            numbers[place->index] = ++out->count;
        }
        sio__buf_bytes(&out->own_text, text.ptr + from, place->start - from);
        append_place(&out->own_text, numbers[place->index] - 1);
        from = place->end;
    }
    sio__buf_bytes(&out->own_text, text.ptr + from, text.len - from);
}

static bool renumber(struct sio__slice text, const struct sio__places *places,
                     const struct sio__slice *attachments, struct sio__renumbered *out)
{
    uint32_t *numbers = sio__calloc(out->count, sizeof *numbers);

    out->own_attachments = sio__calloc(out->count, sizeof *out->own_attachments);
    out->count = 0;
    if (numbers != NULL && out->own_attachments != NULL)
        rewrite(text, places, attachments, numbers, out);
    out->text = sio__buf_view(&out->own_text);
    out->attachments = out->own_attachments;
    sio__free(numbers);
    return numbers != NULL && out->own_attachments != NULL && !out->own_text.failed;
}

bool sio__renumber(struct sio__slice text, const struct sio__slice *attachments, uint32_t count,
                   struct sio__renumbered *out)
{
    struct sio__places places = {NULL, 0, 0};
    bool is_done;

    *out = (struct sio__renumbered){text, attachments, count, SIO__BUF_INIT, NULL};
    if (count == 0)
        return true;
    is_done = sio__placeholders_find(text.ptr, text.len, count, &places);
    if (is_done && !all_in_order(text, &places, count))
        is_done = renumber(text, &places, attachments, out);
    sio__free(places.items);
    return is_done;
}

void sio__renumbered_fini(struct sio__renumbered *r)
{
    sio__buf_fini(&r->own_text);
    sio__free(r->own_attachments);
}
