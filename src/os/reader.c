#include "os/system.h"

#include "os/reader.h"

#include "base/error.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>

#if defined(__APPLE__)
#define st_mtim st_mtimespec
#endif

static os_refusal refusal_of(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
        return OS_REFUSAL_GONE;
    case EACCES:
    case EPERM:
        return OS_REFUSAL_DENIED;
    case EMFILE:
    case ENFILE:
        return OS_REFUSAL_CROWDED;
    case ENXIO: // a socket
    case EISDIR:
        return OS_REFUSAL_SPECIAL;
    default:
        return OS_REFUSAL_OTHER;
    }
}

static axl_status open_regular(int *fd, const char *path, os_refusal *why, axl_error *err) {
    // Not blocking: a FIFO must be refused, not waited for.
    *fd = os_fd_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct stat info;
    if (*fd < 0 || !os_fd_stat(*fd, &info)) {
        *why = refusal_of(errno);
        return os_error(err, errno, "cannot open", path);
    }
    if (S_ISREG(info.st_mode)) return AXL_OK;
    *why = OS_REFUSAL_SPECIAL;
    return error_set(err, AXL_BAD_FILE, "%s is not a regular file", path);
}

axl_status os_reader_open(int *fd, const char *path, os_refusal *why, axl_error *err) {
    os_refusal reason = OS_REFUSAL_NONE;
    const axl_status status = open_regular(fd, path, &reason, err);
    if (status != AXL_OK) {
        os_fd_close(*fd);
        *fd = -1;
    }
    if (why) *why = reason;
    return status;
}

void os_reader_close(int fd) {
    os_fd_close(fd);
}

axl_status os_reader_version(int fd, const char *path, os_version *out, axl_error *err) {
    struct stat info;
    if (!os_fd_stat(fd, &info)) return os_error(err, errno, "cannot examine", path);
    *out = (os_version){(uint64_t)info.st_size, info.st_mtim.tv_sec, (int32_t)info.st_mtim.tv_nsec};
    return AXL_OK;
}

bool os_version_same(const os_version *a, const os_version *b) {
    return a->bytes == b->bytes && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

axl_status os_reader_read(int fd, const char *path, os_piece *piece, axl_error *err) {
    if (os_fd_read_at(fd, piece->offset, piece->to, piece->bytes, &piece->got)) return AXL_OK;
    return os_error(err, errno, "cannot read", path);
}
