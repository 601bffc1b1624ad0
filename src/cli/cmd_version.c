#include "cli/cli_command.h"
#include "cli/cli_output.h"

#include <axl/axl.h>

int cmd_version(const arguments *args) {
    (void)args;
    cli_print("axl %s\n", axl_version());
    return 0;
}
