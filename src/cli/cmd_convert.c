#include "cli/cli_amount.h"
#include "cli/cli_command.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"

#include <axl/axl.h>

int cmd_convert(const arguments *args) {
    char path[CLI_PATH_MAX], count[CLI_AMOUNT_MAX], size[CLI_AMOUNT_MAX];
    cli_command_path(path, args->command);
    if (args->word_count != 2) {
        cli_complain("%s: a model and the name of its copy are needed; try 'axl help convert'",
                     path);
        return 2;
    }
    const axl_convert_options options = {
        .in = args->words[0], .out = args->words[1], .force = args->force, .layout = args->layout};
    axl_convert_result r;
    axl_error err;
    const axl_status status = axl_convert(&options, &r, &err);
    if (status != AXL_OK) return cli_failed(path, status, &err);
    if (args->json) {
        json j = {0};
        json_open(&j, NULL);
        json_text(&j, "from", r.from);
        json_text(&j, "to", r.to);
        json_text(&j, "out", args->words[1]);
        json_size(&j, "params", r.parameters);
        json_size(&j, "tensors", r.tensors);
        json_size(&j, "bytes", r.bytes);
        json_end(&j);
    } else {
        cli_print("%s: %s, %zu tensors, %s parameters, %s, as in the %s it was made of\n",
                  args->words[1], r.to, r.tensors, cli_amount_exact(count, r.parameters),
                  cli_amount_memory(size, (double)r.bytes), r.from);
    }
    return 0;
}
