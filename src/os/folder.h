// Folders.
#ifndef OS_FOLDER_H
#define OS_FOLDER_H

#include <axl/status.h>

// Makes the folder at path and those above it that are missing, durably: each one's parent is
// synced. A folder that is there is fine.
axl_status os_folder_make(const char *path, axl_error *err);

// Makes what was named or removed in the folder safe from a power cut.
axl_status os_folder_sync(const char *path, axl_error *err);

// Calls visit for each entry but "." and "..", in no order, until one fails. What visit makes or
// removes there may or may not be visited.
typedef axl_status os_folder_visit(void *ctx, const char *name, axl_error *err);
axl_status os_folder_each(const char *path, os_folder_visit *visit, void *ctx, axl_error *err);

// The same for an open folder, which path names in messages; for os/ itself.
axl_status os_folder_each_at(int folder, const char *path, os_folder_visit *visit, void *ctx,
                             axl_error *err);

#endif
