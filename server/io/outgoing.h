/* outgoing.h: the catch-all listeners of what is sent.  Emitting notes who is to hear what;
 * listeners are called where handlers may run.  Home thread. */
#ifndef SERVER_IO_OUTGOING_H
#define SERVER_IO_OUTGOING_H

#include "protocol/frame.h"
#include "server/io/socket.h"

/* This packet, an event, is being sent to a connected socket: notes it if somebody listens.
 * False: out of memory.  Calls no handler. */
bool sio__outgoing_note(struct sio_socket *socket, struct sio__frame *packet);

/* Calls the listeners for everything that was noted; nothing when called from within one of them.
 * Of a socket that has left nothing is told.  Runs handlers. */
void sio__outgoing_tell_all(struct sio__spaces *spaces);

static inline void sio__outgoing_tell(struct sio__spaces *spaces)
{
    if (spaces->sent != NULL)
        sio__outgoing_tell_all(spaces);
}

#endif
