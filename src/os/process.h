// Another program, run to its end.
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>

// Asked several times a second while the program runs; true ends it.
typedef bool os_process_stop(void *ctx);

typedef struct os_process {
    const char *const *argv; // the program, looked up in PATH, and its arguments; NULL at the end
    const char *input;       // what it reads from standard input; NULL: nothing
    size_t output_max;       // a program that writes more to standard output is ended
    os_process_stop *stop;   // may be NULL
    void *stop_ctx;
} os_process;

// Appends what the program writes to standard output; its standard error is thrown away. *code is
// its exit code, or 128 + the number of the signal that ended it. AXL_NOT_FOUND when there is no
// such program, AXL_INTERRUPTED after stop, AXL_TOO_LARGE after too much output. On return nothing
// of it runs any more, and neither do programs that it has started in its own process group.
axl_status os_process_run(const os_process *p, buf *output, int *code, axl_error *err);

#endif
