#include "engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LATER_MS = 50 };

static bool asks_for(const sio_request *request, const char *name, const char *wanted)
{
    char value[32];
    size_t len = 0;

    return sio_request_query(request, name, value, sizeof value, &len) && len == strlen(wanted) &&
           memcmp(value, wanted, len) == 0;
}

/* A decision that another thread makes, a little later. */
struct late {
    void (*decide)(sio_admission *admission);
    sio_admission *admission;
};

static void *run_late(void *arg)
{
    const struct timespec wait = {.tv_nsec = LATER_MS * 1000000L};
    struct late *late = arg;

    nanosleep(&wait, NULL);
    late->decide(late->admission);
    free(late);
    return NULL;
}

static void decide_later(void (*decide)(sio_admission *admission), sio_admission *admission)
{
    struct late *late = malloc(sizeof *late);
    pthread_t thread;

    *late = (struct late){decide, admission};
    if (pthread_create(&thread, NULL, run_late, late) == 0)
        pthread_detach(thread);
    else
        run_late(late);
}

/* --- hooks --------------------------------------------------------------------------------- */

static void refuse_too_late(sio_admission *admission)
{
    sio_admission_refuse(admission, "too late");
}

static void allow_request(const sio_request *request, sio_admission *admission, void *user)
{
    char message[128];
    size_t len = 0;

    (void)user;
    if (asks_for(request, "admit", "later")) {
        decide_later(sio_admission_allow, admission);
    } else if (asks_for(request, "admit", "refuse later")) {
        decide_later(refuse_too_late, admission);
    } else if (!asks_for(request, "admit", "refuse")) {
        sio_admission_allow(admission);
    } else {
        bool is_said = sio_request_query(request, "why", message, sizeof message - 1, &len);
        message[len] = '\0';
        sio_admission_refuse(admission, is_said ? message : NULL);
    }
}

static void initial_headers(sio_headers *headers, const sio_request *request, void *user)
{
    (void)user;
    sio_headers_add(headers, "X-Initial", sio_request_is_upgrade(request) ? "upgrade" : "plain");
}

static void all_headers(sio_headers *headers, const sio_request *request, void *user)
{
    (void)user;
    sio_headers_add(headers, "X-Method", sio_request_method(request));
}

static void connection_error(const sio_connection_error *error, void *user)
{
    (void)user;
    printf("connection error %d %s\n", error->code, error->message);
    fflush(stdout);
}

sio_err engine_hooks(sio_server *server)
{
    const sio_engine_hooks hooks = {.allow_request = allow_request,
                                    .initial_headers = initial_headers,
                                    .headers = all_headers,
                                    .connection_error = connection_error};
    sio_err err = sio_engine_set_hooks(server, NULL, &hooks);

    return err == SIO_OK ? sio_engine_set_hooks(server, "/engine.io", &hooks) : err;
}

/* --- middlewares --------------------------------------------------------------------------- */

static void allow_with_header(sio_admission *admission)
{
    sio_admission_add_header(admission, "X-Late", "late");
    sio_admission_allow(admission);
}

static void fail(sio_admission *admission)
{
    sio_admission_refuse(admission, "no");
}

static void first(const sio_request *request, sio_admission *admission, void *user)
{
    (void)user;
    sio_admission_add_header(admission, "X-First", sio_request_method(request));
    if (asks_for(request, "use", "fail"))
        fail(admission);
    else if (asks_for(request, "use", "fail later"))
        decide_later(fail, admission);
    else if (asks_for(request, "use", "later"))
        decide_later(allow_with_header, admission);
    else
        sio_admission_allow(admission);
}

static void second(const sio_request *request, sio_admission *admission, void *user)
{
    static const char teapot[] = "teapot";

    (void)user;
    sio_admission_add_header(admission, "X-Second", "second");
    if (asks_for(request, "use", "end"))
        sio_admission_answer(admission, 418, "text/plain", teapot, sizeof teapot - 1);
    else
        sio_admission_allow(admission);
}

/* --- ids ----------------------------------------------------------------------------------- */

/* What the query wants it to be, or one that is counted: not one to be copied, it can be guessed.
 */
static bool generate_id(const sio_request *request, char id[SIO_SESSION_ID_SIZE], void *user)
{
    static atomic_uint count;
    size_t len = 0;

    (void)user;
    if (sio_request_query(request, "id", id, SIO_SESSION_ID_SIZE - 1, &len))
        id[len] = '\0';
    else
        snprintf(id, SIO_SESSION_ID_SIZE, "own.id-%u", atomic_fetch_add(&count, 1));
    return strcmp(id, "fail") != 0;
}

sio_err engine_app(sio_server *server)
{
    static const char *const paths[] = {NULL, "/engine.io"};
    const sio_engine_hooks hooks = {.generate_id = generate_id};
    sio_err err = SIO_OK;

    for (int i = 0; i < 2 && err == SIO_OK; i++)
        if ((err = sio_engine_use(server, paths[i], first, NULL)) == SIO_OK &&
            (err = sio_engine_use(server, paths[i], second, NULL)) == SIO_OK)
            err = sio_engine_set_hooks(server, paths[i], &hooks);
    return err;
}

/* --- the event `conn` ---------------------------------------------------------------------- */

static void on_conn(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    static const char *const states[] = {"opening", "open", "closing", "closed"};
    const sio_conn *conn = sio_socket_conn(socket);
    const sio_str url = sio_request_url(sio_socket_request(socket));

    (void)args, (void)user;
    sio_ack_send(ack, "{s:s,s:i,s:s,s:b,s:s,s:s#,s:s#}", "id", sio_conn_id(conn), "protocol",
                 sio_conn_protocol(conn), "transport", sio_conn_transport(conn), "upgraded",
                 sio_conn_upgraded(conn), "readyState", states[sio_conn_ready_state(conn)],
                 "remoteAddress", sio_conn_address(conn).ptr, sio_conn_address(conn).len, "url",
                 url.ptr, url.len);
}

bool engine_serve(sio_ns *ns)
{
    return sio_ns_on(ns, "conn", on_conn, NULL) == SIO_OK;
}
