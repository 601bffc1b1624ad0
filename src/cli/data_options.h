// The commands below axl data.
#ifndef CLI_DATA_OPTIONS_H
#define CLI_DATA_OPTIONS_H

#include "cli/cli_command.h"

enum { DATA_FILTER, DATA_MAKE, DATA_MIX, DATA_PULL, DATA_SPLIT, DATA_STATS, DATA_COMMANDS };

extern const command data_commands[DATA_COMMANDS];

#endif
