/* chat.h: the namespace `/`: hands what comes to the hall. */
#ifndef PARLEY_CHAT_H
#define PARLEY_CHAT_H

#include "hall.h"

/* Sets the handlers and starts the hall; before the server starts. */
sio_err chat_init(struct hall *hall, sio_server *server);

#endif
