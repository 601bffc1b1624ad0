#include "cli/data_text.h"

#include "cli/cli_amount.h"
#include "cli/cli_output.h"
#include "cli/cli_progress.h"

axl_data_source data_source(const arguments *args, size_t count, void *progress_ctx) {
    return (axl_data_source){.paths = args->words,
                             .path_count = count,
                             .field = args->field,
                             .max_bytes = args->prepare.max_bytes,
                             .threads = args->threads,
                             .progress = cli_progress_step,
                             .progress_ctx = progress_ctx};
}

void data_print_reasons(const axl_data_reason *reasons, size_t count) {
    char amount[CLI_AMOUNT_MAX];
    if (count == 0) {
        cli_print("Nothing was left out.\n");
        return;
    }
    cli_print_bold("%13s  %s\n", "LEFT OUT", "WHY");
    for (size_t i = 0; i < count; i++)
        cli_print("%13s  %s\n", cli_amount_exact(amount, reasons[i].count), reasons[i].text);
}

void data_json_reasons(json *j, const axl_data_reason *reasons, size_t count) {
    json_open(j, "left_out");
    for (size_t i = 0; i < count; i++) json_size(j, reasons[i].name, reasons[i].count);
    json_end(j);
}

void data_print_amount(uint64_t documents, uint64_t bytes) {
    char amount[CLI_AMOUNT_MAX], size[CLI_AMOUNT_MAX];
    cli_print("%s document%s, %s", cli_amount_exact(amount, documents), documents == 1 ? "" : "s",
              cli_amount_text(size, (double)bytes));
}

void data_print_written(const axl_data_written *w, const char *out) {
    cli_print("%s: ", out);
    data_print_amount(w->documents, w->bytes);
    cli_print("\nSHA-256 %s, in %s\n", w->sha256, w->manifest);
}

void data_json_written(json *j, const axl_data_written *w, const char *out) {
    json_open(j, "written");
    json_text(j, "path", out);
    json_size(j, "documents", w->documents);
    json_size(j, "bytes", w->bytes);
    json_size(j, "files", w->files);
    json_text(j, "sha256", w->sha256);
    json_text(j, "manifest", w->manifest);
    json_end(j);
}
