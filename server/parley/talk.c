#include "talk.h"

#include "request.h"

void talk(struct hall *hall, const struct task *task)
{
    static void (*const verbs[])(struct hall *, const struct task *) = {
        [DEPART] = do_depart,   [HELLO] = do_hello,       [ENTER] = do_enter,
        [LEAVE] = do_leave,     [SAY] = do_say,           [TYPING] = do_typing,
        [UNKNOWN] = do_unknown, [TUTORIAL] = do_tutorial,
    };

    verbs[task->kind](hall, task);
}
