#include <sio/version.h>

const char *sio_version(void)
{
    return SIO_VERSION;
}
