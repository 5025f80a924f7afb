#include "server/io/room_changes.h"

#include "protocol/mem.h"
#include "server/io/socket.h"

struct change {
    struct sio__job job; /* first */
    struct sio_ns *ns;
    sio_room_change what;
    struct sio__slice room, id; /* behind it */
    char bytes[];
};

static void run(struct sio__job *job)
{
    struct change *change = (struct change *)job;
    struct sio_ns *ns = change->ns;
    sio_str room = {change->room.ptr, change->room.len}, id = {change->id.ptr, change->id.len};

    for (const struct sio__ear *ear = ns->ears.lists[SIO__EAR_ROOM].first; ear != NULL;
         ear = ear->next)
        ear->call.room(ns, change->what, room, id, ear->call.user);
    sio__free(change);
}

static struct sio__slice copy(char *at, struct sio__slice from)
{
    if (from.len > 0)
        memcpy(at, from.ptr, from.len);
    return sio__slice_make(at, from.len);
}

static void note(struct sio__space *space, sio_room_change what, struct sio__slice room,
                 struct sio__slice id)
{
    struct change *change = sio__malloc(sizeof *change + room.len + id.len);

    if (change == NULL) {
        SIO__COUNT(&space->spaces->worker->stats, out_of_memory);
        return;
    }
    change->job.run = run;
    change->ns = space->ns;
    change->what = what;
    change->room = copy(change->bytes, room);
    change->id = copy(change->bytes + room.len, id);
    sio__spaces_add_job(space->spaces, &change->job);
}

/* A socket is in the room of its id from the beginning, but for others not before its connection.
 */
static void tell(struct sio__room_watch *watch, enum sio__room_event change,
                 const struct sio__member *member, struct sio__slice room)
{
    static const sio_room_change whats[] = {
        [SIO__ROOM_CREATED] = SIO_ROOM_CREATED,
        [SIO__ROOM_JOINED] = SIO_ROOM_JOINED,
        [SIO__ROOM_LEFT] = SIO_ROOM_LEFT,
        [SIO__ROOM_DELETED] = SIO_ROOM_DELETED,
    };
    const struct sio_socket *socket = (const struct sio_socket *)member;
    bool has_id = change == SIO__ROOM_JOINED || change == SIO__ROOM_LEFT;

    if (socket->state == SIO__JOINING && sio__slice_eq(room, member->id))
        return;
    note((struct sio__space *)((char *)watch - offsetof(struct sio__space, watch)), whats[change],
         room, has_id ? member->id : SIO__SLICE(""));
}

void sio__room_changes_init(struct sio__space *space)
{
    if (space->ns->ears.lists[SIO__EAR_ROOM].first == NULL)
        return;
    space->watch.tell = tell;
    space->rooms.watch = &space->watch;
}
