#include "os/system.h"

#include "os/lock.h"

#include "base/error.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>

// Network file systems that map flock to locks of ranges refuse a folder, which cannot be opened
// for writing, with EBADF; others know no locks at all.
static bool has_no_locks(int number) {
    return number == EBADF || number == EINVAL || number == ENOLCK || number == ENOSYS ||
           number == ENOTSUP || number == EOPNOTSUPP;
}

axl_status os_lock_folder(int *fd, const char *path, axl_error *err) {
    *fd = os_fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
    if (*fd < 0) return os_error(err, errno, "cannot open the folder", path);
    if (os_fd_lock(*fd) || has_no_locks(errno)) return AXL_OK;
    const int number = errno;
    os_fd_close(*fd);
    *fd = -1;
    RETURN_IF(number == EWOULDBLOCK, err, AXL_BUSY, "%s is in use by another process", path);
    return os_error(err, number, "cannot lock the folder", path);
}

void os_lock_release(int fd) {
    os_fd_close(fd);
}
