#include "server/io/ack.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "protocol/mem.h"
#include "server/io/cargo_args.h"
#include "server/io/emit.h"
#include "server/io/socket.h"

struct sio_ack {
    _Atomic uint32_t refs;
    _Atomic bool is_answered;
    bool holds_ns;              /* of others nothing may be said when the server is gone */
    struct sio__client *client; /* NULL: a server-side emit asked for it */
    union {
        struct {
            struct sio_ns *ns;
            uint64_t id;
        };
        struct {
            struct sio__asker *asker;
            struct sio__home *home;
        };
    };
};

/* An answer from another thread on its way home. */
struct answer {
    struct sio__letter letter; /* first */
    struct sio__client *client;
    struct sio__frame *packet;
};

/* The same for a server-side emit. */
struct response {
    struct sio__letter letter; /* first */
    struct sio__asker *asker;
    struct sio__cargo *cargo;
};

struct sio_ack *sio__ack_new(struct sio_socket *socket, uint64_t id)
{
    struct sio_ack *ack = sio__malloc(sizeof *ack);

    if (ack == NULL)
        return NULL;
    atomic_init(&ack->refs, 1);
    atomic_init(&ack->is_answered, false);
    ack->client = sio__client_hold(socket->client);
    ack->ns = socket->space->ns;
    if ((ack->holds_ns = ack->ns->is_counted))
        sio_ns_hold(ack->ns);
    ack->id = id;
    return ack;
}

struct sio_ack *sio__ack_new_for(struct sio__asker *asker, struct sio__home *home)
{
    struct sio_ack *ack = sio__malloc(sizeof *ack);

    if (ack == NULL)
        return NULL;
    atomic_init(&ack->refs, 1);
    atomic_init(&ack->is_answered, false);
    ack->client = NULL;
    ack->asker = sio__asker_hold(asker);
    ack->home = sio__home_hold(home);
    return ack;
}

sio_ack *sio_ack_hold(sio_ack *ack)
{
    if (ack != NULL)
        atomic_fetch_add_explicit(&ack->refs, 1, memory_order_relaxed);
    return ack;
}

void sio_ack_rele(sio_ack *ack)
{
    if (ack == NULL || atomic_fetch_sub_explicit(&ack->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (ack->client != NULL) {
        sio__client_rele(ack->client);
        if (ack->holds_ns)
            sio_ns_rele(ack->ns);
    } else {
        sio__asker_rele(ack->asker);
        sio__home_rele(ack->home);
    }
    sio__free(ack);
}

/* --- from another thread ------------------------------------------------------------------- */

static void answer_free(struct sio__letter *letter)
{
    struct answer *answer = (struct answer *)letter;

    sio__frame_rele(answer->packet);
    sio__client_rele(answer->client);
    sio__free(answer);
}

static void deliver(struct sio__letter *letter, void *worker)
{
    struct answer *answer = (struct answer *)letter;

    (void)worker;
    sio__client_send(answer->client, answer->packet);
    answer_free(letter);
}

static sio_err send_home(struct sio__client *client, struct sio__frame *packet)
{
    struct answer *answer = sio__malloc(sizeof *answer);

    if (answer == NULL)
        return SIO_ENOMEM;
    answer->letter = (struct sio__letter){NULL, deliver, answer_free};
    answer->client = sio__client_hold(client);
    answer->packet = sio__frame_hold(packet);
    if (sio__home_post(client->home, &answer->letter))
        return SIO_OK;
    answer_free(&answer->letter);
    return SIO_ECLOSED;
}

static void response_free(struct sio__letter *letter)
{
    struct response *response = (struct response *)letter;

    sio__cargo_rele(response->cargo);
    sio__asker_rele(response->asker);
    sio__free(response);
}

/* The reply takes a reference over. */
static void respond(struct sio__asker *asker, struct sio__cargo *cargo)
{
    sio__asker_reply(
        asker, (struct sio__reply){.kind = SIO__REPLY_ANSWER, .answer = sio__cargo_hold(cargo)});
}

static void deliver_response(struct sio__letter *letter, void *worker)
{
    struct response *response = (struct response *)letter;

    (void)worker;
    respond(response->asker, response->cargo);
    response_free(letter);
}

/* To the worker that was asked, which lives when it replies. */
static sio_err send_response(sio_ack *ack, struct sio__cargo *cargo)
{
    struct response *response = sio__malloc(sizeof *response);

    if (response == NULL)
        return SIO_ENOMEM;
    response->letter = (struct sio__letter){NULL, deliver_response, response_free};
    response->asker = sio__asker_hold(ack->asker);
    response->cargo = sio__cargo_hold(cargo);
    if (sio__home_post(ack->home, &response->letter))
        return SIO_OK;
    response_free(&response->letter);
    return SIO_ECLOSED;
}

/* --- answering ----------------------------------------------------------------------------- */

/* True: it is the first answer. */
static bool claim(sio_ack *ack)
{
    return !atomic_exchange_explicit(&ack->is_answered, true, memory_order_relaxed);
}

/* An answer that found no memory may be tried again. */
static sio_err keep_claim(sio_ack *ack, sio_err err)
{
    if (err == SIO_ENOMEM)
        atomic_store_explicit(&ack->is_answered, false, memory_order_relaxed);
    return err;
}

static sio_err answer_client(sio_ack *ack, const struct sio__content *content)
{
    struct sio__client *client = ack->client;
    struct sio__outgoing head = {.type = SIO__ACK, .has_ack = true, .ack_id = ack->id};
    struct sio__frame *packet;
    sio_err err;

    if (atomic_load_explicit(&client->is_gone, memory_order_relaxed))
        return SIO_ECLOSED;
    if ((err = sio__emit_encode(ack->ns, &head, content, &packet)) != SIO_OK)
        return err;
    if (!claim(ack))
        err = SIO_ECLOSED;
    else if (sio__home_is_here(client->home))
        err = keep_claim(ack, sio__client_send(client, packet));
    else
        err = keep_claim(ack, send_home(client, packet));
    sio__frame_rele(packet);
    return err;
}

static sio_err answer_asker(sio_ack *ack, const struct sio__content *content)
{
    struct sio__cargo *cargo;
    sio_err err;

    if (atomic_load_explicit(&ack->asker->is_over, memory_order_relaxed))
        return SIO_ECLOSED;
    if ((err = sio__cargo_pack(content, &cargo)) != SIO_OK)
        return err;
    if (!claim(ack))
        err = SIO_ECLOSED;
    else if (sio__home_is_here(ack->home))
        respond(ack->asker, cargo);
    else
        err = keep_claim(ack, send_response(ack, cargo));
    sio__cargo_rele(cargo);
    return err;
}

static sio_err answer_ack(sio_ack *ack, const struct sio__content *content)
{
    if (atomic_load_explicit(&ack->is_answered, memory_order_relaxed))
        return SIO_ECLOSED;
    return ack->client != NULL ? answer_client(ack, content) : answer_asker(ack, content);
}

sio_err sio_ack_send(sio_ack *ack, const char *format, ...)
{
    va_list values;
    sio_err err;

    if (ack == NULL)
        return SIO_OK;
    va_start(values, format);
    err = answer_ack(ack, &(struct sio__content){.format = format, .values = &values});
    va_end(values);
    return err;
}

sio_err sio_ack_send_args(sio_ack *ack, const sio_args *args)
{
    return ack != NULL ? answer_ack(ack, &(struct sio__content){.args = args}) : SIO_OK;
}
