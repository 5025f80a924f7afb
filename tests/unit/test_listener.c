#include "server/net/listener.h"
#include "tests/support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

/* A loop with a listener on the loopback address, and clients of it. */
struct fixture {
    uv_loop_t loop;
    struct sio__listener listener;
    struct sio__stats stats;
    uint16_t port;
    unsigned accepted, closed;
    unsigned close_at;
    int fds[256]; /* accepted */
    int clients[256];
    unsigned client_count;
};

static void on_closed(void *user)
{
    ((struct fixture *)user)->closed++;
}

static void on_accept(void *user, int fd, const struct sockaddr *peer)
{
    struct fixture *f = user;

    CHECK_EQ(peer->sa_family, AF_INET);
    f->fds[f->accepted++] = fd;
    if (f->accepted == f->close_at)
        sio__listener_close(&f->listener, on_closed, f);
}

static size_t connections(void *user)
{
    return ((struct fixture *)user)->accepted;
}

static void set_up(struct fixture *f, size_t max_connections)
{
    struct sio__listener_config config = {.on_accept = on_accept,
                                          .connections = connections,
                                          .max_connections = max_connections,
                                          .user = f,
                                          .stats = &f->stats};
    int fd = -1;

    memset(f, 0, sizeof *f);
    CHECK_EQ(uv_loop_init(&f->loop), 0);
    CHECK_EQ(sio__listen("127.0.0.1", 0, 512, false, &fd, &f->port), 0);
    CHECK_EQ(sio__listener_start(&f->listener, &f->loop, fd, &config), 0);
}

static void tear_down(struct fixture *f)
{
    if (!f->listener.is_closing)
        sio__listener_close(&f->listener, on_closed, f);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    CHECK_EQ(f->closed, 1);
    CHECK_EQ(uv_loop_close(&f->loop), 0);
    for (unsigned i = 0; i < f->accepted; i++)
        close(f->fds[i]);
    for (unsigned i = 0; i < f->client_count; i++)
        close(f->clients[i]);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static void connect_clients(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int fd = connect_to(f->port);

        CHECK(fd >= 0);
        if (fd >= 0)
            f->clients[f->client_count++] = fd;
    }
}

static void turn(struct fixture *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    CHECK_EQ(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

TEST(accepted_sockets_are_ready_for_use)
{
    struct fixture f;

    set_up(&f, 100);
    connect_clients(&f, 3);
    turn(&f);
    CHECK_EQ(f.accepted, 3);
    CHECK_EQ(f.stats.connections_opened, 3);
    CHECK(option_of(f.fds[0], IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK((fcntl(f.fds[0], F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(f.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
    tear_down(&f);
}

TEST(a_turn_accepts_a_bounded_number)
{
    struct fixture f;

    set_up(&f, 1000);
    connect_clients(&f, SIO__ACCEPT_BATCH + 10);
    turn(&f);
    CHECK_EQ(f.accepted, SIO__ACCEPT_BATCH);
    turn(&f);
    CHECK_EQ(f.accepted, SIO__ACCEPT_BATCH + 10);
    tear_down(&f);
}

TEST(connections_over_the_limit_are_closed_at_once)
{
    struct fixture f;
    char byte;

    set_up(&f, 2);
    connect_clients(&f, 3);
    turn(&f);
    CHECK_EQ(f.accepted, 2);
    CHECK_EQ(f.stats.connections_refused, 1);
    CHECK_EQ(recv(f.clients[2], &byte, 1, 0), 0);
    tear_down(&f);
}

TEST(accepting_may_close_the_listener)
{
    struct fixture f;

    set_up(&f, 100);
    f.close_at = 2;
    connect_clients(&f, 3);
    turn(&f);
    CHECK_EQ(f.accepted, 2);
    turn(&f);
    CHECK_EQ(f.closed, 1);
    CHECK_EQ(f.accepted, 2);
    tear_down(&f);
}

TEST(a_closed_listener_refuses_connections)
{
    struct fixture f;

    set_up(&f, 100);
    sio__listener_close(&f.listener, on_closed, &f);
    CHECK(connect_to(f.port) < 0);
    tear_down(&f);
}

/* Leaves the process no descriptor; returns the old limit. */
static struct rlimit take_descriptors(void)
{
    struct rlimit old, none;
    int lowest = dup(0);

    close(lowest);
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    none.rlim_cur = (rlim_t)lowest;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    return old;
}

TEST(without_descriptors_it_waits_instead_of_spinning)
{
    struct fixture f;
    struct rlimit old;
    unsigned turns = 0;

    set_up(&f, 100);
    connect_clients(&f, 2);
    old = take_descriptors();
    turn(&f);
    CHECK_EQ(f.accepted, 0);
    CHECK_EQ(f.stats.accepts_paused, 1);
    turn(&f);
    CHECK_EQ(f.stats.accepts_paused, 1);
    CHECK(uv_is_active((uv_handle_t *)&f.listener.poll) == 0);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    while (f.accepted < 2 && turns++ < 10)
        uv_run(&f.loop, UV_RUN_ONCE); /* the retry timer ends the first wait */
    CHECK_EQ(f.accepted, 2);
    tear_down(&f);
}

TEST(the_kernel_chooses_a_port_that_all_of_a_group_share)
{
    int fds[3];
    uint16_t port = 0;

    CHECK_EQ(sio__listen_group("127.0.0.1", 0, 16, 3, fds, &port), 0);
    CHECK(port != 0);
    for (int i = 0; i < 3; i++) {
        struct sockaddr_in name;
        socklen_t len = sizeof name;

        CHECK_EQ(getsockname(fds[i], (struct sockaddr *)&name, &len), 0);
        CHECK_EQ(ntohs(name.sin_port), port);
        CHECK((fcntl(fds[i], F_GETFL) & O_NONBLOCK) != 0);
        CHECK((fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
    }
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

TEST(a_second_server_on_the_port_is_refused)
{
    for (size_t count = 1; count <= 2; count++) {
        int first[2], second[2], before;
        uint16_t port = 0;

        CHECK_EQ(sio__listen_group("127.0.0.1", 0, 16, count, first, &port), 0);
        before = dup(0);
        close(before);
        CHECK_EQ(sio__listen_group("127.0.0.1", port, 16, 1, second, &port), -EADDRINUSE);
        CHECK_EQ(sio__listen_group("127.0.0.1", port, 16, 2, second, &port), -EADDRINUSE);
        CHECK_EQ(dup(0), before); /* nothing was left open */
        close(before);
        for (size_t i = 0; i < count; i++)
            close(first[i]);
        CHECK_EQ(sio__listen_group("127.0.0.1", port, 16, 2, second, &port), 0);
        close(second[0]);
        close(second[1]);
    }
}

TEST(without_a_host_both_families_are_served)
{
    int fd = -1, client;
    uint16_t port = 0;

    CHECK_EQ(sio__listen(NULL, 0, 16, false, &fd, &port), 0);
    client = connect_to(port);
    CHECK(client >= 0);
    close(client);
    close(fd);
}

TEST(a_host_without_an_address_is_an_error)
{
    int fd = -1;

    CHECK_EQ(sio__listen("192.0.2.1", 0, 16, false, &fd, NULL), -EADDRNOTAVAIL);
    CHECK_EQ(fd, -1);
}

CHECK_MAIN(CHECK_ROW(accepted_sockets_are_ready_for_use),
           CHECK_ROW(a_turn_accepts_a_bounded_number),
           CHECK_ROW(connections_over_the_limit_are_closed_at_once),
           CHECK_ROW(accepting_may_close_the_listener),
           CHECK_ROW(a_closed_listener_refuses_connections),
           CHECK_ROW(without_descriptors_it_waits_instead_of_spinning),
           CHECK_ROW(the_kernel_chooses_a_port_that_all_of_a_group_share),
           CHECK_ROW(a_second_server_on_the_port_is_refused),
           CHECK_ROW(without_a_host_both_families_are_served),
           CHECK_ROW(a_host_without_an_address_is_an_error))
