/* chat.h: the namespace `/`: hands what comes to the hall. */
#ifndef PARLEY_CHAT_H
#define PARLEY_CHAT_H

#include "hall.h"

/* Socket.IO rooms of who has a name, and of who has none (tutorial clients). */
#define NAMED_ROOM "named"
#define GUESTS_ROOM "guests"

/* Sets the handlers; before the server starts. */
sio_err chat_init(struct hall *hall, sio_server *server);

#endif
