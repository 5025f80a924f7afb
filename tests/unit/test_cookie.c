#include "server/engine/cookie.h"
#include "tests/support/check.h"

/* What is written for a session `abc`. */
static void check_cookie(int line, const sio_cookie *cookie, const char *want)
{
    struct sio__buf out = SIO__BUF_INIT;

    sio__cookie_write(&out, cookie, "abc");
    check_mem(__FILE__, line, "cookie", out.ptr, out.len, want, strlen(want));
    sio__buf_fini(&out);
}

#define COOKIE(want) check_cookie(__LINE__, &config.cookie, want)

TEST(by_default_it_is_for_the_browsers_session_and_out_of_reach_of_scripts)
{
    sio_config config;

    sio_config_init(&config);
    CHECK(!config.cookie.enabled);
    COOKIE("io=abc; Path=/; HttpOnly; SameSite=Lax");
}

TEST(attributes_have_the_order_of_the_reference)
{
    sio_config config;

    sio_config_init(&config);
    config.cookie = (sio_cookie){.name = "n",
                                 .path = "/p",
                                 .domain = "a.example",
                                 .same_site = "None",
                                 .priority = "Low",
                                 .max_age_s = 60,
                                 .expires_s = 0,
                                 .http_only = true,
                                 .secure = true,
                                 .partitioned = true};
    COOKIE("n=abc; Max-Age=60; Domain=a.example; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
           "HttpOnly; Secure; Partitioned; Priority=Low; SameSite=None");
}

TEST(every_attribute_may_be_left_out)
{
    sio_config config;

    sio_config_init(&config);
    config.cookie = (sio_cookie){.name = "n", .max_age_s = -1, .expires_s = -1};
    COOKIE("n=abc");
    config.cookie.max_age_s = 0;
    COOKIE("n=abc; Max-Age=0");
}

TEST(an_unreal_date_is_left_out)
{
    sio_config config;

    sio_config_init(&config);
    config.cookie = (sio_cookie){.name = "n", .max_age_s = -1, .expires_s = INT64_MAX};
    COOKIE("n=abc");
    config.cookie.expires_s = 1893456000;
    COOKIE("n=abc; Expires=Tue, 01 Jan 2030 00:00:00 GMT");
}

CHECK_MAIN(CHECK_ROW(by_default_it_is_for_the_browsers_session_and_out_of_reach_of_scripts),
           CHECK_ROW(attributes_have_the_order_of_the_reference),
           CHECK_ROW(every_attribute_may_be_left_out), CHECK_ROW(an_unreal_date_is_left_out))
