#include "protocol/base64.h"
#include "protocol/slice.h"
#include "tests/support/check.h"

struct row {
    struct sio__slice text, bytes;
};

#define ROW(text, bytes)                                                                           \
    {                                                                                              \
        SIO__SLICE_INIT(text), SIO__SLICE_INIT(bytes)                                              \
    }

static void check_decoded(struct sio__slice text, struct sio__slice want)
{
    char *out = malloc(sio__base64_decoded_max(text.len)); /* exact, so that ASan sees more */
    size_t len = sio__base64_decode(out, text.ptr, text.len);

    CHECK_MEM(out, len, want.ptr, want.len);
    free(out);
}

TEST(encoding_pads_to_four)
{
    static const struct row rows[] = {
        ROW("", ""),         ROW("Zg==", "f"),        ROW("Zm8=", "fo"),
        ROW("Zm9v", "foo"),  ROW("Zm9vYg==", "foob"), ROW("AQIDBA==", "\x01\x02\x03\x04"),
        ROW("AQI=", "\1\2"), ROW("+/8=", "\xfb\xff"), ROW("////", "\xff\xff\xff"),
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[16];
        size_t len = sio__base64_encode(out, rows[i].bytes.ptr, rows[i].bytes.len);
        CHECK_EQ(len, sio__base64_len(rows[i].bytes.len));
        CHECK_MEM(out, len, rows[i].text.ptr, rows[i].text.len);
        check_decoded(rows[i].text, rows[i].bytes);
    }
}

TEST(the_url_alphabet_is_not_padded)
{
    char out[16];
    size_t len = sio__base64_encode_url(out, "\xfb\xff\xfe\x01", 4);

    CHECK_MEM(out, len, "-__-AQ", 6);
    CHECK_EQ(sio__base64_encode_url(out, "", 0), 0);
}

TEST(decoding_is_as_lenient_as_the_reference)
{
    static const struct row rows[] = {
        ROW("AQID\n", "\1\2\3"),
        ROW("AQ\nID", "\1\2\3"),
        ROW("AQI", "\1\2"),
        ROW("AQ-_", "\x01\x0f\xbf"),
        ROW("AQ+/", "\1\x0f\xbf"),
        ROW("A!Q*ID", "\1\2\3"),
        ROW("AQ==ID", "\1"),
        ROW("A", ""),
        ROW("", ""),
        ROW("=", ""),
        ROW("\r\nAQIDAQID\r\nAQID\r\n", "\1\2\3\1\2\3\1\2\3"),
        ROW("AQIDA", "\1\2\3"),
        ROW("AQ\0\xff\x80ID", "\1\2\3"),
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_decoded(rows[i].text, rows[i].bytes);
}

TEST(every_byte_comes_back)
{
    unsigned char bytes[256], back[sizeof bytes + 3];
    char text[400];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        size_t text_len = sio__base64_encode(text, bytes, len);
        CHECK_MEM(back, sio__base64_decode(back, text, text_len), bytes, len);
        text_len = sio__base64_encode_url(text, bytes, len);
        CHECK_MEM(back, sio__base64_decode(back, text, text_len), bytes, len);
    }
}

CHECK_MAIN(CHECK_ROW(encoding_pads_to_four), CHECK_ROW(the_url_alphabet_is_not_padded),
           CHECK_ROW(decoding_is_as_lenient_as_the_reference), CHECK_ROW(every_byte_comes_back))
