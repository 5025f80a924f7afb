#include "protocol/eio_payload.h"
#include "protocol/mem.h"
#include "tests/support/binary_frame.h"
#include "tests/support/check.h"

#define EURO "\xe2\x82\xac"
#define SMILE "\xf0\x9f\x98\x80"

/* Writes what a body splits into as `(text)`, `[binary]`, then `.` for the end or `!` for bad. */
static void trace(struct sio__buf *out, enum sio__eio_framing framing, struct sio__slice body)
{
    struct sio__eio_payload it;
    struct sio__eio_piece piece;
    enum sio__eio_step step;

    sio__eio_payload_init(&it, framing, body);
    while ((step = sio__eio_payload_next(&it, &piece)) == SIO__EIO_PIECE) {
        sio__buf_char(out, piece.binary ? '[' : '(');
        sio__buf_slice(out, piece.bytes);
        sio__buf_char(out, piece.binary ? ']' : ')');
    }
    sio__buf_char(out, step == SIO__EIO_END ? '.' : '!');
    CHECK_EQ(sio__eio_payload_next(&it, &piece), step);
}

static void check_split(int line, enum sio__eio_framing framing, struct sio__slice body,
                        struct sio__slice want)
{
    struct sio__buf got = SIO__BUF_INIT;

    trace(&got, framing, body);
    check_mem(__FILE__, line, "split", got.ptr, got.len, want.ptr, want.len);
    sio__buf_fini(&got);
}

#define SPLITS_4(in, want)                                                                         \
    check_split(__LINE__, SIO__EIO_FRAMING_4, SIO__SLICE(in), SIO__SLICE(want))
#define SPLITS_3(in, want)                                                                         \
    check_split(__LINE__, SIO__EIO_FRAMING_3, SIO__SLICE(in), SIO__SLICE(want))
#define SPLITS_3B(in, want)                                                                        \
    check_split(__LINE__, SIO__EIO_FRAMING_3_BINARY, SIO__SLICE(in), SIO__SLICE(want))

TEST(revision_4_splits_at_rs)
{
    SPLITS_4("4hello", "(4hello).");
    SPLITS_4("4hello\x1e"
             "2\x1e"
             "4world",
             "(4hello)(2)(4world).");
    SPLITS_4("4hello\x1e"
             "bAQIDBA==",
             "(4hello)(bAQIDBA==).");
    SPLITS_4("451-/b,[\"b\",{\"_placeholder\":true,\"num\":0}]\x1e"
             "bAQI=",
             "(451-/b,[\"b\",{\"_placeholder\":true,\"num\":0}])(bAQI=).");
}

TEST(revision_4_reports_empty_packets)
{
    SPLITS_4("", "().");
    SPLITS_4("\x1e", "()().");
    SPLITS_4("40\x1e", "(40)().");
    SPLITS_4("4a\x1e\x1e"
             "4b",
             "(4a)()(4b).");
}

TEST(revision_3_counts_utf16_units)
{
    SPLITS_3("6:4hello", "(4hello).");
    SPLITS_3("6:4hello2:4" EURO, "(4hello)(4" EURO ").");
    SPLITS_3("3:4" SMILE, "(4" SMILE ").");
    SPLITS_3("3:4" SMILE "1:2", "(4" SMILE ")(2).");
    SPLITS_3("10:b4AQIDBA==", "(b4AQIDBA==).");
    SPLITS_3("1:61:1", "(6)(1).");
}

TEST(revision_3_lengths_are_numbers)
{
    SPLITS_3("0:", ".");
    SPLITS_3("0:0:1:2", "(2).");
    SPLITS_3("01:2", "(2).");
    SPLITS_3("1.0:2", "(2).");
    SPLITS_3("0000000000000000000000000000000000000001:2", "(2).");
}

TEST(revision_3_stops_where_the_framing_breaks)
{
    SPLITS_3("", "!");
    SPLITS_3("abc", "!");
    SPLITS_3(":4", "!");
    SPLITS_3("x:4a", "!");
    SPLITS_3("-1:4", "!");
    SPLITS_3("+1:4", "!");
    SPLITS_3("1.5:4a", "!");
    SPLITS_3("1.", "!");
    SPLITS_3("5:4hello", "(4hell)!");
    SPLITS_3("7:4hello", "!");
    SPLITS_3("1:", "!");
    SPLITS_3("2:403", "(40)!");
    SPLITS_3("99999999999999999999999999:4", "!");
    SPLITS_3("18446744073709551617:4", "!");
    SPLITS_3("9999:4\xff\xff\xff\xff\xff\xff", "!"); /* such bytes count double */
    SPLITS_3("2:4" SMILE, "!");                      /* inside a surrogate pair */
}

TEST(revision_3_binary_bodies_count_bytes)
{
    SPLITS_3B("\0\6\xff"
              "4hello\1\5\xff\4\1\2\3\4",
              "(4hello)[\4\1\2\3\4].");
    SPLITS_3B("\0\4\xff"
              "4" EURO,
              "(4" EURO ").");
    SPLITS_3B("\0\2\xff"
              "40",
              "(40).");
    SPLITS_3B("\0\1\0\xff"
              "4012345678",
              "(4012345678).");
    SPLITS_3B("", ".");
    SPLITS_3B("\0\0\xff", "().");
}

TEST(revision_3_binary_bodies_stop_where_the_framing_breaks)
{
    SPLITS_3B("\0", "!");
    SPLITS_3B("\0\xff", "!");
    SPLITS_3B("\0\2", "!");
    SPLITS_3B("\0\3\xff"
              "40",
              "!");
    SPLITS_3B("\2\2\xff"
              "40",
              "!");
    SPLITS_3B("\0\12\xff"
              "4",
              "!");
    SPLITS_3B("\0\1\xff"
              "2\1\xff",
              "(2)!");
}

TEST(a_length_field_longer_than_310_digits_is_refused)
{
    char body[320] = {0};

    body[311] = 1;
    memcpy(body + 312, "\xff\x32", 2);
    check_split(__LINE__, SIO__EIO_FRAMING_3_BINARY, sio__slice_make(body, 314), SIO__SLICE("!"));
    memmove(body + 311, body + 312, 2);
    body[310] = 1;
    check_split(__LINE__, SIO__EIO_FRAMING_3_BINARY, sio__slice_make(body, 313),
                SIO__SLICE("(2)."));
}

static void join(struct sio__buf *out, enum sio__eio_framing framing, struct sio__frame *frame)
{
    sio__eio_payload_join_frame(out, framing, frame);
    sio__frame_rele(frame);
}

static void join_sample(struct sio__buf *out, enum sio__eio_framing framing)
{
    join(out, framing, sio__frame_text("4hello", 6));
    join(out, framing, binary_frame("\1\2\3\4", 4));
    join(out, framing, sio__frame_text("4" SMILE, sizeof SMILE));
}

TEST(packets_join_in_each_framing)
{
    static const struct sio__slice want[] = {
        [SIO__EIO_FRAMING_4] = SIO__SLICE_INIT("4hello\x1e"
                                               "bAQIDBA==\x1e"
                                               "4" SMILE),
        [SIO__EIO_FRAMING_3] = SIO__SLICE_INIT("6:4hello10:b4AQIDBA==3:4" SMILE),
        [SIO__EIO_FRAMING_3_BINARY] = SIO__SLICE_INIT("\0\6\xff"
                                                      "4hello\1\5\xff\4\1\2\3\4\0\5\xff"
                                                      "4" SMILE),
    };

    for (int framing = 0; framing < 3; framing++) {
        struct sio__buf out = SIO__BUF_INIT;
        join_sample(&out, (enum sio__eio_framing)framing);
        CHECK_MEM(out.ptr, out.len, want[framing].ptr, want[framing].len);
        sio__buf_fini(&out);
    }
}

static struct sio__frame *chained(void)
{
    struct sio__frame *head = sio__frame_new(false, 6);

    memcpy(sio__frame_data(head), "4hello", 6);
    sio__frame_chain(head, binary_frame("\1\2\3\4", 4));
    return sio__frame_seal(head);
}

TEST(a_frame_joins_with_its_chain_like_its_packets)
{
    struct sio__frame *f = chained();

    for (int framing = 0; framing < 3; framing++) {
        struct sio__buf plain = SIO__BUF_INIT, framed = SIO__BUF_INIT;
        join(&plain, framing, sio__frame_text("2", 1));
        join(&plain, framing, sio__frame_text("4hello", 6));
        join(&plain, framing, binary_frame("\1\2\3\4", 4));
        sio__eio_payload_join_frame(&framed, framing, sio__frame_ping);
        sio__eio_payload_join_frame(&framed, framing, f);
        CHECK_MEM(framed.ptr, framed.len, plain.ptr, plain.len);
        sio__buf_fini(&plain);
        sio__buf_fini(&framed);
    }
    sio__frame_rele(f);
}

TEST(whichever_allocation_fails_the_builder_tells)
{
    long n = 1;
    bool failed = true;

    for (; failed && n < 100; n++) {
        struct sio__frame *f = chained();
        struct sio__buf out = SIO__BUF_INIT;
        sio__mem_fail_nth(n, false);
        sio__eio_payload_join_frame(&out, SIO__EIO_FRAMING_4, f);
        failed = sio__mem_count() >= n;
        sio__mem_fail_nth(0, false);
        CHECK_EQ(out.failed, failed);
        sio__buf_fini(&out);
        sio__frame_rele(f);
    }
    CHECK(n > 2 && !failed);
}

CHECK_MAIN(CHECK_ROW(revision_4_splits_at_rs), CHECK_ROW(revision_4_reports_empty_packets),
           CHECK_ROW(revision_3_counts_utf16_units), CHECK_ROW(revision_3_lengths_are_numbers),
           CHECK_ROW(revision_3_stops_where_the_framing_breaks),
           CHECK_ROW(revision_3_binary_bodies_count_bytes),
           CHECK_ROW(revision_3_binary_bodies_stop_where_the_framing_breaks),
           CHECK_ROW(a_length_field_longer_than_310_digits_is_refused),
           CHECK_ROW(packets_join_in_each_framing),
           CHECK_ROW(a_frame_joins_with_its_chain_like_its_packets),
           CHECK_ROW(whichever_allocation_fails_the_builder_tells))
