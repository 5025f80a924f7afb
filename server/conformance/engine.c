#include "engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
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

/* --- middlewares --------------------------------------------------------------------------- */

static void wait(void)
{
    const struct timespec time = {.tv_nsec = LATER_MS * 1000000L};

    nanosleep(&time, NULL);
}

static void *allow_later(void *admission)
{
    wait();
    sio_admission_add_header(admission, "X-Late", "late");
    sio_admission_allow(admission);
    return NULL;
}

static void *fail_later(void *admission)
{
    wait();
    sio_admission_refuse(admission, "no");
    return NULL;
}

static void start(void *(*decide)(void *admission), sio_admission *admission)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, decide, admission) == 0)
        pthread_detach(thread);
    else
        decide(admission);
}

static void first(const sio_request *request, sio_admission *admission, void *user)
{
    (void)user;
    sio_admission_add_header(admission, "X-First", sio_request_method(request));
    if (asks_for(request, "use", "fail"))
        sio_admission_refuse(admission, "no");
    else if (asks_for(request, "use", "fail later"))
        start(fail_later, admission);
    else if (asks_for(request, "use", "later"))
        start(allow_later, admission);
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
