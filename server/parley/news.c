#include "news.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"
#include "request.h"

enum { LINE_BYTES = NEWS_CHARACTERS * 4 };

static json_t *item_json(const struct news_item *item)
{
    return json_pack("{s:I,s:s%,s:I}", "id", (json_int_t)item->id, "text", item->text, item->len,
                     "time", (json_int_t)item->time_ms);
}

static json_t *history(struct news *news)
{
    json_t *list = json_array();
    int64_t first;

    pthread_mutex_lock(&news->lock);
    first = news->count > NEWS_KEPT ? news->count - NEWS_KEPT : 0;
    for (int64_t i = first; i < news->count; i++)
        json_array_append_new(list, item_json(&news->items[i % NEWS_KEPT]));
    pthread_mutex_unlock(&news->lock);
    return list;
}

static void on_connection(sio_socket *socket, void *user)
{
    json_t *list = history(user);

    if (list != NULL)
        sio_socket_emit(socket, "history", "o", list);
    json_decref(list);
}

static void on_event(sio_socket *socket, const sio_args *args, sio_ack *ack, void *user)
{
    (void)socket;
    (void)args;
    (void)user;
    answer_error(ack, "read_only", "news are only read here", 0);
}

sio_err news_init(struct news *news, sio_server *server)
{
    sio_err err;

    *news = (struct news){.ns = sio_of(server, "/news"), .wake = {-1, -1}};
    if (news->ns == NULL)
        return SIO_ENOMEM;
    pthread_mutex_init(&news->lock, NULL);
    if ((err = sio_ns_on_connection(news->ns, on_connection, news)) != SIO_OK)
        return err;
    return sio_ns_on_other(news->ns, on_event, news);
}

void news_publish(struct news *news, const char *text, size_t len)
{
    sio_str cut = first_characters((sio_str){text, len}, NEWS_CHARACTERS);
    struct news_item *item;
    struct timespec now;
    json_t *value;
    char *copy;

    if (cut.len == 0 || !is_utf8((sio_str){text, len}) || (copy = malloc(cut.len)) == NULL)
        return;
    memcpy(copy, cut.ptr, cut.len);
    clock_gettime(CLOCK_REALTIME, &now);
    pthread_mutex_lock(&news->lock);
    item = &news->items[news->count % NEWS_KEPT];
    free(item->text);
    *item = (struct news_item){++news->count, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
                               copy, cut.len};
    value = item_json(item);
    pthread_mutex_unlock(&news->lock);
    if (value != NULL)
        sio_emit(sio_all(news->ns), "news", "o", value);
    json_decref(value);
}

/* --- the standard input -------------------------------------------------------------------- */

/* What has come of the input and is not published yet. */
struct input {
    char *line; /* LINE_BYTES */
    size_t len;
    bool is_dropping; /* the rest of a line that was too long */
};

/* Publishes the lines that are whole; the beginning of the next one stays. */
static void publish_lines(struct news *news, struct input *input)
{
    char *start = input->line, *end;
    size_t left = input->len;

    while ((end = memchr(start, '\n', left)) != NULL) {
        size_t len = (size_t)(end - start);

        if (!input->is_dropping)
            news_publish(news, start, len - (len > 0 && end[-1] == '\r'));
        input->is_dropping = false;
        left -= len + 1;
        start = end + 1;
    }
    memmove(input->line, start, left);
    input->len = left;
}

/* Publishes a line without its end, as far as its characters are whole. */
static void publish_rest(struct news *news, struct input *input)
{
    size_t len = input->len;

    while (len > 0 && len + 4 > LINE_BYTES && !is_utf8((sio_str){input->line, len}))
        len--;
    if (!input->is_dropping)
        news_publish(news, input->line, len);
    input->len = 0;
}

static bool await_input(const struct news *news)
{
    struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {news->wake[0], POLLIN, 0}};

    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return false;
    return fds[1].revents == 0;
}

static void *read_lines(void *arg)
{
    struct news *news = arg;
    struct input input = {.line = malloc(LINE_BYTES)};

    while (input.line != NULL && await_input(news)) {
        ssize_t got = read(STDIN_FILENO, input.line + input.len, LINE_BYTES - input.len);

        if (got <= 0) {
            publish_rest(news, &input);
            break;
        }
        input.len += (size_t)got;
        publish_lines(news, &input);
        if (input.len == LINE_BYTES) {
            publish_rest(news, &input);
            input.is_dropping = true;
        }
    }
    free(input.line);
    return NULL;
}

sio_err news_read_stdin(struct news *news)
{
    if (pipe(news->wake) != 0)
        return SIO_EIO;
    if (pthread_create(&news->reader, NULL, read_lines, news) != 0)
        return SIO_ENOMEM;
    news->is_reading = true;
    return SIO_OK;
}

void news_fini(struct news *news)
{
    if (news->ns == NULL)
        return; /* was not set up */
    if (news->wake[1] >= 0)
        close(news->wake[1]); /* the reader sees the end of the pipe */
    if (news->is_reading)
        pthread_join(news->reader, NULL);
    if (news->wake[0] >= 0)
        close(news->wake[0]);
    for (size_t i = 0; i < NEWS_KEPT; i++)
        free(news->items[i].text);
    pthread_mutex_destroy(&news->lock);
}
