#include "protocol/mem.h"
#include "tests/support/check.h"

#include <limits.h>
#include <stdint.h>

TEST(a_size_of_zero_still_gives_memory)
{
    void *a = sio__malloc(0), *b = sio__calloc(0, 8), *c = sio__realloc(NULL, 0);

    CHECK(a != NULL && b != NULL && c != NULL);
    sio__free(a);
    sio__free(b);
    sio__free(c);
    sio__free(NULL);
}

TEST(calloc_refuses_a_product_that_overflows)
{
    CHECK(sio__calloc(SIZE_MAX / 2, 3) == NULL);
}

TEST(strndup_copies_bytes_and_adds_a_nul)
{
    char *copy = sio__strndup("a\0b-", 3), *empty = sio__strndup(NULL, 0);

    CHECK_MEM(copy, 4, "a\0b", 4);
    CHECK_STR(empty, "");
    CHECK(sio__strndup("a", SIZE_MAX) == NULL);
    sio__free(copy);
    sio__free(empty);
}

TEST(only_the_nth_allocation_fails)
{
    void *got[4];

    sio__mem_fail_nth(2, false);
    for (int i = 0; i < 4; i++)
        got[i] = i == 2 ? sio__calloc(1, 1) : sio__malloc(1);
    sio__mem_fail_nth(0, false);
    CHECK(got[0] != NULL && got[1] == NULL && got[2] != NULL && got[3] != NULL);
    CHECK_EQ(sio__mem_count(), 4);
    for (int i = 0; i < 4; i++)
        sio__free(got[i]);
}

TEST(the_nth_allocation_and_all_after_fail)
{
    void *first;

    sio__mem_fail_nth(2, true);
    first = sio__malloc(1);
    CHECK(first != NULL);
    CHECK(sio__realloc(NULL, 1) == NULL && sio__strndup("a", 1) == NULL);
    sio__mem_fail_nth(0, false);
    sio__free(first);
    first = sio__malloc(1);
    CHECK(first != NULL);
    sio__free(first);
}

TEST(a_failed_realloc_keeps_the_old_memory)
{
    char *p = sio__strndup("abc", 3);

    sio__mem_fail_nth(1, false);
    CHECK(sio__realloc(p, 100) == NULL);
    sio__mem_fail_nth(0, false);
    CHECK_STR(p, "abc");
    sio__free(p);
}

TEST(counting_alone_fails_nothing)
{
    void *p;

    sio__mem_fail_nth(LONG_MAX, true);
    CHECK_EQ(sio__mem_count(), 0);
    p = sio__malloc(1);
    sio__mem_fail_nth(0, false);
    CHECK(p != NULL);
    CHECK_EQ(sio__mem_count(), 1);
    sio__free(p);
}

CHECK_MAIN(CHECK_ROW(a_size_of_zero_still_gives_memory),
           CHECK_ROW(calloc_refuses_a_product_that_overflows),
           CHECK_ROW(strndup_copies_bytes_and_adds_a_nul), CHECK_ROW(only_the_nth_allocation_fails),
           CHECK_ROW(the_nth_allocation_and_all_after_fail),
           CHECK_ROW(a_failed_realloc_keeps_the_old_memory),
           CHECK_ROW(counting_alone_fails_nothing))
