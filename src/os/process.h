// Another program, run to its end.
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Asked several times a second while the program runs; true ends it.
typedef bool os_process_stop(void *ctx);

// Puts the next bytes of the program's input, at most size, into to; *got 0 is its end. A failure
// ends the program.
typedef axl_status os_process_read(void *ctx, void *to, size_t size, size_t *got, axl_error *err);

typedef struct os_process {
    const char *const *argv; // the program, looked up in PATH, and its arguments; NULL at the end
    const char *input;       // what it reads from standard input; NULL: what read gives
    os_process_read *read;   // may be NULL: nothing
    void *read_ctx;
    size_t output_max;     // a program that writes more to standard output is ended
    uint64_t *count_only;  // not NULL: output of any length is added up here and not kept
    os_process_stop *stop; // may be NULL
    void *stop_ctx;
} os_process;

// Appends what the program writes to standard output (not used with count_only); its standard error
// is thrown away. *code is its exit code, or 128 + the number of the signal that ended it.
// AXL_NOT_FOUND when there is no such program, AXL_INTERRUPTED after stop, AXL_TOO_LARGE after too
// much output, or the failure of read. On return nothing of it runs any more, and neither do
// programs that it has started in its own process group.
axl_status os_process_run(const os_process *p, buf *output, int *code, axl_error *err);

#endif
