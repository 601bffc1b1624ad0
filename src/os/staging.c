#include "os/system.h"

#include "os/staging.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"
#include "os/descriptor.h"
#include "os/fault.h"
#include "os/folder.h"
#include "os/stale.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEMP_TRIES 100

struct os_staging {
    int parent;
    int folder;                  // the temporary one, locked; -1 before it exists
    char temp[OS_TEMP_NAME_MAX]; // its name in the parent
    buf path;                    // of it, from the parent's path
};

static int open_folder(int parent, const char *name) {
    return os_fd_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static bool injected(os_call call) {
    const int number = os_fault_check(call);
    if (number != 0) errno = number;
    return number != 0;
}

static axl_status remove_file(void *ctx, const char *name, axl_error *err) {
    const int *folder = ctx;
    (void)err;
    // One that cannot be removed makes the removal of the folder fail, which is reported.
    if (!injected(OS_CALL_REMOVE)) (void)unlinkat(*folder, name, 0);
    return AXL_OK;
}

// Removes the folder `name` of parent, which is open as `folder`, and the files in it. False with
// errno set.
static bool remove_whole(int parent, const char *name, int folder) {
    if (os_folder_each_at(folder, name, remove_file, &folder, NULL) != AXL_OK) {
        errno = EIO;
        return false;
    }
    return !injected(OS_CALL_REMOVE) && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

// True if the name is the locked folder and not another one that came in between.
static bool still_named(int parent, const char *name, int folder) {
    struct stat now, locked;
    return fstatat(parent, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && fstat(folder, &locked) == 0 &&
           now.st_ino == locked.st_ino && now.st_dev == locked.st_dev;
}

static axl_status remove_if_stale(void *ctx, const char *name, axl_error *err) {
    const int *parent = ctx;
    (void)err;
    if (!string_starts(name, OS_TEMP_PREFIX)) return AXL_OK;
    const int folder = open_folder(*parent, name);
    if (folder < 0) return AXL_OK;
    // Litter does not stop the work.
    if (os_fd_lock(folder) && still_named(*parent, name, folder))
        (void)remove_whole(*parent, name, folder);
    os_fd_close(folder);
    return AXL_OK;
}

// Makes and locks the temporary folder. A cleaner that came between the two has it locked or has
// already removed it: another name then.
static axl_status create_temp(os_staging *s, const char *parent, axl_error *err) {
    for (int i = 0; i < TEMP_TRIES; i++) {
        os_temp_name(s->temp, "");
        const bool made = !injected(OS_CALL_MAKE) && mkdirat(s->parent, s->temp, 0777) == 0;
        if (!made && errno == EEXIST) continue;
        if (!made) return os_error(err, errno, "cannot make a folder in", parent);
        s->folder = open_folder(s->parent, s->temp);
        if (s->folder < 0 && errno == ENOENT) continue;
        if (s->folder < 0) {
            const int number = errno;
            (void)unlinkat(s->parent, s->temp, AT_REMOVEDIR);
            return os_error(err, number, "cannot open a new folder in", parent);
        }
        // Where there are no locks the folder stays unlocked, and nobody takes it for stale.
        const bool held = !os_fd_lock(s->folder) && errno == EWOULDBLOCK;
        if (!held && still_named(s->parent, s->temp, s->folder)) return AXL_OK;
        (void)unlinkat(s->parent, s->temp, AT_REMOVEDIR);
        os_fd_close(s->folder);
        s->folder = -1;
    }
    return error_set(err, AXL_BUSY, "cannot make a folder in %s", parent);
}

static axl_status prepare(os_staging *s, const char *parent, axl_error *err) {
    s->parent = os_fd_open(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0);
    if (s->parent < 0) return os_error(err, errno, "cannot open the folder", parent);
    (void)os_folder_each_at(s->parent, parent, remove_if_stale, &s->parent, NULL);
    FORWARD(create_temp(s, parent, err));
    if (!buf_format(&s->path, "%s/%s", parent, s->temp))
        return error_no_memory(err, "a path", strlen(parent) + sizeof s->temp);
    return AXL_OK;
}

static void release(os_staging *s) {
    os_fd_close(s->folder);
    os_fd_close(s->parent);
    buf_free(&s->path);
    mem_free(s);
}

axl_status os_staging_begin(os_staging **out, const char *parent, axl_error *err) {
    *out = NULL;
    RETURN_IF(parent == NULL || *parent == '\0', err, AXL_BAD_ARGUMENT, "no folder name");
    os_staging *s = mem_zalloc(sizeof *s);
    if (s == NULL) return error_no_memory(err, "a new folder", sizeof *s);
    s->parent = -1;
    s->folder = -1;
    const axl_status status = prepare(s, parent, err);
    if (status == AXL_OK) {
        *out = s;
    } else {
        os_staging_abort(s);
    }
    return status;
}

const char *os_staging_path(const os_staging *s) {
    return buf_string(&s->path);
}

static axl_status fail(const char *what, const char *subject, axl_error *err) {
    const axl_status status = os_error(err, errno, what, subject);
    return status == AXL_OK ? AXL_IO : status; // an errno of 0 must not turn into success
}

axl_status os_staging_commit(os_staging *s, const char *name, bool *in_place, axl_error *err) {
    axl_status status = AXL_OK;
    if (!os_fd_sync_folder(s->folder)) {
        status = fail("cannot sync the new folder", name, err);
    } else if (injected(OS_CALL_RENAME) || renameat(s->parent, s->temp, s->parent, name) != 0) {
        status = fail("cannot put in place the new folder", name, err);
    }
    *in_place = status == AXL_OK;
    if (status != AXL_OK) {
        os_staging_abort(s);
        return status;
    }
    // The lock is held until here: released before the rename, a cleaner could take the folder.
    if (!os_fd_sync_folder(s->parent))
        status = fail("not yet safe from a power cut: the folder", name, err);
    release(s);
    return status;
}

void os_staging_abort(os_staging *s) {
    if (s == NULL) return;
    if (s->folder >= 0) (void)remove_whole(s->parent, s->temp, s->folder);
    release(s);
}

axl_status os_staging_remove(const char *parent, const char *name, axl_error *err) {
    char temp[OS_TEMP_NAME_MAX];
    const int above = os_fd_open(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0);
    if (above < 0) return os_error(err, errno, "cannot open the folder", parent);
    os_temp_name(temp, "");
    const int folder = open_folder(above, name);
    const bool done = folder >= 0 && !injected(OS_CALL_RENAME) &&
                      renameat(above, name, above, temp) == 0 && remove_whole(above, temp, folder);
    const int number = errno;
    os_fd_close(folder);
    os_fd_close(above);
    if (done) return AXL_OK;
    errno = number;
    return fail("cannot remove the folder", name, err);
}
