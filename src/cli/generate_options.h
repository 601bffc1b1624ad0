// The options of axl generate and axl chat, rows of the table in cli_command.c.
#ifndef CLI_GENERATE_OPTIONS_H
#define CLI_GENERATE_OPTIONS_H

#include "cli/cli_command.h"

// Rows of each; the help of both is printed by a test.
#define GENERATE_OPTIONS 25
#define CHAT_OPTIONS 18
extern const option generate_options[GENERATE_OPTIONS], chat_options[CHAT_OPTIONS];

#endif
