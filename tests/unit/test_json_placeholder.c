#include "protocol/json_placeholder.h"

#include "tests/support/check.h"

#define P0 "{\"_placeholder\":true,\"num\":0}"
#define P1 "{\"_placeholder\":true,\"num\":1}"
#define P2 "{\"_placeholder\":true,\"num\":2}"

static const struct {
    const char *text;
    uint32_t count;
    bool fine;
} checks[] = {
    {"[\"e\"," P0 "," P1 "]", 2, true},
    {"[\"e\"," P0 "," P0 "]", 1, true},
    {"[\"e\"]", 3, true},
    {"[\"x\",{\"a\":[{\"b\":" P0 "}]}]", 1, true},
    {"[\"e\",{\"num\":0,\"_placeholder\":true}]", 1, true},
    {"[\"e\", { \"num\" : 0 , \"x\" : [1] , \"_placeholder\" : true } ]", 1, true},
    {"[\"e\",{\"_placeholder\":true,\"num\":0.0}]", 1, true},
    {"[\"e\",{\"_placeholder\":true,\"num\":-0}]", 1, true},
    {"[\"e\",{\"_placeholder\":true,\"num\":1e0}]", 2, true},
    {"[\"e\",{\"\\u005fplaceholder\":true,\"nu\\u006d\":0}]", 1, true},

    /* not placeholders at all */
    {"[\"e\",{\"_placeholder\":false,\"num\":9}]", 1, true},
    {"[\"e\",{\"_placeholder\":1,\"num\":9}]", 1, true},
    {"[\"e\",{\"_placeholder\":\"true\",\"num\":9}]", 1, true},
    {"[\"e\",{\"_placeholder\":[true],\"num\":9}]", 1, true},
    {"[\"e\",{\"_placeholder\":{\"a\":true},\"num\":9}]", 1, true},
    {"[\"e\",\"_placeholder\",true]", 1, true},
    {"[\"e\",{\"a\":\"_placeholder\",\"b\":true}]", 1, true},

    {"[\"e\"," P1 "]", 1, false},
    {"[\"e\"," P0 "]", 0, false},
    {"[\"e\"," P0 ",[[{\"a\":" P2 "}]]]", 2, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":-1}]", 1, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":\"0\"}]", 1, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":null}]", 1, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":[0]}]", 1, false},
    {"[\"e\",{\"_placeholder\":true}]", 1, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":1e999}]", 1, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":4294967296}]", 1, false},
    {"[\"e\",{\"_placeholder\":true,\"num\":0.5}]", 1, false}, /* the reference: undefined */

    /* of equal keys the last one counts */
    {"[{\"_placeholder\":true,\"num\":9,\"num\":0}]", 1, true},
    {"[{\"_placeholder\":true,\"num\":0,\"num\":9}]", 1, false},
    {"[{\"_placeholder\":true,\"num\":9,\"_placeholder\":false}]", 1, true},

    /* what is inside a placeholder is not looked at */
    {"[{\"_placeholder\":true,\"num\":0,\"x\":" P2 "}]", 1, true},
    {"[{\"x\":" P2 ",\"_placeholder\":true,\"num\":0}]", 1, true},
    {"[{\"x\":" P2 ",\"_placeholder\":false,\"num\":0}]", 1, false},
};

TEST(every_placeholder_must_name_an_attachment)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        const char *text = checks[i].text;
        bool fine =
            sio__placeholders_check(text, strlen(text), checks[i].count) == SIO__PLACEHOLDERS_FINE;

        if (fine != checks[i].fine)
            fprintf(stderr, "text: %s\n", text);
        CHECK_EQ(fine, checks[i].fine);
    }
}

static void check_index(const char *value, uint32_t count, int32_t want)
{
    CHECK_EQ(sio__placeholder_index(sio__slice_of(value), count), want);
}

TEST(a_value_that_is_a_placeholder_tells_its_index)
{
    check_index(P0, 1, 0);
    check_index(P1, 2, 1);
    check_index("{\"_placeholder\":true,\"num\":12}", 13, 12);
    check_index("{ \"num\" : 1, \"_placeholder\" : true }", 2, 1);
    check_index("{\"_placeholder\":true,\"num\":1.0}", 2, 1);
    check_index("{\"_placeholder\":true,\"num\":0,\"more\":[{\"num\":1}]}", 2, 0);
    check_index("{\"_placeholder\":true,\"num\":0,\"num\":1}", 2, 1);
    check_index("{\"\\u005fplaceholder\":true,\"num\":1}", 2, 1);
}

TEST(other_values_have_no_index)
{
    check_index(P1, 1, -1);
    check_index("{\"_placeholder\":true,\"num\":4294967296}", 1, -1);
    check_index("{\"_placeholder\":true,\"num\":}", 1, -1); /* never comes: not JSON */
    check_index("{\"_placeholder\":true}", 1, -1);
    check_index("{\"_placeholder\":false,\"num\":0}", 1, -1);
    check_index("{\"num\":0}", 1, -1);
    check_index("{}", 1, -1);
    check_index("{\"a\":" P0 "}", 1, -1);
    check_index("[" P0 "]", 1, -1);
    check_index("\"_placeholder\"", 1, -1);
    check_index("1", 2, -1);
    check_index("", 2, -1);
}

TEST(placeholders_are_written_in_the_fixed_order)
{
    char text[SIO__PLACEHOLDER_TEXT_BYTES];

    CHECK_MEM(text, (size_t)(sio__placeholder_write(0, text) - text), P0, sizeof P0 - 1);
    CHECK_EQ(sio__placeholder_write(UINT32_MAX, text) - text, SIO__PLACEHOLDER_TEXT_BYTES);
}

CHECK_MAIN(CHECK_ROW(every_placeholder_must_name_an_attachment),
           CHECK_ROW(a_value_that_is_a_placeholder_tells_its_index),
           CHECK_ROW(other_values_have_no_index),
           CHECK_ROW(placeholders_are_written_in_the_fixed_order))
