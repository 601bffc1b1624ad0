// Rows that the tables of options share. Only for files that are such tables.
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/cli_command.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FIELD(name) offsetof(arguments, name)

#define HELP                                                                                       \
    { "help", 'h', OPTION_FLAG, NULL, "show this help and exit", FIELD(help), 0 }
#define JSON                                                                                       \
    { "json", 0, OPTION_FLAG, NULL, "print one JSON document instead of a table", FIELD(json), 0 }
#define QUICK                                                                                      \
    {                                                                                              \
        "quick", 0, OPTION_FLAG, NULL,                                                             \
            "few and short measurements: shows that it works, not how fast it is", FIELD(quick), 0 \
    }
#define THREADS                                                                                    \
    {                                                                                              \
        "threads", 't', OPTION_NUMBER, "N",                                                        \
            "use N threads; default: the processors this process may use", FIELD(threads), 1024    \
    }
#define CPU                                                                                        \
    {                                                                                              \
        "cpu", 0, OPTION_LEVEL, "LEVEL",                                                           \
            "use the kernels of this level (see 'axl cpu'); default: $AXL_CPU, then the best",     \
            FIELD(cpu), 0                                                                          \
    }
#define VERBOSE                                                                                    \
    {                                                                                              \
        "verbose", 'v', OPTION_FLAG, NULL,                                                         \
            "say each step on stderr, also where that is no terminal", FIELD(verbose), 0           \
    }

#endif
