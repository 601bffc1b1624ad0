// Command lines.
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli/cli_command.h"

// Reads argv[1 ..] and reorders argv, which must live as long as *out. False after a complaint on
// stderr: the command line is wrong.
bool cli_parse(arguments *out, int argc, char **argv);

// Says that parent has no such command, with the one that was probably meant.
void cli_unknown_command(const command *parent, const char *word);

#endif
