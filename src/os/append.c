#include "os/system.h"

#include "os/append.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct os_append {
    int fd;
    uint64_t size; // of the whole writes
    bool torn;     // the file may be longer than size
    char path[];   // for messages
};

static axl_status open_file(os_append *a, axl_error *err) {
    // Not blocking: a FIFO must be refused, not waited for.
    a->fd = os_fd_open(AT_FDCWD, a->path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY, 0);
    if (a->fd < 0) return os_error(err, errno, "cannot open", a->path);
    struct stat info;
    if (!os_fd_stat(a->fd, &info)) return os_error(err, errno, "cannot examine", a->path);
    RETURN_IF(!S_ISREG(info.st_mode), err, AXL_BAD_FILE, "%s is not a regular file", a->path);
    a->size = (uint64_t)info.st_size;
    return AXL_OK;
}

axl_status os_append_open(os_append **out, const char *path, axl_error *err) {
    *out = NULL;
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no file name");
    const size_t length = strlen(path) + 1;
    os_append *a = mem_zalloc(sizeof *a + length);
    if (a == NULL) return error_no_memory(err, "an open file", sizeof *a + length);
    memcpy(a->path, path, length);
    const axl_status status = open_file(a, err);
    if (status == AXL_OK) {
        *out = a;
    } else {
        os_append_close(a);
    }
    return status;
}

// An errno of 0 or so must not turn into success.
static axl_status fail(const os_append *a, const char *what, axl_error *err) {
    const axl_status status = os_error(err, errno, what, a->path);
    return status == AXL_OK ? AXL_IO : status;
}

static bool mend(os_append *a) {
    if (a->torn && os_fd_truncate(a->fd, a->size)) a->torn = false;
    return !a->torn;
}

axl_status os_append_write(os_append *a, const void *data, size_t bytes, axl_error *err) {
    if (!mend(a)) return fail(a, "cannot cut the torn end of", err);
    if (!os_fd_write(a->fd, data, bytes)) {
        const axl_status status = fail(a, "cannot write to", err);
        a->torn = true;
        (void)mend(a);
        return status;
    }
    a->size += bytes;
    return AXL_OK;
}

axl_status os_append_cut(os_append *a, uint64_t bytes, axl_error *err) {
    RETURN_IF(bytes > a->size, err, AXL_BAD_FILE, "%s is shorter than it was", a->path);
    a->size = bytes;
    a->torn = true;
    return mend(a) ? AXL_OK : fail(a, "cannot cut", err);
}

axl_status os_append_sync(os_append *a, axl_error *err) {
    return os_fd_sync(a->fd) ? AXL_OK : fail(a, "cannot sync", err);
}

void os_append_close(os_append *a) {
    if (a == NULL) return;
    os_fd_close(a->fd);
    mem_free(a);
}
