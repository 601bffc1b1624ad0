#include "cli/cli_progress.h"

#include "cli/cli_interrupt.h"
#include "cli/cli_terminal.h"

#include <stdio.h>

#define CLEAR "\r\033[K"

progress cli_progress_begin(const char *path, bool verbose) {
    progress p = {.path = path};
    p.lines = verbose;
    p.terminal = !verbose && cli_terminal_stderr();
    return p;
}

int cli_progress_step(void *ctx, const char *what, size_t done, size_t total) {
    const progress *p = ctx;
    if (p->terminal && total == 0)
        fprintf(stderr, CLEAR "[%zu] %s", done, what);
    else if (p->terminal)
        fprintf(stderr, CLEAR "[%zu/%zu] %s", done + 1, total, what);
    else if (p->lines && total == 0)
        fprintf(stderr, "%s: %zu %s\n", p->path, done, what);
    else if (p->lines)
        fprintf(stderr, "%s: %zu/%zu %s\n", p->path, done + 1, total, what);
    fflush(stderr);
    return cli_interrupted();
}

void cli_progress_end(const progress *p) {
    if (p->terminal) fputs(CLEAR, stderr);
}
