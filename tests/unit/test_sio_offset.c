#include "protocol/sio_offset.h"
#include "tests/support/check.h"

static const uint64_t places[] = {0,
                                  1,
                                  63,
                                  64,
                                  4095,
                                  4096,
                                  1u << 20,
                                  UINT32_MAX,
                                  1ull << 60,
                                  1ull << 61,
                                  (1ull << 61) + 1,
                                  INT64_MAX,
                                  UINT64_MAX - 1,
                                  UINT64_MAX};

enum { PLACES = sizeof places / sizeof *places };

TEST(what_is_written_is_read_again)
{
    for (size_t i = 0; i < PLACES; i++) {
        char text[SIO__OFFSET_LEN];
        uint64_t read = ~places[i];

        sio__offset_write(text, places[i]);
        CHECK(sio__offset_read(sio__slice_make(text, sizeof text), &read));
        CHECK(read == places[i]);
    }
}

TEST(offsets_sort_as_strings_like_their_places)
{
    for (size_t i = 1; i < PLACES; i++) {
        char before[SIO__OFFSET_LEN], after[SIO__OFFSET_LEN];

        sio__offset_write(before, places[i - 1]);
        sio__offset_write(after, places[i]);
        CHECK(memcmp(before, after, SIO__OFFSET_LEN) < 0);
    }
}

TEST(what_was_never_written_is_not_read)
{
    static const char *const texts[] = {"",
                                        "-",
                                        "----------",
                                        "------------",
                                        "----------.",
                                        "---------- ",
                                        "F----------",
                                        "zzzzzzzzzzz",
                                        "Q7xGEtR.0",
                                        "----------\xff"};
    uint64_t place = 7;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK(!sio__offset_read(sio__slice_of(texts[i]), &place));
    CHECK(!sio__offset_read(sio__slice_make("-----\0-----", 11), &place));
    CHECK_EQ(place, 7);
    CHECK(sio__offset_read(SIO__SLICE("Ezzzzzzzzzz"), &place) && place == UINT64_MAX);
}

CHECK_MAIN(CHECK_ROW(what_is_written_is_read_again),
           CHECK_ROW(offsets_sort_as_strings_like_their_places),
           CHECK_ROW(what_was_never_written_is_not_read))
