/* news.h: the namespace `/news`: items for everybody; clients only listen. */
#ifndef PARLEY_NEWS_H
#define PARLEY_NEWS_H

#include <pthread.h>
#include <sio/sio.h>

enum { NEWS_KEPT = 50, NEWS_CHARACTERS = 4000 };

struct news_item {
    int64_t id, time_ms;
    char *text;
    size_t len;
};

struct news {
    sio_ns *ns;
    pthread_mutex_t lock;              /* items are read by every worker */
    struct news_item items[NEWS_KEPT]; /* a ring */
    int64_t count;                     /* items ever made; the last one's id */
    int wake[2];                       /* a pipe that ends the reader */
    pthread_t reader;
    bool is_reading;
};

/* Sets the handlers; before the server starts. */
sio_err news_init(struct news *news, sio_server *server);

/* Tells everybody; longer texts are cut.  Empty ones and what is not UTF-8 are skipped. */
void news_publish(struct news *news, const char *text, size_t len);

/* Reads items from the standard input, a line each, on a thread of its own. */
sio_err news_read_stdin(struct news *news);

/* Ends the reader, frees the items.  After the server has stopped. */
void news_fini(struct news *news);

#endif
