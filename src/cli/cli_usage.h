// The help of a command, from the table.
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include "cli/cli_command.h"

// To stdout.
void cli_usage_print(const command *c);

// "axl bench <command>" or "axl bench peak [options]": how the command is called, without what
// follows. Writes out and returns it.
#define CLI_USAGE_MAX 128
const char *cli_usage_line(char out[CLI_USAGE_MAX], const command *c);

// "-t, --threads N". Writes out and returns it.
const char *cli_usage_option(char out[CLI_USAGE_MAX], const option *o);

// The manual page and the bash completion, to stdout.
void cli_man_print(void);
void cli_completion_print(void);

// What the environment and the exit codes mean, for help and manual.
typedef struct cli_fact {
    const char *name, *text;
} cli_fact;
extern const cli_fact cli_environment[], cli_exit_codes[]; // the last one has a NULL name

#endif
