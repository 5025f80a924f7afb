/* The snapshot of a request's head. */
#include <pthread.h>

#include "protocol/mem.h"
#include "server/net/request.h"
#include "tests/support/check.h"

#define CHECK_SLICE(got, want) CHECK_MEM((got).ptr, (got).len, "" want, sizeof(want) - 1)

static struct sio__request *make(const char *target)
{
    static const struct sio__request_header headers[] = {
        {SIO__SLICE_INIT("host"), SIO__SLICE_INIT("example.org")},
        {SIO__SLICE_INIT("cookie"), SIO__SLICE_INIT("a=b; c=d")},
        {SIO__SLICE_INIT("x-empty"), SIO__SLICE_INIT("")},
    };
    struct sio__request_head head = {
        .method = SIO__POST,
        .is_upgrade = true,
        .is_http10 = true,
        .target = sio__slice_of(target),
        .address = SIO__SLICE("::ffff:127.0.0.1"),
        .port = 4711,
        .headers = headers,
        .header_count = 3,
    };

    return sio__request_new(&head);
}

TEST(a_snapshot_has_what_it_was_made_of)
{
    struct sio__request *r = make("/socket.io/?EIO=4");

    CHECK_EQ(r->method, SIO__POST);
    CHECK(r->is_upgrade && r->is_http10 && !r->is_secure);
    CHECK_SLICE(r->address, "::ffff:127.0.0.1");
    CHECK_EQ(r->port, 4711);
    CHECK_EQ(r->header_count, 3);
    CHECK_SLICE(r->headers[1].name, "cookie");
    sio__request_rele(r);
}

TEST(a_target_is_cut_at_its_first_question_mark)
{
    struct sio__request *r = make("/a?b=c?d");

    CHECK_SLICE(r->target, "/a?b=c?d");
    CHECK_SLICE(r->path, "/a");
    CHECK_SLICE(r->query, "b=c?d");
    sio__request_rele(r);
}

TEST(a_target_without_a_query_has_an_empty_one)
{
    struct sio__request *r = make("/a");

    CHECK_SLICE(r->path, "/a");
    CHECK_EQ(r->query.len, 0);
    sio__request_rele(r);
}

TEST(an_empty_query_is_not_part_of_the_path)
{
    struct sio__request *r = make("/a?");

    CHECK_SLICE(r->path, "/a");
    CHECK_EQ(r->query.len, 0);
    sio__request_rele(r);
}

TEST(an_empty_target_is_allowed)
{
    struct sio__request *r = make("");

    CHECK_EQ(r->path.len, 0);
    CHECK_EQ(r->query.len, 0);
    sio__request_rele(r);
}

TEST(a_header_is_found_by_its_lower_case_name)
{
    struct sio__request *r = make("/");

    CHECK_SLICE(sio__request_header(r, "host"), "example.org");
    CHECK(sio__request_header(r, "x-empty").ptr != NULL);
    CHECK_EQ(sio__request_header(r, "x-empty").len, 0);
    sio__request_rele(r);
}

TEST(an_absent_header_has_no_pointer)
{
    struct sio__request *r = make("/");

    CHECK(sio__request_header(r, "origin").ptr == NULL);
    CHECK(sio__request_header(r, "hos").ptr == NULL);
    CHECK(sio__request_header(r, "hosts").ptr == NULL);
    sio__request_rele(r);
}

TEST(the_parts_outlive_what_they_were_copied_from)
{
    char target[] = "/path?query";
    struct sio__request_head head = {.target = sio__slice_of(target)};
    struct sio__request *r = sio__request_new(&head);

    memset(target, 'x', sizeof target - 1);
    CHECK_SLICE(r->target, "/path?query");
    CHECK_EQ(r->header_count, 0);
    sio__request_rele(r);
}

static void *hold_and_rele(void *arg)
{
    for (int i = 0; i < 1000; i++)
        sio__request_rele(sio__request_hold(arg));
    return NULL;
}

TEST(references_may_be_taken_and_dropped_on_any_thread)
{
    struct sio__request *r = make("/");
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, hold_and_rele, r);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(atomic_load(&r->refs), 1);
    sio__request_rele(r);
}

TEST(dropping_no_request_does_nothing)
{
    sio__request_rele(NULL);
}

TEST(methods_have_names)
{
    CHECK_STR(sio__method_name(SIO__GET), "GET");
    CHECK_STR(sio__method_name(SIO__PATCH), "PATCH");
    CHECK_STR(sio__method_name(SIO__METHOD_OTHER), "OTHER");
}

CHECK_MAIN(CHECK_ROW(a_snapshot_has_what_it_was_made_of),
           CHECK_ROW(a_target_is_cut_at_its_first_question_mark),
           CHECK_ROW(a_target_without_a_query_has_an_empty_one),
           CHECK_ROW(an_empty_query_is_not_part_of_the_path), CHECK_ROW(an_empty_target_is_allowed),
           CHECK_ROW(a_header_is_found_by_its_lower_case_name),
           CHECK_ROW(an_absent_header_has_no_pointer),
           CHECK_ROW(the_parts_outlive_what_they_were_copied_from),
           CHECK_ROW(references_may_be_taken_and_dropped_on_any_thread),
           CHECK_ROW(dropping_no_request_does_nothing), CHECK_ROW(methods_have_names))
