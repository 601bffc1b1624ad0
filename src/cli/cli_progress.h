// Progress of a long command on stderr: one line that changes on a terminal; elsewhere nothing, or
// a line a step with --verbose.
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct progress {
    const char *path; // of the command
    bool terminal, lines;
} progress;

progress cli_progress_begin(const char *path, bool verbose);

// An axl_bench_progress; ctx is a progress. total 0: nobody knows it. Stops the work after Ctrl-C.
int cli_progress_step(void *ctx, const char *what, size_t done, size_t total);

void cli_progress_end(const progress *p);

#endif
