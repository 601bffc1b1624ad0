// Options of the benchmarks of programs, below axl eval.
#ifndef CLI_CODE_OPTIONS_H
#define CLI_CODE_OPTIONS_H

#include "cli/cli_command.h"

#define HUMANEVAL_OPTIONS 17
#define MBPP_OPTIONS 19
#define INFILL_OPTIONS 18
#define LINE_OPTIONS 8
extern const option humaneval_options[HUMANEVAL_OPTIONS];
extern const option mbpp_options[MBPP_OPTIONS];
extern const option infill_options[INFILL_OPTIONS];
extern const option line_options[LINE_OPTIONS];

#endif
