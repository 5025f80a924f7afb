#include "protocol/mem.h"
#include "server/net/ws/deflate.h"
#include "tests/support/check.h"

static const sio_per_message_deflate options = {
    .enabled = true, .threshold = 100, .level = 6, .mem_level = 8, .window_bits = 15};

static struct sio__stats stats;
static struct sio__deflater deflater;
static struct sio__inflater inflater;

static void begin(const sio_per_message_deflate *how)
{
    memset(&stats, 0, sizeof stats);
    sio__deflater_init(&deflater, how, &stats);
    sio__inflater_init(&inflater);
}

static void end(void)
{
    sio__deflater_fini(&deflater);
    sio__inflater_fini(&inflater);
}

static struct sio__frame *repeated(bool binary, size_t len)
{
    struct sio__frame *f = sio__frame_new(binary, len);

    for (size_t i = 0; i < len; i++)
        sio__frame_data(f)[i] = (char)('a' + i % 7);
    return sio__frame_seal(f);
}

/* Bytes that have nothing in common. */
static struct sio__frame *noise(size_t len)
{
    struct sio__frame *f = sio__frame_new(true, len);
    uint32_t x = 1;

    for (size_t i = 0; i < len; i++, x = x * 1664525 + 1013904223)
        sio__frame_data(f)[i] = (char)(x >> 24);
    return sio__frame_seal(f);
}

/* --- out ----------------------------------------------------------------------------------- */

/* What goes out inflates to what f says. */
static bool is_twin_of(const struct sio__frame *f)
{
    const struct sio__frame *twin = sio__frame_for(f, UINT32_MAX);
    struct sio__slice payload = sio__frame_payload(twin), out;

    return twin != f && sio__frame_wire(twin).len < sio__frame_wire(f).len &&
           (unsigned char)sio__frame_wire(twin).ptr[0] == (0xc0 | f->opcode) &&
           sio__inflate(&inflater, payload.ptr, payload.len, f->len, &out) == SIO__INFLATED &&
           sio__slice_eq(out, sio__frame_payload(f));
}

TEST(a_frame_is_deflated_once)
{
    struct sio__frame *text = repeated(false, 5000), *binary = repeated(true, 200000);

    begin(&options);
    for (int i = 0; i < 3; i++) {
        sio__deflater_settle(&deflater, text);
        sio__deflater_settle(&deflater, binary);
    }
    CHECK(is_twin_of(text) && is_twin_of(binary));
    CHECK_EQ(stats.messages_deflated, 2);
    CHECK_EQ(stats.deflated_from_bytes, 205000);
    CHECK_EQ(stats.deflated_to_bytes,
             sio__frame_for(text, UINT32_MAX)->len + sio__frame_for(binary, UINT32_MAX)->len);
    CHECK(deflater.out.cap <= SIO__DEFLATE_KEPT_BYTES);
    sio__frame_rele(text);
    sio__frame_rele(binary);
    end();
}

TEST(what_is_short_constant_or_not_to_be_compressed_is_left_alone)
{
    static const sio_per_message_deflate all = {.level = 6, .mem_level = 8, .window_bits = 15};
    struct sio__frame *shorter = repeated(false, 99), *unwanted = repeated(false, 1000);

    begin(&options);
    unwanted->no_compress = true;
    sio__deflater_settle(&deflater, shorter);
    sio__deflater_settle(&deflater, unwanted);
    deflater.options = &all;
    sio__deflater_settle(&deflater, sio__frame_probe);
    CHECK(sio__frame_for(shorter, UINT32_MAX) == shorter);
    CHECK(sio__frame_for(unwanted, UINT32_MAX) == unwanted);
    CHECK(!sio__frame_is_settled(sio__frame_probe));
    CHECK_EQ(stats.messages_deflated + stats.messages_not_deflated, 0);
    sio__frame_rele(shorter);
    sio__frame_rele(unwanted);
    end();
}

TEST(what_does_not_get_smaller_goes_out_as_it_is)
{
    struct sio__frame *f = noise(4000);

    begin(&options);
    for (int i = 0; i < 2; i++)
        sio__deflater_settle(&deflater, f);
    CHECK(sio__frame_is_settled(f) && sio__frame_for(f, UINT32_MAX) == f);
    CHECK_EQ(stats.messages_not_deflated, 1);
    sio__frame_rele(f);
    end();
}

TEST(who_has_a_smaller_window_gets_deflated_what_fits_it)
{
    begin(&options);
    CHECK_EQ(sio__deflater_most(&deflater, 0), 0);
    CHECK_EQ(sio__deflater_most(&deflater, 8), 256);
    CHECK_EQ(sio__deflater_most(&deflater, 14), 16384);
    CHECK_EQ(sio__deflater_most(&deflater, 15), UINT32_MAX);
    end();
}

TEST(every_level_and_window_makes_what_inflates_to_the_same)
{
    struct sio__frame *f;

    for (int level = 1; level <= 9; level++)
        for (uint8_t bits = 9; bits <= 15; bits++) {
            const sio_per_message_deflate how = {
                .level = level, .mem_level = (uint8_t)level, .window_bits = bits};

            f = repeated(false, 3000);
            begin(&how);
            sio__deflater_settle(&deflater, f);
            CHECK(is_twin_of(f));
            sio__frame_rele(f);
            end();
        }
}

TEST(without_memory_a_frame_goes_out_as_it_is)
{
    bool was_deflated = false;

    for (long n = 1; !was_deflated && n < 50; n++) {
        struct sio__frame *f = repeated(false, 1000), *next = repeated(false, 1000);

        begin(&options);
        sio__mem_fail_nth(n, false);
        sio__deflater_settle(&deflater, f);
        was_deflated = sio__mem_count() < n;
        sio__mem_fail_nth(0, false);
        CHECK(sio__frame_is_settled(f));
        CHECK((sio__frame_for(f, UINT32_MAX) != f) == was_deflated);
        sio__deflater_settle(&deflater, next);
        CHECK(is_twin_of(next));
        sio__frame_rele(f);
        sio__frame_rele(next);
        end();
    }
    CHECK(was_deflated);
}

/* --- in ------------------------------------------------------------------------------------ */

static enum sio__inflated inflate_most(const void *ptr, size_t len, size_t most,
                                       struct sio__slice *out)
{
    return sio__inflate(&inflater, ptr, len, most, out);
}

static enum sio__inflated inflate_bytes(const char *ptr, size_t len)
{
    struct sio__slice out;
    enum sio__inflated how = inflate_most(ptr, len, 100, &out);

    if (how == SIO__INFLATED && out.len > 0)
        CHECK(sio__slice_is(out, "Hello"));
    return how;
}

#define INFLATE(bytes) inflate_bytes("" bytes, sizeof(bytes) - 1)

TEST(the_examples_of_the_rfc_are_understood)
{
    begin(&options);
    CHECK_EQ(INFLATE("\xf2\x48\xcd\xc9\xc9\x07\x00"), SIO__INFLATED);
    CHECK_EQ(INFLATE("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), SIO__INFLATED);
    CHECK_EQ(INFLATE("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), SIO__INFLATED);
    CHECK_EQ(INFLATE("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), SIO__INFLATED);
    CHECK_EQ(INFLATE("\x00"), SIO__INFLATED);
    end();
}

TEST(the_tail_may_be_there_and_what_is_behind_a_final_block_does_not_count)
{
    begin(&options);
    CHECK_EQ(INFLATE("\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"), SIO__INFLATED);
    CHECK_EQ(INFLATE("\xf3\x48\xcd\xc9\xc9\x07\x00rest"), SIO__INFLATED);
    end();
}

TEST(what_is_cut_or_wrong_is_invalid_and_the_next_message_is_not)
{
    begin(&options);
    for (size_t len = 0; len < 6; len++)
        CHECK_EQ(inflate_bytes("\xf2\x48\xcd\xc9\xc9\x07\x00", len), SIO__INFLATED_INVALID);
    CHECK_EQ(INFLATE("\xff"), SIO__INFLATED_INVALID);
    CHECK_EQ(INFLATE("\x00\x05\x00\xfa\xfe\x48\x65\x6c\x6c\x6f\x00"), SIO__INFLATED_INVALID);
    CHECK_EQ(INFLATE("\x00\x05\x00\xfa\xff\x48\x65\x6c"), SIO__INFLATED_INVALID);
    CHECK_EQ(INFLATE("\xf2\x48\xcd\xc9\xc9\x07\x00"), SIO__INFLATED);
    end();
}

/* Deflates so many bytes and inflates them to at most `most`. */
static enum sio__inflated there_and_back(size_t bytes, size_t most)
{
    struct sio__frame *f = repeated(true, bytes);
    struct sio__slice payload, out;
    enum sio__inflated how;

    sio__deflater_settle(&deflater, f);
    payload = sio__frame_payload(sio__frame_for(f, UINT32_MAX));
    how = inflate_most(payload.ptr, payload.len, most, &out);
    if (how == SIO__INFLATED)
        CHECK(sio__slice_eq(out, sio__frame_payload(f)));
    sio__frame_rele(f);
    return how;
}

TEST(no_more_is_made_than_is_allowed_and_one_byte)
{
    static const size_t sizes[] = {100, 65535, 65536, 65537, 131072, 1000000};

    begin(&options);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_EQ(there_and_back(sizes[i], sizes[i]), SIO__INFLATED);
        CHECK(inflater.cap <=
              (sizes[i] < SIO__DEFLATE_KEPT_BYTES ? SIO__DEFLATE_KEPT_BYTES : sizes[i] + 1));
        CHECK_EQ(there_and_back(sizes[i] + 1, sizes[i]), SIO__INFLATED_TOO_LARGE);
        CHECK_EQ(there_and_back(20 * sizes[i], sizes[i]), SIO__INFLATED_TOO_LARGE);
        CHECK_EQ(inflater.len, sizes[i] + 1);
        sio__inflater_trim(&inflater);
        CHECK(inflater.cap <= SIO__DEFLATE_KEPT_BYTES);
    }
    end();
}

TEST(what_is_too_large_and_then_wrong_is_too_large)
{
    static const char wrong[] = "\x4a\x4c\xa4\x03\x00\x00\x00\x00\xff\xff\xff"; /* 101 times a */
    struct sio__slice out;

    begin(&options);
    CHECK_EQ(inflate_most(wrong, sizeof wrong - 1, 100, &out), SIO__INFLATED_TOO_LARGE);
    CHECK_EQ(inflate_most(wrong, sizeof wrong - 1, 101, &out), SIO__INFLATED_INVALID);
    end();
}

TEST(without_memory_a_message_is_not_inflated_and_the_next_one_is)
{
    struct sio__frame *f = repeated(true, 300000);
    enum sio__inflated how = SIO__INFLATED_NO_MEMORY;
    struct sio__slice payload, out;

    begin(&options);
    sio__deflater_settle(&deflater, f);
    payload = sio__frame_payload(sio__frame_for(f, UINT32_MAX));
    for (long n = 1; how != SIO__INFLATED && n < 50; n++) {
        sio__inflater_fini(&inflater);
        sio__mem_fail_nth(n, false);
        how = inflate_most(payload.ptr, payload.len, 300000, &out);
        CHECK(how == (sio__mem_count() < n ? SIO__INFLATED : SIO__INFLATED_NO_MEMORY));
        sio__mem_fail_nth(0, false);
        CHECK_EQ(inflate_most(payload.ptr, payload.len, 300000, &out), SIO__INFLATED);
        CHECK(sio__slice_eq(out, sio__frame_payload(f)));
    }
    CHECK_EQ(how, SIO__INFLATED);
    sio__frame_rele(f);
    end();
}

CHECK_MAIN(CHECK_ROW(a_frame_is_deflated_once),
           CHECK_ROW(what_is_short_constant_or_not_to_be_compressed_is_left_alone),
           CHECK_ROW(what_does_not_get_smaller_goes_out_as_it_is),
           CHECK_ROW(who_has_a_smaller_window_gets_deflated_what_fits_it),
           CHECK_ROW(every_level_and_window_makes_what_inflates_to_the_same),
           CHECK_ROW(without_memory_a_frame_goes_out_as_it_is),
           CHECK_ROW(the_examples_of_the_rfc_are_understood),
           CHECK_ROW(the_tail_may_be_there_and_what_is_behind_a_final_block_does_not_count),
           CHECK_ROW(what_is_cut_or_wrong_is_invalid_and_the_next_message_is_not),
           CHECK_ROW(no_more_is_made_than_is_allowed_and_one_byte),
           CHECK_ROW(what_is_too_large_and_then_wrong_is_too_large),
           CHECK_ROW(without_memory_a_message_is_not_inflated_and_the_next_one_is))
