#include "protocol/eio_packet.h"
#include "protocol/mem.h"
#include "tests/support/check.h"

struct row {
    int revision;
    bool binary;
    struct sio__slice in;
    bool ok;
    enum sio__eio_type type;
    enum sio__eio_encoding encoding;
    struct sio__slice data;
};

#define GOOD(rev, bin, in, type, enc, data)                                                        \
    {                                                                                              \
        rev, bin, SIO__SLICE_INIT(in), true, SIO__EIO_##type, SIO__EIO_##enc,                      \
            SIO__SLICE_INIT(data)                                                                  \
    }
#define NONE(rev, bin, in)                                                                         \
    {                                                                                              \
        rev, bin, SIO__SLICE_INIT(in), false, 0, 0,                                                \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

static const struct row rows[] = {
    GOOD(4, false, "0{\"sid\":\"x\"}", OPEN, TEXT, "{\"sid\":\"x\"}"),
    GOOD(4, false, "1", CLOSE, TEXT, ""),
    GOOD(4, false, "2", PING, TEXT, ""),
    GOOD(4, false, "2probe", PING, TEXT, "probe"),
    GOOD(4, false, "3", PONG, TEXT, ""),
    GOOD(4, false, "4hello", MESSAGE, TEXT, "hello"),
    GOOD(4, false, "4", MESSAGE, TEXT, ""),
    GOOD(4, false, "5", UPGRADE, TEXT, ""),
    GOOD(4, false, "6", NOOP, TEXT, ""),
    GOOD(4, false, "bAQIDBA==", MESSAGE, BASE64, "AQIDBA=="),
    GOOD(4, false, "b", MESSAGE, BASE64, ""),
    GOOD(4, true, "\x01\x02", MESSAGE, RAW, "\x01\x02"),
    GOOD(4, true, "", MESSAGE, RAW, ""),
    NONE(4, false, ""),
    NONE(4, false, "abc"),
    NONE(4, false, "7"),
    NONE(4, false, "99"),
    NONE(4, false, "/"),
    NONE(4, false, "B"),
    NONE(4, false, "\xff"),
    GOOD(3, false, "4hello", MESSAGE, TEXT, "hello"),
    GOOD(3, false, "2probe", PING, TEXT, "probe"),
    GOOD(3, false, "b4AQIDBA==", MESSAGE, BASE64, "AQIDBA=="),
    GOOD(3, true, "\x04\x01\x02\x03\x04", MESSAGE, RAW, "\x01\x02\x03\x04"),
    GOOD(3, true, "\x04", MESSAGE, RAW, ""),
    NONE(3, false, ""),
    NONE(3, false, "b"),
    NONE(3, false, "b7AQ"),
    NONE(3, true, ""),
    NONE(3, true, "\x07"),
    NONE(3, true, "4"),
};

TEST(packets_decode_as_the_revision_says)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct sio__eio_packet p;
        bool ok = sio__eio_decode(r->revision, r->binary, r->in, &p);
        CHECK_EQ(ok, r->ok);
        if (!ok || !r->ok)
            continue;
        CHECK_EQ(p.type, r->type);
        CHECK_EQ(p.encoding, r->encoding);
        CHECK_MEM(p.data.ptr, p.data.len, r->data.ptr, r->data.len);
        CHECK(p.data.ptr + p.data.len == r->in.ptr + r->in.len);
    }
}

TEST(a_binary_packet_gives_its_bytes)
{
    struct sio__buf out = SIO__BUF_INIT;
    struct sio__eio_packet p;

    CHECK(sio__eio_decode(4, false, SIO__SLICE("bAQ\nIDBA=="), &p));
    sio__eio_binary(&out, &p);
    CHECK(sio__eio_decode(4, true, SIO__SLICE("\x05\x06"), &p));
    sio__eio_binary(&out, &p);
    CHECK_MEM(out.ptr, out.len, "\x01\x02\x03\x04\x05\x06", 6);
    sio__buf_fini(&out);
}

TEST(bytes_without_memory_fail_the_builder)
{
    struct sio__buf out = SIO__BUF_INIT;
    struct sio__eio_packet p;

    CHECK(sio__eio_decode(4, false, SIO__SLICE("bAQID"), &p));
    sio__mem_fail_nth(1, true);
    sio__eio_binary(&out, &p);
    sio__mem_fail_nth(0, false);
    CHECK(out.failed && out.len == 0);
    sio__buf_fini(&out);
}

TEST(types_have_names)
{
    CHECK_STR(sio__eio_type_name(SIO__EIO_OPEN), "open");
    CHECK_STR(sio__eio_type_name(SIO__EIO_NOOP), "noop");
}

CHECK_MAIN(CHECK_ROW(packets_decode_as_the_revision_says),
           CHECK_ROW(a_binary_packet_gives_its_bytes),
           CHECK_ROW(bytes_without_memory_fail_the_builder), CHECK_ROW(types_have_names))
