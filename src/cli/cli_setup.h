// What every command that computes works out from its options and the environment.
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/cli_command.h"
#include "cli/cli_progress.h"

#include <axl/axl.h>

typedef struct setup {
    char path[CLI_PATH_MAX]; // "axl bench peak"
    const char *level;       // of kernels
    const char *level_from;  // "--cpu", "AXL_CPU" or "best"
    progress progress;
} setup;

// 0, or the exit code after a complaint. *out must stay where it is.
int cli_setup_begin(setup *out, const arguments *args);

// The options of a benchmark; they borrow s.
axl_bench_options cli_setup_bench(setup *s, const arguments *args);

// Ends the progress; the exit code of status, after a message where it is a failure.
int cli_setup_end(setup *s, axl_status status, const axl_error *err);

// After the figures of an evaluation: 0, or the exit code of why a model's directory does not have
// them, after a message. Nobody loses what took minutes, and no script takes it for recorded.
int cli_setup_recorded(const setup *s, const axl_error *record);

// One benchmark from the set-up to its end: the exit code, *result filled in where that is 0.
typedef axl_status measure_call(const axl_bench_options *options, void *result, axl_error *err);
int cli_setup_measure(const arguments *args, measure_call *measure, void *result);

#endif
