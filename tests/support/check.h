/* check.h: the smallest harness that prints both values.
 * A test is `TEST(a_fact_in_words) { ... }`; main is `CHECK_MAIN(CHECK_ROW(a_fact_in_words), ...)`.
 * A failed check prints file, line and values, marks the test as failed and goes on; the program's
 * last line is "N passed, N failed" and its exit code is 1 when anything failed.
 * An argument on the command line runs only the tests whose name contains it. */
#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check_test {
    const char *name;
    void (*run)(void);
};

static int check_failures; /* of the running test */

#define TEST(fact) static void fact(void)

#define CHECK(claim)                                                                               \
    do {                                                                                           \
        if (!(claim))                                                                              \
            check_fail(__FILE__, __LINE__, #claim);                                                \
    } while (0)

/* Integers of any type, printed as signed 64-bit numbers. */
#define CHECK_EQ(got, want) check_eq(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))

/* NUL-terminated strings; NULL equals only NULL. */
#define CHECK_STR(got, want) check_str(__FILE__, __LINE__, #got, (got), (want))

/* Bytes. */
#define CHECK_MEM(got, got_len, want, want_len)                                                    \
    check_mem(__FILE__, __LINE__, #got, (got), (got_len), (want), (want_len))

static inline void check_fail(const char *file, int line, const char *claim)
{
    check_failures++;
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, claim);
}

static inline void check_eq(const char *file, int line, const char *what, long long got,
                            long long want)
{
    if (got == want)
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, what, got, want);
}

static inline void check_str(const char *file, int line, const char *what, const char *got,
                             const char *want)
{
    if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", file, line, what, got ? got : "(null)",
            want ? want : "(null)");
}

static inline void check_print_bytes(const void *bytes, size_t len)
{
    for (size_t i = 0; i < len && i < 200; i++) {
        unsigned char c = ((const unsigned char *)bytes)[i];
        fprintf(stderr, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
    }
}

static inline void check_mem(const char *file, int line, const char *what, const void *got,
                             size_t got_len, const void *want, size_t want_len)
{
    if (got_len == want_len && (got_len == 0 || memcmp(got, want, got_len) == 0))
        return;
    check_failures++;
    fprintf(stderr, "%s:%d: %s is (%zu) ", file, line, what, got_len);
    check_print_bytes(got, got_len);
    fprintf(stderr, "\n    not (%zu) ", want_len);
    check_print_bytes(want, want_len);
    fprintf(stderr, "\n");
}

static inline int check_main(const struct check_test *tests, size_t count, int argc, char **argv)
{
    size_t passed = 0, failed = 0;

    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && strstr(tests[i].name, argv[1]) == NULL)
            continue;
        check_failures = 0;
        tests[i].run();
        if (check_failures == 0) {
            passed++;
            continue;
        }
        failed++;
        fprintf(stderr, "not ok: %s\n", tests[i].name);
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

#define CHECK_ROW(fact)                                                                            \
    {                                                                                              \
#fact, fact                                                                                \
    }
#define CHECK_MAIN(...)                                                                            \
    static const struct check_test check_tests[] = {__VA_ARGS__};                                  \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return check_main(check_tests, sizeof check_tests / sizeof *check_tests, argc, argv);      \
    }
/* CHECK_MAIN(CHECK_ROW(one_fact), CHECK_ROW(another_fact)) */

#endif
