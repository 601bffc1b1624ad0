// What the program's output goes to.
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

bool cli_terminal_stdin(void); // is a terminal
bool cli_terminal_stdout(void);
bool cli_terminal_stderr(void);
size_t cli_terminal_width(void); // columns of the one that stderr is; 80 where it does not say
bool cli_terminal_colour(void);  // stdout is one, and the user has nothing against colour

#endif
