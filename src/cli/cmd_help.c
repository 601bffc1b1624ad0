#include "cli/cli_output.h"
#include "cli/cli_parse.h"
#include "cli/cli_usage.h"

#include <string.h>

// The program without a command: only --version has a meaning.
int cmd_program(const arguments *args) {
    if (args->version) return cmd_version(args);
    cli_complain("axl: which command? try 'axl help'");
    return 2;
}

int cmd_help(const arguments *args) {
    if (args->completion) {
        if (strcmp(args->completion, "bash") != 0) {
            cli_complain("axl help: there is no completion for '%s', only for bash",
                         args->completion);
            return 2;
        }
        cli_completion_print();
        return 0;
    }
    if (args->man) {
        cli_man_print();
        return 0;
    }
    const command *c = &cli_program;
    for (size_t i = 0; i < args->word_count; i++) {
        const command *below = cli_command_find(c, args->words[i]);
        if (!below) {
            cli_unknown_command(c, args->words[i]);
            return 2;
        }
        c = below;
    }
    cli_usage_print(c);
    return 0;
}
