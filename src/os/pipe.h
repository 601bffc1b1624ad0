// A pipe inside this process, for libraries that write to a descriptor only. What is written must
// fit the pipe: OS_PIPE_BYTES.
#ifndef OS_PIPE_H
#define OS_PIPE_H

#include "base/buf.h"
#include <axl/status.h>

#define OS_PIPE_BYTES ((size_t)65536)

typedef struct os_pipe {
    int read, write;
} os_pipe;

axl_status os_pipe_open(os_pipe *p, axl_error *err);

// Closes the writing end and appends all that was written.
axl_status os_pipe_drain(os_pipe *p, buf *to, axl_error *err);
void os_pipe_close(os_pipe *p);

#endif
