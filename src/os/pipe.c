#include "os/system.h"

#include "os/pipe.h"

#include "base/error.h"
#include "os/descriptor.h"
#include "os/system_error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

// A writer that would wait for a reader fails instead: the reader comes afterwards.
axl_status os_pipe_open(os_pipe *p, axl_error *err) {
    int ends[2];
    *p = (os_pipe){-1, -1};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return os_error(err, errno, "cannot make", "a pipe");
    *p = (os_pipe){ends[0], ends[1]};
    return AXL_OK;
}

axl_status os_pipe_drain(os_pipe *p, buf *to, axl_error *err) {
    os_fd_close(p->write);
    p->write = -1;
    for (;;) {
        char piece[4096];
        const ssize_t got = os_fd_read(p->read, piece, sizeof piece);
        if (got < 0) return os_error(err, errno, "cannot read from", "a pipe");
        if (got == 0) return AXL_OK;
        if (!buf_append(to, piece, (size_t)got)) return error_no_memory(err, "a pipe", to->size);
    }
}

void os_pipe_close(os_pipe *p) {
    os_fd_close(p->read);
    os_fd_close(p->write);
    *p = (os_pipe){-1, -1};
}
