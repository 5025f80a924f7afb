#include "server/engine/cors.h"
#include "tests/support/check.h"

static sio_config config;
static const char *const *no_origins;

/* A configuration in which cors is on for these origins. */
static void allow(const char *const *origins, size_t count)
{
    sio_config_init(&config);
    config.cors.enabled = true;
    config.cors.origins = origins;
    config.cors.origin_count = count;
}

#define ALLOW(...)                                                                                 \
    do {                                                                                           \
        static const char *const origins_[] = {__VA_ARGS__};                                       \
        allow(origins_, sizeof origins_ / sizeof *origins_);                                       \
    } while (0)

static struct sio__request *request_of(enum sio__method method, const char *origin,
                                       const char *host)
{
    struct sio__request_header headers[3];
    struct sio__request_head head = {
        .method = method, .target = SIO__SLICE_INIT("/"), .headers = headers};

    if (origin != NULL)
        headers[head.header_count++] =
            (struct sio__request_header){SIO__SLICE("origin"), sio__slice_of(origin)};
    if (host != NULL)
        headers[head.header_count++] =
            (struct sio__request_header){SIO__SLICE("host"), sio__slice_of(host)};
    headers[head.header_count++] = (struct sio__request_header){
        SIO__SLICE("access-control-request-headers"), SIO__SLICE("X-A")};
    return sio__request_new(&head);
}

/* The fields as `name: value` with `; ` between. */
static void print(const struct sio__fields *fields, char *out)
{
    *out = '\0';
    for (size_t i = 0; i < fields->count; i++)
        out +=
            sprintf(out, "%s%.*s: %.*s", i > 0 ? "; " : "", (int)fields->at[i].name.len,
                    fields->at[i].name.ptr, (int)fields->at[i].value.len, fields->at[i].value.ptr);
}

static void check_answer(int line, const char *origin, const char *want)
{
    struct sio__request *request = request_of(SIO__GET, origin, NULL);
    struct sio__fields fields = {.count = 0};
    char text[1024];

    sio__cors_answer(&config, request, &fields);
    print(&fields, text);
    check_str(__FILE__, line, "headers", text, want);
    sio__request_rele(request);
}

#define ANSWER(origin, want) check_answer(__LINE__, origin, want)
#define ORIGIN(text) "Access-Control-Allow-Origin: " text

TEST(off_adds_nothing)
{
    sio_config_init(&config);
    ANSWER("http://a", "");
}

TEST(any_is_a_star_without_vary)
{
    allow(no_origins, 0);
    ANSWER("http://a", ORIGIN("*"));
    ANSWER(NULL, ORIGIN("*"));
    ALLOW("*");
    ANSWER("http://a", ORIGIN("*"));
    config.cors.credentials = true;
    ANSWER("http://a", ORIGIN("*") "; Access-Control-Allow-Credentials: true");
}

TEST(one_origin_is_always_named)
{
    ALLOW("http://a");
    ANSWER("http://a", ORIGIN("http://a") "; Vary: Origin");
    ANSWER("http://b", ORIGIN("http://a") "; Vary: Origin");
    ANSWER(NULL, ORIGIN("http://a") "; Vary: Origin");
}

TEST(one_of_several_is_named_if_it_is_the_requests)
{
    ALLOW("http://a", "http://b");
    ANSWER("http://b", ORIGIN("http://b") "; Vary: Origin");
    ANSWER("http://c", "Vary: Origin");
    ANSWER("http://B", "Vary: Origin");
    ANSWER("", "Vary: Origin");
    ANSWER(NULL, "Vary: Origin");
}

TEST(a_star_in_a_pattern_stands_for_at_least_one_character_but_slashes)
{
    ALLOW("https://*.example.com");
    ANSWER("https://a.example.com", ORIGIN("https://a.example.com") "; Vary: Origin");
    ANSWER("https://a.b.example.com", ORIGIN("https://a.b.example.com") "; Vary: Origin");
    ANSWER("https://.example.com", "Vary: Origin");
    ANSWER("https://example.com", "Vary: Origin");
    ANSWER("https://a.example.com.evil", "Vary: Origin");
    ANSWER("https://evil/x.example.com", "Vary: Origin");
    ANSWER("http://a.example.com", "Vary: Origin");
    ALLOW("http://localhost:*", "http://b");
    ANSWER("http://localhost:8080", ORIGIN("http://localhost:8080") "; Vary: Origin");
}

TEST(reflection_names_the_request)
{
    allow(no_origins, 0);
    config.cors.reflect_origin = true;
    ANSWER("http://a", ORIGIN("http://a") "; Vary: Origin");
    ANSWER(NULL, "Vary: Origin");
}

static sio_origin_verdict by_first_letter(sio_str origin, void *user)
{
    CHECK(user == &config);
    if (origin.len == 0)
        return SIO_ORIGIN_DENY;
    return origin.ptr[0] == 'a' ? SIO_ORIGIN_ALLOW : SIO_ORIGIN_FAIL;
}

TEST(a_callback_decides)
{
    struct sio__request *request = request_of(SIO__GET, "b", NULL);
    struct sio__fields fields = {.count = 0};

    ALLOW("http://never");
    config.cors.origin_cb = by_first_letter;
    config.cors.origin_user = &config;
    ANSWER("a", ORIGIN("a") "; Vary: Origin");
    ANSWER(NULL, "");
    CHECK_EQ(sio__cors_begin(&config, request, &fields), SIO__CORS_FAIL);
    sio__request_rele(request);
}

static void check_preflight(int line, enum sio__cors_step want_step, const char *want)
{
    struct sio__request *request = request_of(SIO__OPTIONS, "http://a", NULL);
    struct sio__fields fields = {.count = 0};
    char text[1024];

    check_eq(__FILE__, line, "step", sio__cors_begin(&config, request, &fields), want_step);
    print(&fields, text);
    check_str(__FILE__, line, "headers", text, want);
    sio__request_rele(request);
}

TEST(a_preflight_tells_what_is_allowed)
{
    sio_config_init(&config);
    check_preflight(__LINE__, SIO__CORS_GO_ON, "");
    ALLOW("*");
    check_preflight(__LINE__, SIO__CORS_PREFLIGHT,
                    ORIGIN("*") "; Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE; "
                                "Vary: Access-Control-Request-Headers; "
                                "Access-Control-Allow-Headers: X-A; Content-Length: 0");
    config.cors.methods = "GET";
    config.cors.allowed_headers = "X-B";
    config.cors.exposed_headers = "X-C";
    config.cors.max_age_s = 0;
    check_preflight(__LINE__, SIO__CORS_PREFLIGHT,
                    ORIGIN("*") "; Access-Control-Allow-Methods: GET; "
                                "Access-Control-Allow-Headers: X-B; Access-Control-Max-Age: 0; "
                                "Access-Control-Expose-Headers: X-C; Content-Length: 0");
}

static bool may(const char *origin, const char *host)
{
    struct sio__request *request = request_of(SIO__GET, origin, host);
    bool is_allowed = sio__origin_is_allowed(&config, request);

    sio__request_rele(request);
    return is_allowed;
}

TEST(by_default_the_own_host_and_clients_without_origin_open_sessions)
{
    sio_config_init(&config);
    CHECK(may(NULL, "a.example"));
    CHECK(may("http://a.example", "a.example"));
    CHECK(may("https://A.example:81", "a.EXAMPLE:81"));
    CHECK(!may("https://a.example:81", "a.example"));
    CHECK(!may("https://a.example", "a.example.evil"));
    CHECK(!may("https://evil?://a.example", "a.example"));
    CHECK(!may("null", "null"));
    CHECK(!may("", "a.example"));
    CHECK(!may("http://", ""));
    CHECK(!may("http://a.example", NULL));
}

TEST(what_cors_allows_opens_sessions_too)
{
    ALLOW("http://b.example");
    CHECK(may("http://b.example", "a.example"));
    CHECK(may("http://a.example", "a.example"));
    CHECK(!may("http://c.example", "a.example"));
    ALLOW("http://*.b.example", "http://c.example");
    CHECK(may("http://x.b.example", "a.example"));
    CHECK(may("http://c.example", "a.example"));
    CHECK(!may("http://b.example", "a.example"));
    ALLOW("*");
    CHECK(may("http://c.example", "a.example"));
}

TEST(without_the_check_everybody_opens_sessions)
{
    sio_config_init(&config);
    config.origin_check = SIO_ORIGIN_NO_CHECK;
    CHECK(may("http://c.example", "a.example"));
}

CHECK_MAIN(CHECK_ROW(off_adds_nothing), CHECK_ROW(any_is_a_star_without_vary),
           CHECK_ROW(one_origin_is_always_named),
           CHECK_ROW(one_of_several_is_named_if_it_is_the_requests),
           CHECK_ROW(a_star_in_a_pattern_stands_for_at_least_one_character_but_slashes),
           CHECK_ROW(reflection_names_the_request), CHECK_ROW(a_callback_decides),
           CHECK_ROW(a_preflight_tells_what_is_allowed),
           CHECK_ROW(by_default_the_own_host_and_clients_without_origin_open_sessions),
           CHECK_ROW(what_cors_allows_opens_sessions_too),
           CHECK_ROW(without_the_check_everybody_opens_sessions))
