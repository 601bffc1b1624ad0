#include "cli/cli_setup.h"

#include "cli/cli_interrupt.h"
#include "cli/cli_output.h"

#include <stdlib.h>
#include <string.h>

int cli_setup_begin(setup *out, const arguments *args) {
    *out = (setup){.level_from = "best"};
    cli_command_path(out->path, args->command);
    const char *name = args->cpu, *variable = getenv("AXL_CPU");
    if (name)
        out->level_from = "--cpu";
    else if (variable && *variable)
        name = variable, out->level_from = "AXL_CPU";
    axl_error err;
    axl_status status = axl_cpu_select(name, &out->level, &err);
    if (status != AXL_OK) {
        size_t length = strlen(err.text);
        bool asks = length > 0 && err.text[length - 1] == '?';
        cli_complain("%s: %s: %s%s try 'axl cpu'", out->path, out->level_from, err.text,
                     asks ? "" : ";");
        return axl_status_exit_code(status);
    }
    out->progress = cli_progress_begin(out->path, args->verbose);
    return 0;
}

axl_bench_options cli_setup_bench(setup *s, const arguments *args) {
    return (axl_bench_options){.level = s->level,
                               .threads = args->threads,
                               .quick = args->quick,
                               .progress = cli_progress_step,
                               .progress_ctx = &s->progress};
}

int cli_setup_end(setup *s, axl_status status, const axl_error *err) {
    cli_progress_end(&s->progress);
    // Ctrl-C during the last step.
    if (status == AXL_OK && cli_interrupted()) status = AXL_INTERRUPTED;
    return status == AXL_OK ? 0 : cli_failed(s->path, status, err);
}

int cli_setup_recorded(const setup *s, const axl_error *record) {
    if (record->code == AXL_OK) return 0;
    cli_complain("%s: not recorded (--no-record asks for none): %s", s->path,
                 record->text[0] ? record->text : axl_status_text(record->code));
    return axl_status_exit_code(record->code);
}

int cli_setup_measure(const arguments *args, measure_call *measure, void *result) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    axl_error err;
    const axl_bench_options options = cli_setup_bench(&s, args);
    return cli_setup_end(&s, measure(&options, result, &err), &err);
}
