#include "protocol/json_scan.h"

#include <jansson.h>

#include "protocol/mem.h"
#include "tests/support/check.h"

static enum sio__json_verdict verdict(const char *text)
{
    struct sio__json json = {.spans = NULL};

    return sio__json_scan(text, strlen(text), &json);
}

/* Which texts JSON.parse accepts; same_in_jansson tells the differences to jansson's reader. */
static const struct {
    const char *text;
    bool accepted, same_in_jansson;
} verdicts[] = {
    {"[]", true, true},
    {"{}", true, true},
    {" [ ] ", true, true},
    {"\t\r\n{ \"a\" : [ 1 , 2 ] }\n", true, true},
    {"null", true, true},
    {"true", true, true},
    {"false", true, true},
    {"\"\"", true, true},
    {"0", true, true},
    {"-0", true, true},
    {"-0.5e-7", true, true},
    {"1E+2", true, true},
    {"[1,[2,{\"a\":[{}]}],{}]", true, true},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"", true, true},
    {"\"\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\x7f\"", true, true},
    {"{\"a\":1,\"a\":2}", true, true},
    {"\"\\u0000\"", true, true},

    /* what jansson refuses */
    {"\"\\ud800\"", true, false},
    {"\"\\udc00x\"", true, false},
    {"\"\\ud800\\u0041\"", true, false},
    {"{\"\\u0000\":1}", true, false},
    {"1e999", true, false},
    {"123456789012345678901234567890", true, false},

    {"", false, true},
    {" ", false, true},
    {"[", false, true},
    {"]", false, true},
    {"[}", false, true},
    {"{]", false, true},
    {"[1", false, true},
    {"[1,", false, true},
    {"[1,]", false, true},
    {"[,1]", false, true},
    {"[1 2]", false, true},
    {"[]]", false, true},
    {"[] []", false, true},
    {"[],", false, true},
    {"{\"a\"}", false, true},
    {"{\"a\":}", false, true},
    {"{\"a\":1,}", false, true},
    {"{\"a\" 1}", false, true},
    {"{\"a\":1 \"b\":2}", false, true},
    {"{a:1}", false, true},
    {"{1:1}", false, true},
    {"{,}", false, true},
    {"[1:2]", false, true},
    {"nul", false, true},
    {"nulll", false, true},
    {"True", false, true},
    {"tru e", false, true},
    {"undefined", false, true},
    {"NaN", false, true},
    {"Infinity", false, true},
    {"01", false, true},
    {"-", false, true},
    {"-a", false, true},
    {"+1", false, true},
    {".5", false, true},
    {"5.", false, true},
    {"1e", false, true},
    {"1e+", false, true},
    {"0x10", false, true},
    {"1.e1", false, true},
    {"\"", false, true},
    {"\"a", false, true},
    {"\"\\\"", false, true},
    {"\"\\", false, true},
    {"\"\\x41\"", false, true},
    {"\"\\u12\"", false, true},
    {"\"\\u12g4\"", false, true},
    {"\"\\u123", false, true},
    {"\"a\nb\"", false, true},
    {"\"abcdefgh\x01\"", false, true},
    {"\"\t\"", false, true},
    {"'a'", false, true},
    {"// c\n1", false, true},
    {"\xef\xbb\xbf[]", false, true},
    {"\xc2\xa0[]", false, true},
    {"\v1", false, true},
    {"\f1", false, true},
};

TEST(verdicts_are_those_of_javascript)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        bool accepted = verdict(verdicts[i].text) == SIO__JSON_OK;

        if (accepted != verdicts[i].accepted)
            fprintf(stderr, "text: %s\n", verdicts[i].text);
        CHECK_EQ(accepted, verdicts[i].accepted);
    }
}

TEST(verdicts_are_those_of_jansson_but_for_the_written_differences)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        json_t *value = json_loads(verdicts[i].text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        if ((value != NULL) != (verdicts[i].accepted && verdicts[i].same_in_jansson))
            fprintf(stderr, "text: %s\n", verdicts[i].text);
        CHECK_EQ(value != NULL, verdicts[i].accepted && verdicts[i].same_in_jansson);
        json_decref(value);
    }
}

TEST(every_cut_of_a_text_is_refused)
{
    static const char text[] = "[\"a\\u00e9\\n\",-1.5e+7,{\"k\":[true,false,null,\"0123456789\"]}]";
    struct sio__json json = {.spans = NULL};

    for (size_t len = 0; len < sizeof text - 1; len++) {
        char *cut = malloc(len + 1); /* exact, so that a sanitizer sees a read past the end */
        char *exact = realloc(memcpy(cut, text, len), len > 0 ? len : 1);

        CHECK_EQ(sio__json_scan(exact, len, &json), SIO__JSON_BAD);
        free(exact);
    }
    CHECK_EQ(sio__json_scan(text, sizeof text - 1, &json), SIO__JSON_OK);
}

static enum sio__json_verdict scan_depth(size_t depth, char open, char close)
{
    struct sio__json json = {.spans = NULL};
    enum sio__json_verdict result;
    char *text = malloc(6 * depth + 1), *p = text;

    for (size_t i = 0; i < depth; i++) {
        *p++ = open;
        if (open == '{' && i + 1 < depth) {
            memcpy(p, "\"k\":", 4);
            p += 4;
        }
    }
    for (size_t i = 0; i < depth; i++)
        *p++ = close;
    result = sio__json_scan(text, (size_t)(p - text), &json);
    free(text);
    return result;
}

TEST(nesting_ends_at_a_bound)
{
    CHECK_EQ(scan_depth(SIO__JSON_DEPTH, '[', ']'), SIO__JSON_OK);
    CHECK_EQ(scan_depth(SIO__JSON_DEPTH + 1, '[', ']'), SIO__JSON_BAD);
    CHECK_EQ(scan_depth(SIO__JSON_DEPTH, '{', '}'), SIO__JSON_OK);
    CHECK_EQ(scan_depth(SIO__JSON_DEPTH + 1, '{', '}'), SIO__JSON_BAD);
    CHECK_EQ(scan_depth(1000000, '[', ']'), SIO__JSON_BAD);
}

TEST(kinds_of_brackets_are_kept_apart_at_every_depth)
{
    CHECK_EQ(verdict("[{\"a\":[{\"b\":[[{}]]}]}]"), SIO__JSON_OK);
    CHECK_EQ(verdict("[{\"a\":[{\"b\":[[{]]]}]}]"), SIO__JSON_BAD);
    CHECK_EQ(verdict("[{\"a\":[{\"b\":[[{}]}]}]}]"), SIO__JSON_BAD);
    CHECK_EQ(verdict("[{\"a\":[1}]"), SIO__JSON_BAD);
    CHECK_EQ(verdict("[{\"a\":{\"b\":1],\"c\":1}]"), SIO__JSON_BAD);
}

static void check_span(const char *text, const struct sio__spans *spans, uint32_t i,
                       const char *want, uint8_t type, bool has_escapes)
{
    const struct sio__span *span = sio__spans_at(spans, i);

    CHECK_MEM(text + span->off, span->len, want, strlen(want));
    CHECK_EQ(span->type, type);
    CHECK_EQ(span->has_escapes, has_escapes);
}

TEST(elements_of_the_top_array_are_located_without_blanks)
{
    const char *text = " [ \"a\\n\" , -1.5 ,{\"k\":[1,2]},[ [] ,3 ] , true,false ,null,\"b\" ] ";
    struct sio__spans spans;
    struct sio__json json = {.spans = &spans};

    sio__spans_init(&spans);
    CHECK_EQ(sio__json_scan(text, strlen(text), &json), SIO__JSON_OK);
    CHECK_EQ(json.type, SIO__JSON_ARRAY);
    CHECK(!json.has_placeholder);
    CHECK_EQ(spans.count, 8);
    CHECK(spans.heap == NULL);
    check_span(text, &spans, 0, "\"a\\n\"", SIO__JSON_STRING, true);
    check_span(text, &spans, 1, "-1.5", SIO__JSON_NUMBER, false);
    check_span(text, &spans, 2, "{\"k\":[1,2]}", SIO__JSON_OBJECT, false);
    check_span(text, &spans, 3, "[ [] ,3 ]", SIO__JSON_ARRAY, false);
    check_span(text, &spans, 4, "true", SIO__JSON_TRUE, false);
    check_span(text, &spans, 5, "false", SIO__JSON_FALSE, false);
    check_span(text, &spans, 6, "null", SIO__JSON_NULL, false);
    check_span(text, &spans, 7, "\"b\"", SIO__JSON_STRING, false);
    sio__spans_fini(&spans);
}

TEST(only_arrays_have_elements)
{
    static const char *const texts[] = {"{\"a\":[1,2]}", "1", "\"[1]\"", "[]"};
    static const uint8_t types[] = {SIO__JSON_OBJECT, SIO__JSON_NUMBER, SIO__JSON_STRING,
                                    SIO__JSON_ARRAY};

    for (size_t i = 0; i < 4; i++) {
        struct sio__spans spans;
        struct sio__json json = {.spans = &spans};

        sio__spans_init(&spans);
        CHECK_EQ(sio__json_scan(texts[i], strlen(texts[i]), &json), SIO__JSON_OK);
        CHECK_EQ(json.type, types[i]);
        CHECK_EQ(spans.count, 0);
    }
}

TEST(many_elements_move_to_the_heap)
{
    struct sio__spans spans;
    struct sio__json json = {.spans = &spans};
    char *text = malloc(2 * 1000 + 2), *p = text;

    *p++ = '[';
    for (int i = 0; i < 1000; i++) {
        *p++ = (char)('0' + i % 10);
        *p++ = i < 999 ? ',' : ']';
    }
    sio__spans_init(&spans);
    CHECK_EQ(sio__json_scan(text, (size_t)(p - text), &json), SIO__JSON_OK);
    CHECK_EQ(spans.count, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK_EQ(sio__spans_at(&spans, i)->off, 1 + 2 * i);
        CHECK_EQ(sio__spans_at(&spans, i)->len, 1);
    }
    sio__spans_fini(&spans);
    CHECK_EQ(spans.count, 0);
    free(text);
}

TEST(a_failed_allocation_is_reported_and_leaks_nothing)
{
    static const char text[] = "[1,2,3,4,5,6,7,8,9,10]";
    struct sio__spans spans;
    struct sio__json json = {.spans = &spans};

    sio__spans_init(&spans);
    sio__mem_fail_nth(1, false);
    CHECK_EQ(sio__json_scan(text, sizeof text - 1, &json), SIO__JSON_NOMEM);
    sio__mem_fail_nth(0, false);
    CHECK_EQ(spans.count, 8);
    sio__spans_fini(&spans);
}

TEST(placeholder_keys_are_noticed_and_values_are_not)
{
    static const struct {
        const char *text;
        bool noticed;
    } rows[] = {
        {"[{\"_placeholder\":true,\"num\":0}]", true},
        {"[{\"a\":[{\"b\":{\"_placeholder\":false}}]}]", true},
        {"[{\"\\u005fplaceholder\":true}]", true},
        {"[{\"_place\\u0068older\":true}]", true},
        {"{\"a\":1, \"_placeholder\" : 1}", true},
        {"[\"_placeholder\"]", false},
        {"[{\"a\":\"_placeholder\"}]", false},
        {"[{\"_placeholder2\":true}]", false},
        {"[{\"placeholder\":true}]", false},
        {"[{\"\\u005fplaceholde\":true}]", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sio__json json = {.spans = NULL};

        CHECK_EQ(sio__json_scan(rows[i].text, strlen(rows[i].text), &json), SIO__JSON_OK);
        CHECK_EQ(json.has_placeholder, rows[i].noticed);
    }
}

CHECK_MAIN(CHECK_ROW(verdicts_are_those_of_javascript),
           CHECK_ROW(verdicts_are_those_of_jansson_but_for_the_written_differences),
           CHECK_ROW(every_cut_of_a_text_is_refused), CHECK_ROW(nesting_ends_at_a_bound),
           CHECK_ROW(kinds_of_brackets_are_kept_apart_at_every_depth),
           CHECK_ROW(elements_of_the_top_array_are_located_without_blanks),
           CHECK_ROW(only_arrays_have_elements), CHECK_ROW(many_elements_move_to_the_heap),
           CHECK_ROW(a_failed_allocation_is_reported_and_leaks_nothing),
           CHECK_ROW(placeholder_keys_are_noticed_and_values_are_not))
