#include "protocol/json_token.h"

#include "tests/support/check.h"

/* The kinds as letters, keys and strings and numbers with their bytes. */
static void check_tokens(const char *text, const char *want)
{
    static const char letters[] = ".[{)ksntf0";
    struct sio__json_cursor cursor = sio__json_cursor_of(text, strlen(text));
    char trace[300] = "";
    struct sio__json_token token;

    do {
        size_t at = strlen(trace);

        token = sio__json_next(&cursor);
        snprintf(trace + at, sizeof trace - at, "%c%.*s", letters[token.kind], (int)token.bytes.len,
                 token.bytes.len > 0 ? token.bytes.ptr : "");
    } while (token.kind != SIO__TOKEN_END);
    CHECK_STR(trace, want);
}

TEST(a_text_is_a_row_of_tokens)
{
    check_tokens("[1,-2.5e3,\"a\",true,false,null]", "[n1n-2.5e3satf0).");
    check_tokens(" { \"a\" : [ ] , \"b\" : { } } ", "{ka[)kb{)).");
    check_tokens("{\"a\":\"b\",\"c\":\"d\"}", "{kasbkcsd).");
    check_tokens("\"\"", "s.");
    check_tokens("", ".");
}

TEST(values_may_follow_each_other_without_brackets)
{
    check_tokens("1,{\"a\":2},\"x\"", "n1{kan2)sx.");
}

TEST(strings_end_at_their_own_quote)
{
    check_tokens("[\"a\\\"b\",\"\\\\\",\"]:,\"]", "[sa\\\"bs\\\\s]:,).");
    check_tokens("{\"a\\\"\":1}", "{ka\\\"n1).");
}

TEST(cut_texts_end_without_reading_past_them)
{
    static const char text[] = "{\"a\\\"\":[tru,\"x";

    for (size_t len = 0; len < sizeof text; len++) {
        char *exact = malloc(len > 0 ? len : 1);
        struct sio__json_cursor cursor = sio__json_cursor_of(memcpy(exact, text, len), len);
        size_t count = 0;

        while (sio__json_next(&cursor).kind != SIO__TOKEN_END)
            CHECK(++count < 20);
        free(exact);
    }
}

TEST(tokens_compare_by_what_they_mean)
{
    struct sio__json_cursor cursor = sio__json_cursor_of("\"nu\\u006d\",\"num\"", 16);
    struct sio__json_token escaped = sio__json_next(&cursor), plain = sio__json_next(&cursor);

    CHECK(escaped.has_escapes && sio__json_token_is(&escaped, SIO__SLICE("num")));
    CHECK(!plain.has_escapes && sio__json_token_is(&plain, SIO__SLICE("num")));
    CHECK(!sio__json_token_is(&plain, SIO__SLICE("nu")));
}

TEST(a_token_leads_to_its_whole_value)
{
    static const char text[] =
        " [1, \"a]\" ,{\"k\":[{}],\"l\":null} ] , true,false , null,\"x\",-1.5e3 ";
    static const char *const want[] = {
        "[1, \"a]\" ,{\"k\":[{}],\"l\":null} ]", "true", "false", "null", "\"x\"", "-1.5e3"};
    struct sio__json_cursor cursor = sio__json_cursor_of(text, sizeof text - 1);

    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct sio__json_token first = sio__json_next(&cursor);
        struct sio__slice value = sio__json_value_at(&cursor, &first);

        CHECK_MEM(value.ptr, value.len, want[i], strlen(want[i]));
    }
    CHECK_EQ(sio__json_next(&cursor).kind, SIO__TOKEN_END);
}

CHECK_MAIN(CHECK_ROW(a_text_is_a_row_of_tokens),
           CHECK_ROW(values_may_follow_each_other_without_brackets),
           CHECK_ROW(strings_end_at_their_own_quote),
           CHECK_ROW(cut_texts_end_without_reading_past_them),
           CHECK_ROW(tokens_compare_by_what_they_mean), CHECK_ROW(a_token_leads_to_its_whole_value))
