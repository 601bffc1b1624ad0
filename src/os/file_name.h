// The names of files: giving another one, and taking one away, durably.
#ifndef OS_FILE_NAME_H
#define OS_FILE_NAME_H

#include <axl/status.h>

// The file at `from` gets the name `to` in the same folder, in place of what had it.
axl_status os_file_rename(const char *from, const char *to, axl_error *err);

// A name that is not there is fine.
axl_status os_file_remove(const char *path, axl_error *err);

#endif
