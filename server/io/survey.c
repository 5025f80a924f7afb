#include "server/io/survey.h"

#include "protocol/mem.h"
#include "server/io/cargo_args.h"
#include "server/io/crowd.h"
#include "server/io/target.h"

struct sio__survey {
    struct sio__asker asker;   /* first */
    struct sio__letter letter; /* the start, from another thread; then the link of a list */
    sio_server *server;
    struct sio__worker *home;
    struct sio__survey_spec spec;
    uint32_t id;
    /* Home thread: */
    struct sio__survey *next, **link; /* in spaces->surveys, since the start or the first reply */
    struct sio__timer timeout;
    bool is_started, is_settled;
    sio_err err;
    long long awaited;    /* answers that are announced and have not come */
    const void **results; /* struct sio__cargo_args or sio_remote_socket, by the kind */
    size_t count, capacity;
    struct sio__snapshot *snapshots; /* list: those of results */
    size_t bytes;                    /* of the server's survey_bytes */
};

/* A reply on its way home. */
struct errand {
    struct sio__letter letter; /* first */
    struct sio__survey *survey;
    struct sio__reply reply;
};

/* --- what replies carry -------------------------------------------------------------------- */

static size_t weigh(const struct sio__reply *reply)
{
    size_t bytes = 0;

    for (const struct sio__snapshot *s = reply->snapshots; s != NULL; s = s->next)
        bytes += s->bytes + sizeof(void *);
    if (reply->answer != NULL)
        bytes += sizeof(struct sio__cargo_args) + sio__cargo_bytes(reply->answer) + sizeof(void *);
    return bytes;
}

static void free_snapshots(struct sio__snapshot *snapshot)
{
    while (snapshot != NULL) {
        struct sio__snapshot *next = snapshot->next;

        snapshot->free(snapshot);
        snapshot = next;
    }
}

static void strip(struct sio__reply *reply)
{
    free_snapshots(reply->snapshots);
    sio__cargo_rele(reply->answer);
    reply->snapshots = NULL;
    reply->answer = NULL;
}

static void uncharge(sio_server *server, size_t bytes)
{
    atomic_fetch_sub_explicit(&server->survey_bytes, bytes, memory_order_relaxed);
}

/* What would be over the server's bound is taken off the reply. */
static void charge(sio_server *server, struct sio__reply *reply)
{
    size_t bytes = weigh(reply), limit = server->config.max_survey_bytes;

    if (bytes == 0 ||
        atomic_fetch_add_explicit(&server->survey_bytes, bytes, memory_order_relaxed) + bytes <=
            limit)
        return;
    uncharge(server, bytes);
    strip(reply);
    reply->err = SIO_ELIMIT;
}

/* Nothing is left on the reply. */
static void discard(struct sio__survey *survey, struct sio__reply *reply)
{
    uncharge(survey->server, weigh(reply));
    strip(reply);
}

/* --- the end ------------------------------------------------------------------------------- */

static void link_home(struct sio__survey *survey)
{
    struct sio__spaces *spaces = survey->home->spaces;

    survey->next = spaces->surveys;
    survey->link = &spaces->surveys;
    if (survey->next != NULL)
        survey->next->link = &survey->next;
    spaces->surveys = survey;
}

static void unlink_home(struct sio__survey *survey)
{
    if (survey->link == NULL)
        return;
    *survey->link = survey->next;
    if (survey->next != NULL)
        survey->next->link = survey->link;
    survey->link = NULL;
}

static void end(struct sio__survey *survey, sio_err err)
{
    survey->is_settled = true;
    survey->err = err;
    atomic_store_explicit(&survey->asker.is_over, true, memory_order_relaxed);
    sio__timer_stop(&survey->timeout);
    unlink_home(survey);
}

/* Its callback is due. */
static void settle(struct sio__survey *survey, sio_err err)
{
    struct sio__spaces *spaces = survey->home->spaces;

    end(survey, err);
    survey->letter.next = NULL;
    *spaces->settled_end = &survey->letter;
    spaces->settled_end = &survey->letter.next;
}

static void on_timeout(struct sio__timer *timer)
{
    settle((struct sio__survey *)((char *)timer - offsetof(struct sio__survey, timeout)),
           SIO_ETIMEDOUT);
}

static void free_results(struct sio__survey *survey)
{
    if (survey->spec.kind == SIO__SURVEY_ANSWERS) {
        for (size_t i = 0; i < survey->count; i++) {
            struct sio__cargo_args *answer = (struct sio__cargo_args *)survey->results[i];

            sio__cargo_args_fini(answer);
            sio__free(answer);
        }
    }
    free_snapshots(survey->snapshots);
    sio__free(survey->results);
    uncharge(survey->server, survey->bytes);
    survey->results = NULL;
    survey->snapshots = NULL;
    survey->count = survey->capacity = survey->bytes = 0;
}

/* The place among those that wait is free before the callback, which may ask again. */
static void finish(struct sio__survey *survey)
{
    const struct sio__survey_spec *spec = &survey->spec;

    atomic_fetch_sub_explicit(&survey->server->surveys, 1, memory_order_relaxed);
    if (spec->kind == SIO__SURVEY_ANSWERS)
        spec->cb.answers(survey->err, (const sio_args *const *)survey->results, survey->count,
                         spec->user);
    else
        spec->cb.sockets(survey->err, (const sio_remote_socket *const *)survey->results,
                         survey->count, spec->user);
    free_results(survey);
    sio__asker_rele(&survey->asker);
}

static struct sio__survey *survey_of(struct sio__letter *letter)
{
    return (struct sio__survey *)((char *)letter - offsetof(struct sio__survey, letter));
}

void sio__survey_finish_one(struct sio__spaces *spaces)
{
    struct sio__letter *letter = spaces->settled;

    spaces->settled = letter->next;
    if (spaces->settled == NULL)
        spaces->settled_end = &spaces->settled;
    finish(survey_of(letter));
}

void sio__surveys_close(struct sio__spaces *spaces)
{
    struct sio__survey *survey;

    spaces->is_closed = true;
    while ((survey = spaces->surveys) != NULL) {
        if (survey->is_started) {
            settle(survey, SIO_ECLOSED);
        } else { /* its start, if it still comes, calls back */
            end(survey, SIO_ECLOSED);
            free_results(survey);
        }
    }
}

/* --- replies ------------------------------------------------------------------------------- */

static bool reserve(struct sio__survey *survey)
{
    size_t wanted = survey->capacity == 0 ? 4 : survey->capacity * 2;
    const void **more;

    if (survey->count < survey->capacity)
        return true;
    if ((more = sio__realloc(survey->results, wanted * sizeof *more)) == NULL)
        return false;
    survey->results = more;
    survey->capacity = wanted;
    return true;
}

/* As in the reference only the first value counts. */
static sio_err add_answer(struct sio__survey *survey, struct sio__cargo *cargo)
{
    struct sio__cargo_args *answer;

    if (!reserve(survey) || (answer = sio__malloc(sizeof *answer)) == NULL)
        return SIO_ENOMEM;
    if (!sio__cargo_args_init(answer, cargo)) {
        sio__free(answer);
        return SIO_ENOMEM;
    }
    if (answer->packet.spans.count > 1)
        answer->packet.spans.count = 1;
    survey->results[survey->count++] = answer;
    return SIO_OK;
}

/* Takes those over that it adds. */
static sio_err add_snapshots(struct sio__survey *survey, struct sio__reply *reply)
{
    while (reply->snapshots != NULL) {
        struct sio__snapshot *snapshot = reply->snapshots;

        if (!reserve(survey))
            return SIO_ENOMEM;
        reply->snapshots = snapshot->next;
        snapshot->next = survey->snapshots;
        survey->snapshots = snapshot;
        survey->results[survey->count++] = snapshot;
    }
    return SIO_OK;
}

static void add(struct sio__survey *survey, struct sio__reply *reply)
{
    size_t bytes = weigh(reply);
    sio_err err = SIO_OK;

    if (reply->snapshots != NULL)
        err = add_snapshots(survey, reply);
    if (reply->answer != NULL && (err = add_answer(survey, reply->answer)) == SIO_OK) {
        sio__cargo_rele(reply->answer);
        reply->answer = NULL;
    }
    if (err != SIO_OK)
        reply->err = err;
    survey->bytes += bytes - weigh(reply);
    discard(survey, reply);
}

/* Settles it if nothing more is due. */
static void check(struct sio__survey *survey)
{
    bool is_complete = survey->awaited == 0 &&
                       atomic_load_explicit(&survey->asker.parts, memory_order_relaxed) == 0;

    if (survey->is_started && (is_complete || survey->err == SIO_ELIMIT))
        settle(survey, survey->err);
}

static void take(struct sio__survey *survey, struct sio__reply *reply)
{
    if (survey->is_settled || survey->home->spaces->is_closed) {
        discard(survey, reply);
        return;
    }
    if (survey->link == NULL)
        link_home(survey);
    if (reply->kind == SIO__REPLY_PART) {
        atomic_fetch_sub_explicit(&survey->asker.parts, 1, memory_order_relaxed);
        survey->awaited += (long long)reply->answers;
    } else {
        survey->awaited--;
    }
    add(survey, reply);
    if (reply->err != SIO_OK && survey->err != SIO_ELIMIT)
        survey->err = reply->err;
    if (reply->err == SIO_ELIMIT)
        SIO__COUNT(&survey->home->stats, surveys_overflowed);
    check(survey);
}

static void errand_free(struct sio__letter *letter)
{
    struct errand *errand = (struct errand *)letter;

    discard(errand->survey, &errand->reply);
    sio__asker_rele(&errand->survey->asker);
    sio__free(errand);
}

static void errand_deliver(struct sio__letter *letter, void *worker)
{
    struct errand *errand = (struct errand *)letter;

    (void)worker;
    take(errand->survey, &errand->reply);
    errand_free(letter);
}

/* Out of memory the reply is lost, and the survey ends by its timeout. */
static void send_home(struct sio__survey *survey, struct sio__reply *reply)
{
    struct errand *errand = sio__malloc(sizeof *errand);

    if (errand == NULL) {
        discard(survey, reply);
        return;
    }
    *errand = (struct errand){{NULL, errand_deliver, errand_free}, survey, *reply};
    sio__asker_hold(&survey->asker);
    if (!sio__worker_post(survey->home, &errand->letter))
        errand_free(&errand->letter);
}

static void on_reply(struct sio__asker *asker, const struct sio__reply *given)
{
    struct sio__survey *survey = (struct sio__survey *)asker;
    struct sio__reply reply = *given;

    if (atomic_load_explicit(&asker->is_over, memory_order_relaxed)) {
        strip(&reply);
        return;
    }
    charge(survey->server, &reply);
    if (sio__worker_is_here(survey->home))
        take(survey, &reply);
    else
        send_home(survey, &reply);
}

static void on_free(struct sio__asker *asker)
{
    sio__free((struct sio__survey *)asker);
}

/* --- the beginning ------------------------------------------------------------------------- */

/* Where it lives: on the calling worker, if that is one of the server's. */
static struct sio__worker *home_of(sio_server *server, uint32_t id)
{
    struct sio__worker *worker = sio__worker_here(server);

    return worker != NULL ? worker : &server->workers[id % server->worker_count];
}

/* A place among those that wait. */
static bool take_place(sio_server *server, struct sio__worker *home)
{
    if (atomic_fetch_add_explicit(&server->surveys, 1, memory_order_relaxed) <
        server->config.max_pending_surveys)
        return true;
    atomic_fetch_sub_explicit(&server->surveys, 1, memory_order_relaxed);
    SIO__COUNT_SHARED(&home->stats, surveys_refused);
    return false;
}

sio_err sio__survey_new(struct sio__survey **out, sio_server *server,
                        const struct sio__survey_spec *spec)
{
    static const struct sio__asker_ops ops = {on_reply, on_free};
    struct sio__survey *survey;
    struct sio__worker *home;
    uint32_t id;

    if (spec->timeout_ms == 0 || spec->cb.answers == NULL)
        return SIO_EINVAL;
    if (!sio__server_is_served(server))
        return SIO_ECLOSED;
    id = atomic_fetch_add_explicit(&server->survey_ids, 1, memory_order_relaxed);
    home = home_of(server, id);
    if (sio__worker_is_here(home) && home->spaces->is_closed)
        return SIO_ECLOSED;
    if (!take_place(server, home))
        return SIO_ELIMIT;
    if ((survey = sio__calloc(1, sizeof *survey)) == NULL) {
        atomic_fetch_sub_explicit(&server->surveys, 1, memory_order_relaxed);
        return SIO_ENOMEM;
    }
    sio__asker_init(&survey->asker, &ops);
    survey->server = server;
    survey->home = home;
    survey->spec = *spec;
    survey->id = id;
    survey->timeout.fire = on_timeout;
    *out = survey;
    return SIO_OK;
}

uint32_t sio__survey_ack_id(const struct sio__survey *survey)
{
    return SIO__CROWD_ACK_ID | (survey->id & (SIO__CROWD_ACK_ID - 1));
}

void sio__survey_drop(struct sio__survey *survey)
{
    atomic_fetch_sub_explicit(&survey->server->surveys, 1, memory_order_relaxed);
    sio__asker_rele(&survey->asker);
}

static void start(struct sio__survey *survey)
{
    struct sio__worker *home = survey->home;

    survey->is_started = true;
    if (survey->is_settled || home->spaces->is_closed) {
        settle(survey, SIO_ECLOSED);
        return;
    }
    if (survey->link == NULL)
        link_home(survey);
    sio__timer_start(&home->timers, &survey->timeout, sio__worker_now(home),
                     survey->spec.timeout_ms);
    check(survey);
}

static void on_start(struct sio__letter *letter, void *worker)
{
    (void)worker;
    start(survey_of(letter));
}

/* The worker has ended: there is no turn any more in which to call back. */
static void on_start_drop(struct sio__letter *letter)
{
    struct sio__survey *survey = survey_of(letter);

    end(survey, SIO_ECLOSED);
    finish(survey);
}

/* The op goes first: replies that come home before the start are kept. */
sio_err sio__survey_ask(struct sio__survey *survey, const sio_target *target,
                        struct sio__op_spec spec)
{
    sio_err err;

    spec.asker = &survey->asker;
    spec.timeout_ms = survey->spec.timeout_ms;
    if ((err = sio__target_apply(target, spec)) != SIO_OK) {
        sio__survey_drop(survey);
        return err;
    }
    if (sio__worker_is_here(survey->home)) {
        start(survey);
        return SIO_OK;
    }
    survey->letter = (struct sio__letter){NULL, on_start, on_start_drop};
    if (sio__worker_post(survey->home, &survey->letter))
        return SIO_OK;
    atomic_store_explicit(&survey->asker.is_over, true, memory_order_relaxed);
    sio__survey_drop(survey);
    return SIO_ECLOSED;
}
