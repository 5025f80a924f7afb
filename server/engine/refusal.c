#include "server/engine/refusal.h"

#include "server/engine/answers.h"
#include "server/engine/hooks.h"
#include "server/server.h"

static void count(struct sio__stats *stats, enum sio__refusal why)
{
    switch (why) {
    case SIO__UNKNOWN_TRANSPORT:
        SIO__COUNT(stats, refused_transport_unknown);
        break;
    case SIO__UNKNOWN_SID:
        SIO__COUNT(stats, refused_session_unknown);
        break;
    case SIO__BAD_HANDSHAKE_METHOD:
        SIO__COUNT(stats, refused_handshake_method);
        break;
    case SIO__BAD_REQUEST:
        SIO__COUNT(stats, refused_bad_request);
        break;
    case SIO__FORBIDDEN:
        SIO__COUNT(stats, refused_forbidden);
        break;
    case SIO__UNSUPPORTED_PROTOCOL_VERSION:
        SIO__COUNT(stats, refused_protocol_version);
        break;
    }
}

/* One place for each code: a flood of one kind must not hide the others. */
static void log_refusal(const struct sio__log *log, enum sio__refusal why, const char *hint)
{
    static struct sio__log_place places[SIO__UNSUPPORTED_PROTOCOL_VERSION + 1];
    uint32_t left_out;

    if (log->cb == NULL || log->level < SIO_LOG_INFO || !sio__log_allows(&places[why], &left_out))
        return;
    if (left_out > 0)
        sio__log_line(log, SIO_LOG_INFO, "%u lines like the next were left out", left_out);
    sio__log_line(log, SIO_LOG_INFO, "request refused with code %d (%s): %s", (int)why,
                  sio__refusal_text(why), hint);
}

void sio__refusal_tell(const struct sio__engine *engine, struct sio__worker *worker,
                       struct sio__request *request, enum sio__refusal why, const char *hint)
{
    count(&worker->stats, why);
    log_refusal(&worker->server->log, why, hint);
    sio__hooks_error(engine, request, why, hint);
}
