// The commands below axl eval.
#ifndef CLI_EVAL_OPTIONS_H
#define CLI_EVAL_OPTIONS_H

#include "cli/cli_command.h"

enum {
    EVAL_BPB,
    EVAL_COMPARE,
    EVAL_HUMANEVAL,
    EVAL_INFILL,
    EVAL_LINE,
    EVAL_LOGITS,
    EVAL_MBPP,
    EVAL_TASK,
    EVAL_COMMANDS
};

extern const command eval_commands[EVAL_COMMANDS];

#endif
