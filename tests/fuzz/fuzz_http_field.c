/* One header value through each reader, against second implementations by other means: printing
 * the number again, looking for each end of an item. */
#include "protocol/http_field.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

static void check_length(struct sio__slice field)
{
    bool digits = field.len >= 1 && field.len <= 19;
    uint64_t length;
    char again[32];

    for (size_t i = 0; i < field.len; i++)
        digits = digits && isdigit((unsigned char)field.ptr[i]);
    FUZZ_CHECK(sio__field_content_length(field, &length) == digits);
    if (!digits)
        return;
    snprintf(again, sizeof again, "%0*llu", (int)field.len, (unsigned long long)length);
    FUZZ_CHECK(sio__slice_eq(sio__slice_of(again), field));
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Where the item that begins at `at` ends: at a separator, or at the end. */
static size_t end_of(struct sio__slice field, size_t at)
{
    while (at < field.len && field.ptr[at] != ';')
        at++;
    return at;
}

static void check_items(struct sio__slice field)
{
    struct sio__slice rest = field;

    for (size_t at = 0; at < field.len;) {
        struct sio__slice item = sio__field_next_item(&rest, ';');
        size_t start = at, end = end_of(field, at);

        at = end + 1;
        while (start < end && blank(field.ptr[start]))
            start++;
        while (start < end && blank(field.ptr[end - 1]))
            end--;
        FUZZ_CHECK(item.len == end - start);
        FUZZ_CHECK(item.len == 0 || item.ptr == field.ptr + start);
        FUZZ_CHECK(rest.len == (at < field.len ? field.len - at : 0));
    }
    FUZZ_CHECK(rest.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__slice field = {(const char *)data, size};

    check_items(field);
    check_length(field);
    FUZZ_CHECK(!sio__field_token_valid(field) || sio__field_value_valid(field));
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(data[i] == '\t' || !iscntrl(data[i]) || !sio__field_value_valid(field));
    return 0;
}
