#include "tests/support/fake_server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/io/tour.h"

/* --- stands for worker.c ------------------------------------------------------------------- */

static struct {
    struct sio__worker *current;
    uint64_t now_ms;
    uint64_t letters;
    uint64_t awake[(UINT8_MAX + 1) / 64]; /* a bit for each worker that may have something to do */
    struct fake_exchange *exchanges;
    struct fake_link *links;
    char *heard;
} fake;

static void wake(const struct sio__worker *worker)
{
    fake.awake[worker->index / 64] |= UINT64_C(1) << worker->index % 64;
}

/* What comes now is done on its thread. */
static void enter(struct sio__worker *worker)
{
    fake.current = worker;
    wake(worker);
}

struct sio__worker *sio__worker_here(const struct sio_server *server)
{
    return fake.current != NULL && fake.current->server == server ? fake.current : NULL;
}

bool sio__worker_is_here(const struct sio__worker *worker)
{
    return fake.current == worker;
}

void sio__worker_prepare(struct sio__worker *worker)
{
    sio__inbox_seal(&worker->inbox);
}

uint64_t sio__worker_now(const struct sio__worker *worker)
{
    (void)worker;
    return fake.now_ms;
}

uint64_t sio__worker_clock(void)
{
    return fake.now_ms;
}

bool sio__worker_post(struct sio__worker *worker, struct sio__letter *letter)
{
    fake.letters++;
    wake(worker);
    return sio__inbox_push(&worker->inbox, letter);
}

uint64_t fake_letters(void)
{
    return fake.letters;
}

sio_err sio__worker_init(struct sio__worker *worker, struct sio_server *server, unsigned index)
{
    worker->server = server;
    worker->index = index;
    wake(worker);
    sio__timers_init(&worker->timers);
    worker->loop = &worker->own_loop;
    if (uv_loop_init(worker->loop) != 0)
        return SIO_ENOMEM;
    if (sio__inbox_init(&worker->inbox, worker->loop, worker) != 0)
        goto close_loop;
    if (sio__sessions_init(&worker->sessions) != SIO_OK)
        goto close_inbox;
    if ((worker->spaces = sio__spaces_new(worker)) != NULL)
        return SIO_OK;
    sio__sessions_fini(&worker->sessions);
close_inbox:
    sio__inbox_close(&worker->inbox, NULL, NULL);
close_loop:
    uv_run(worker->loop, UV_RUN_DEFAULT);
    uv_loop_close(worker->loop);
    return SIO_ENOMEM;
}

void sio__worker_fini(struct sio__worker *worker)
{
    uv_run(worker->loop, UV_RUN_DEFAULT);
    sio__spaces_free(worker->spaces);
    sio__sessions_fini(&worker->sessions);
    uv_loop_close(worker->loop);
}

/* Named by server.c, whose start and stop are not used here. */
sio_err sio__worker_listen(struct sio__worker *worker, int fd)
{
    (void)worker, (void)fd;
    return SIO_EIO;
}

sio_err sio__worker_start(struct sio__worker *worker)
{
    (void)worker;
    return SIO_EIO;
}

void sio__worker_stop(struct sio__worker *worker, uint32_t grace_ms)
{
    (void)worker, (void)grace_ms;
}

void sio__worker_join(struct sio__worker *worker)
{
    (void)worker;
}

void sio__worker_abandon(struct sio__worker *worker)
{
    (void)worker;
}

/* The link that gave this stream up, now on the current worker. */
struct sio__link *sio__transport_take(struct sio__transport *transport, struct sio__stream *stream,
                                      struct sio__request *request)
{
    struct fake_link *link = fake.links;

    (void)transport;
    while (link->moving_fd != stream->fd)
        link = link->next;
    sio__stream_close(stream);
    link->moving_fd = -1;
    link->is_over = false;
    link->worker = fake.current->index;
    link->base.request = request;
    return &link->base;
}

/* --- turns --------------------------------------------------------------------------------- */

static bool turn(struct sio__worker *worker)
{
    bool did_something = atomic_load(&worker->inbox.newest) != NULL;

    fake.current = worker;
    if (did_something)
        uv_run(worker->loop, UV_RUN_NOWAIT);
    did_something = sio__tours_turn(worker->spaces) || did_something;
    did_something = sio__sessions_turn_bulk(&worker->sessions) || did_something;
    did_something = sio__sessions_turn(&worker->sessions) || did_something;
    did_something = sio__spaces_turn(worker) || did_something;
    fake.current = NULL;
    return did_something;
}

/* Those of one word of the set, each once. */
static bool turn_each(sio_server *server, size_t word)
{
    uint64_t awake = fake.awake[word];
    bool did_something = false;

    fake.awake[word] = 0;
    for (; awake != 0; awake &= awake - 1) {
        size_t index = word * 64 + (size_t)__builtin_ctzll(awake);
        struct sio__worker *worker = &server->workers[index];

        if (index >= server->worker_count || !turn(worker))
            continue;
        wake(worker);
        did_something = true;
    }
    return did_something;
}

void fake_run(sio_server *server)
{
    bool did_something;

    do {
        did_something = false;
        for (size_t word = 0; word < sizeof fake.awake / sizeof *fake.awake; word++)
            did_something = turn_each(server, word) || did_something;
    } while (did_something);
}

static uint64_t next_deadline_ms(sio_server *server)
{
    uint64_t next = SIO__TIMERS_NONE;

    for (unsigned i = 0; i < server->worker_count; i++) {
        uint64_t wait = sio__timers_next_ms(&server->workers[i].timers, fake.now_ms);
        next = wait < next ? wait : next;
    }
    return next;
}

void fake_tick(sio_server *server, uint64_t ms)
{
    uint64_t end_ms = fake.now_ms + ms, wait;

    while ((wait = next_deadline_ms(server)) <= end_ms - fake.now_ms) {
        fake.now_ms += wait;
        for (unsigned i = 0; i < server->worker_count; i++) {
            enter(&server->workers[i]);
            sio__timers_run(&server->workers[i].timers, fake.now_ms);
        }
        fake_run(server);
    }
    fake.now_ms = end_ms;
}

void fake_enter(sio_server *server, int worker)
{
    if (worker < 0)
        fake.current = NULL;
    else
        enter(&server->workers[worker]);
}

struct wanted {
    const char *name;
    uint64_t value;
};

static void look_for(const char *name, const char *unit, const char *help, uint64_t value,
                     void *user)
{
    struct wanted *wanted = user;

    (void)unit, (void)help;
    if (strcmp(name, wanted->name) == 0)
        wanted->value = value;
}

uint64_t fake_count(const sio_server *server, const char *name)
{
    struct wanted wanted = {name, UINT64_MAX};

    sio_server_stats(server, look_for, &wanted);
    return wanted.value;
}

static void die(const char *what)
{
    fprintf(stderr, "fake server: %s\n", what);
    abort();
}

/* --- life ---------------------------------------------------------------------------------- */

sio_server *fake_server_new(fake_configure_fn *configure)
{
    sio_server *server;
    sio_config config;

    sio_config_init(&config);
    if (configure != NULL)
        configure(&config);
    fake.now_ms = 1000;
    return sio_server_new(&server, &config) == SIO_OK ? server : NULL;
}

bool fake_start(sio_server *server)
{
    unsigned wanted = server->config.workers;

    server->worker_count = 0;
    memset(fake.awake, 0, sizeof fake.awake);
    for (unsigned i = 0; i < wanted; i++, server->worker_count++)
        if (sio__worker_init(&server->workers[i], server, i) != SIO_OK)
            break;
    server->is_running = true;
    if (server->worker_count == wanted)
        return true;
    fake_stop(server);
    return false;
}

/* As the transport does at its end with those that still have to write. */
static void cut_blocked_links(sio_server *server)
{
    for (struct fake_link *link = fake.links; link != NULL; link = link->next)
        if (link->is_blocked)
            fake_ws_closed(server, link, SIO__LINK_CLOSED);
}

void fake_stop(sio_server *server)
{
    if (!server->is_running)
        return;
    for (unsigned i = 0; i < server->worker_count; i++) {
        enter(&server->workers[i]);
        sio__spaces_shutdown(fake.current);
        sio__sessions_close_all(&fake.current->sessions);
    }
    fake_run(server);
    cut_blocked_links(server);
    for (unsigned i = 0; i < server->worker_count; i++) {
        enter(&server->workers[i]);
        sio__inbox_close(&fake.current->inbox, NULL, NULL);
    }
    fake.current = NULL;
    for (unsigned i = 0; i < server->worker_count; i++)
        sio__worker_fini(&server->workers[i]);
    server->worker_count = server->config.workers;
    server->is_running = false;
}

static void free_exchanges(void)
{
    while (fake.exchanges != NULL) {
        struct fake_exchange *x = fake.exchanges;

        if (!x->is_over)
            die("a request was never answered");
        fake.exchanges = x->next;
        sio__request_rele(x->base.request);
        free(x->body.ptr);
        free(x);
    }
}

static void free_links(void)
{
    while (fake.links != NULL) {
        struct fake_link *link = fake.links;

        if (!link->is_over)
            die("a WebSocket was never ended");
        fake.links = link->next;
        sio__request_rele(link->base.request);
        free(link->text.ptr);
        free(link);
    }
}

void fake_free(sio_server *server)
{
    if (server == NULL)
        return;
    fake_stop(server);
    sio_server_free(server);
    free_exchanges();
    free_links();
    free(fake.heard);
    fake.heard = NULL;
}

/* --- requests ------------------------------------------------------------------------------ */

static void append(struct fake_bytes *bytes, const char *ptr, size_t len)
{
    bytes->ptr = realloc(bytes->ptr, bytes->len + len + 1);
    if (len > 0)
        memcpy(bytes->ptr + bytes->len, ptr, len);
    bytes->len += len;
    bytes->ptr[bytes->len] = '\0';
}

static void end_exchange(struct fake_exchange *x)
{
    if (x->is_over)
        die("a request was ended twice");
    x->is_over = true;
}

static void on_answer(struct sio__exchange *base, const struct sio__answer *answer)
{
    struct fake_exchange *x = (struct fake_exchange *)base;

    end_exchange(x);
    x->status = answer->status;
    append(&x->body, answer->body.ptr, answer->body.len);
    if (answer->release != NULL)
        answer->release(answer->release_arg);
}

static void on_destroy(struct sio__exchange *base)
{
    struct fake_exchange *x = (struct fake_exchange *)base;

    end_exchange(x);
    x->is_destroyed = true;
}

static struct sio__request *make_request(enum sio__method method, const char *target, bool upgrade)
{
    static const struct sio__request_header headers[] = {
        {SIO__SLICE_INIT("host"), SIO__SLICE_INIT("localhost:3000")},
        {SIO__SLICE_INIT("user-agent"), SIO__SLICE_INIT("fake")},
    };
    struct sio__request_head head = {
        .method = method,
        .is_upgrade = upgrade,
        .target = sio__slice_of(target),
        .address = SIO__SLICE("127.0.0.1"),
        .port = 40000,
        .headers = headers,
        .header_count = 2,
    };
    return sio__request_new(&head);
}

static struct fake_exchange *request(sio_server *server, unsigned worker, enum sio__method method,
                                     const char *target)
{
    static const struct sio__exchange_ops ops = {on_answer, on_destroy};
    struct sio__request *head = make_request(method, target, false);
    struct fake_exchange *x;

    if (head == NULL)
        return NULL;
    x = calloc(1, sizeof *x);
    x->base.ops = &ops;
    x->base.request = head;
    x->worker = worker;
    x->next = fake.exchanges;
    fake.exchanges = x;
    enter(&server->workers[worker]);
    sio__server_routes.request(fake.current, &x->base);
    return x;
}

struct fake_exchange *fake_request(sio_server *server, unsigned worker, enum sio__method method,
                                   const char *target)
{
    struct fake_exchange *x = request(server, worker, method, target);

    fake_run(server);
    return x;
}

struct fake_exchange *fake_get(sio_server *server, unsigned worker, const char *target)
{
    return fake_request(server, worker, SIO__GET, target);
}

struct fake_exchange *fake_post(sio_server *server, unsigned worker, const char *target,
                                const char *body, size_t len)
{
    struct fake_exchange *x = request(server, worker, SIO__POST, target);

    if (x == NULL)
        return NULL;
    if (!x->is_over && x->base.take_body && x->base.events->body != NULL) {
        bool is_too_large = len > x->base.max_body_bytes;
        char *copy = malloc(len + 1); /* of its own, so that reading beyond it is seen */

        if (len > 0)
            memcpy(copy, body, len);
        copy[len] = '\0';
        x->base.events->body(&x->base, is_too_large ? NULL : copy, len, is_too_large);
        free(copy);
    }
    fake_run(server);
    return x;
}

void fake_gone(sio_server *server, struct fake_exchange *x)
{
    if (x == NULL || x->is_over)
        return;
    x->is_over = true;
    enter(&server->workers[x->worker]);
    if (x->base.events != NULL)
        x->base.events->gone(&x->base);
    fake_run(server);
}

/* --- WebSockets ---------------------------------------------------------------------------- */

static void write_down(struct fake_link *link, const struct sio__frame *frame)
{
    struct sio__slice payload = sio__frame_payload(frame);

    link->message_count++;
    if (!sio__frame_is_binary(frame)) {
        append(&link->text, payload.ptr, payload.len);
    } else {
        append(&link->text, "b:", 2);
        for (size_t i = 0; i < payload.len; i++) {
            char hex[3];

            snprintf(hex, sizeof hex, "%02x", (unsigned char)payload.ptr[i]);
            append(&link->text, hex, 2);
        }
    }
    append(&link->text, "\n", 1);
}

static bool on_flush(struct sio__link *base, struct sio__sendq *queue)
{
    struct fake_link *link = (struct fake_link *)base;

    if (link->is_over)
        die("a WebSocket was written to after its end");
    if (link->is_blocked)
        return sio__sendq_is_empty(queue);
    while (!sio__sendq_is_empty(queue)) {
        struct sio__frame *packet = sio__sendq_pop(queue);

        for (struct sio__frame *frame = packet; frame != NULL; frame = frame->next)
            write_down(link, frame);
        sio__frame_rele(packet);
    }
    return true;
}

static bool on_is_writable(struct sio__link *base)
{
    return !((struct fake_link *)base)->is_blocked;
}

static void on_end(struct sio__link *base, struct sio__frame *last)
{
    struct fake_link *link = (struct fake_link *)base;
    struct sio__slice payload = {NULL, 0};

    if (link->is_over)
        die("a WebSocket was ended twice");
    link->is_over = true;
    if (last != NULL)
        payload = sio__frame_payload(last);
    link->close_code =
        payload.len < 2 ? 0 : (unsigned char)payload.ptr[0] << 8 | (unsigned char)payload.ptr[1];
}

/* Over, unless its stream arrives at another worker. */
static void on_release(struct sio__link *base, struct sio__stream *stream)
{
    struct fake_link *link = (struct fake_link *)base;

    link->is_over = true;
    link->base.request = NULL;
    link->moving_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    *stream = (struct sio__stream){link->moving_fd, NULL};
}

static struct fake_link *link_of(struct sio__exchange *x)
{
    struct fake_link *link = (struct fake_link *)((char *)x - offsetof(struct fake_link, x));

    if (link->is_over || !link->is_held)
        die("a handshake was answered twice");
    link->is_held = false;
    return link;
}

static void on_handshake_answer(struct sio__exchange *x, const struct sio__answer *answer)
{
    struct fake_link *link = link_of(x);

    link->status = answer->status;
    link->is_over = answer->status != 101;
    if (answer->release != NULL)
        answer->release(answer->release_arg);
    if (link->is_over)
        append(&link->text, answer->body.ptr, answer->body.len);
    else
        sio__server_routes.opened(fake.current, &link->base);
}

static void on_handshake_destroy(struct sio__exchange *x)
{
    link_of(x)->is_over = true;
}

/* The handshake of a link is held back. */
static void hold(struct fake_link *link)
{
    static const struct sio__exchange_ops ops = {on_handshake_answer, on_handshake_destroy};

    link->is_held = true;
    link->x.ops = &ops;
    link->x.request = link->base.request;
    sio__server_routes.held(fake.current, &link->x);
}

struct fake_link *fake_ws(sio_server *server, unsigned worker, const char *target)
{
    static const struct sio__link_ops ops = {on_flush, on_is_writable, on_end, on_release};
    struct sio__request *head = make_request(SIO__GET, target, true);
    struct sio__answer accept, refusal;
    enum sio__upgrade decision;
    struct fake_link *link;

    if (head == NULL)
        return NULL;
    enter(&server->workers[worker]);
    decision = sio__server_routes.upgrade(fake.current, head, &accept, &refusal);
    if (decision == SIO__UPGRADE_REFUSE) {
        sio__request_rele(head);
        fake_run(server);
        return NULL;
    }
    link = calloc(1, sizeof *link);
    link->base.ops = &ops;
    link->base.request = head;
    link->worker = worker;
    link->close_code = -1;
    link->moving_fd = -1;
    append(&link->text, NULL, 0);
    link->next = fake.links;
    fake.links = link;
    if (decision == SIO__UPGRADE_HOLD)
        hold(link);
    else
        sio__server_routes.opened(fake.current, &link->base);
    fake_run(server);
    return link;
}

void fake_ws_send(sio_server *server, struct fake_link *link, bool binary, const char *ptr,
                  size_t len)
{
    char *copy;

    if (link == NULL || link->is_over || link->is_held)
        return;
    if (len > link->base.max_message_bytes) {
        fake_ws_closed(server, link, SIO__LINK_ERROR);
        return;
    }
    copy = malloc(len + 1);
    memcpy(copy, ptr, len);
    copy[len] = '\0';
    enter(&server->workers[link->worker]);
    link->base.events->message(&link->base, binary, copy, len);
    free(copy);
    fake_run(server);
}

void fake_ws_text(sio_server *server, struct fake_link *link, const char *text)
{
    fake_ws_send(server, link, false, text, strlen(text));
}

void fake_ws_closed(sio_server *server, struct fake_link *link, enum sio__link_end how)
{
    if (link == NULL || link->is_over)
        return;
    link->is_over = true;
    enter(&server->workers[link->worker]);
    if (link->is_held)
        link->x.events->gone(&link->x);
    else
        link->base.events->closed(&link->base, how);
    fake_run(server);
}

void fake_unblock(sio_server *server, struct fake_link *link)
{
    if (link == NULL || !link->is_blocked)
        return;
    link->is_blocked = false;
    if (link->is_over)
        return;
    enter(&server->workers[link->worker]);
    link->base.events->writable(&link->base);
    fake_run(server);
}

const char *fake_heard(struct fake_link *link)
{
    free(fake.heard);
    fake.heard = link->text.ptr;
    link->text = (struct fake_bytes){NULL, 0};
    append(&link->text, NULL, 0);
    return fake.heard;
}
