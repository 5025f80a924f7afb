/* WebSockets over socket pairs: what they share of deflating, and a turn's share of inflating. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/mem.h"
#include "server/net/ws/ws.h"
#include "tests/support/check.h"

enum { PAIRS = 3, OUT_BYTES = 1 << 20, TRIES_MAX = 100 };

static const sio_per_message_deflate options = {
    .enabled = true, .threshold = 100, .level = 6, .mem_level = 8, .window_bits = 15};

struct client {
    struct sio__link *link; /* NULL: it has ended */
    int fd;
    struct sio__sendq queue;
    size_t messages, bytes; /* that have come */
};

static struct {
    uv_loop_t loop;
    struct sio__timers timers;
    struct sio__stats stats;
    struct sio__ws_group group;
    struct client clients[PAIRS];
} world;

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    struct client *client = link->owner;

    (void)binary, (void)ptr;
    client->messages++;
    client->bytes += len;
}

static void on_writable(struct sio__link *link)
{
    struct client *client = link->owner;

    link->ops->flush(link, &client->queue);
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct client *client = link->owner;

    (void)how;
    client->link = NULL;
}

static const struct sio__link_events events = {on_message, on_writable, on_closed};

static void open_client(struct client *client, uint8_t deflate_bits)
{
    static const struct sio__request_head head = {.method = SIO__GET};
    struct sio__request *request = sio__request_new(&head);
    int ends[2];

    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    request->deflate_bits = deflate_bits;
    client->link = sio__ws_open(&world.group, &(struct sio__stream){ends[0]}, request);
    client->link->owner = client;
    client->link->events = &events;
    client->link->max_message_bytes = 1000000;
    client->fd = ends[1];
    sio__sendq_init(&client->queue, SIZE_MAX);
}

/* A WebSocket for each of these windows; 0: it has no deflate. */
static void begin(uint8_t a, uint8_t b, uint8_t c)
{
    memset(&world, 0, sizeof world);
    CHECK_EQ(uv_loop_init(&world.loop), 0);
    sio__timers_init(&world.timers);
    CHECK(sio__ws_group_init(&world.group, &world.loop, &world.timers, &world.stats, &options));
    open_client(&world.clients[0], a);
    open_client(&world.clients[1], b);
    open_client(&world.clients[2], c);
}

static void end(void)
{
    sio__ws_group_end(&world.group);
    for (int i = 0; i < PAIRS; i++) {
        sio__sendq_drop_all(&world.clients[i].queue);
        close(world.clients[i].fd);
    }
    uv_run(&world.loop, UV_RUN_DEFAULT);
    sio__ws_group_fini(&world.group);
    CHECK_EQ(uv_loop_close(&world.loop), 0);
}

static void turn(void)
{
    sio__ws_group_catch_up(&world.group);
    uv_run(&world.loop, UV_RUN_NOWAIT);
}

static struct sio__frame *repeated(bool binary, size_t len)
{
    struct sio__frame *f = sio__frame_new(binary, len);

    for (size_t i = 0; i < len; i++)
        sio__frame_data(f)[i] = (char)('a' + i % 7);
    return f;
}

/* --- out ----------------------------------------------------------------------------------- */

static size_t receive(struct client *client, unsigned char *bytes, size_t most)
{
    ssize_t n = recv(client->fd, bytes, most, MSG_DONTWAIT);

    return n > 0 ? (size_t)n : 0;
}

static void flush(struct client *client, struct sio__frame *packet)
{
    CHECK_EQ(sio__sendq_push(&client->queue, packet), SIO__SENDQ_OK);
    if (client->link != NULL)
        client->link->ops->flush(client->link, &client->queue);
}

TEST(a_packet_is_deflated_once_for_all_who_want_it)
{
    struct sio__frame *packet = repeated(false, 2000), *attachment = repeated(true, 5000);
    static unsigned char out[PAIRS][OUT_BYTES];
    size_t len[PAIRS];

    sio__frame_chain(packet, sio__frame_seal(attachment));
    sio__frame_seal(packet);
    begin(15, 15, 0);
    for (int i = 0; i < PAIRS; i++) {
        flush(&world.clients[i], packet);
        CHECK_EQ(world.clients[i].queue.bytes, 0);
        len[i] = receive(&world.clients[i], out[i], OUT_BYTES);
    }
    CHECK_EQ(world.stats.messages_deflated, 2);
    CHECK_EQ(len[2], sio__frame_chain_bytes(packet));
    CHECK(len[0] < len[2] / 20);
    CHECK_MEM(out[0], len[0], out[1], len[1]);
    CHECK_EQ(out[0][0], 0xc1);
    CHECK_EQ(out[2][0], 0x81);
    sio__frame_rele(packet);
    end();
}

TEST(who_has_a_smaller_window_gets_the_twin_of_what_fits_it)
{
    struct sio__frame *fits = sio__frame_seal(repeated(false, 1024));
    struct sio__frame *is_longer = sio__frame_seal(repeated(false, 1025));
    unsigned char out[4096];

    begin(10, 15, 0);
    flush(&world.clients[0], fits);
    CHECK(receive(&world.clients[0], out, sizeof out) < 100);
    flush(&world.clients[0], is_longer);
    CHECK_EQ(receive(&world.clients[0], out, sizeof out), 1029);
    CHECK(!sio__frame_is_settled(is_longer));
    flush(&world.clients[1], is_longer);
    CHECK(receive(&world.clients[1], out, sizeof out) < 100);
    sio__frame_rele(fits);
    sio__frame_rele(is_longer);
    end();
}

/* A reader that is slow: every write ends somewhere, also within a twin. */
TEST(what_the_socket_does_not_take_goes_on_where_it_was)
{
    struct client *client = &world.clients[0];
    static unsigned char out[OUT_BYTES];
    size_t len = 0, want = 0, n;
    int small = 4096;

    begin(15, 15, 0);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (size_t i = 0; i < 400; i++) {
        struct sio__frame *f = i % 3 == 0 ? repeated(true, 50) : repeated(false, 3000 + i);

        CHECK_EQ(sio__sendq_push(&client->queue, sio__frame_seal(f)), SIO__SENDQ_OK);
        sio__frame_rele(f);
    }
    client->link->ops->flush(client->link, &client->queue);
    do {
        n = receive(client, out + len, 997);
        len += n;
        turn();
    } while (n > 0);
    CHECK(sio__sendq_is_empty(&client->queue));
    CHECK_EQ(client->queue.bytes, 0);
    CHECK_EQ(world.stats.messages_deflated, 266);
    want = world.stats.deflated_to_bytes + 134 * 52 + 266 * 2;
    CHECK(len >= want && len <= want + 266 * 2);
    end();
}

/* --- in ------------------------------------------------------------------------------------ */

/* So many bytes in one masked, deflated message. */
static size_t put_message(unsigned char *out, size_t bytes)
{
    struct sio__deflater deflater;
    struct sio__frame *f = sio__frame_seal(repeated(true, bytes));
    struct sio__slice payload;

    sio__deflater_init(&deflater, &options, &world.stats);
    sio__deflater_settle(&deflater, f);
    payload = sio__frame_payload(sio__frame_for(f, UINT32_MAX));
    memcpy(out, "\xc2\xfe\0\0\0\0\0\0", 8);
    out[2] = (unsigned char)(payload.len >> 8);
    out[3] = (unsigned char)payload.len;
    memcpy(out + 8, payload.ptr, payload.len);
    sio__deflater_fini(&deflater);
    sio__frame_rele(f);
    return 8 + payload.len;
}

static void send_messages(struct client *client, int count, size_t bytes)
{
    static unsigned char out[OUT_BYTES];
    size_t len = 0;

    for (int i = 0; i < count; i++)
        len += put_message(out + len, bytes);
    CHECK_EQ(send(client->fd, out, len, 0), (ssize_t)len);
}

TEST(what_is_too_much_for_a_turn_is_taken_in_the_next_ones_in_order)
{
    struct client *a = &world.clients[0], *b = &world.clients[1];

    begin(15, 15, 15);
    send_messages(a, 10, 200000);
    send_messages(b, 3, 1000);
    turn();
    CHECK_EQ(a->messages, 2);
    CHECK_EQ(b->messages, 3);
    CHECK(sio__ws_group_is_behind(&world.group));
    send_messages(a, 1, 100);
    for (size_t taken = 4; taken <= 10; taken += 2) {
        turn();
        CHECK_EQ(a->messages, taken < 10 ? taken : 11);
    }
    CHECK_EQ(a->bytes, 10 * 200000 + 100);
    CHECK(!sio__ws_group_is_behind(&world.group));
    end();
}

TEST(a_websocket_may_end_with_more_to_come)
{
    struct client *a = &world.clients[0], *b = &world.clients[1], *c = &world.clients[2];

    begin(15, 15, 15);
    for (int i = 0; i < PAIRS; i++)
        send_messages(&world.clients[i], 10, 200000);
    turn();
    a->link->ops->end(a->link, sio__frame_close_code(1000)); /* and awaits the answer */
    a->link = NULL;
    CHECK_EQ(shutdown(b->fd, SHUT_RDWR), 0);
    CHECK_EQ(send(c->fd, "\x01\x80mask", 6, 0), 6); /* half a message */
    for (int i = 0; i < 10; i++)
        turn();
    CHECK_EQ(a->messages, 2);
    CHECK_EQ(b->messages, 10);
    CHECK(b->link == NULL);
    CHECK_EQ(c->messages, 10);
    CHECK(!sio__ws_group_is_behind(&world.group));
    send_messages(a, 10, 200000);
    turn();
    end(); /* with some of a's put aside */
}

TEST(every_allocation_may_fail_and_costs_one_websocket_at_most)
{
    bool went_well = false;

    for (long n = 1; !went_well && n < TRIES_MAX; n++) {
        struct client *a = &world.clients[0], *b = &world.clients[1];
        struct sio__frame *packet = sio__frame_seal(repeated(false, 2000));

        begin(15, 15, 0);
        send_messages(a, 3, 200000);
        sio__mem_fail_nth(n, false);
        for (int i = 0; i < 3; i++)
            turn();
        flush(a, packet);
        went_well = sio__mem_count() < n;
        sio__mem_fail_nth(0, false);
        CHECK(a->link == NULL || a->messages == 3);
        CHECK_EQ(world.stats.out_of_memory, a->link == NULL);
        send_messages(b, 3, 200000);
        for (int i = 0; i < 3; i++)
            turn();
        flush(b, packet);
        CHECK_EQ(b->messages, 3);
        CHECK(b->link != NULL && sio__sendq_is_empty(&b->queue));
        sio__frame_rele(packet);
        end();
    }
    CHECK(went_well);
}

CHECK_MAIN(CHECK_ROW(a_packet_is_deflated_once_for_all_who_want_it),
           CHECK_ROW(who_has_a_smaller_window_gets_the_twin_of_what_fits_it),
           CHECK_ROW(what_the_socket_does_not_take_goes_on_where_it_was),
           CHECK_ROW(what_is_too_much_for_a_turn_is_taken_in_the_next_ones_in_order),
           CHECK_ROW(a_websocket_may_end_with_more_to_come),
           CHECK_ROW(every_allocation_may_fail_and_costs_one_websocket_at_most))
