#include "cli/cli_terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

// POSIX. Declared here because its header belongs to os/, which the program does not see.
int isatty(int descriptor);

bool cli_terminal_stdin(void) {
    return isatty(0) != 0;
}

bool cli_terminal_stdout(void) {
    return isatty(1) != 0;
}

bool cli_terminal_stderr(void) {
    return isatty(2) != 0;
}

bool cli_terminal_colour(void) {
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (no_colour && *no_colour) return false;
    return isatty(1) != 0 && terminal && strcmp(terminal, "dumb") != 0;
}

size_t cli_terminal_width(void) {
    struct winsize size;
    if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
    return 80;
}
