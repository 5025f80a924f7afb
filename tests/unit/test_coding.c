#include "server/net/coding.h"
#include "tests/support/check.h"

/* What Node's server (the npm package negotiator) chooses of gzip and deflate. */
static const struct {
    const char *accept;
    enum sio__coding chosen;
} rows[] = {
    {"gzip", SIO__CODING_GZIP},
    {"GZIP", SIO__CODING_GZIP},
    {"deflate", SIO__CODING_DEFLATE},
    {"gzip, deflate, br", SIO__CODING_GZIP},
    {"deflate, gzip", SIO__CODING_DEFLATE},
    {"deflate;q=0.5, gzip;q=0.4", SIO__CODING_DEFLATE},
    {"deflate;q=0.5, gzip;q=0.5", SIO__CODING_DEFLATE},
    {"gzip ; q=0.3 , deflate ; q=0.30", SIO__CODING_GZIP},
    {"gzip;q=.4, deflate;q=0.401", SIO__CODING_DEFLATE},
    {"gzip;q=0.001", SIO__CODING_GZIP},
    {"*", SIO__CODING_GZIP},
    {"*, deflate", SIO__CODING_DEFLATE},
    {"*;q=0.5, deflate", SIO__CODING_DEFLATE},
    {"deflate, *;q=0.1", SIO__CODING_DEFLATE},
    {"gzip;q=0, *", SIO__CODING_DEFLATE},
    {"gzip ; q=0.000, *", SIO__CODING_DEFLATE},
    {"br;q=1.0, GZIP;q=0.8, *;q=0.1", SIO__CODING_GZIP},
    {"identity;q=1, gzip;q=0.5", SIO__CODING_GZIP},
    {"gzip, gzip;q=0", SIO__CODING_GZIP},
    {"gzip;q=0, gzip", SIO__CODING_GZIP},
    {"gzip;q=2", SIO__CODING_GZIP},
    {"gzip;q=99999999999999999999", SIO__CODING_GZIP},
    {"gzip;q=0, deflate;q=0", SIO__CODING_NONE},
    {"*;q=0", SIO__CODING_NONE},
    {"gzip;x=1;q=0", SIO__CODING_NONE},
    {"gzip;q=abc", SIO__CODING_NONE},
    {"gzip;q=", SIO__CODING_NONE},
    {"gzipped", SIO__CODING_NONE},
    {"identity, br", SIO__CODING_NONE},
    {";q=1", SIO__CODING_NONE},
    {", ,", SIO__CODING_NONE},
    {"", SIO__CODING_NONE},
    {NULL, SIO__CODING_NONE},
};

TEST(a_coding_is_chosen_as_nodes_server_does)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ(sio__coding_choose(sio__slice_of(rows[i].accept)), rows[i].chosen);
}

TEST(gzip_is_taken_unless_it_is_refused_or_not_named)
{
    CHECK(sio__coding_takes_gzip(sio__slice_of("deflate, gzip;q=0.1")));
    CHECK(sio__coding_takes_gzip(sio__slice_of("*;q=0.1")));
    CHECK(!sio__coding_takes_gzip(sio__slice_of("gzip;q=0, *")));
    CHECK(!sio__coding_takes_gzip(sio__slice_of("deflate")));
}

CHECK_MAIN(CHECK_ROW(a_coding_is_chosen_as_nodes_server_does),
           CHECK_ROW(gzip_is_taken_unless_it_is_refused_or_not_named))
