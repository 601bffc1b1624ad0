#include "os/system.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/file.h"
#include "os/stale.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Small writes are gathered; larger ones go straight through.
#define BUFFER_BYTES ((size_t)1 << 16)
#define TEMP_TRIES 100

struct os_replace {
    char *path;       // the target, links resolved; owned
    const char *name; // its last part, inside path
    int folder;
    int file;                    // the temporary file, locked; -1 before it exists
    char temp[OS_TEMP_NAME_MAX]; // its name in the folder
    axl_status failed;           // what the first failure was
    uint64_t written;            // bytes in the file
    uint64_t reserved;
    size_t buffered;
    unsigned char buffer[BUFFER_BYTES];
};

// Splits r->path into folder (opened) and name.
static axl_status open_folder(os_replace *r, axl_error *err) {
    char *slash = strrchr(r->path, '/');
    r->name = slash == NULL ? r->path : slash + 1;
    RETURN_IF(*r->name == '\0', err, AXL_BAD_ARGUMENT, "%s names a folder, not a file", r->path);
    const char *folder = ".";
    if (slash == r->path) folder = "/";
    if (slash != NULL && slash != r->path) {
        *slash = '\0';
        folder = r->path;
    }
    r->folder = os_fd_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    const axl_status status =
        r->folder < 0 ? os_error(err, errno, "cannot open the folder", folder) : AXL_OK;
    if (slash != NULL) *slash = '/';
    return status;
}

// Looks at the file to be replaced: *exists and *info. Anything but a regular file is refused.
static axl_status look_at_old(os_replace *r, struct stat *info, bool *exists, axl_error *err) {
    const int injected = os_fault_check(OS_CALL_STAT);
    if (injected != 0) errno = injected;
    *exists = injected == 0 && fstatat(r->folder, r->name, info, AT_SYMLINK_NOFOLLOW) == 0;
    if (*exists) {
        RETURN_IF(!S_ISREG(info->st_mode), err, AXL_BAD_FILE, "%s is not a regular file", r->path);
    } else if (errno != ENOENT) {
        return os_error(err, errno, "cannot examine", r->path);
    }
    return AXL_OK;
}

// Creates and locks the temporary file. A cleaner that came between the two has it locked or has
// already removed it: another name then. Where there are no locks the file just stays unlocked,
// and since nobody else can lock it either, nobody takes it for stale.
static axl_status create_temp(os_replace *r, mode_t mode, axl_error *err) {
    for (int i = 0; i < TEMP_TRIES; i++) {
        os_temp_name(r->temp, r->name);
        r->file = os_fd_open(r->folder, r->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        if (r->file < 0 && errno == EEXIST) continue;
        if (r->file < 0) return os_error(err, errno, "cannot create a file beside", r->path);
        const bool held = !os_fd_lock(r->file) && errno == EWOULDBLOCK;
        struct stat info;
        if (!os_fd_stat(r->file, &info)) return os_error(err, errno, "cannot examine", r->path);
        if (!held && info.st_nlink > 0) return AXL_OK;
        (void)unlinkat(r->folder, r->temp, 0);
        os_fd_close(r->file);
        r->file = -1;
    }
    return error_set(err, AXL_BUSY, "cannot create a file beside %s", r->path);
}

// Gives the temporary file the owner and permissions of the old one. The owner is a favour that
// only root can do; where the group stays another one, it gets no more than everybody has.
static axl_status copy_mode(os_replace *r, const struct stat *old, axl_error *err) {
    struct stat now;
    if (!os_fd_stat(r->file, &now)) return os_error(err, errno, "cannot examine", r->path);
    mode_t mode = old->st_mode & 0777;
    if (now.st_uid != old->st_uid && fchown(r->file, old->st_uid, (gid_t)-1) != 0) errno = 0;
    if (now.st_gid != old->st_gid && fchown(r->file, (uid_t)-1, old->st_gid) != 0) {
        mode &= (mode_t)(0707 | ((mode & 07) << 3));
    }
    const int injected = os_fault_check(OS_CALL_MODE);
    if (injected != 0) errno = injected;
    if (injected == 0 && fchmod(r->file, mode) == 0) return AXL_OK;
    // A file system without permissions. The file was created with no more than the old ones.
    if (errno == EPERM || errno == ENOTSUP) return AXL_OK;
    return os_error(err, errno, "cannot set the permissions of the new", r->path);
}

static axl_status prepare(os_replace *r, axl_error *err) {
    struct stat old;
    bool exists = false;
    FORWARD(open_folder(r, err));
    FORWARD(look_at_old(r, &old, &exists, err));
    char prefix[OS_TEMP_NAME_MAX];
    size_t removed;
    os_temp_prefix(prefix, r->name);
    (void)os_stale_remove(r->folder, prefix, &removed); // litter does not stop the work
    FORWARD(create_temp(r, exists ? old.st_mode & 0777 : 0666, err));
    return exists ? copy_mode(r, &old, err) : AXL_OK;
}

// A link is followed, so that what is replaced is the file itself.
static axl_status resolve(const char **path, char resolved[PATH_MAX], axl_error *err) {
    struct stat info;
    if (lstat(*path, &info) != 0 || !S_ISLNK(info.st_mode)) return AXL_OK;
    if (realpath(*path, resolved) == NULL) return os_error(err, errno, "cannot follow", *path);
    *path = resolved;
    return AXL_OK;
}

static void release(os_replace *r) {
    os_fd_close(r->file);
    os_fd_close(r->folder);
    mem_free(r->path);
    mem_free(r);
}

axl_status os_replace_begin(os_replace **out, const char *path, axl_error *err) {
    char resolved[PATH_MAX];
    *out = NULL;
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no file name");
    FORWARD(resolve(&path, resolved, err));
    const size_t length = strlen(path) + 1;
    os_replace *r = mem_zalloc(sizeof *r);
    if (r == NULL) return error_no_memory(err, "a file replacement", sizeof *r);
    r->folder = -1;
    r->file = -1;
    r->path = mem_alloc(length);
    axl_status status;
    if (r->path == NULL) {
        status = error_no_memory(err, "a file name", length);
    } else {
        memcpy(r->path, path, length);
        status = prepare(r, err);
    }
    if (status == AXL_OK) {
        *out = r;
    } else {
        os_replace_abort(r);
    }
    return status;
}

static axl_status fail(os_replace *r, const char *what, axl_error *err) {
    const axl_status status = os_error(err, errno, what, r->path);
    // An errno of 0 or so must not turn into success.
    r->failed = status == AXL_OK ? AXL_IO : status;
    return r->failed;
}

static axl_status put(os_replace *r, const void *data, size_t bytes, axl_error *err) {
    if (!os_fd_write(r->file, data, bytes)) return fail(r, "cannot write the new", err);
    r->written += bytes;
    return AXL_OK;
}

static axl_status flush(os_replace *r, axl_error *err) {
    const size_t bytes = r->buffered;
    r->buffered = 0;
    return put(r, r->buffer, bytes, err);
}

static axl_status check_usable(const os_replace *r, axl_error *err) {
    RETURN_IF(r->failed != AXL_OK, err, r->failed, "an earlier write to %s failed", r->path);
    return AXL_OK;
}

axl_status os_replace_reserve(os_replace *r, uint64_t bytes, axl_error *err) {
    FORWARD(check_usable(r, err));
    if (bytes <= r->reserved) return AXL_OK;
    RETURN_IF(bytes > INT64_MAX, err, AXL_BAD_ARGUMENT, "%s: too many bytes to reserve", r->path);
    if (!os_fd_reserve(r->file, bytes)) return fail(r, "no room for the new", err);
    r->reserved = bytes;
    return AXL_OK;
}

axl_status os_replace_write(os_replace *r, const void *data, size_t bytes, axl_error *err) {
    FORWARD(check_usable(r, err));
    if (bytes == 0) return AXL_OK;
    if (bytes > BUFFER_BYTES - r->buffered) FORWARD(flush(r, err));
    if (bytes >= BUFFER_BYTES) return put(r, data, bytes, err);
    memcpy(r->buffer + r->buffered, data, bytes);
    r->buffered += bytes;
    return AXL_OK;
}

axl_status os_replace_patch(os_replace *r, uint64_t offset, const void *data, size_t bytes,
                            axl_error *err) {
    FORWARD(check_usable(r, err));
    const uint64_t all = r->written + r->buffered;
    RETURN_IF(offset > all || bytes > all - offset, err, AXL_BAD_ARGUMENT,
              "%s: bytes that are not written yet", r->path);
    FORWARD(flush(r, err));
    if (!os_fd_write_at(r->file, offset, data, bytes)) return fail(r, "cannot write the new", err);
    return AXL_OK;
}

axl_status os_replace_sync(os_replace *r, axl_error *err) {
    FORWARD(check_usable(r, err));
    FORWARD(flush(r, err));
    if (!os_fd_sync(r->file)) return fail(r, "cannot sync the new", err);
    return AXL_OK;
}

// Everything up to the rename: the new version is on the disk, under its temporary name.
static axl_status finish_temp(os_replace *r, axl_error *err) {
    FORWARD(check_usable(r, err));
    FORWARD(flush(r, err));
    if (r->reserved > r->written && !os_fd_truncate(r->file, r->written)) {
        return fail(r, "cannot cut the new", err);
    }
    if (!os_fd_sync(r->file)) return fail(r, "cannot sync the new", err);
    const int injected = os_fault_check(OS_CALL_RENAME);
    if (injected != 0) errno = injected;
    if (injected != 0 || renameat(r->folder, r->temp, r->folder, r->name) != 0) {
        return fail(r, "cannot put in place the new", err);
    }
    return AXL_OK;
}

axl_status os_replace_commit(os_replace *r, axl_error *err) {
    axl_status status = finish_temp(r, err);
    if (status != AXL_OK) {
        os_replace_abort(r);
        return status;
    }
    // The lock is held until here: released before the rename, a cleaner could take the file.
    if (!os_fd_sync_folder(r->folder)) {
        status = os_error(err, errno, "in place, but not yet safe from a power cut:", r->path);
        if (status == AXL_OK) status = AXL_IO;
    }
    release(r);
    return status;
}

void os_replace_abort(os_replace *r) {
    if (r == NULL) return;
    if (r->file >= 0) (void)unlinkat(r->folder, r->temp, 0);
    release(r);
}

axl_status os_file_replace(const char *path, const void *data, size_t bytes, axl_error *err) {
    os_replace *r = NULL;
    FORWARD(os_replace_begin(&r, path, err));
    axl_status status = os_replace_reserve(r, bytes, err);
    if (status == AXL_OK) status = os_replace_write(r, data, bytes, err);
    if (status == AXL_OK) return os_replace_commit(r, err);
    os_replace_abort(r);
    return status;
}

axl_status os_replace_clean(const char *folder, size_t *removed, axl_error *err) {
    size_t count = 0;
    if (removed != NULL) *removed = 0;
    RETURN_IF(folder == NULL || *folder == '\0', err, AXL_BAD_ARGUMENT, "no folder name");
    const int fd = os_fd_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return os_error(err, errno, "cannot open the folder", folder);
    const bool done = os_stale_remove(fd, OS_TEMP_PREFIX, &count);
    os_fd_close(fd);
    if (removed != NULL) *removed = count;
    return done ? AXL_OK : os_error(err, errno, "cannot read the folder", folder);
}
