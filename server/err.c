#include <sio/err.h>

#define ERR_CASE(name, value, text)                                                                \
    case SIO_##name:                                                                               \
        return text;

const char *sio_strerror(sio_err err)
{
    switch (err) {
        SIO_ERR_MAP(ERR_CASE)
    }
    return "unknown error";
}
