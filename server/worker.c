#include "server/worker.h"

#include <poll.h>
#include <unistd.h>

#include "server/io/tour.h"
#include "server/server.h"

enum {
    TURNS_MAX = 16, /* of work that makes new work, before the loop looks at its sockets again */
    SPREAD_NS_MOST = 500000,
};

/* Workers whose thread this is: one, but for an application that runs several servers on its loop.
 */
static _Thread_local struct sio__worker *here;

struct sio__worker *sio__worker_here(const struct sio_server *server)
{
    struct sio__worker *worker = here;

    while (worker != NULL && worker->server != server)
        worker = worker->next_here;
    return worker;
}

bool sio__worker_is_here(const struct sio__worker *worker)
{
    const struct sio__worker *one = here;

    while (one != NULL && one != worker)
        one = one->next_here;
    return one != NULL;
}

static void enter(struct sio__worker *worker)
{
    worker->is_here = true;
    worker->next_here = here;
    here = worker;
}

static void leave(struct sio__worker *worker)
{
    struct sio__worker **link = &here;

    if (!worker->is_here)
        return;
    worker->is_here = false;
    while (*link != worker)
        link = &(*link)->next_here;
    *link = worker->next_here;
}

static bool has_own_loop(const struct sio__worker *worker)
{
    return worker->loop == &worker->own_loop;
}

uint64_t sio__worker_now(const struct sio__worker *worker)
{
    return uv_now(worker->loop);
}

uint64_t sio__worker_clock(void)
{
    return uv_hrtime() / 1000000;
}

bool sio__worker_post(struct sio__worker *worker, struct sio__letter *letter)
{
    return sio__inbox_push(&worker->inbox, letter);
}

/* --- the end ------------------------------------------------------------------------------- */

static void on_off(uv_handle_t *timer)
{
    struct sio__worker *worker = timer->data;

    worker->is_off = true;
    if (has_own_loop(worker))
        return;
    leave(worker);
    if (worker->on_off != NULL)
        worker->on_off(worker);
}

/* Libwebsockets closes handles that we do not know of, before its part is closed.  What is asked to
 * close in one turn is closed in the same; so the timer, closed a turn later, is the last of all.
 */
static void on_part_closed(void *user)
{
    struct sio__worker *worker = user;

    if (--worker->parts == 0)
        uv_close((uv_handle_t *)&worker->timer, on_off);
}

static void on_handle_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

static void close_handles(struct sio__worker *worker)
{
    sio__inbox_close(&worker->inbox, on_part_closed, worker);
    uv_timer_stop(&worker->timer);
    uv_close((uv_handle_t *)&worker->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&worker->check, on_handle_closed);
}

/* Nothing is open any more, or the time is up.  An own loop runs out by itself afterwards. */
static void end(struct sio__worker *worker)
{
    worker->is_ended = true;
    sio__sessions_close_all(&worker->sessions); /* opened while it stopped */
    sio__transport_free(worker->transport, on_part_closed, worker);
    close_handles(worker);
}

static void stop(struct sio__worker *worker)
{
    worker->is_stopping = true;
    worker->cut_ms = sio__worker_now(worker) + worker->grace_ms;
    if (worker->is_listening)
        sio__listener_close(&worker->listener, on_part_closed, worker);
    sio__transport_stop(worker->transport);
    sio__spaces_shutdown(worker);
    sio__sessions_close_all(&worker->sessions);
}

static void on_stop(struct sio__letter *letter, void *worker)
{
    (void)letter;
    stop(worker);
}

/* --- turns --------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
    struct sio__worker *worker = timer->data;
    sio__timers_run(&worker->timers, sio__worker_now(worker));
}

/* Something is for many, who have not all been given it. */
static bool has_spread(const struct sio__worker *worker)
{
    return worker->spaces->tours.first != NULL || worker->sessions.bulk != NULL;
}

static void arm_timer(struct sio__worker *worker)
{
    uint64_t now = sio__worker_now(worker);
    uint64_t wait_ms = sio__timers_next_ms(&worker->timers, now);

    if (worker->is_stopping) {
        uint64_t cut_ms = worker->cut_ms > now ? worker->cut_ms - now : 0;
        wait_ms = wait_ms < cut_ms ? wait_ms : cut_ms;
    }
    if (has_spread(worker) || sio__transport_is_behind(worker->transport))
        wait_ms = 0; /* the sockets are looked at, and it goes on */
    if (wait_ms == SIO__TIMERS_NONE)
        uv_timer_stop(&worker->timer);
    else if (!uv_is_active((uv_handle_t *)&worker->timer) ||
             uv_timer_get_due_in(&worker->timer) != wait_ms)
        uv_timer_start(&worker->timer, on_timer, wait_ms, 0);
}

/* True: some socket, or the inbox, has something for us. */
static bool is_awaited(const struct sio__worker *worker)
{
    struct pollfd poller = {.fd = uv_backend_fd(worker->loop), .events = POLLIN};

    return poll(&poller, 1, 0) != 0;
}

/* What is for many goes on until somebody has something for us; but under a load that never ends
 * for half the time that the others had. */
static void spread(struct sio__worker *worker)
{
    uint64_t start = uv_hrtime(), spent;

    do {
        sio__tours_turn(worker->spaces);
        sio__sessions_turn_bulk(&worker->sessions);
        sio__sessions_turn(&worker->sessions);
        spent = uv_hrtime() - start;
    } while (has_spread(worker) && spent < SPREAD_NS_MOST &&
             (spent < worker->served_ns / 2 || !is_awaited(worker)));
    worker->spread_ns = start + spent;
}

static void turn(struct sio__worker *worker)
{
    sio__transport_catch_up(worker->transport);
    for (int i = 0; i < TURNS_MAX; i++) {
        bool did_something = sio__transport_turn(worker->transport);

        did_something |= sio__sessions_turn(&worker->sessions);
        if (!sio__spaces_turn(worker) && !did_something)
            break;
    }
    if (worker->is_stopping && !worker->is_ended &&
        (sio__transport_connections(worker->transport) == 0 ||
         sio__worker_now(worker) >= worker->cut_ms)) {
        end(worker);
        return;
    }
    if (!worker->is_ended)
        arm_timer(worker);
}

/* The thread that runs an application's loop is known when the loop runs. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct sio__worker *worker = prepare->data;

    if (!worker->is_here)
        enter(worker);
    if (has_spread(worker))
        spread(worker);
    turn(worker);
}

static void on_check(uv_check_t *check)
{
    struct sio__worker *worker = check->data;

    turn(worker);
    worker->served_ns = has_spread(worker) ? uv_hrtime() - worker->spread_ns : 0;
}

/* --- beginning ----------------------------------------------------------------------------- */

static void on_accept(void *user, int fd, const struct sockaddr *peer)
{
    struct sio__worker *worker = user;
    sio__transport_adopt(worker->transport, fd, peer);
}

/* Of all workers, from their counters: another worker's transport may be gone. */
static size_t connections(void *user)
{
    const struct sio_server *server = ((struct sio__worker *)user)->server;
    uint64_t opened = 0, closed = 0;

    for (unsigned i = 0; i < server->worker_count; i++) {
        const struct sio__stats *stats = &server->workers[i].stats;
        closed += atomic_load_explicit(&stats->connections_closed, memory_order_relaxed);
        opened += atomic_load_explicit(&stats->connections_opened, memory_order_relaxed);
    }
    return (opened > closed ? (size_t)(opened - closed) : 0) +
           (server->counts_descriptors ? atomic_load(&server->tls_descriptors) : 0);
}

sio_err sio__worker_listen(struct sio__worker *worker, int fd)
{
    struct sio__listener_config config = {
        .on_accept = on_accept,
        .connections = connections,
        .max_connections = worker->server->config.max_connections,
        .user = worker,
        .stats = &worker->stats,
    };

    if (sio__listener_start(&worker->listener, worker->loop, fd, &config) != 0) {
        close(fd);
        return SIO_EIO;
    }
    worker->is_listening = true;
    worker->parts++;
    return SIO_OK;
}

static sio_err init_transport(struct sio__worker *worker)
{
    const sio_config *config = &worker->server->config;
    struct sio__transport_config transport = {
        .loop = worker->loop,
        .timers = &worker->timers,
        .stats = &worker->stats,
        .log = &worker->server->log,
        .routes = &sio__server_routes,
        .user = worker,
        .max_header_bytes = config->max_header_bytes,
        .header_timeout_ms = config->header_timeout_ms,
        .body_timeout_ms = config->body_timeout_ms,
        .idle_timeout_ms = config->idle_timeout_ms,
        .http_descriptors = config->http_descriptors,
        .deflate = config->per_message_deflate.enabled ? &config->per_message_deflate : NULL,
        .tls = worker->server->tls,
        .handshake_timeout_ms = config->tls.handshake_timeout_ms,
        .tls_descriptors = &worker->server->tls_descriptors,
    };
    return sio__transport_new(&worker->transport, &transport);
}

static void pin_timers(struct sio__worker *worker)
{
    const sio_config *config = &worker->server->config;

    sio__timers_init(&worker->timers);
    sio__timers_pin(&worker->timers, config->ping_interval_ms);
    sio__timers_pin(&worker->timers, config->ping_timeout_ms);
}

void sio__worker_prepare(struct sio__worker *worker)
{
    sio__inbox_seal(&worker->inbox);
}

/* Other threads may look at inbox, stats and the count of sessions meanwhile. */
static void forget(struct sio__worker *worker)
{
    worker->is_here = worker->is_stopping = worker->is_ended = false;
    worker->is_listening = worker->is_off = false;
    worker->parts = 0;
    worker->transport = NULL;
    worker->spaces = NULL;
}

/* Lets what was asked to close be closed. */
static void run_out(struct sio__worker *worker)
{
    if (has_own_loop(worker))
        uv_run(worker->loop, UV_RUN_DEFAULT);
    else
        while (!worker->is_off)
            uv_run(worker->loop, UV_RUN_ONCE);
}

static void close_loop(struct sio__worker *worker)
{
    if (has_own_loop(worker))
        uv_loop_close(worker->loop);
}

static sio_err init_loop(struct sio__worker *worker)
{
    worker->loop = worker->server->config.loop;
    if (worker->loop == NULL) {
        worker->loop = &worker->own_loop;
        if (uv_loop_init(worker->loop) != 0)
            return SIO_ENOMEM;
    }
    if (sio__inbox_init(&worker->inbox, worker->loop, worker) != 0) {
        close_loop(worker);
        return SIO_ENOMEM;
    }
    uv_prepare_init(worker->loop, &worker->prepare);
    uv_check_init(worker->loop, &worker->check);
    uv_timer_init(worker->loop, &worker->timer);
    worker->prepare.data = worker->check.data = worker->timer.data = worker;
    worker->parts = 3;
    return SIO_OK;
}

sio_err sio__worker_init(struct sio__worker *worker, struct sio_server *server, unsigned index)
{
    sio_err err;

    forget(worker);
    worker->server = server;
    worker->index = index;
    worker->stop.deliver = on_stop;
    if ((err = init_loop(worker)) != SIO_OK)
        return err;
    pin_timers(worker);
    if ((err = sio__sessions_init(&worker->sessions)) != SIO_OK)
        goto close_handles;
    if ((err = init_transport(worker)) != SIO_OK)
        goto fini_sessions;
    worker->parts++;
    if ((worker->spaces = sio__spaces_new(worker)) == NULL) {
        err = SIO_ENOMEM;
        goto free_transport;
    }
    uv_prepare_start(&worker->prepare, on_prepare);
    uv_check_start(&worker->check, on_check);
    return SIO_OK;

free_transport:
    sio__transport_free(worker->transport, on_part_closed, worker);
fini_sessions:
    sio__sessions_fini(&worker->sessions);
close_handles:
    close_handles(worker);
    run_out(worker);
    close_loop(worker);
    return err;
}

static void run(void *arg)
{
    struct sio__worker *worker = arg;

    enter(worker);
    run_out(worker);
    leave(worker);
}

sio_err sio__worker_start(struct sio__worker *worker)
{
    return uv_thread_create(&worker->thread, run, worker) == 0 ? SIO_OK : SIO_ENOMEM;
}

static void drop_stop(struct sio__letter *letter)
{
    (void)letter; /* part of the worker */
}

void sio__worker_stop(struct sio__worker *worker, uint32_t grace_ms)
{
    worker->grace_ms = grace_ms;
    worker->stop.drop = drop_stop;
    sio__worker_post(worker, &worker->stop);
}

void sio__worker_join(struct sio__worker *worker)
{
    uv_thread_join(&worker->thread);
}

void sio__worker_abandon(struct sio__worker *worker)
{
    worker->grace_ms = 0;
    worker->on_off = NULL;
    stop(worker);
    run(worker);
}

void sio__worker_fini(struct sio__worker *worker)
{
    sio__spaces_free(worker->spaces);
    worker->spaces = NULL;
    sio__sessions_fini(&worker->sessions);
    close_loop(worker);
}
