#include "installed.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *installed_folder(const char *name, char *path, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", path, size - 1);
    char *end;
    struct stat found;

    if (len <= 0)
        return NULL;
    path[len] = '\0';
    if ((end = strrchr(path, '/')) == NULL)
        return NULL;
    size -= (size_t)(end + 1 - path);
    if (snprintf(end + 1, size, "%s/%s", PARLEY_DATA, name) >= (int)size)
        return NULL;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode) ? path : NULL;
}
