/* room_changes.h: tells the application what happens to the rooms of one worker's part of a
 * namespace.  Changes happen while sets are walked, so they are told at the end of the turn. */
#ifndef SERVER_IO_ROOM_CHANGES_H
#define SERVER_IO_ROOM_CHANGES_H

#include "server/io/space.h"

/* Watches the space's rooms if somebody listens; after its index has been made. */
void sio__room_changes_init(struct sio__space *space);

#endif
