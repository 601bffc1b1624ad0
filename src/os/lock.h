// A folder that one process at a time works in.
//
// The lock is on the folder itself (flock), so nothing is left behind, and it ends with the process
// that holds it, however that ends. Other programs are not kept out: only those that ask.
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <axl/status.h>

// Locks the folder at path without waiting; AXL_BUSY when somebody has it. Where the file system
// has no locks there is none, and that is AXL_OK. *fd is for os_lock_release, -1 on failure.
axl_status os_lock_folder(int *fd, const char *path, axl_error *err);
void os_lock_release(int fd); // -1 is allowed

#endif
