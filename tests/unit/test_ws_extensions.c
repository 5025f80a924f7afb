#include "protocol/mem.h"
#include "protocol/ws_extensions.h"
#include "tests/support/check.h"

/* What is granted with a window of ours of 15 bits; NULL: the handshake is refused; "": nothing. */
static void check_offer(int line, const char *header, const char *want)
{
    struct sio__buf got = SIO__BUF_INIT;
    struct sio__ws_offer offer;
    uint8_t bits = 15;

    if (!sio__ws_extensions_read(sio__slice_of(header), &offer)) {
        if (want != NULL)
            check_fail(__FILE__, line, header);
        return;
    }
    if (offer.server_window_bits != 0)
        bits = offer.server_window_bits;
    if (offer.is_made)
        sio__ws_extensions_grant(&got, &offer, bits);
    if (want == NULL || !sio__slice_eq(sio__buf_view(&got), sio__slice_of(want)))
        check_fail(__FILE__, line, header);
    sio__buf_fini(&got);
}

#define OFFER(header, want) check_offer(__LINE__, header, want)
#define GRANTED "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

TEST(the_first_offer_is_granted_without_context_takeover)
{
    OFFER("permessage-deflate", GRANTED);
    OFFER("permessage-deflate; client_max_window_bits", GRANTED);
    OFFER("permessage-deflate;client_no_context_takeover ; server_no_context_takeover", GRANTED);
    OFFER("a, b;c=d , permessage-deflate; server_max_window_bits=9, permessage-deflate",
          GRANTED "; server_max_window_bits=9");
    OFFER("permessage-deflate; client_max_window_bits=8", GRANTED "; client_max_window_bits=8");
    OFFER("permessage-deflate; server_max_window_bits=\"1\\0\"",
          GRANTED "; server_max_window_bits=10");
}

TEST(other_extensions_are_passed_over)
{
    OFFER("x", "");
    OFFER("x; y=\"z\\!\"; w", "");
    OFFER("Permessage-Deflate", "");
    OFFER("x; permessage-deflate", "");
}

TEST(a_parameter_that_is_wrong_refuses_all)
{
    OFFER("permessage-deflate; x", NULL);
    OFFER("permessage-deflate, permessage-deflate; x", NULL);
    OFFER("permessage-deflate; server_max_window_bits", NULL);
    OFFER("permessage-deflate; server_max_window_bits=7", NULL);
    OFFER("permessage-deflate; server_max_window_bits=16", NULL);
    OFFER("permessage-deflate; server_max_window_bits=010", NULL);
    OFFER("permessage-deflate; server_max_window_bits=0", NULL);
    OFFER("permessage-deflate; server_max_window_bits=1000000000000000000008", NULL);
    OFFER("permessage-deflate; client_max_window_bits=1x", NULL);
    OFFER("permessage-deflate; client_no_context_takeover=true", NULL);
    OFFER("permessage-deflate; client_no_context_takeover; client_no_context_takeover", NULL);
    OFFER("permessage-deflate; client_max_window_bits; client_max_window_bits=9", NULL);
}

TEST(what_is_no_list_of_extensions_refuses_all)
{
    static const char *const wrong[] = {"",
                                        ",",
                                        ";",
                                        "a,",
                                        "a;",
                                        "a b",
                                        "a; b c",
                                        "a; b=",
                                        "a; =b",
                                        "a; b =c",
                                        "a; b=\"",
                                        "a; b=\"\"",
                                        "a; b=\"c\"d",
                                        "a; b=\"c",
                                        "a@",
                                        "a; b=c d",
                                        "a; b=\"c d\"",
                                        "a; b=\"\\\"",
                                        "a; b=\"\\"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        OFFER(wrong[i], NULL);
}

TEST(a_smaller_window_of_ours_is_said_unasked)
{
    const struct sio__ws_offer offer = {.is_made = true};
    struct sio__buf value = SIO__BUF_INIT;

    sio__ws_extensions_grant(&value, &offer, 12);
    CHECK(sio__slice_is(sio__buf_view(&value), GRANTED "; server_max_window_bits=12"));
    sio__buf_fini(&value);
}

CHECK_MAIN(CHECK_ROW(the_first_offer_is_granted_without_context_takeover),
           CHECK_ROW(other_extensions_are_passed_over),
           CHECK_ROW(a_parameter_that_is_wrong_refuses_all),
           CHECK_ROW(what_is_no_list_of_extensions_refuses_all),
           CHECK_ROW(a_smaller_window_of_ours_is_said_unasked))
