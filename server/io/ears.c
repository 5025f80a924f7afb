#include "server/io/ears.h"

#include <string.h>

#include "protocol/mem.h"
#include "protocol/sio_packet.h"

/* --- lists --------------------------------------------------------------------------------- */

static void link_ear(struct sio__ear_list *list, struct sio__ear *ear, bool is_first)
{
    if (list->first == NULL) {
        list->first = list->last = ear;
    } else if (is_first) {
        ear->next = list->first;
        list->first = ear;
    } else {
        list->last->next = ear;
        list->last = ear;
    }
}

size_t sio__ear_list_count(const struct sio__ear_list *list)
{
    size_t count = 0;

    for (const struct sio__ear *ear = list->first; ear != NULL; ear = ear->next)
        count += !ear->is_off;
    return count;
}

/* Frees those that are off, or all. */
static void sweep_list(struct sio__ear_list *list, bool all)
{
    struct sio__ear **link = &list->first, *ear;

    list->last = NULL;
    while ((ear = *link) != NULL) {
        if (all || ear->is_off) {
            *link = ear->next;
            sio__free(ear);
        } else {
            list->last = ear;
            link = &ear->next;
        }
    }
}

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

bool sio__ear_name_is_fine(const char *event)
{
    return event != NULL && strcmp(event, "error") != 0 &&
           !sio__event_is_reserved(sio__slice_of(event));
}

const struct sio__ear_list *sio__ears_of(const struct sio__ears *ears, struct sio__slice name)
{
    const struct sio__event *event = find_event(ears, name);

    return event != NULL ? &event->ears : NULL;
}

/* --- sets ---------------------------------------------------------------------------------- */

static void sweep(struct sio__ears *ears, bool all)
{
    struct sio__event *event, *next;

    for (int kind = 0; kind < SIO__EAR_KINDS; kind++)
        sweep_list(&ears->lists[kind], all);
    HASH_ITER (hh, ears->events, event, next) {
        sweep_list(&event->ears, all);
        if (event->ears.first != NULL)
            continue;
        HASH_DEL(ears->events, event);
        sio__free(event);
    }
    ears->has_off = false;
}

void sio__ears_fini(struct sio__ears *ears)
{
    sweep(ears, true);
}

bool sio__ears_add(struct sio__ears *ears, struct sio__ear_place place, struct sio__call call)
{
    struct sio__ear *ear = sio__calloc(1, sizeof *ear);
    struct sio__event *event;

    if (ear == NULL)
        return false;
    ear->call = call;
    ear->is_once = place.is_once;
    if (place.kind != SIO__EAR_EVENT) {
        link_ear(&ears->lists[place.kind], ear, place.is_first);
        return true;
    }
    event = find_event(ears, place.event);
    if (event == NULL && (event = add_event(ears, place.event)) == NULL) {
        sio__free(ear);
        return false;
    }
    link_ear(&event->ears, ear, place.is_first);
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

/* --- removing ------------------------------------------------------------------------------ */

static void drop(struct sio__ears *ears, struct sio__ear *ear)
{
    ear->is_off = true;
    ears->has_off = true;
}

static void sweep_if_due(struct sio__ears *ears)
{
    if (ears->has_off && ears->walks == 0)
        sweep(ears, false);
}

static bool is_call(const struct sio__ear *ear, struct sio__call call)
{
    return call.any == NULL || (ear->call.any == call.any && ear->call.user == call.user);
}

/* Of several that are the same the reference's emitter takes the last, its catch-alls the first. */
static bool drop_from(struct sio__ears *ears, struct sio__ear_list *list, struct sio__call call,
                      bool is_first)
{
    struct sio__ear *found = NULL;

    for (struct sio__ear *ear = list->first; ear != NULL; ear = ear->next) {
        if (ear->is_off || !is_call(ear, call))
            continue;
        if (call.any == NULL)
            drop(ears, ear);
        if (found == NULL || !is_first)
            found = ear;
    }
    if (found != NULL)
        drop(ears, found);
    return found != NULL;
}

static struct sio__ear_list *list_of(struct sio__ears *ears, struct sio__ear_place place)
{
    struct sio__event *event;

    if (place.kind != SIO__EAR_EVENT)
        return &ears->lists[place.kind];
    event = find_event(ears, place.event);
    return event != NULL ? &event->ears : NULL;
}

bool sio__ears_remove(struct sio__ears *ears, struct sio__ear_place place, struct sio__call call)
{
    struct sio__ear_list *list = list_of(ears, place);
    bool is_first = place.kind == SIO__EAR_ANY || place.kind == SIO__EAR_ANY_OUTGOING;
    bool is_removed = list != NULL && drop_from(ears, list, call, is_first);

    sweep_if_due(ears);
    return is_removed;
}

void sio__ears_remove_all(struct sio__ears *ears)
{
    static const enum sio__ear_kind kinds[] = {SIO__EAR_ERROR, SIO__EAR_DISCONNECTING,
                                               SIO__EAR_DISCONNECT};
    const struct sio__call every = {.any = NULL};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        drop_from(ears, &ears->lists[kinds[i]], every, false);
    for (struct sio__event *event = ears->events; event != NULL; event = event->hh.next)
        drop_from(ears, &event->ears, every, false);
    sweep_if_due(ears);
}

/* --- walks --------------------------------------------------------------------------------- */

const struct sio__ear *sio__walk_own(struct sio__walk *walk)
{
    struct sio__ear *ear;

    while ((ear = walk->own) != NULL) {
        walk->own = ear != walk->own_last ? ear->next : NULL;
        if (ear->is_off)
            continue;
        if (ear->is_once)
            drop(walk->ears, ear);
        return ear;
    }
    return NULL;
}

void sio__walk_end(struct sio__ears *ears)
{
    ears->walks--;
    sweep_if_due(ears);
}
