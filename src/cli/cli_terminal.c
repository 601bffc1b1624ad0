#include "cli/cli_terminal.h"

#include <stdlib.h>
#include <string.h>

// POSIX. Declared here because its header belongs to os/, which the program does not see.
int isatty(int descriptor);

bool cli_terminal_stderr(void) {
    return isatty(2) != 0;
}

bool cli_terminal_colour(void) {
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (no_colour && *no_colour) return false;
    return isatty(1) != 0 && terminal && strcmp(terminal, "dumb") != 0;
}
