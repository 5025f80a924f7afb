#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdint.h>
#include <sys/types.h>

/* Times and what the OS says about the server's process. */

uint64_t now_ns(void);

/* CPU that the whole process has used, from the scheduler's own clock; 0 if there is none. */
uint64_t process_cpu_ns(pid_t pid);

/* Resident memory of the process in KiB. */
double process_rss_kib(pid_t pid);

/* Latencies in buckets about 3 % wide. */
enum { HISTOGRAM_BUCKETS = 64 * 32 };
struct histogram {
    uint64_t count;
    uint32_t in[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t ns);

/* The latency in microseconds that a part (0.99, say) of the samples did not pass; 0 without. */
double histogram_us(const struct histogram *h, double part);

#endif
