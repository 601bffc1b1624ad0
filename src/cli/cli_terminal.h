// What the program's output goes to.
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

bool cli_terminal_stderr(void); // is a terminal
bool cli_terminal_colour(void); // stdout is one, and the user has nothing against colour

#endif
