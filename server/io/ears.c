#include "server/io/ears.h"

#include <string.h>

#include "protocol/mem.h"

/* --- events -------------------------------------------------------------------------------- */

static struct sio__event *find_event(const struct sio__ears *ears, struct sio__slice name)
{
    struct sio__event *event;

    HASH_FIND(hh, ears->events, name.ptr, name.len, event);
    return event;
}

static struct sio__event *add_event(struct sio__ears *ears, struct sio__slice name)
{
    struct sio__event *event = sio__calloc(1, sizeof *event + name.len + 1);

    if (event == NULL)
        return NULL;
    event->name_len = name.len;
    memcpy(event->name, name.ptr, name.len);
    HASH_ADD_KEYPTR(hh, ears->events, event->name, event->name_len, event);
    if (SIO__TABLE_ADDED(hh, event))
        return event;
    sio__free(event);
    return NULL;
}

const struct sio__ear_list *sio__ears_of(const struct sio__ears *ears, struct sio__slice name)
{
    const struct sio__event *event = find_event(ears, name);

    return event != NULL ? &event->ears : NULL;
}

/* --- adding -------------------------------------------------------------------------------- */

static void append(struct sio__ear_list *list, struct sio__ear *ear)
{
    if (list->first == NULL)
        list->first = ear;
    else
        list->last->next = ear;
    list->last = ear;
}

bool sio__ears_add(struct sio__ears *ears, struct sio__ear_place place, struct sio__call call)
{
    struct sio__ear *ear = sio__calloc(1, sizeof *ear);
    struct sio__event *event;

    if (ear == NULL)
        return false;
    ear->call = call;
    if (place.kind != SIO__EAR_EVENT) {
        append(&ears->lists[place.kind], ear);
        return true;
    }
    event = find_event(ears, place.event);
    if (event == NULL && (event = add_event(ears, place.event)) == NULL) {
        sio__free(ear);
        return false;
    }
    append(&event->ears, ear);
    return true;
}

static bool copy_list(struct sio__ears *ears, struct sio__ear_place place,
                      const struct sio__ear_list *from)
{
    for (const struct sio__ear *ear = from->first; ear != NULL; ear = ear->next)
        if (!sio__ears_add(ears, place, ear->call))
            return false;
    return true;
}

bool sio__ears_copy(struct sio__ears *ears, const struct sio__ears *from)
{
    bool is_copied = true;

    for (int kind = 0; kind < SIO__EAR_KINDS && is_copied; kind++)
        is_copied = copy_list(ears, (struct sio__ear_place){.kind = (enum sio__ear_kind)kind},
                              &from->lists[kind]);
    for (const struct sio__event *event = from->events; event != NULL && is_copied;
         event = event->hh.next)
        is_copied = copy_list(ears,
                              (struct sio__ear_place){.kind = SIO__EAR_EVENT,
                                                      .event = {event->name, event->name_len}},
                              &event->ears);
    if (!is_copied)
        sio__ears_fini(ears);
    return is_copied;
}

/* --- end ----------------------------------------------------------------------------------- */

static void free_list(struct sio__ear_list *list)
{
    while (list->first != NULL) {
        struct sio__ear *ear = list->first;

        list->first = ear->next;
        sio__free(ear);
    }
    list->last = NULL;
}

void sio__ears_fini(struct sio__ears *ears)
{
    struct sio__event *event, *next;

    for (int kind = 0; kind < SIO__EAR_KINDS; kind++)
        free_list(&ears->lists[kind]);
    HASH_ITER (hh, ears->events, event, next) {
        free_list(&event->ears);
        HASH_DEL(ears->events, event);
        sio__free(event);
    }
}
