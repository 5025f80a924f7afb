/* One header value through each reader, against second implementations by other means: printing
 * the number again, looking at each place of the cookies. */
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

/* Whether `sid`, blanks and `=` stand at `at`, the start of a pair; gives where the value starts.
 */
static bool names_sid(struct sio__slice field, size_t at, size_t *value)
{
    while (at < field.len && blank(field.ptr[at]))
        at++;
    if (field.len - at < 4 || memcmp(field.ptr + at, "sid", 3) != 0)
        return false;
    for (at += 3; at < field.len && blank(field.ptr[at]); at++)
        ;
    *value = at + 1;
    return at < field.len && field.ptr[at] == '=';
}

static bool cookie_slowly(struct sio__slice field, size_t *start, size_t *end)
{
    for (size_t at = 0; at < field.len; at++) {
        if ((at != 0 && field.ptr[at - 1] != ';') || !names_sid(field, at, start))
            continue;
        for (*end = *start; *end < field.len && field.ptr[*end] != ';'; ++*end)
            ;
        while (*start < *end && blank(field.ptr[*start]))
            ++*start;
        while (*start < *end && blank(field.ptr[*end - 1]))
            --*end;
        if (*end - *start >= 2 && field.ptr[*start] == '"' && field.ptr[*end - 1] == '"') {
            ++*start;
            --*end;
        }
        return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sio__slice field = {(const char *)data, size}, value;
    size_t start, end;
    bool found = sio__field_cookie(field, SIO__SLICE("sid"), &value);

    FUZZ_CHECK(found == cookie_slowly(field, &start, &end));
    FUZZ_CHECK(!found || value.len == end - start);
    FUZZ_CHECK(!found || value.len == 0 || value.ptr == field.ptr + start); /* nothing is nowhere */
    check_length(field);
    FUZZ_CHECK(!sio__field_token_valid(field) || sio__field_value_valid(field));
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(data[i] == '\t' || !iscntrl(data[i]) || !sio__field_value_valid(field));
    return 0;
}
