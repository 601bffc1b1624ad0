#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"
#include "cli/cli_parse.h"
#include "cli/cli_usage.h"

#include <axl/generate.h>

static int run(const arguments *args) {
    const command *c = args->command;
    if (args->help) {
        cli_usage_print(c);
        return 0;
    }
    if (c->run) return c->run(args);
    char path[CLI_PATH_MAX];
    cli_command_path(path, c);
    cli_complain("%s: which one? try '%s --help'", path, path);
    return 2;
}

int main(int argc, char **argv) {
    arguments args;
    cli_interrupt_begin();
    (void)axl_engine_map_files(NULL); // without it models are copied
    int code = cli_parse(&args, argc, argv) ? run(&args) : 2;
    return cli_output_end(code);
}
