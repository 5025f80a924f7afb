#include "protocol/hash.h"
#include "tests/support/check.h"

/* Known answers of SipHash-1-3 under the zero key for the bytes 00, 00 01, 00 01 02, ...: what
 * CPython 3.11 gives as hash(bytes(range(n))) with PYTHONHASHSEED=0. */
static const uint64_t answers[] = {
    0x68a914128e01e473, 0x010bac45c41e3669, 0x4d4c9a4a8ef6e0ad, 0x7cc43f98813e4dbd,
    0x5abe2169dff36275, 0xe3c25f87624f1cdb, 0x2f098ab0c751325a, 0xead411e67ebe2eea,
    0x75927f9d95124362, 0xaf9f77a65ab51a1d, 0xfe64ce8b6617fcff, 0xa6baf4fb0f9fe1c2,
    0xa0cf3211850f8e0d, 0x7f86049379fbfe67, 0xf30eb725bb91c9ea, 0x8972188433a5c5b7,
    0x4883c49a2c009c1d, 0xadc2c0b63044067d, 0x091f4a3329f87d19,
};

TEST(known_answers_come_out)
{
    const uint64_t zero[2] = {0, 0};
    unsigned char bytes[32];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        CHECK(sio__hash_keyed(zero, bytes, i + 1) == answers[i]);
}

TEST(the_key_of_the_process_is_used_and_is_not_zero)
{
    const uint64_t zero[2] = {0, 0};

    CHECK(sio__hash("room", 4) == sio__hash("room", 4));
    CHECK(sio__hash("room", 4) != sio__hash("rook", 4));
    CHECK(sio__hash("room", 4) != sio__hash_keyed(zero, "room", 4));
    CHECK(sio__hash(NULL, 0) == sio__hash("", 0));
}

CHECK_MAIN(CHECK_ROW(known_answers_come_out),
           CHECK_ROW(the_key_of_the_process_is_used_and_is_not_zero))
