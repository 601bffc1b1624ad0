// Temporary files of replacements, and the removal of those whose writer died. Private to os/.
#ifndef OS_STALE_H
#define OS_STALE_H

#include "os/file.h"

#include <stdbool.h>
#include <stddef.h>

// Behind OS_TEMP_PREFIX a hash of the target's name, the process, the time and a counter follow.
#define OS_TEMP_NAME_MAX 80

// The part of the name that all temporary files of one target share.
void os_temp_prefix(char out[OS_TEMP_NAME_MAX], const char *target);

// A name that this process never had before.
void os_temp_name(char out[OS_TEMP_NAME_MAX], const char *target);

// Removes the regular files in the folder whose name starts with prefix and that nobody has locked.
// False with errno set when the folder cannot be read; a file that cannot be removed is left.
bool os_stale_remove(int folder, const char *prefix, size_t *removed);

#endif
