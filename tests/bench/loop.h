#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Two epoll sets: those of the urgent one are served before every few of the others, so that a
 * latency that is measured among a crowd is the server's and not the load generator's. */

struct source {
    void (*on_ready)(struct source *source, uint32_t events);
    int fd;
    bool is_urgent;
};

void loop_init(void);

/* events: EPOLLIN and so on, level-triggered. */
void loop_add(struct source *source, uint32_t events);
void loop_change(struct source *source, uint32_t events);

/* Takes it out and closes its descriptor. Safe from within callbacks; the source's memory has to
 * live until loop_turn returns. */
void loop_remove(struct source *source);

/* Waits at most so long, serves what is ready. */
void loop_turn(uint64_t wait_ns);

#endif
