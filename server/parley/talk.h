/* talk.h: what each event of the chat does (docs/CHAT.md); the hall's thread. */
#ifndef PARLEY_TALK_H
#define PARLEY_TALK_H

#include "hall.h"

/* Does one task. */
void talk(struct hall *hall, const struct task *task);

/* presence.c */
void do_hello(struct hall *hall, const struct task *task);
void do_enter(struct hall *hall, const struct task *task);
void do_leave(struct hall *hall, const struct task *task);
void do_depart(struct hall *hall, const struct task *task);
void do_unknown(struct hall *hall, const struct task *task);

/* messages.c */
void do_say(struct hall *hall, const struct task *task);
void do_tutorial(struct hall *hall, const struct task *task);
void do_typing(struct hall *hall, const struct task *task);

#endif
