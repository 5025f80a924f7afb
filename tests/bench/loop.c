#include "loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 64, BULK_BATCH = 16 };

static int urgent, bulk;

void loop_init(void)
{
    struct epoll_event inner = {.events = EPOLLIN};

    urgent = epoll_create1(EPOLL_CLOEXEC);
    bulk = epoll_create1(EPOLL_CLOEXEC);
    if (urgent < 0 || bulk < 0 || epoll_ctl(urgent, EPOLL_CTL_ADD, bulk, &inner) != 0) {
        perror("epoll");
        exit(1);
    }
}

static void control(int operation, struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};

    if (epoll_ctl(source->is_urgent ? urgent : bulk, operation, source->fd, &event) != 0) {
        perror("epoll_ctl");
        exit(1);
    }
}

void loop_add(struct source *source, uint32_t events)
{
    control(EPOLL_CTL_ADD, source, events);
}

void loop_change(struct source *source, uint32_t events)
{
    control(EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

static void serve(struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        struct source *source = events[i].data.ptr;

        if (source != NULL && source->fd >= 0)
            source->on_ready(source, events[i].events);
    }
}

void loop_turn(uint64_t wait_ns)
{
    struct epoll_event events[BATCH];
    int wait_ms = wait_ns > 1000000000 ? 1000 : (int)((wait_ns + 999999) / 1000000);

    serve(events, epoll_wait(urgent, events, BATCH, wait_ms));
    serve(events, epoll_wait(bulk, events, BULK_BATCH, 0));
}
