#include "os/system.h"

#include "os/descriptor.h"

#include "os/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

// Some systems refuse transfers of 2 GiB and more.
#define TRANSFER_MAX ((size_t)1 << 30)

// True when the hook fails the call; errno is set then.
static bool injected(os_call call, size_t *bytes) {
    const int answer = bytes == NULL ? os_fault_check(call) : os_fault_transfer(call, bytes);
    if (answer != 0) errno = answer;
    return answer != 0;
}

int os_fd_open(int folder, const char *name, int flags, mode_t mode) {
    int fd;
    do {
        fd = injected(OS_CALL_OPEN, NULL) ? -1 : openat(folder, name, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

void os_fd_close(int fd) {
    if (fd < 0) return;
    const int kept = errno;
    // No retry after EINTR: the descriptor may be gone already and its number somebody else's.
    (void)close(fd);
    errno = kept;
}

bool os_fd_stat(int fd, struct stat *out) {
    return !injected(OS_CALL_STAT, NULL) && fstat(fd, out) == 0;
}

ssize_t os_fd_read(int fd, void *to, size_t bytes) {
    ssize_t moved;
    do {
        size_t part = bytes < TRANSFER_MAX ? bytes : TRANSFER_MAX;
        moved = injected(OS_CALL_READ, &part) ? -1 : read(fd, to, part);
    } while (moved < 0 && errno == EINTR);
    return moved;
}

bool os_fd_read_at(int fd, uint64_t offset, void *to, size_t bytes, size_t *got) {
    char *next = to;
    *got = 0;
    while (*got < bytes) {
        size_t part = bytes - *got < TRANSFER_MAX ? bytes - *got : TRANSFER_MAX;
        const ssize_t moved = injected(OS_CALL_READ, &part)
                                  ? -1
                                  : pread(fd, next + *got, part, (off_t)(offset + *got));
        if (moved < 0 && errno != EINTR) return false;
        if (moved == 0) break;
        if (moved > 0) *got += (size_t)moved;
    }
    return true;
}

// At offset; where the file stands when that is negative.
static bool write_all(int fd, int64_t offset, const void *from, size_t bytes) {
    const char *next = from;
    while (bytes > 0) {
        size_t part = bytes < TRANSFER_MAX ? bytes : TRANSFER_MAX;
        ssize_t moved = -1;
        if (!injected(OS_CALL_WRITE, &part))
            moved = offset < 0 ? write(fd, next, part) : pwrite(fd, next, part, (off_t)offset);
        if (moved == 0) errno = EIO; // a regular file never does this; without it we would spin
        if (moved == 0 || (moved < 0 && errno != EINTR)) return false;
        if (moved > 0) {
            next += moved;
            bytes -= (size_t)moved;
            if (offset >= 0) offset += moved;
        }
    }
    return true;
}

bool os_fd_write(int fd, const void *from, size_t bytes) {
    return write_all(fd, -1, from, bytes);
}

bool os_fd_write_at(int fd, uint64_t offset, const void *from, size_t bytes) {
    return write_all(fd, (int64_t)offset, from, bytes);
}

bool os_fd_sync(int fd) {
    int result;
    do {
        if (injected(OS_CALL_SYNC, NULL)) {
            result = -1;
        } else {
#if defined(F_FULLFSYNC)
            result = fcntl(fd, F_FULLFSYNC) == 0 ? 0 : fsync(fd);
#else
            result = fsync(fd);
#endif
        }
        // Only EINTR: after any other failure the dirty pages may be gone, and a second fsync would
        // report success for data that never reached the disk.
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

bool os_fd_sync_folder(int fd) {
    int result;
    do {
        result = injected(OS_CALL_SYNC_FOLDER, NULL) ? -1 : fsync(fd);
    } while (result != 0 && errno == EINTR);
    // Some network file systems cannot sync a folder and say so with EINVAL.
    return result == 0 || errno == EINVAL;
}

bool os_fd_lock(int fd) {
    int result;
    do {
        result = injected(OS_CALL_LOCK, NULL) ? -1 : flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

bool os_fd_reserve(int fd, uint64_t bytes) {
#if defined(__linux__)
    // Not posix_fallocate: where the file system cannot reserve, that one writes zeros instead.
    int result;
    do {
        result = injected(OS_CALL_RESERVE, NULL)
                     ? -1
                     : fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes);
    } while (result != 0 && errno == EINTR);
    return result == 0 || errno == EOPNOTSUPP || errno == ENOSYS;
#else
    (void)fd;
    (void)bytes;
    return !injected(OS_CALL_RESERVE, NULL);
#endif
}

bool os_fd_truncate(int fd, uint64_t bytes) {
    int result;
    do {
        result = injected(OS_CALL_RESERVE, NULL) ? -1 : ftruncate(fd, (off_t)bytes);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}
