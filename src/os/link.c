#include "os/system.h"

#include "os/link.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/file.h"
#include "os/stale.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10) // bytes copied at once

// Opens the folder that holds path; *name is the last part of path. -1 with errno set.
static int open_parent(const char *path, const char **name) {
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    *name = slash == NULL ? path : slash + 1;
    if (slash != NULL) {
        const size_t length = slash == path ? 1 : (size_t)(slash - path);
        if (length >= sizeof folder) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    return os_fd_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
}

// Makes an entry in the folder; false with errno set.
typedef bool make_entry(int folder, const char *name, const char *to);

static bool make_link(int folder, const char *name, const char *to) {
    const int injected = os_fault_check(OS_CALL_LINK);
    if (injected != 0) errno = injected;
    return injected == 0 && linkat(AT_FDCWD, to, folder, name, 0) == 0;
}

static bool make_symlink(int folder, const char *name, const char *to) {
    const int injected = os_fault_check(OS_CALL_LINK);
    if (injected != 0) errno = injected;
    return injected == 0 && symlinkat(to, folder, name) == 0;
}

// Makes the entry under a temporary name and renames it. False with errno set. The temporary name
// is always the same, so what a dead process left is found; two writers of one path at once may
// make each other fail and do no other harm.
static bool put_in_place(int folder, const char *name, const char *to, make_entry *make) {
    char prefix[OS_TEMP_NAME_MAX], temp[OS_TEMP_NAME_MAX + 8];
    os_temp_prefix(prefix, name);
    string_format(temp, sizeof temp, NULL, "%slink", prefix);
    bool made = make(folder, temp, to);
    if (!made && errno == EEXIST && unlinkat(folder, temp, 0) == 0) made = make(folder, temp, to);
    if (!made) return false;
    const int injected = os_fault_check(OS_CALL_RENAME);
    if (injected != 0) errno = injected;
    const bool done = injected == 0 && renameat(folder, temp, folder, name) == 0;
    const int number = errno;
    // Also after success: renaming one name of a file to another of its names does nothing.
    (void)unlinkat(folder, temp, 0);
    errno = number;
    return done;
}

// *number is the errno value of a failure. The caller writes the text for that.
static bool replace_entry(const char *path, const char *to, make_entry *make, int *number) {
    const char *name;
    const int folder = open_parent(path, &name);
    const bool done = folder >= 0 && put_in_place(folder, name, to, make);
    *number = errno;
    os_fd_close(folder);
    return done;
}

static axl_status check_path(const char *path, axl_error *err) {
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no file name");
    RETURN_IF(path[strlen(path) - 1] == '/', err, AXL_BAD_ARGUMENT, "%s names a folder, not a file",
              path);
    return AXL_OK;
}

// Says that the file system, or this file, has no links.
static bool impossible(int number) {
    return number == EPERM || number == ENOTSUP || number == EOPNOTSUPP || number == ENOSYS ||
           number == EMLINK || number == EXDEV;
}

static axl_status copy_pieces(os_replace *r, int fd, const char *from, axl_error *err) {
    void *piece = mem_alloc(PIECE);
    if (piece == NULL) return error_no_memory(err, from, PIECE);
    axl_status status = AXL_OK;
    for (;;) {
        const ssize_t got = os_fd_read(fd, piece, PIECE);
        if (got < 0) status = os_error(err, errno, "cannot read", from);
        if (got > 0) status = os_replace_write(r, piece, (size_t)got, err);
        if (got <= 0 || status != AXL_OK) break;
    }
    mem_free(piece);
    return status;
}

static axl_status copy_file(const char *path, const char *from, axl_error *err) {
    os_replace *r = NULL;
    const int fd = os_fd_open(AT_FDCWD, from, O_RDONLY | O_NOCTTY, 0);
    if (fd < 0) return os_error(err, errno, "cannot open", from);
    axl_status status = os_replace_begin(&r, path, err);
    if (status == AXL_OK) {
        status = copy_pieces(r, fd, from, err);
        if (status == AXL_OK) {
            status = os_replace_commit(r, err);
        } else {
            os_replace_abort(r);
        }
    }
    os_fd_close(fd);
    return status;
}

axl_status os_link_replace(const char *path, const char *from, axl_error *err) {
    int number;
    FORWARD(check_path(path, err));
    if (replace_entry(path, from, make_link, &number)) return AXL_OK;
    if (impossible(number)) return copy_file(path, from, err);
    return os_error(err, number, "cannot put in place the new", path);
}

axl_status os_symlink_replace(const char *path, const char *target, axl_error *err) {
    int number;
    FORWARD(check_path(path, err));
    if (replace_entry(path, target, make_symlink, &number)) return AXL_OK;
    RETURN_IF(impossible(number), err, AXL_UNSUPPORTED, "no symbolic links where %s should be one",
              path);
    return os_error(err, number, "cannot put in place the new", path);
}

axl_status os_symlink_read(const char *path, buf *out, axl_error *err) {
    char text[PATH_MAX];
    const int injected = os_fault_check(OS_CALL_READ);
    if (injected != 0) errno = injected;
    const ssize_t length = injected != 0 ? -1 : readlink(path, text, sizeof text);
    if (length < 0 && errno == EINVAL)
        return error_set(err, AXL_BAD_FILE, "%s is no symbolic link", path);
    if (length < 0) return os_error(err, errno, "cannot read the link", path);
    RETURN_IF((size_t)length == sizeof text, err, AXL_BAD_FILE, "%s is a link of too many bytes",
              path);
    if (!buf_append(out, text, (size_t)length))
        return error_no_memory(err, "the text of a link", (size_t)length);
    return AXL_OK;
}
