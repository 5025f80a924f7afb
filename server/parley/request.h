/* request.h: reading what a task asks for, and refusing it; the hall's thread but for
 * answer_error().
 * Whoever gets false or NULL from here has been refused already. */
#ifndef PARLEY_REQUEST_H
#define PARLEY_REQUEST_H

#include "hall.h"

/* The answer {ok:false}; retry_ms 0: none.  Any thread. */
void answer_error(sio_ack *ack, const char *code, const char *message, int64_t retry_ms);

/* False, always. */
bool refuse(const struct task *task, const char *code, const char *message);
bool refuse_memory(const struct task *task);
bool refuse_room(const struct task *task);

bool is_in_time(const struct task *task, struct bucket *bucket, const struct rate *rate);
bool has_name(const struct task *task);

/* A string member of the argument; borrowed from the task. */
bool read_string(const struct task *task, const char *key, sio_str *out);

/* The member `room` of somebody with a name, trimmed. */
bool read_title(const struct task *task, sio_str *title);

/* The task's visitor's seat in the room of this title. */
struct seat *find_seat(struct hall *hall, const struct task *task, sio_str title);

#endif
