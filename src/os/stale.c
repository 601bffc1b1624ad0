#include "os/system.h"

#include "os/stale.h"

#include "base/crc32c.h"
#include "base/strings.h"
#include "os/clock.h"
#include "os/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

void os_temp_prefix(char out[OS_TEMP_NAME_MAX], const char *target) {
    const uint32_t hash = crc32c(0, target, strlen(target));
    string_format(out, OS_TEMP_NAME_MAX, NULL, OS_TEMP_PREFIX "%08lx-", (unsigned long)hash);
}

void os_temp_name(char out[OS_TEMP_NAME_MAX], const char *target) {
    static atomic_uint counter;
    char prefix[OS_TEMP_NAME_MAX];
    os_temp_prefix(prefix, target);
    // The process id alone is not enough: containers that share a folder have the same ones.
    string_format(out, OS_TEMP_NAME_MAX, NULL, "%s%ld-%llx-%x", prefix, (long)getpid(),
                  (unsigned long long)os_wall_ns(), atomic_fetch_add(&counter, 1));
}

// True if the name is the locked file and not another one that came in between.
static bool still_named(int folder, const char *name, const struct stat *locked) {
    struct stat now;
    return fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == locked->st_ino &&
           now.st_dev == locked->st_dev;
}

// The lock is what makes this safe: a living writer holds it, so we cannot get it; a writer that
// has just created its file and did not lock it yet finds out, and takes another name.
static bool remove_if_stale(int folder, const char *name) {
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = os_fd_open(folder, name, O_RDWR | flags, 0);
    if (fd < 0) fd = os_fd_open(folder, name, O_RDONLY | flags, 0);
    if (fd < 0) return false;
    struct stat info;
    const bool removed = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && os_fd_lock(fd) &&
                         still_named(folder, name, &info) && unlinkat(folder, name, 0) == 0;
    os_fd_close(fd);
    return removed;
}

bool os_stale_remove(int folder, const char *prefix, size_t *removed) {
    *removed = 0;
    // A descriptor of its own: a duplicate would share the reading position.
    const int fd = os_fd_open(folder, ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) return false;
    DIR *entries = fdopendir(fd);
    if (entries == NULL) {
        os_fd_close(fd);
        return false;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL) break;
        if (string_starts(entry->d_name, prefix) && remove_if_stale(folder, entry->d_name)) {
            ++*removed;
        }
    }
    const int error = errno;
    (void)closedir(entries);
    errno = error;
    return error == 0;
}
