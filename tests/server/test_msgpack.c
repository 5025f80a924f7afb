/* A server whose clients speak msgpack: what is above the parser does not know. */
#include "protocol/mem.h"
#include "protocol/msgpack_packet.h"
#include "protocol/sio_offset.h"
#include "server/engine/id.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

enum { TRIES_MAX = 1000 };

static void speak_msgpack(sio_config *config)
{
    config->parser = SIO_PARSER_MSGPACK;
    config->workers = 2;
}

static void remember(sio_config *config)
{
    speak_msgpack(config);
    config->connection_state_recovery.enabled = true;
}

/* --- a client ------------------------------------------------------------------------------ */

static void send_packet(sio_server *server, struct fake_link *link, struct sio__outgoing packet)
{
    struct sio__frame *frame;
    struct sio__slice bytes;

    if (link == NULL)
        return;
    packet.parser = SIO__PARSER_MSGPACK;
    if (sio__encode(&packet, &frame) != SIO_OK)
        return;
    bytes = sio__frame_payload(frame);
    fake_ws_send(server, link, true, bytes.ptr, bytes.len);
    sio__frame_rele(frame);
}

#define SAY(server, link, ...) send_packet(server, link, (struct sio__outgoing){__VA_ARGS__})
#define EVENT(text) SIO__EVENT, .name = SIO__SLICE(text)

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t read_hex(const char *hex, char *out)
{
    size_t len = 0;

    for (; hex[0] != '\n' && hex[0] != '\0'; hex += 2)
        out[len++] = (char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
    return len;
}

static char *describe(char *out, const struct sio__packet *p)
{
    out += sprintf(out, "%d%.*s", p->type, (int)p->nsp.len, p->nsp.ptr);
    if (p->has_ack)
        out += sprintf(out, "#%d", (int)p->ack_id);
    out += sprintf(out, "%.*s", (int)p->text.len, p->text.len > 0 ? p->text.ptr : "");
    for (uint32_t i = 0; i < p->attachment_count; i++)
        out += sprintf(out, "+%.*s", (int)p->attachments[i].len, p->attachments[i].ptr);
    return out + sprintf(out, " ");
}

/* What a link was sent since the last call, as TYPE NSP #ID DATA +BINARY. */
static const char *heard(struct fake_link *link)
{
    static char text[10000];
    const char *line = app_heard(link), *end, *error;
    char bytes[2000], *out = text;
    struct sio__packet p;

    for (text[0] = '\0'; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (strncmp(line, "b:", 2) != 0 || sio__msgpack_decode(bytes, read_hex(line + 2, bytes), &p,
                                                               &error) != SIO__DECODE_PACKET) {
            out += sprintf(out, "? ");
            continue;
        }
        out = describe(out, &p);
        sio__packet_fini(&p);
    }
    return text;
}

static struct fake_link *join(sio_server *server, unsigned worker)
{
    struct fake_link *link = fake_ws(server, worker, WS);

    SAY(server, link, SIO__CONNECT);
    if (link != NULL)
        fake_heard(link);
    app_trace();
    return link;
}

/* --- what a client does -------------------------------------------------------------------- */

TEST(joining_and_leaving)
{
    sio_server *server = app_start(speak_msgpack);
    struct fake_link *link = fake_ws(server, 0, WS);

    fake_heard(link);
    SAY(server, link, SIO__CONNECT, .payload = SIO__SLICE("{\"token\":1}"));
    CHECK(strncmp(heard(link), "0/{\"sid\":\"", 10) == 0);
    SAY(server, link, SIO__CONNECT, .nsp = SIO__SLICE("/unknown"));
    CHECK_STR(heard(link), "4/unknown{\"message\":\"Invalid namespace\"} ");
    SAY(server, link, SIO__CONNECT, .nsp = SIO__SLICE("/guarded"),
        .payload = SIO__SLICE("{\"refuse\":1}"));
    CHECK_STR(heard(link), "4/guarded{\"message\":\"no\",\"data\":{\"code\":7}} ");
    SAY(server, link, EVENT("bye"), .args = SIO__SLICE("0"));
    CHECK_STR(heard(link), "1/ ");
    CHECK_STR(app_trace(), "+/ <server namespace disconnect rooms:1> -/(server namespace "
                           "disconnect) ");
    fake_free(server);
}

TEST(events_and_acks_carry_values_and_binary)
{
    static const struct sio__slice bytes[] = {SIO__SLICE_INIT("hi")};
    sio_server *server = app_start(speak_msgpack);
    struct fake_link *link = join(server, 0);

    SAY(server, link, EVENT("echo"), .args = SIO__SLICE("1.5,\"\\n\",[null],{\"a\":[]}"));
    CHECK_STR(heard(link), "2/[\"echo\",1.5,\"\\n\",[null],{\"a\":[]}] ");
    SAY(server, link, EVENT("ack"), .has_ack = true, .ack_id = 9,
        .args = SIO__SLICE("[{\"_placeholder\":true,\"num\":0}]"), .attachments = bytes,
        .attachment_count = 1);
    CHECK_STR(heard(link), "3/#9[[{\"_placeholder\":true,\"num\":0}]]+hi ");
    SAY(server, link, EVENT("pack"));
    CHECK_STR(heard(link), "2/[\"pack\",\"a\\n\",1,0.5,{\"k\":true,\"n\":null},"
                           "[{\"_placeholder\":true,\"num\":0}]]+\1\2 ");
    SAY(server, link, EVENT("ask"), .args = SIO__SLICE("0"));
    CHECK_STR(heard(link), "2/#0[\"question\",\"why\"] ");
    SAY(server, link, SIO__ACK, .has_ack = true, .ack_id = 0, .args = SIO__SLICE("{\"b\":1}"));
    CHECK_STR(app_trace(), "ok answer(ok {\"b\":1}) ");
    fake_free(server);
}

TEST(broadcasts_reach_every_worker)
{
    sio_server *server = app_start(speak_msgpack);
    struct fake_link *a = join(server, 0), *b = join(server, 1);

    SAY(server, b, EVENT("join"), .args = SIO__SLICE("\"r\""));
    SAY(server, a, EVENT("room"), .args = SIO__SLICE("\"r\",2"));
    SAY(server, a, EVENT("others"), .args = SIO__SLICE("3"));
    CHECK_STR(heard(a), "");
    CHECK_STR(heard(b), "2/[\"room\",\"r\",2] 2/[\"others\",3] ");
    fake_free(server);
}

TEST(listeners_hear_what_goes_out)
{
    sio_server *server = app_start(speak_msgpack);
    struct fake_link *link = join(server, 0);

    SAY(server, link, EVENT("listen"));
    SAY(server, link, EVENT("echo"), .args = SIO__SLICE("\"text\""));
    CHECK(strstr(app_trace(), "sent") != NULL);
    fake_free(server);
}

TEST(what_is_no_packet_closes_the_session)
{
    sio_server *server = app_start(speak_msgpack);
    struct fake_link *a = join(server, 0), *b = join(server, 1);

    fake_ws_text(server, a, "42[\"echo\",1]");
    fake_ws_send(server, b, true, "\x81\xa4type", 6);
    CHECK(a->is_over && b->is_over);
    CHECK_STR(app_trace(), "<forced close rooms:1> -/(forced close) <forced close rooms:1> "
                           "-/(forced close) ");
    fake_free(server);
}

/* --- recovery ------------------------------------------------------------------------------ */

static void copy_behind(char *out, const char *text, const char *key, size_t len)
{
    const char *at = strstr(text, key);

    CHECK(at != NULL);
    memcpy(out, at != NULL ? at + strlen(key) : "", at != NULL ? len : 0);
    out[len] = '\0';
}

static void emit_n(sio_server *server, int number)
{
    sio_emit(sio_all(sio_of(server, "/")), "n", "i", number);
    fake_run(server);
}

TEST(a_client_that_comes_back_gets_what_it_missed)
{
    sio_server *server = app_start(remember);
    struct fake_link *link = fake_ws(server, 0, WS);
    char pid[SIO__ID_LEN + 1] = "", offset[SIO__OFFSET_LEN + 1] = "", auth[100];
    const char *back;

    fake_heard(link);
    SAY(server, link, SIO__CONNECT);
    copy_behind(pid, heard(link), "\"pid\":\"", SIO__ID_LEN);
    emit_n(server, 1);
    copy_behind(offset, heard(link), "[\"n\",1,\"", SIO__OFFSET_LEN);
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    emit_n(server, 2);
    snprintf(auth, sizeof auth, "{\"pid\":\"%s\",\"offset\":\"%s\"}", pid, offset);
    app_trace();
    link = fake_ws(server, 1, WS);
    fake_heard(link);
    SAY(server, link, SIO__CONNECT, .payload = sio__slice_of(auth));
    back = heard(link);
    CHECK(strncmp(back, "0/{\"sid\":\"", 10) == 0);
    CHECK(strstr(back, "2/[\"n\",2,\"") != NULL && strstr(back, "[\"n\",1,") == NULL);
    CHECK_STR(app_trace(), "+/(recovered) ");
    fake_free(server);
}

/* --- without memory ------------------------------------------------------------------------ */

static void talk(sio_server *server)
{
    static const struct sio__slice bytes[] = {SIO__SLICE_INIT("hi"), SIO__SLICE_INIT("")};
    struct fake_link *link = fake_ws(server, 0, WS);

    SAY(server, link, SIO__CONNECT, .payload = SIO__SLICE("{\"token\":\"\\n\"}"));
    SAY(server, link, SIO__CONNECT, .nsp = SIO__SLICE("/guarded"),
        .payload = SIO__SLICE("{\"refuse\":1}"));
    SAY(server, link, EVENT("listen"));
    SAY(server, link, EVENT("echo"), .args = SIO__SLICE("[{\"\\\"\":[[],[1e99]]},\"\\u0000\"]"));
    SAY(server, link, EVENT("ack"), .has_ack = true, .ack_id = 1,
        .args = SIO__SLICE("{\"_placeholder\":true,\"num\":0},[{\"_placeholder\":true,\"num\":1}]"),
        .attachments = bytes, .attachment_count = 2);
    SAY(server, link, EVENT("all"), .args = SIO__SLICE("1"));
    SAY(server, link, EVENT("bye"), .args = SIO__SLICE("1"));
}

/* False: it was over before the n-th allocation. */
static bool try_talk(long n, bool and_after)
{
    sio_server *server = app_start(speak_msgpack);
    struct fake_link *other = join(server, 1);
    bool was_hit;

    fake_heard(other);
    sio__mem_fail_nth(n, and_after);
    talk(server);
    was_hit = sio__mem_count() >= n;
    sio__mem_fail_nth(0, false);
    fake_run(server);
    fake_heard(other);
    SAY(server, other, EVENT("echo"), .args = SIO__SLICE("0"));
    CHECK_STR(heard(other), "2/[\"echo\",0] ");
    fake_free(server);
    return was_hit;
}

TEST(a_client_survives_what_another_has_no_memory_for)
{
    for (int and_after = 0; and_after < 2; and_after++) {
        long n = 1;

        while (n < TRIES_MAX && try_talk(n, and_after))
            n++;
        CHECK(n > 20 && n < TRIES_MAX);
    }
}

CHECK_MAIN(CHECK_ROW(joining_and_leaving), CHECK_ROW(events_and_acks_carry_values_and_binary),
           CHECK_ROW(broadcasts_reach_every_worker), CHECK_ROW(listeners_hear_what_goes_out),
           CHECK_ROW(what_is_no_packet_closes_the_session),
           CHECK_ROW(a_client_that_comes_back_gets_what_it_missed),
           CHECK_ROW(a_client_survives_what_another_has_no_memory_for))
