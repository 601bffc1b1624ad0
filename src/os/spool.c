#include "os/system.h"

#include "os/spool.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/descriptor.h"
#include "os/stale.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 16)
#define TRIES 100

// Invariant: the file holds `flushed` bytes and its writing position is there.
struct os_spool {
    char *folder; // owned; for error texts
    int fd;
    uint64_t flushed;
    size_t buffered;
    unsigned char buffer[BUFFER_BYTES];
};

// Creates the file and takes its name away at once.
static axl_status create(os_spool *s, axl_error *err) {
    const int folder = os_fd_open(AT_FDCWD, s->folder, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0) return os_error(err, errno, "cannot open the folder", s->folder);
    for (int i = 0; i < TRIES; i++) {
        char name[OS_TEMP_NAME_MAX];
        os_temp_name(name, "spool");
        s->fd = os_fd_open(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (s->fd >= 0 && unlinkat(folder, name, 0) != 0) {
            os_fd_close(s->fd);
            s->fd = -1;
            break;
        }
        if (s->fd >= 0 || errno != EEXIST) break;
    }
    const int number = errno;
    os_fd_close(folder);
    if (s->fd >= 0) return AXL_OK;
    return os_error(err, number, "cannot create a temporary file in", s->folder);
}

axl_status os_spool_open(os_spool **out, const char *folder, axl_error *err) {
    *out = NULL;
    RETURN_IF(folder == NULL || *folder == '\0', err, AXL_BAD_ARGUMENT, "no folder name");
    const size_t length = strlen(folder) + 1;
    os_spool *s = mem_alloc(sizeof *s);
    if (s == NULL) return error_no_memory(err, "a temporary file", sizeof *s);
    s->fd = -1;
    s->flushed = 0;
    s->buffered = 0;
    s->folder = mem_alloc(length);
    axl_status status;
    if (s->folder == NULL) {
        status = error_no_memory(err, "a folder name", length);
    } else {
        memcpy(s->folder, folder, length);
        status = create(s, err);
    }
    if (status == AXL_OK) {
        *out = s;
    } else {
        os_spool_close(s);
    }
    return status;
}

void os_spool_close(os_spool *s) {
    if (s == NULL) return;
    os_fd_close(s->fd);
    mem_free(s->folder);
    mem_free(s);
}

uint64_t os_spool_bytes(const os_spool *s) {
    return s->flushed + s->buffered;
}

// After a failure the position is unknown, so it is set anew each time.
static axl_status put(os_spool *s, const void *data, size_t bytes, axl_error *err) {
    if (lseek(s->fd, (off_t)s->flushed, SEEK_SET) < 0 || !os_fd_write(s->fd, data, bytes))
        return os_error(err, errno, "cannot write a temporary file in", s->folder);
    s->flushed += bytes;
    return AXL_OK;
}

axl_status os_spool_flush(os_spool *s, axl_error *err) {
    if (s->buffered == 0) return AXL_OK;
    FORWARD(put(s, s->buffer, s->buffered, err));
    s->buffered = 0;
    return AXL_OK;
}

axl_status os_spool_write(os_spool *s, const void *data, size_t bytes, axl_error *err) {
    if (bytes > BUFFER_BYTES - s->buffered) FORWARD(os_spool_flush(s, err));
    if (bytes >= BUFFER_BYTES) return put(s, data, bytes, err);
    if (bytes > 0) memcpy(s->buffer + s->buffered, data, bytes);
    s->buffered += bytes;
    return AXL_OK;
}

axl_status os_spool_cut(os_spool *s, uint64_t bytes, axl_error *err) {
    RETURN_IF(bytes > os_spool_bytes(s), err, AXL_INTERNAL, "a temporary file cut behind its end");
    if (bytes >= s->flushed) {
        s->buffered = (size_t)(bytes - s->flushed);
        return AXL_OK;
    }
    if (!os_fd_truncate(s->fd, bytes))
        return os_error(err, errno, "cannot cut a temporary file in", s->folder);
    s->flushed = bytes;
    s->buffered = 0;
    return AXL_OK;
}

axl_status os_spool_read(const os_spool *s, uint64_t offset, void *to, size_t bytes,
                         axl_error *err) {
    RETURN_IF(offset > s->flushed || bytes > s->flushed - offset, err, AXL_INTERNAL,
              "a temporary file read behind its end");
    size_t got = 0;
    if (!os_fd_read_at(s->fd, offset, to, bytes, &got))
        return os_error(err, errno, "cannot read a temporary file in", s->folder);
    RETURN_IF(got < bytes, err, AXL_IO, "a temporary file in %s became shorter", s->folder);
    return AXL_OK;
}
