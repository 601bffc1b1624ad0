#include "os/system.h"

#include "os/file_name.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/folder.h"
#include "os/system_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static axl_status sync_folder_of(const char *path, axl_error *err) {
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = mem_alloc(length + 1);
    if (folder == NULL) return error_no_memory(err, "a folder name", length + 1);
    memcpy(folder, slash == NULL ? "." : path, length);
    folder[length] = '\0';
    const axl_status status = os_folder_sync(folder, err);
    mem_free(folder);
    return status;
}

axl_status os_file_rename(const char *from, const char *to, axl_error *err) {
    if (rename(from, to) != 0) return os_error(err, errno, "cannot rename", from);
    return sync_folder_of(to, err);
}

axl_status os_file_remove(const char *path, axl_error *err) {
    if (unlink(path) == 0) return sync_folder_of(path, err);
    return errno == ENOENT ? AXL_OK : os_error(err, errno, "cannot remove", path);
}
