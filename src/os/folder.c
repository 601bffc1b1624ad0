#include "os/system.h"

#include "os/folder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/system_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

// Syncs the folder that holds path. path ends without a slash and is as before on return.
static bool sync_parent(char *path) {
    char *slash = strrchr(path, '/');
    const char *parent = slash == NULL ? "." : slash == path ? "/" : path;
    if (slash != NULL && slash != path) *slash = '\0';
    const int fd = os_fd_open(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0);
    const bool synced = fd >= 0 && os_fd_sync_folder(fd);
    os_fd_close(fd);
    if (slash != NULL && slash != path) *slash = '/';
    return synced;
}

static axl_status make_one(char *path, axl_error *err) {
    const int injected = os_fault_check(OS_CALL_MAKE);
    if (injected != 0) errno = injected;
    if (injected == 0 && mkdir(path, 0777) == 0) {
        if (sync_parent(path)) return AXL_OK;
        return os_error(err, errno, "made, but not yet safe from a power cut:", path);
    }
    // Systems disagree on what mkdir says of a folder that is there but may not be written, so the
    // folder itself is asked.
    const int number = errno;
    struct stat info;
    if (stat(path, &info) != 0) return os_error(err, number, "cannot make the folder", path);
    RETURN_IF(!S_ISDIR(info.st_mode), err, AXL_BAD_ARGUMENT, "%s is there and is not a folder",
              path);
    return AXL_OK;
}

// Makes each part of the path in turn.
static axl_status make_parts(char *path, axl_error *err) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') path[--length] = '\0';
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        const axl_status status = make_one(path, err);
        *slash = '/';
        FORWARD(status);
    }
    return make_one(path, err);
}

axl_status os_folder_make(const char *path, axl_error *err) {
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no folder name");
    const size_t bytes = strlen(path) + 1;
    char *copy = mem_alloc(bytes);
    if (copy == NULL) return error_no_memory(err, "a folder name", bytes);
    memcpy(copy, path, bytes);
    const axl_status status = make_parts(copy, err);
    mem_free(copy);
    return status;
}

axl_status os_folder_sync(const char *path, axl_error *err) {
    const int fd = os_fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return os_error(err, errno, "cannot open the folder", path);
    axl_status status = AXL_OK;
    if (!os_fd_sync_folder(fd)) {
        status = os_error(err, errno, "cannot sync the folder", path);
        if (status == AXL_OK) status = AXL_IO;
    }
    os_fd_close(fd);
    return status;
}

static axl_status visit_entries(DIR *entries, os_folder_visit *visit, void *ctx, axl_error *err) {
    for (;;) {
        const int injected = os_fault_check(OS_CALL_LIST);
        errno = 0;
        const struct dirent *entry = injected != 0 ? NULL : readdir(entries);
        if (injected != 0) errno = injected;
        if (entry == NULL) return AXL_OK; // or not, as errno says
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        FORWARD(visit(ctx, name, err));
    }
}

axl_status os_folder_each_at(int folder, const char *path, os_folder_visit *visit, void *ctx,
                             axl_error *err) {
    // A descriptor of its own: a duplicate would share the reading position.
    const int fd = os_fd_open(folder, ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return os_error(err, errno, "cannot open the folder", path);
    DIR *entries = fdopendir(fd);
    if (entries == NULL) {
        const axl_status status = os_error(err, errno, "cannot read the folder", path);
        os_fd_close(fd);
        return status;
    }
    axl_status status = visit_entries(entries, visit, ctx, err);
    if (status == AXL_OK && errno != 0)
        status = os_error(err, errno, "cannot read the folder", path);
    (void)closedir(entries);
    return status;
}

axl_status os_folder_each(const char *path, os_folder_visit *visit, void *ctx, axl_error *err) {
    const int fd = os_fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return os_error(err, errno, "cannot open the folder", path);
    const axl_status status = os_folder_each_at(fd, path, visit, ctx, err);
    os_fd_close(fd);
    return status;
}
