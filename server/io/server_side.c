#include "server/io/server_side.h"

#include "protocol/mem.h"
#include "protocol/utf8.h"
#include "server/io/ack.h"
#include "server/io/cargo_args.h"
#include "server/io/survey.h"
#include "server/io/target.h"

/* --- on each of the others ----------------------------------------------------------------- */

struct arrival {
    struct sio__job job; /* first */
    struct sio__spaces *spaces;
    struct sio_ns *ns;
    struct sio__op *op;
};

static void run_handlers(const struct arrival *arrival, const sio_args *args, sio_ack *ack)
{
    struct sio_ns *ns = arrival->ns;
    const struct sio__ear_list *ears = sio__ears_of(&ns->server_side, arrival->op->spec.names[0]);

    if (ears == NULL)
        return;
    for (const struct sio__ear *ear = ears->first; ear != NULL; ear = ear->next)
        ear->call.server_side(ns, args, ack, ear->call.user);
}

/* False: out of memory; no handler has run. */
static bool take(const struct arrival *arrival)
{
    const struct sio__op_spec *spec = &arrival->op->spec;
    struct sio__cargo_args args;
    sio_ack *ack = NULL;

    if (!sio__cargo_args_init(&args, spec->cargo))
        return false;
    if (spec->asker != NULL &&
        (ack = sio__ack_new_for(spec->asker, arrival->spaces->home)) == NULL) {
        sio__cargo_args_fini(&args);
        return false;
    }
    sio__asker_reply(spec->asker, (struct sio__reply){.kind = SIO__REPLY_PART, .answers = 1});
    run_handlers(arrival, &args.args, ack);
    sio_ack_rele(ack);
    sio__cargo_args_fini(&args);
    return true;
}

static void give_up(struct sio__spaces *spaces, struct sio__op *op)
{
    SIO__COUNT(&spaces->worker->stats, out_of_memory);
    sio__op_give_up(op, SIO_ENOMEM);
}

static void run(struct sio__job *job)
{
    struct arrival *arrival = (struct arrival *)job;

    if (!take(arrival))
        give_up(arrival->spaces, arrival->op);
    sio__op_rele(arrival->op);
    sio__free(arrival);
}

void sio__server_side_start(struct sio__space *space, struct sio__op *op)
{
    struct arrival *arrival = sio__malloc(sizeof *arrival);

    if (arrival == NULL) {
        give_up(space->spaces, op);
        return;
    }
    *arrival = (struct arrival){{NULL, run}, space->spaces, space->ns, sio__op_hold(op)};
    sio__spaces_add_job(space->spaces, &arrival->job);
}

/* --- emitting ------------------------------------------------------------------------------ */

static bool is_reserved(struct sio__slice event)
{
    return sio__slice_is(event, "connect") || sio__slice_is(event, "connection") ||
           sio__slice_is(event, "new_namespace");
}

/* A survey is taken over in any case; NULL: no answers are asked for. */
static sio_err emit(sio_ns *ns, const char *event, const struct sio__content *content,
                    struct sio__survey *survey)
{
    struct sio__slice name = sio__slice_of(event);
    struct sio__op_spec spec = {.kind = SIO__OP_SERVER_EMIT, .names = &name, .name_count = 1};
    sio_target target = sio_all(ns);
    sio_err err = SIO_EINVAL;

    if (event != NULL && !is_reserved(name) && sio__utf8_valid(name.ptr, name.len))
        err = sio__cargo_pack(content, &spec.cargo);
    if (err != SIO_OK) {
        if (survey != NULL)
            sio__survey_drop(survey);
        return err;
    }
    err =
        survey != NULL ? sio__survey_ask(survey, &target, spec) : sio__target_apply(&target, spec);
    sio__cargo_rele(spec.cargo);
    return err;
}

sio_err sio_server_side_emit(sio_ns *ns, const char *event, const char *format, ...)
{
    va_list values;
    sio_err err;

    va_start(values, format);
    err = emit(ns, event, &(struct sio__content){.format = format, .values = &values}, NULL);
    va_end(values);
    return err;
}

sio_err sio_server_side_emit_ack(sio_ns *ns, const char *event, uint32_t timeout_ms,
                                 sio_answers_cb cb, void *user, const char *format, ...)
{
    struct sio__survey_spec spec = {
        .kind = SIO__SURVEY_ANSWERS,
        .timeout_ms = timeout_ms > 0 ? timeout_ms : SIO__SURVEY_TIMEOUT_MS,
        .cb.answers = cb,
        .user = user,
    };
    struct sio__survey *survey;
    va_list values;
    sio_err err;

    if ((err = sio__survey_new(&survey, ns->server, &spec)) != SIO_OK)
        return err;
    va_start(values, format);
    err = emit(ns, event, &(struct sio__content){.format = format, .values = &values}, survey);
    va_end(values);
    return err;
}
