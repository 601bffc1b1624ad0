// Folders.
#ifndef OS_FOLDER_H
#define OS_FOLDER_H

#include <axl/status.h>

// Makes the folder at path and those above it that are missing, durably: each one's parent is
// synced. A folder that is there is fine.
axl_status os_folder_make(const char *path, axl_error *err);

#endif
