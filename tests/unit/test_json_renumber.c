#include "protocol/json_renumber.h"

#include "protocol/mem.h"
#include "tests/support/check.h"

#define P0 "{\"_placeholder\":true,\"num\":0}"
#define P1 "{\"_placeholder\":true,\"num\":1}"
#define P2 "{\"_placeholder\":true,\"num\":2}"

static const struct {
    const char *text, *attachments; /* one letter each */
    const char *want_text, *want_attachments;
} rows[] = {
    {P0 "," P1, "ab", P0 "," P1, "ab"},
    {"1,{\"x\":[" P0 ",{\"y\":" P1 "}]},2", "ab", "1,{\"x\":[" P0 ",{\"y\":" P1 "}]},2", "ab"},
    {P1 "," P0, "ab", P0 "," P1, "ba"},
    {P2, "abc", P0, "c"},
    {"1", "a", "1", ""},
    {"", "a", "", ""},
    {P0 "," P0, "a", P0 "," P0, "a"},
    {P1 "," P0 "," P1, "ab", P0 "," P1 "," P0, "ba"},
    {"{\"num\":1,\"_placeholder\":true,\"x\":[" P0 "]},[" P0 "]", "ab", P0 ",[" P1 "]", "ba"},
    {"{ \"_placeholder\" : true , \"num\" : 0 }", "a", P0, "a"},
    {"{\"_placeholder\":false,\"num\":0,\"a\":" P1 "}", "ab",
     "{\"_placeholder\":false,\"num\":0,\"a\":" P0 "}", "b"},
    {"{\"num\":0,\"_placeholder\":true,\"num\":1}", "ab", P0, "b"},
};

static void letters(const char *text, struct sio__slice *out)
{
    for (size_t i = 0; text[i] != '\0'; i++)
        out[i] = sio__slice_make(text + i, 1);
}

TEST(placeholders_count_up_and_every_attachment_has_one)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sio__slice attachments[8];
        struct sio__renumbered r;

        letters(rows[i].attachments, attachments);
        CHECK(sio__renumber(sio__slice_of(rows[i].text), attachments,
                            (uint32_t)strlen(rows[i].attachments), &r));
        CHECK_MEM(r.text.ptr, r.text.len, rows[i].want_text, strlen(rows[i].want_text));
        CHECK_EQ(r.count, strlen(rows[i].want_attachments));
        for (uint32_t n = 0; n < r.count; n++)
            CHECK_EQ(r.attachments[n].ptr[0], rows[i].want_attachments[n]);
        sio__renumbered_fini(&r);
    }
}

TEST(what_is_in_order_is_not_copied)
{
    struct sio__slice text = SIO__SLICE(P0 ",1"), attachment = SIO__SLICE("a");
    struct sio__renumbered r;

    CHECK(sio__renumber(text, &attachment, 1, &r));
    CHECK(r.text.ptr == text.ptr);
    CHECK(r.attachments == &attachment);
    sio__renumbered_fini(&r);
}

TEST(out_of_memory_is_told)
{
    struct sio__slice text = SIO__SLICE(P1 "," P0), attachments[2];
    struct sio__renumbered r;
    long n = 0;
    bool is_done = false;

    letters("ab", attachments);
    while (!is_done && n < 20) {
        sio__mem_fail_nth(++n, false);
        is_done = sio__renumber(text, attachments, 2, &r);
        sio__renumbered_fini(&r);
    }
    sio__mem_fail_nth(0, false);
    CHECK(is_done && n > 3);
}

CHECK_MAIN(CHECK_ROW(placeholders_count_up_and_every_attachment_has_one),
           CHECK_ROW(what_is_in_order_is_not_copied), CHECK_ROW(out_of_memory_is_told))
