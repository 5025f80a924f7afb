#include "rooms/room_index.h"

enum { MIN_ARRAY = 2 }; /* most members are in one or two rooms besides their own */

/* An array of pointers with space for one more.  NULL: out of memory, nothing changed. */
static void *grown(void *array, uint32_t *capacity, uint32_t count)
{
    uint32_t wanted = *capacity == 0 ? MIN_ARRAY : *capacity * 2;
    void *bigger;

    if (count < *capacity)
        return array;
    if (*capacity > UINT32_MAX / 2)
        return NULL;
    if ((bigger = sio__realloc(array, wanted * sizeof(void *))) != NULL)
        *capacity = wanted;
    return bigger;
}

/* The same array, or a smaller one when most of it is free. */
static void *shrunk(void *array, uint32_t *capacity, uint32_t count)
{
    void *smaller;

    if (count == 0) {
        sio__free(array);
        *capacity = 0;
        return NULL;
    }
    if (*capacity <= MIN_ARRAY || count > *capacity / 4)
        return array;
    if ((smaller = sio__realloc(array, *capacity / 2 * sizeof(void *))) == NULL)
        return array;
    *capacity /= 2;
    return smaller;
}

static bool reserve_room(struct sio__room *room)
{
    void *members = grown(room->members, &room->member_capacity, room->member_count);

    if (members == NULL)
        return false;
    room->members = members;
    return true;
}

static bool reserve_member(struct sio__member *member)
{
    void *rooms = grown(member->rooms, &member->room_capacity, member->room_count);

    if (rooms == NULL)
        return false;
    member->rooms = rooms;
    return true;
}

/* A room nobody is in yet, with space for one.  NULL: out of memory. */
static struct sio__room *room_new(struct sio__room_index *index, struct sio__slice name)
{
    struct sio__room *room;

    if (name.len > SIZE_MAX - sizeof *room)
        return NULL;
    if ((room = sio__calloc(1, sizeof *room + name.len)) == NULL)
        return NULL;
    if (!reserve_room(room))
        goto free_room;
    if (name.len > 0)
        memcpy(room->name, name.ptr, name.len);
    room->name_len = name.len;
    HASH_ADD_KEYPTR(hh, index->by_name, room->name, room->name_len, room);
    if (SIO__TABLE_ADDED(hh, room)) {
        if (index->census != NULL)
            sio__census_add(index->census, room->hh.hashv ^ index->census_key);
        return room;
    }

    sio__free(room->members);
free_room:
    sio__free(room);
    return NULL;
}

static void room_free(struct sio__room_index *index, struct sio__room *room)
{
    HASH_DELETE(hh, index->by_name, room);
    if (index->census != NULL)
        sio__census_remove(index->census, room->hh.hashv ^ index->census_key);
    sio__free(room->members);
    sio__free(room);
}

/* A key that memcmp may be given. */
static struct sio__slice key_of(struct sio__slice name)
{
    return name.len == 0 ? SIO__SLICE("") : name;
}

static bool is_own_room(const struct sio__member *member, struct sio__slice room)
{
    return sio__slice_eq(member->id, room);
}

static void tell(const struct sio__member *member, enum sio__room_event change,
                 struct sio__slice room)
{
    struct sio__room_watch *watch = member->index->watch;

    watch->tell(watch, change, member, room);
}

/* is_new: nobody was in the room before. */
static void tell_joined(const struct sio__member *member, struct sio__slice room, bool is_new)
{
    if (is_new)
        tell(member, SIO__ROOM_CREATED, room);
    tell(member, SIO__ROOM_JOINED, room);
}

/* is_last: nobody is in the room any more. */
static void tell_left(const struct sio__member *member, struct sio__slice room, bool is_last)
{
    tell(member, SIO__ROOM_LEFT, room);
    if (is_last)
        tell(member, SIO__ROOM_DELETED, room);
}

/* Somebody is in the room because of its id. */
static bool has_owner(const struct sio__room_index *index, struct sio__slice room)
{
    const struct sio__member *member = sio__room_index_member(index, room);

    return member != NULL && member->in_own_room;
}

static void leave_own(struct sio__member *member)
{
    if (!member->in_own_room)
        return;
    member->in_own_room = false;
    if (member->index->watch != NULL)
        tell_left(member, member->id, sio__room_index_room(member->index, member->id) == NULL);
}

/* Takes the last member of the room into the place that becomes free, likewise the last room. */
static void unseat(struct sio__room_index *index, struct sio__seat *seat)
{
    struct sio__room *room = seat->room, *last_room;
    struct sio__member *member = seat->member, *last_member;

    last_member = room->members[--room->member_count];
    if (last_member != member) {
        room->members[seat->in_room] = last_member;
        sio__seats_find(&index->seats, room, last_member)->in_room = seat->in_room;
    }
    last_room = member->rooms[--member->room_count];
    if (last_room != room) {
        member->rooms[seat->in_member] = last_room;
        sio__seats_find(&index->seats, last_room, member)->in_member = seat->in_member;
    }
    sio__seats_erase(&index->seats, seat);

    member->rooms = shrunk(member->rooms, &member->room_capacity, member->room_count);
    if (index->watch != NULL) {
        struct sio__slice name = {room->name, room->name_len};

        tell_left(member, name, room->member_count == 0 && !has_owner(index, name));
    }
    if (room->member_count == 0)
        room_free(index, room);
    else
        room->members = shrunk(room->members, &room->member_capacity, room->member_count);
}

void sio__room_index_init(struct sio__room_index *index)
{
    *index = (struct sio__room_index){0};
}

void sio__room_index_fini(struct sio__room_index *index)
{
    while (index->member_count > 0)
        sio__room_index_remove(index->members[index->member_count - 1]);
    sio__seats_fini(&index->seats); /* a join that failed may have reserved the first */
}

bool sio__room_index_add(struct sio__room_index *index, struct sio__member *member,
                         struct sio__slice id)
{
    void *members;

    *member = (struct sio__member){.id = key_of(id)};
    if (sio__room_index_member(index, id) != NULL)
        return false;
    members = grown(index->members, &index->member_capacity, index->member_count);
    if (members == NULL)
        return false;
    index->members = members;
    HASH_ADD_KEYPTR(hh, index->by_id, member->id.ptr, member->id.len, member);
    if (!SIO__TABLE_ADDED(hh, member)) {
        index->members = shrunk(index->members, &index->member_capacity, index->member_count);
        return false;
    }
    member->index = index;
    member->in_own_room = true;
    member->slot = index->member_count;
    index->members[index->member_count++] = member;
    return true;
}

void sio__room_index_tell_own(const struct sio__member *member)
{
    if (member->index->watch != NULL && member->in_own_room)
        tell_joined(member, member->id, sio__room_index_room(member->index, member->id) == NULL);
}

void sio__room_index_remove(struct sio__member *member)
{
    struct sio__room_index *index = member->index;
    struct sio__member *last;

    if (index == NULL)
        return;
    sio__room_index_leave_all(member);
    last = index->members[--index->member_count];
    last->slot = member->slot;
    index->members[last->slot] = last;
    index->members = shrunk(index->members, &index->member_capacity, index->member_count);
    HASH_DELETE(hh, index->by_id, member);
    member->index = NULL;
}

bool sio__room_index_join(struct sio__member *member, struct sio__slice name)
{
    struct sio__room_index *index = member->index;
    struct sio__room *room;

    if (index == NULL)
        return false;
    if (is_own_room(member, name)) {
        if (!member->in_own_room) {
            member->in_own_room = true;
            sio__room_index_tell_own(member);
        }
        return true;
    }
    room = sio__room_index_room(index, name);
    if (room != NULL && sio__seats_find(&index->seats, room, member) != NULL)
        return true;

    /* First all that may fail, a new room last of it, since it must not stay without a member. */
    if (!sio__seats_reserve(&index->seats) || !reserve_member(member))
        return false;
    if (room != NULL ? !reserve_room(room) : (room = room_new(index, name)) == NULL) {
        member->rooms = shrunk(member->rooms, &member->room_capacity, member->room_count);
        return false;
    }
    sio__seats_put(&index->seats,
                   (struct sio__seat){room, member, room->member_count, member->room_count});
    room->members[room->member_count++] = member;
    member->rooms[member->room_count++] = room;
    if (index->watch != NULL)
        tell_joined(member, name, room->member_count == 1 && !has_owner(index, name));
    return true;
}

void sio__room_index_leave(struct sio__member *member, struct sio__slice name)
{
    struct sio__room_index *index = member->index;
    struct sio__room *room;
    struct sio__seat *seat;

    if (index == NULL)
        return;
    if (is_own_room(member, name)) {
        leave_own(member);
        return;
    }
    if ((room = sio__room_index_room(index, name)) == NULL)
        return;
    if ((seat = sio__seats_find(&index->seats, room, member)) != NULL)
        unseat(index, seat);
}

void sio__room_index_leave_all(struct sio__member *member)
{
    struct sio__room_index *index = member->index;

    leave_own(member);
    while (member->room_count > 0)
        unseat(index,
               sio__seats_find(&index->seats, member->rooms[member->room_count - 1], member));
}

bool sio__room_index_contains(const struct sio__member *member, struct sio__slice name)
{
    struct sio__room *room;

    if (member->index == NULL)
        return false;
    if (is_own_room(member, name))
        return member->in_own_room;
    room = sio__room_index_room(member->index, name);
    return room != NULL && sio__seats_find(&member->index->seats, room, member) != NULL;
}

struct sio__member *sio__room_index_member(const struct sio__room_index *index,
                                           struct sio__slice id)
{
    struct sio__member *member;

    id = key_of(id);
    HASH_FIND(hh, index->by_id, id.ptr, id.len, member);
    return member;
}

struct sio__room *sio__room_index_room(const struct sio__room_index *index, struct sio__slice name)
{
    struct sio__room *room;

    name = key_of(name);
    HASH_FIND(hh, index->by_name, name.ptr, name.len, room);
    return room;
}

struct sio__member *sio__room_index_owner(const struct sio__room_index *index,
                                          struct sio__slice name)
{
    struct sio__member *member = sio__room_index_member(index, name);

    return member != NULL && member->in_own_room ? member : NULL;
}

size_t sio__room_index_room_size(const struct sio__room_index *index, struct sio__slice name)
{
    struct sio__room *room = sio__room_index_room(index, name);
    size_t owners = sio__room_index_owner(index, name) != NULL ? 1 : 0;

    return (room != NULL ? room->member_count : 0) + owners;
}

size_t sio__member_room_count(const struct sio__member *member)
{
    return (size_t)member->room_count + (member->in_own_room ? 1 : 0);
}

struct sio__slice sio__member_room(const struct sio__member *member, size_t i)
{
    const struct sio__room *room;

    if (member->in_own_room && i-- == 0)
        return member->id;
    room = member->rooms[i];
    return sio__slice_make(room->name, room->name_len);
}

uint32_t sio__room_index_hash(struct sio__slice name)
{
    name = key_of(name);
    return (uint32_t)sio__hash(name.ptr, name.len);
}
