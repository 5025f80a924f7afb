/* binary_frame.h: a sealed binary frame with a copy of some bytes. */
#ifndef TESTS_SUPPORT_BINARY_FRAME_H
#define TESTS_SUPPORT_BINARY_FRAME_H

#include <string.h>

#include "protocol/frame.h"

/* NULL: out of memory. */
static inline struct sio__frame *binary_frame(const void *ptr, size_t len)
{
    struct sio__frame *frame = sio__frame_new(true, len);

    if (frame == NULL)
        return NULL;
    memcpy(sio__frame_data(frame), ptr, len);
    return sio__frame_seal(frame);
}

#endif
