/* The check of placeholders against a slow and obvious one on a jansson tree.  The first byte is
 * the number of attachments. */
#include "protocol/json_placeholder.h"
#include "protocol/mem.h"
#include "protocol/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <jansson.h>
#include <math.h>

static bool is_placeholder(json_t *value)
{
    return json_is_true(json_object_get(value, "_placeholder"));
}

/* Its index, or -1. */
static int32_t index_of(json_t *placeholder, uint32_t count)
{
    json_t *num = json_object_get(placeholder, "num");
    double index = json_is_number(num) ? json_number_value(num) : -1;

    return index >= 0 && index < count && index == floor(index) ? (int32_t)index : -1;
}

static bool is_fine(json_t *value, uint32_t count)
{
    const char *key;
    json_t *item;
    size_t i;

    if (is_placeholder(value))
        return index_of(value, count) >= 0;
    json_array_foreach(value, i, item) if (!is_fine(item, count)) return false;
    json_object_foreach(value, key, item) if (!is_fine(item, count)) return false;
    return true;
}

static size_t count_placeholders(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i, sum = 0;

    if (is_placeholder(value))
        return 1;
    json_array_foreach(value, i, item) sum += count_placeholders(item);
    json_object_foreach(value, key, item) sum += count_placeholders(item);
    return sum;
}

/* Those found are all there are, in order, and each stands where it says. */
static void check_places(const char *text, size_t size, uint32_t count, json_t *value)
{
    struct sio__places places = {NULL, 0, 0};
    size_t behind = 0;

    FUZZ_CHECK(sio__placeholders_find(text, size, count, &places));
    FUZZ_CHECK(places.count == count_placeholders(value));
    for (size_t i = 0; i < places.count; i++) {
        const struct sio__place *place = &places.items[i];
        struct sio__slice found = {text + place->start, place->end - place->start};

        FUZZ_CHECK(place->start >= behind && place->end <= size);
        FUZZ_CHECK(sio__placeholder_index(found, count) == (int32_t)place->index);
        behind = place->end;
    }
    sio__free(places.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    struct sio__json json = {.spans = NULL};
    int32_t index;
    json_t *value;

    if (size < 1 || !sio__utf8_valid(text, size - 1) ||
        sio__json_scan(text, size - 1, &json) != SIO__JSON_OK)
        return 0;
    /* Of equal keys the last counts, but something illegal in an earlier one is refused too. */
    value =
        json_loadb(text, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL)
        return 0;
    FUZZ_CHECK((sio__placeholders_check(text, size - 1, data[0]) == SIO__PLACEHOLDERS_FINE) ==
               is_fine(value, data[0]));
    index = sio__placeholder_index((struct sio__slice){text, size - 1}, data[0]);
    FUZZ_CHECK(index == (is_placeholder(value) ? index_of(value, data[0]) : -1));
    if (is_fine(value, data[0]))
        check_places(text, size - 1, data[0], value);
    if (!json.has_placeholder)
        FUZZ_CHECK(is_fine(value, 0));
    json_decref(value);
    return 0;
}
