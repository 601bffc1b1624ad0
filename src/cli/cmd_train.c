// axl train.
#include "cli/cli_output.h"
#include "cli/train_end_text.h"
#include "cli/train_options.h"
#include "cli/train_plan_text.h"
#include "cli/train_screen.h"

int cmd_train(const arguments *args) {
    setup s;
    train_options given;
    const int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (!train_options_gather(&given, &s, args)) return 2;
    if (args->dry_run) return train_plan_dry_run(&s, &given.options, args->json);
    train_screen screen = train_screen_begin(s.path, args->verbose);
    given.options.events = train_screen_events(&screen);
    axl_error err;
    axl_train_result result;
    const axl_status status = axl_train(&given.options, &result, &err);
    train_screen_clear(&screen);
    // The text says what is saved and how to go on.
    if (status == AXL_INTERRUPTED) cli_complain("%s: %s", s.path, err.text);
    if (status == AXL_INTERRUPTED) return axl_status_exit_code(status);
    if (status != AXL_OK) return cli_failed(s.path, status, &err);
    train_screen_end(&screen);
    if (args->json)
        train_end_json(&result, args->out);
    else
        train_end_print(&result, args->out);
    return 0;
}
