// Other names of files, put in place in one step: who looks sees the old entry or the new one.
//
// None of these is safe from a power cut before os_folder_sync. A process that is killed may leave
// a temporary name behind; the next call for the same path removes it.
#ifndef OS_LINK_H
#define OS_LINK_H

#include "base/buf.h"
#include <axl/status.h>

// Makes path another name of the file `from` (a hard link), or a copy of it where the file system
// has no such links. What path was before, unless it is a folder, is replaced.
axl_status os_link_replace(const char *path, const char *from, axl_error *err);

// Makes path a symbolic link that holds the text `target`. AXL_UNSUPPORTED where the file system
// has none.
axl_status os_symlink_replace(const char *path, const char *target, axl_error *err);

// Appends the text of the symbolic link. AXL_NOT_FOUND when nothing is there, AXL_BAD_FILE when it
// is no symbolic link.
axl_status os_symlink_read(const char *path, buf *out, axl_error *err);

#endif
