#include "protocol/ws_header.h"

#include <string.h>

#include "tests/support/check.h"

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

static int read_header(const unsigned char *ptr, size_t len, struct sio__ws_header *out)
{
    memset(out, 0, sizeof *out);
    return sio__ws_header_read(ptr, len, false, out);
}

TEST(a_header_has_its_length_in_7_16_or_64_bits)
{
    struct sio__ws_header header;

    CHECK_EQ(read_header(BYTES("\x81\x85mask"), &header), 6);
    CHECK_EQ(header.len, 5);
    CHECK_EQ(header.opcode, SIO__WS_TEXT);
    CHECK(header.is_final);
    CHECK_MEM(header.mask, 4, "mask", 4);
    CHECK_EQ(read_header(BYTES("\x02\xfe\x01\x00mask"), &header), 8);
    CHECK_EQ(header.len, 256);
    CHECK_EQ(header.opcode, SIO__WS_BINARY);
    CHECK(!header.is_final);
    CHECK_EQ(read_header(BYTES("\x80\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
                               "mask"),
                         &header),
             14);
    CHECK_EQ(header.len, INT64_MAX);
    CHECK_EQ(header.opcode, SIO__WS_CONTINUATION);
}

TEST(a_cut_header_asks_for_more)
{
    static const char whole[] = "\x82\xff\0\0\0\0\0\1\0\0mask";
    struct sio__ws_header header;

    for (size_t len = 0; len < sizeof whole - 1; len++)
        CHECK_EQ(read_header((const unsigned char *)whole, len, &header), 0);
    CHECK_EQ(read_header(BYTES("\x82\xff\0\0\0\0\0\1\0\0mask"), &header), 14);
}

TEST(what_a_client_must_not_send_is_refused_at_once)
{
    struct sio__ws_header header;

    CHECK_EQ(read_header(BYTES("\xc1"), &header), -1); /* RSV1 */
    CHECK_EQ(read_header(BYTES("\xa1"), &header), -1); /* RSV2 */
    CHECK_EQ(read_header(BYTES("\x91"), &header), -1); /* RSV3 */
    CHECK_EQ(read_header(BYTES("\x83"), &header), -1); /* opcodes that mean nothing */
    CHECK_EQ(read_header(BYTES("\x8b"), &header), -1);
    CHECK_EQ(read_header(BYTES("\x81\x05"), &header), -1); /* no mask */
    CHECK_EQ(read_header(BYTES("\x09\x80"), &header), -1); /* a ping in pieces */
    CHECK_EQ(read_header(BYTES("\x89\xfe"), &header), -1); /* a long ping */
    CHECK_EQ(read_header(BYTES("\x81\xff\x80\0\0\0\0\0\0\0mask"), &header), -1); /* over 63 bits */
}

TEST(only_a_message_may_begin_deflated_and_only_where_it_was_granted)
{
    struct sio__ws_header header;

    CHECK_EQ(read_header(BYTES("\xc1\x80mask"), &header), -1);
    CHECK_EQ(sio__ws_header_read((const unsigned char *)"\xc1\x80mask", 6, true, &header), 6);
    CHECK(header.is_deflated && header.opcode == SIO__WS_TEXT);
    CHECK_EQ(sio__ws_header_read((const unsigned char *)"\x42\x80mask", 6, true, &header), 6);
    CHECK(header.is_deflated && !header.is_final);
    CHECK_EQ(sio__ws_header_read((const unsigned char *)"\x81\x80mask", 6, true, &header), 6);
    CHECK(!header.is_deflated);
    for (const char *first = "\xc0\xc8\xc9\xca\xe1\xd1\xf1"; *first != '\0'; first++)
        CHECK_EQ(sio__ws_header_read((const unsigned char *)first, 1, true, &header), -1);
}

TEST(the_mask_comes_off_from_any_offset_and_in_any_pieces)
{
    static const uint8_t mask[4] = {0x11, 0x22, 0x44, 0x88};
    unsigned char clear[64], masked[64];

    for (size_t i = 0; i < sizeof clear; i++) {
        clear[i] = (unsigned char)(i * 37);
        masked[i] = clear[i] ^ mask[i & 3];
    }
    for (size_t cut = 0; cut <= sizeof clear; cut++) {
        unsigned char bytes[64];

        memcpy(bytes, masked, sizeof bytes);
        sio__ws_unmask(bytes, cut, mask, 0);
        sio__ws_unmask(bytes + cut, sizeof bytes - cut, mask, cut);
        CHECK_MEM(bytes, sizeof bytes, clear, sizeof clear);
    }
}

CHECK_MAIN(CHECK_ROW(a_header_has_its_length_in_7_16_or_64_bits),
           CHECK_ROW(a_cut_header_asks_for_more),
           CHECK_ROW(what_a_client_must_not_send_is_refused_at_once),
           CHECK_ROW(only_a_message_may_begin_deflated_and_only_where_it_was_granted),
           CHECK_ROW(the_mask_comes_off_from_any_offset_and_in_any_pieces))
