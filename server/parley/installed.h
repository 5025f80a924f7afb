/* installed.h: where the files are that were installed with this program. */
#ifndef PARLEY_INSTALLED_H
#define PARLEY_INSTALLED_H

#include <stddef.h>

/* Writes to path the folder of this name ("web") of the installation that this program is part of.
 * Returns path, or NULL: there is no such folder. */
const char *installed_folder(const char *name, char *path, size_t size);

#endif
