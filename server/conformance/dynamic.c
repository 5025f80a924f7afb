#include "dynamic.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LATER_MS = 30, NAME_BYTES = 128, NAMES = 100 };

static struct {
    pthread_mutex_t lock;
    char names[NAMES][NAME_BYTES]; /* of new namespaces; the first of them */
    size_t count;
    sio_ns *numbered; /* the parent */
} dynamic = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note(sio_ns *ns, void *user)
{
    (void)user;
    pthread_mutex_lock(&dynamic.lock);
    if (dynamic.count < NAMES)
        strncpy(dynamic.names[dynamic.count++], sio_ns_name(ns), NAME_BYTES - 1);
    pthread_mutex_unlock(&dynamic.lock);
}

/* --- parents ------------------------------------------------------------------------------- */

static void *accept_later(void *next)
{
    const struct timespec wait = {.tv_nsec = LATER_MS * 1000000L};

    nanosleep(&wait, NULL);
    sio_next_accept(next);
    return NULL;
}

static void accept_on_thread(sio_next *next)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, accept_later, next) == 0)
        pthread_detach(thread);
    else
        accept_later(next);
}

/* user: which of the auth's keys it obeys. */
static void decide(sio_str name, sio_str auth, sio_next *next, void *user)
{
    json_t *object = json_loadb(auth.ptr, auth.len, 0, NULL);
    const char *answer = json_string_value(json_object_get(object, user));

    if (name.len < 7 || memcmp(name.ptr, "/asked-", 7) != 0 || answer == NULL)
        sio_next_refuse(next, NULL, NULL);
    else if (strcmp(answer, "later") == 0)
        accept_on_thread(next);
    else
        sio_next_accept(next);
    json_decref(object);
}

static void greet(sio_socket *socket, void *by)
{
    sio_socket_emit(socket, "allowed by", "s", (const char *)by);
}

/* --- the namespace "/dynamic" -------------------------------------------------------------- */

static bool copy_name(const sio_args *args, char name[NAME_BYTES])
{
    sio_str text;

    if (!sio_args_string(args, 0, &text) || text.len >= NAME_BYTES)
        return false;
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    return true;
}

static void on_exists(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    char name[NAME_BYTES];
    sio_ns *ns;

    (void)user;
    if (!copy_name(args, name))
        return;
    ns = sio_ns_find(sio_ns_server(sio_socket_ns(socket)), name);
    sio_ack_send(ack, "b", ns != NULL);
    sio_ns_rele(ns);
}

static void set_up(sio_ns *ns, void *user)
{
    sio_ns_on_connection(ns, greet, user);
}

static void on_make(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    static char by_name[] = "name";
    char name[NAME_BYTES];

    (void)user;
    if (copy_name(args, name) &&
        sio_of_new(sio_ns_server(sio_socket_ns(socket)), name, set_up, by_name) != NULL)
        sio_ack_send(ack, NULL);
}

static void on_news(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    json_t *names = json_array();

    (void)socket, (void)args, (void)user;
    pthread_mutex_lock(&dynamic.lock);
    for (size_t i = 0; i < dynamic.count; i++)
        json_array_append_new(names, json_string(dynamic.names[i]));
    pthread_mutex_unlock(&dynamic.lock);
    sio_ack_send(ack, "o", names);
    json_decref(names);
}

static void on_tell(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    sio_target target = sio_all(dynamic.numbered);
    char room[NAME_BYTES];

    (void)socket, (void)user;
    if (copy_name(args, room))
        target = sio_to(target, room);
    sio_emit_args(target, "told", args);
    sio_ack_send(ack, NULL);
}

static void on_sockets(sio_err err, const sio_remote_socket *const *sockets, size_t count,
                       void *user)
{
    (void)err, (void)sockets, (void)count, (void)user;
}

static void on_fetch(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)socket, (void)args, (void)user;
    sio_ack_send(ack, "b",
                 sio_fetch_sockets(sio_all(dynamic.numbered), 0, on_sockets, NULL) ==
                     SIO_EUNSUPPORTED);
}

static bool serve_dynamic(sio_ns *ns)
{
    return sio_ns_on(ns, "exists", on_exists, NULL) == SIO_OK &&
           sio_ns_on(ns, "make", on_make, NULL) == SIO_OK &&
           sio_ns_on(ns, "new namespaces", on_news, NULL) == SIO_OK &&
           sio_ns_on(ns, "tell children", on_tell, NULL) == SIO_OK &&
           sio_ns_on(ns, "fetch fails", on_fetch, NULL) == SIO_OK;
}

bool dynamic_serve(sio_server *server, bool (*serve)(sio_ns *ns))
{
    static char first[] = "first", second[] = "second";
    sio_ns *asked_first = sio_of_fn(server, decide, first);
    sio_ns *asked_second = sio_of_fn(server, decide, second);

    return sio_server_on_new_namespace(server, note, NULL) == SIO_OK &&
           sio_of_pattern(&dynamic.numbered, server, "^/numbered-[0-9]+$") == SIO_OK &&
           serve(dynamic.numbered) && sio_ns_on_connection(asked_first, greet, first) == SIO_OK &&
           serve(asked_first) && sio_ns_on_connection(asked_second, greet, second) == SIO_OK &&
           serve_dynamic(sio_of(server, "/dynamic"));
}
