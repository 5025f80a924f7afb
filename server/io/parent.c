#include "server/io/parent.h"

#include <string.h>

#include "protocol/mem.h"
#include "server/server.h"

/* What a client may make the library look at: glibc takes memory and time by the length. */
enum { NAME_MAX_BYTES = 255, NAME_OF_PARENT = 24, REGEX_ERROR = 128 };

bool sio__parent_takes(struct sio__slice name)
{
    return name.len > 0 && name.len <= NAME_MAX_BYTES && name.ptr[0] == '/' &&
           memchr(name.ptr, '\0', name.len) == NULL;
}

/* The C library wants the end of a name marked. */
static bool matches_pattern(const regex_t *pattern, struct sio__slice name)
{
    char text[NAME_MAX_BYTES + 1];

    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return regexec(pattern, text, 0, NULL, 0) == 0;
}

bool sio__parent_matches(const struct sio__parent *parent, struct sio__slice name)
{
    size_t len;

    if (!sio__parent_takes(name))
        return false;
    if (parent->pattern != NULL)
        return matches_pattern(parent->pattern, name);
    if (parent->prefix == NULL)
        return false;
    len = strlen(parent->prefix);
    return name.len >= len && memcmp(name.ptr, parent->prefix, len) == 0;
}

void sio__parent_free(struct sio__parent *parent)
{
    if (parent->pattern != NULL)
        regfree(parent->pattern);
    sio__free(parent->pattern);
    sio__free(parent->prefix);
    if (parent->ns != NULL)
        sio__ns_free(parent->ns);
    sio__free(parent);
}

/* --- making -------------------------------------------------------------------------------- */

static unsigned count_parents(const struct sio__registry *registry)
{
    struct sio__parent *parent = sio__registry_parents(registry);
    unsigned count = 0;

    for (; parent != NULL; parent = sio__parent_next(parent))
        count++;
    return count;
}

/* Takes it over; NULL, and it is freed: out of memory. */
static struct sio_ns *add(sio_server *server, struct sio__parent *parent)
{
    char name[NAME_OF_PARENT];

    sio__registry_lock(server->registry);
    snprintf(name, sizeof name, "_%u", count_parents(server->registry));
    parent->ns = sio__ns_new(server, sio__slice_of(name), false);
    if (parent->ns != NULL) {
        parent->ns->as_parent = parent;
        sio__registry_add_parent(server->registry, parent);
    }
    sio__registry_unlock(server->registry);
    if (parent->ns != NULL)
        return parent->ns;
    sio__parent_free(parent);
    return NULL;
}

static sio_err compile(regex_t **out, const sio_server *server, const char *pattern)
{
    regex_t *regex = sio__malloc(sizeof *regex);
    char why[REGEX_ERROR];
    int err;

    if (regex == NULL)
        return SIO_ENOMEM;
    if ((err = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB)) == 0) {
        *out = regex;
        return SIO_OK;
    }
    regerror(err, regex, why, sizeof why);
    sio__free(regex);
    if (err == REG_ESPACE)
        return SIO_ENOMEM;
    SIO__LOG(&server->log, SIO_LOG_ERROR, "pattern %s: %s", pattern, why);
    return SIO_EINVAL;
}

sio_err sio_of_pattern(sio_ns **out, sio_server *server, const char *pattern)
{
    struct sio__parent *parent = sio__calloc(1, sizeof *parent);
    sio_err err;
    sio_ns *ns;

    if (parent == NULL)
        return SIO_ENOMEM;
    if ((err = compile(&parent->pattern, server, pattern)) != SIO_OK) {
        sio__parent_free(parent);
        return err;
    }
    if ((ns = add(server, parent)) == NULL)
        return SIO_ENOMEM;
    *out = ns;
    return SIO_OK;
}

sio_ns *sio_of_prefix(sio_server *server, const char *prefix)
{
    struct sio__parent *parent = sio__calloc(1, sizeof *parent);

    if (parent == NULL)
        return NULL;
    if ((parent->prefix = sio__strndup(prefix, strlen(prefix))) == NULL) {
        sio__parent_free(parent);
        return NULL;
    }
    return add(server, parent);
}

sio_ns *sio_of_fn(sio_server *server, sio_parent_cb cb, void *user)
{
    struct sio__parent *parent = sio__calloc(1, sizeof *parent);

    if (parent == NULL)
        return NULL;
    parent->cb = cb;
    parent->user = user;
    parent->ear.call.user = parent;
    return add(server, parent);
}
