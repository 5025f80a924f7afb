#include "server/io/registry.h"

#include <string.h>
#include <uv.h>

#include "protocol/mem.h"
#include "server/io/parent.h"
#include "server/server.h"

/* A function that is told of new namespaces. */
struct watcher {
    struct watcher *next;
    sio_ns_cb cb;
    void *user;
};

struct sio__registry {
    sio_server *server;
    uv_mutex_t lock;                     /* of what says so */
    uv_mutex_t making;                   /* recursive; taken before the other */
    struct sio_ns *by_name;              /* table; under the lock */
    struct sio_ns *_Atomic fixed;        /* list */
    struct sio_ns *_Atomic tree;         /* the same, by their names' hashes */
    struct sio_ns *last_fixed;           /* while making is locked */
    struct sio__parent *_Atomic parents; /* list */
    size_t child_count;                  /* made for clients; under the lock */
    struct watcher *watchers;            /* list; unchanging while the server runs */
};

/* --- namespaces ---------------------------------------------------------------------------- */

struct sio_ns *sio__ns_new(sio_server *server, struct sio__slice bare, bool is_counted)
{
    struct sio_ns *ns = sio__calloc(1, sizeof *ns + 1 + bare.len + 1);

    if (ns == NULL)
        return NULL;
    ns->server = server;
    ns->is_counted = is_counted;
    atomic_init(&ns->refs, 1);
    ns->name_len = 1 + bare.len;
    ns->name[0] = '/';
    memcpy(ns->name + 1, bare.ptr, bare.len);
    return ns;
}

void sio__ns_free(struct sio_ns *ns)
{
    sio__ears_fini(&ns->ears);
    sio__ears_fini(&ns->server_side);
    sio__free(ns);
}

sio_ns *sio_ns_hold(sio_ns *ns)
{
    if (ns != NULL && ns->is_counted)
        atomic_fetch_add_explicit(&ns->refs, 1, memory_order_relaxed);
    return ns;
}

void sio_ns_rele(sio_ns *ns)
{
    if (ns != NULL && ns->is_counted &&
        atomic_fetch_sub_explicit(&ns->refs, 1, memory_order_acq_rel) == 1)
        sio__ns_free(ns);
}

/* --- the table ----------------------------------------------------------------------------- */

static struct sio__slice bare_name(const struct sio_ns *ns)
{
    return sio__slice_from(sio__ns_name(ns), 1);
}

/* Also one that is being set up. */
static struct sio_ns *find_any(const struct sio__registry *registry, struct sio__slice bare)
{
    struct sio_ns *ns;

    HASH_FIND(hh, registry->by_name, bare.ptr, bare.len, ns);
    return ns;
}

static struct sio_ns *find(const struct sio__registry *registry, struct sio__slice bare)
{
    struct sio_ns *ns = find_any(registry, bare);

    return ns != NULL && !ns->is_new ? ns : NULL;
}

/* False: out of memory. */
static bool add(struct sio__registry *registry, struct sio_ns *ns)
{
    struct sio__parent *parent = ns->parent;
    struct sio__slice bare = bare_name(ns);

    HASH_ADD_KEYPTR(hh, registry->by_name, bare.ptr, bare.len, ns);
    if (!SIO__TABLE_ADDED(hh, ns))
        return false;
    if (parent == NULL)
        return true;
    ns->sibling = parent->children;
    ns->link = &parent->children;
    if (ns->sibling != NULL)
        ns->sibling->link = &ns->sibling;
    parent->children = ns;
    parent->child_count++;
    return true;
}

static void take_out(struct sio__registry *registry, struct sio_ns *ns)
{
    HASH_DEL(registry->by_name, ns);
    *ns->link = ns->sibling;
    if (ns->sibling != NULL)
        ns->sibling->link = ns->link;
    ns->parent->child_count--;
    registry->child_count--;
}

static struct sio_ns *read_link(struct sio_ns *_Atomic *link)
{
    return atomic_load_explicit(link, memory_order_acquire);
}

/* Where the tree has the namespace of this name, or has a place for it. */
static struct sio_ns *_Atomic *place_of(struct sio__registry *registry, struct sio__slice bare)
{
    struct sio_ns *_Atomic *link = &registry->tree;
    uint64_t hash = sio__hash(bare.ptr, bare.len);
    struct sio_ns *ns;

    for (; (ns = read_link(link)) != NULL && !sio__slice_eq(bare_name(ns), bare);
         hash /= SIO__NS_BELOW)
        link = &ns->below[hash % SIO__NS_BELOW];
    return link;
}

/* While making is locked. */
static void append_fixed(struct sio__registry *registry, struct sio_ns *ns)
{
    struct sio_ns *last = registry->last_fixed;

    atomic_store_explicit(last != NULL ? &last->next : &registry->fixed, ns, memory_order_release);
    registry->last_fixed = ns;
    atomic_store_explicit(place_of(registry, bare_name(ns)), ns, memory_order_release);
}

struct sio_ns *sio__registry_fixed(const struct sio__registry *registry)
{
    return atomic_load_explicit(&registry->fixed, memory_order_acquire);
}

/* --- making -------------------------------------------------------------------------------- */

void sio__registry_lock(struct sio__registry *registry)
{
    uv_mutex_lock(&registry->making);
}

void sio__registry_unlock(struct sio__registry *registry)
{
    uv_mutex_unlock(&registry->making);
}

static bool copy_handlers(struct sio_ns *ns, const struct sio_ns *from)
{
    return sio__ears_copy(&ns->ears, &from->ears) &&
           sio__ears_copy(&ns->server_side, &from->server_side);
}

/* The application's functions set up what others do not see yet. */
static void set_up(const struct sio__registry *registry, struct sio_ns *ns, sio_ns_cb cb,
                   void *user)
{
    if (cb != NULL)
        cb(ns, user);
    for (const struct watcher *watcher = registry->watchers; watcher != NULL;
         watcher = watcher->next)
        watcher->cb(ns, watcher->user);
}

/* Into the table, unseen.  False: out of memory, and it is freed. */
static bool add_new(struct sio__registry *registry, struct sio_ns *ns, struct sio__parent *parent)
{
    bool is_added = true;

    ns->is_new = true;
    ns->parent = parent;
    if (parent != NULL)
        is_added = copy_handlers(ns, parent->ns);
    if (is_added) {
        uv_mutex_lock(&registry->lock);
        is_added = add(registry, ns);
        uv_mutex_unlock(&registry->lock);
    }
    if (!is_added)
        sio__ns_free(ns);
    return is_added;
}

/* --- for workers --------------------------------------------------------------------------- */

static struct sio_ns *use(struct sio_ns *ns)
{
    if (ns != NULL && ns->is_counted)
        ns->uses++;
    return sio_ns_hold(ns);
}

struct sio_ns *sio__registry_enter(struct sio__registry *registry, struct sio__slice name)
{
    struct sio_ns *ns;

    if (name.len == 0 || name.ptr[0] != '/')
        return NULL;
    uv_mutex_lock(&registry->lock);
    ns = use(find(registry, sio__slice_from(name, 1)));
    uv_mutex_unlock(&registry->lock);
    return ns;
}

static bool is_full(struct sio__registry *registry)
{
    bool is_it;

    uv_mutex_lock(&registry->lock);
    is_it = registry->child_count >= registry->server->config.max_child_namespaces;
    uv_mutex_unlock(&registry->lock);
    return is_it;
}

/* While making is locked. */
static sio_err make_child(struct sio__registry *registry, struct sio__parent *parent,
                          struct sio__slice name, struct sio_ns **out)
{
    bool is_counted = registry->server->config.cleanup_empty_child_namespaces;
    struct sio_ns *ns;

    if (is_full(registry))
        return SIO_ELIMIT;
    ns = sio__ns_new(registry->server, sio__slice_from(name, 1), is_counted);
    if (ns == NULL || !add_new(registry, ns, parent))
        return SIO_ENOMEM;
    set_up(registry, ns, NULL, NULL);
    uv_mutex_lock(&registry->lock);
    ns->is_new = false;
    registry->child_count++;
    *out = use(ns);
    uv_mutex_unlock(&registry->lock);
    return SIO_OK;
}

sio_err sio__registry_enter_child(struct sio__registry *registry, struct sio__parent *parent,
                                  struct sio__slice name, struct sio_ns **out)
{
    sio_err err = SIO_OK;

    sio__registry_lock(registry);
    if ((*out = sio__registry_enter(registry, name)) == NULL)
        err = make_child(registry, parent, name, out);
    sio__registry_unlock(registry);
    return err;
}

void sio__registry_leave(struct sio__registry *registry, struct sio_ns *ns)
{
    bool is_over;

    if (!ns->is_counted)
        return;
    uv_mutex_lock(&registry->lock);
    is_over = --ns->uses == 0 && !ns->is_pinned;
    if (is_over)
        take_out(registry, ns);
    uv_mutex_unlock(&registry->lock);
    if (is_over)
        sio_ns_rele(ns);
    sio_ns_rele(ns);
}

/* --- for applications ---------------------------------------------------------------------- */

static struct sio_ns *find_pinned(struct sio__registry *registry, struct sio__slice bare)
{
    struct sio_ns *ns;

    uv_mutex_lock(&registry->lock);
    if ((ns = find(registry, bare)) != NULL)
        ns->is_pinned = true;
    uv_mutex_unlock(&registry->lock);
    return ns;
}

static struct sio__parent *matching_parent(const struct sio__registry *registry,
                                           struct sio__slice name)
{
    struct sio__parent *parent = sio__registry_parents(registry);

    while (parent != NULL && !sio__parent_matches(parent, name))
        parent = sio__parent_next(parent);
    return parent;
}

/* While making is locked. */
static struct sio_ns *make_named(struct sio__registry *registry, struct sio__slice bare,
                                 sio_ns_cb cb, void *user)
{
    struct sio_ns *ns;

    uv_mutex_lock(&registry->lock);
    if ((ns = find_any(registry, bare)) != NULL) /* be it asked for by what sets it up */
        ns->is_pinned = true;
    uv_mutex_unlock(&registry->lock);
    if (ns != NULL)
        return ns;
    ns = sio__ns_new(registry->server, bare, false);
    if (ns == NULL || !add_new(registry, ns, matching_parent(registry, sio__ns_name(ns))))
        return NULL;
    set_up(registry, ns, cb, user);
    uv_mutex_lock(&registry->lock);
    ns->is_new = false;
    uv_mutex_unlock(&registry->lock);
    if (!registry->server->is_running)
        append_fixed(registry, ns);
    return ns;
}

static struct sio__slice bare_of(const char *name)
{
    return sio__slice_of(name[0] == '/' ? name + 1 : name);
}

static struct sio_ns *of(struct sio__registry *registry, struct sio__slice bare, sio_ns_cb cb,
                         void *user)
{
    struct sio_ns *ns = read_link(place_of(registry, bare));

    if (ns != NULL || (ns = find_pinned(registry, bare)) != NULL)
        return ns;
    sio__registry_lock(registry);
    ns = make_named(registry, bare, cb, user);
    sio__registry_unlock(registry);
    return ns;
}

sio_ns *sio_of(sio_server *server, const char *name)
{
    return of(server->registry, bare_of(name), NULL, NULL);
}

sio_ns *sio_of_new(sio_server *server, const char *name, sio_ns_cb cb, void *user)
{
    return of(server->registry, bare_of(name), cb, user);
}

sio_ns *sio_ns_find(sio_server *server, const char *name)
{
    struct sio__registry *registry = server->registry;
    struct sio_ns *ns;

    uv_mutex_lock(&registry->lock);
    ns = sio_ns_hold(find(registry, bare_of(name)));
    uv_mutex_unlock(&registry->lock);
    return ns;
}

sio_err sio_server_on_new_namespace(sio_server *server, sio_ns_cb cb, void *user)
{
    struct watcher **link = &server->registry->watchers;

    if (server->is_running)
        return SIO_EBUSY;
    while (*link != NULL)
        link = &(*link)->next;
    if ((*link = sio__malloc(sizeof **link)) == NULL)
        return SIO_ENOMEM;
    **link = (struct watcher){NULL, cb, user};
    return SIO_OK;
}

/* --- parents ------------------------------------------------------------------------------- */

struct sio__parent *sio__registry_parents(const struct sio__registry *registry)
{
    return atomic_load_explicit(&registry->parents, memory_order_acquire);
}

void sio__registry_add_parent(struct sio__registry *registry, struct sio__parent *parent)
{
    struct sio__parent *_Atomic *link = &registry->parents;
    struct sio__parent *other;

    while ((other = atomic_load_explicit(link, memory_order_relaxed)) != NULL)
        link = &other->next;
    atomic_store_explicit(link, parent, memory_order_release);
}

bool sio__registry_children(struct sio__registry *registry, const struct sio__parent *parent,
                            struct sio_ns ***out, size_t *count)
{
    struct sio_ns **children = NULL;
    bool is_complete;

    *count = 0;
    uv_mutex_lock(&registry->lock);
    if (parent->child_count > 0)
        children = sio__malloc(parent->child_count * sizeof *children);
    is_complete = children != NULL || parent->child_count == 0;
    for (struct sio_ns *ns = parent->children; children != NULL && ns != NULL; ns = ns->sibling)
        children[(*count)++] = sio_ns_hold(ns);
    uv_mutex_unlock(&registry->lock);
    *out = children;
    return is_complete;
}

/* --- life ---------------------------------------------------------------------------------- */

static bool make_main(struct sio__registry *registry)
{
    return of(registry, SIO__SLICE(""), NULL, NULL) != NULL;
}

struct sio__registry *sio__registry_new(sio_server *server)
{
    struct sio__registry *registry = sio__calloc(1, sizeof *registry);

    if (registry == NULL)
        return NULL;
    registry->server = server;
    if (uv_mutex_init(&registry->lock) != 0)
        goto free_registry;
    if (uv_mutex_init_recursive(&registry->making) != 0)
        goto destroy_lock;
    if (make_main(registry))
        return registry;
    uv_mutex_destroy(&registry->making);
destroy_lock:
    uv_mutex_destroy(&registry->lock);
free_registry:
    sio__free(registry);
    return NULL;
}

static void free_parents(struct sio__parent *parent)
{
    while (parent != NULL) {
        struct sio__parent *next = sio__parent_next(parent);

        sio__parent_free(parent);
        parent = next;
    }
}

static void free_watchers(struct watcher *watcher)
{
    while (watcher != NULL) {
        struct watcher *next = watcher->next;

        sio__free(watcher);
        watcher = next;
    }
}

void sio__registry_free(struct sio__registry *registry)
{
    struct sio_ns *ns, *next;

    if (registry == NULL)
        return;
    HASH_ITER (hh, registry->by_name, ns, next) {
        HASH_DEL(registry->by_name, ns);
        if (ns->is_counted)
            sio_ns_rele(ns);
        else
            sio__ns_free(ns);
    }
    free_parents(sio__registry_parents(registry));
    free_watchers(registry->watchers);
    uv_mutex_destroy(&registry->making);
    uv_mutex_destroy(&registry->lock);
    sio__free(registry);
}
