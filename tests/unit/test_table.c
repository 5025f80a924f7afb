#include "protocol/table.h"
#include "tests/support/check.h"

#include <limits.h>

struct member {
    char name[24];
    UT_hash_handle hh;
};

static struct member *new_member(int number)
{
    struct member *m = calloc(1, sizeof *m);

    snprintf(m->name, sizeof m->name, "member%d", number);
    return m;
}

static struct member *find(struct member *table, const char *name)
{
    struct member *found;

    HASH_FIND_STR(table, name, found);
    return found;
}

static void free_all(struct member *table)
{
    struct member *m, *next;

    HASH_ITER (hh, table, m, next) {
        HASH_DEL(table, m);
        free(m);
    }
}

TEST(members_are_found_until_they_are_deleted)
{
    struct member *table = NULL, *m;

    for (int i = 0; i < 1000; i++) {
        m = new_member(i);
        HASH_ADD_STR(table, name, m);
        CHECK(SIO__TABLE_ADDED(hh, m));
    }
    CHECK_EQ(HASH_COUNT(table), 1000);
    m = find(table, "member777");
    CHECK(m != NULL);
    HASH_DEL(table, m);
    free(m);
    CHECK(find(table, "member777") == NULL);
    CHECK(find(table, "member776") != NULL);
    free_all(table);
}

/* 32 buckets at first, and the tenth member of one makes them grow: with more than 9 for each, some
 * bucket has ten whatever the random key of the process. */
enum { MEMBERS = 32 * 9 + 1 };

/* Adds the members while the n-th allocation fails, and checks that the table holds exactly those
 * whose add said so. Returns the allocations asked for. */
static long add_with_failure(long n, int *refused)
{
    struct member *table = NULL, *m;
    long asked;
    unsigned added = 0;

    sio__mem_fail_nth(n, false);
    for (int i = 0; i < MEMBERS; i++) {
        m = new_member(i);
        HASH_ADD_STR(table, name, m);
        if (SIO__TABLE_ADDED(hh, m)) {
            CHECK(find(table, m->name) == m);
            added++;
        } else {
            CHECK(find(table, m->name) == NULL);
            free(m);
            ++*refused;
        }
    }
    asked = sio__mem_count();
    sio__mem_fail_nth(0, false);
    CHECK_EQ(HASH_COUNT(table), added);
    free_all(table);
    return asked;
}

TEST(an_add_that_failed_leaves_the_table_as_it_was)
{
    int refused = 0;
    long allocations = add_with_failure(LONG_MAX, &refused);

    CHECK_EQ(refused, 0);
    CHECK(allocations >= 3); /* the table, its buckets, a growth */
    for (long n = 1; n <= allocations; n++) {
        refused = 0;
        add_with_failure(n, &refused);
        CHECK_EQ(refused, 1);
    }
}

CHECK_MAIN(CHECK_ROW(members_are_found_until_they_are_deleted),
           CHECK_ROW(an_add_that_failed_leaves_the_table_as_it_was))
