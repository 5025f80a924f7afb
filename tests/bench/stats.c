#include "stats.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;

    return clock_gettime(clock, &t) == 0 ? t.tv_sec * UINT64_C(1000000000) + t.tv_nsec : 0;
}

uint64_t now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t process_cpu_ns(pid_t pid)
{
    clockid_t clock;

    return pid > 0 && clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : 0;
}

double process_rss_kib(pid_t pid)
{
    char path[64];
    long pages = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if ((file = fopen(path, "r")) == NULL)
        return 0;
    if (fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024.0);
}

static unsigned find_bucket(uint64_t ns)
{
    unsigned high = 63 - __builtin_clzll(ns | 1);

    return high < 5 ? ns : (high - 4) * 32 + ((ns >> (high - 5)) & 31);
}

static double bucket_ns(unsigned bucket)
{
    unsigned high = bucket / 32 + 4;

    return bucket < 32 ? bucket : (double)(UINT64_C(1) << (high - 5)) * (32.5 + bucket % 32);
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->count++;
    h->in[find_bucket(ns)]++;
}

double histogram_us(const struct histogram *h, double part)
{
    uint64_t seen = 0;

    if (h->count == 0)
        return 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        if ((seen += h->in[i]) >= part * h->count)
            return bucket_ns(i) / 1000;
    return 0;
}
