#include "os/system.h"

#include "os/file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>

typedef struct reading {
    const char *path;
    int fd;
    size_t limit;
    char *data; // capacity bytes, owned
    size_t capacity;
    size_t got;
} reading;

static axl_status grow(reading *r, size_t capacity, axl_error *err) {
    char *data = mem_resize(r->data, capacity);
    if (data == NULL) return error_no_memory(err, r->path, capacity);
    r->data = data;
    r->capacity = capacity;
    return AXL_OK;
}

// One byte of room beyond the expected end shows the end of the file and later holds the zero.
static axl_status read_all(reading *r, axl_error *err) {
    struct stat info;
    if (!os_fd_stat(r->fd, &info)) return os_error(err, errno, "cannot examine", r->path);
    RETURN_IF(!S_ISREG(info.st_mode), err, AXL_BAD_FILE, "%s is not a regular file", r->path);
    RETURN_IF((uint64_t)info.st_size > r->limit, err, AXL_TOO_LARGE,
              "%s has %llu bytes, the limit is %zu", r->path, (unsigned long long)info.st_size,
              r->limit);
    FORWARD(grow(r, (size_t)info.st_size + 1, err));
    for (;;) {
        const ssize_t got = os_fd_read(r->fd, r->data + r->got, r->capacity - r->got);
        if (got < 0) return os_error(err, errno, "cannot read", r->path);
        if (got == 0) break;
        r->got += (size_t)got;
        RETURN_IF(r->got > r->limit, err, AXL_TOO_LARGE, "%s grew over the limit of %zu bytes",
                  r->path, r->limit);
        if (r->got < r->capacity) continue;
        // It grew, or is one of those that say 0 and have content (/proc).
        const size_t step = size_max(r->capacity, 4096);
        const size_t room = r->limit + 1 - r->capacity;
        FORWARD(grow(r, r->capacity + size_min(step, room), err));
    }
    r->data[r->got] = '\0';
    return AXL_OK;
}

axl_status os_file_read(const char *path, size_t limit, void **data, size_t *bytes,
                        axl_error *err) {
    *data = NULL;
    *bytes = 0;
    RETURN_IF(path == NULL || *path == '\0', err, AXL_BAD_ARGUMENT, "no file name");
    reading r = {.path = path, .limit = size_min(limit, SIZE_MAX - 1)};
    // Not blocking: a FIFO must be refused, not waited for.
    r.fd = os_fd_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (r.fd < 0) return os_error(err, errno, "cannot open", path);
    const axl_status status = read_all(&r, err);
    os_fd_close(r.fd);
    if (status != AXL_OK) {
        mem_free(r.data);
        return status;
    }
    *data = r.data;
    *bytes = r.got;
    return AXL_OK;
}
