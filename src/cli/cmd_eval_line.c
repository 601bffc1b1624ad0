// axl eval line.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#define LINES_USUAL 200
#define PRECISION_USUAL 0.8

static void print_json(const axl_eval_line_result *r, const axl_eval_line_options *o) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "model", o->model);
    json_size(&j, "lines", r->lines);
    json_size(&j, "found", r->found);
    json_size(&j, "too_long", r->too_long);
    json_size(&j, "bytes", r->bytes);
    json_flat_object(&j, "exact");
    json_number(&j, "value", r->exact.value);
    json_number(&j, "low", r->exact.low);
    json_number(&j, "high", r->exact.high);
    json_end(&j);
    json_number(&j, "accepted", r->accepted);
    json_number(&j, "asked_precision", o->precision);
    json_number(&j, "precision", r->precision);
    json_number(&j, "saved", r->saved);
    json_size(&j, "keys", r->keys);
    json_size(&j, "offers", r->offers);
    json_size(&j, "right", r->right);
    json_open_list(&j, "odds");
    for (size_t i = 0; i < 2; i++) json_number(&j, NULL, r->odds[i]);
    json_end(&j);
    json_size(&j, "context", r->context);
    json_text(&j, "level", r->level);
    json_size(&j, "threads", r->threads);
    json_number(&j, "seconds", r->seconds);
    json_end(&j);
}

static void print_table(const axl_eval_line_result *r, const axl_eval_line_options *o) {
    char lines[CLI_AMOUNT_MAX], bytes[CLI_AMOUNT_MAX];
    cli_print("%s, context %zu bytes: %zu lines of %s, %s bytes\n\n", o->model, r->context,
              r->lines, cli_amount_exact(lines, r->found), cli_amount_exact(bytes, r->bytes));
    cli_print("%5.1f %%  of the lines are right to their end (%.1f to %.1f)\n",
              100 * r->exact.value, 100 * r->exact.low, 100 * r->exact.high);
    cli_print("%5.1f %%  of their bytes stand in front of the first fault\n", 100 * r->accepted);
    cli_print_bold("%5.1f %%  of the keys are saved", 100 * r->saved);
    if (r->offers == 0)
        cli_print(": no offers are right as often as %.0f %%\n", 100 * o->precision);
    else
        cli_print(" by %s offers, %.1f %% of them right (asked for: %.0f %%)\n",
                  cli_amount_exact(lines, r->offers), 100 * r->precision, 100 * o->precision);
    if (r->too_long > 0)
        cli_print("\n%s lines of more than 100 bytes were left out.\n",
                  cli_amount_exact(lines, r->too_long));
    cli_print("\n%.1f s with %zu thread%s, level %s.\n", r->seconds, r->threads,
              r->threads == 1 ? "" : "s", r->level);
}

int cmd_eval_line(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count < 2) {
        cli_complain("%s: a model and files are needed; try 'axl help eval line'", s.path);
        return 2;
    }
    const axl_eval_line_options options = {
        .model = args->words[0],
        .paths = args->words + 1,
        .path_count = args->word_count - 1,
        .lines = args->score.samples ? args->score.samples : LINES_USUAL,
        .precision = args->code.precision > 0 ? args->code.precision : PRECISION_USUAL,
        .no_record = args->score.no_record,
        .level = s.level,
        .threads = args->threads,
        .progress = cli_progress_step,
        .progress_ctx = &s.progress};
    axl_error err;
    axl_eval_line_result result;
    const axl_status status = axl_eval_line(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(&result, &options);
    if (code == 0 && !args->json) print_table(&result, &options);
    if (code == 0) code = cli_setup_recorded(&s, &result.record);
    return code;
}
