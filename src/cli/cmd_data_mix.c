// axl data mix.
#include "cli/cli_amount.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/data_text.h"

static void print_json(const axl_data_mix_result *r, const char *out) {
    json j = {0};
    json_open(&j, NULL);
    json_open_list(&j, "parts");
    for (size_t i = 0; i < r->part_count; i++) {
        const axl_data_mix_part *p = &r->parts[i];
        json_flat_object(&j, NULL);
        json_text(&j, "path", p->path);
        json_number(&j, "weight", p->weight);
        json_number(&j, "share", p->share);
        json_size(&j, "found_documents", p->found_documents);
        json_size(&j, "found_bytes", p->found_bytes);
        json_size(&j, "capped_bytes", p->capped_bytes);
        json_size(&j, "documents", p->documents);
        json_size(&j, "bytes", p->bytes);
        json_end(&j);
    }
    json_end(&j);
    data_json_reasons(&j, r->reasons, r->reason_count);
    data_json_written(&j, &r->written, out);
    json_end(&j);
}

static void print_table(const axl_data_mix_result *r, const char *out) {
    char found[CLI_AMOUNT_MAX], taken[CLI_AMOUNT_MAX], documents[CLI_AMOUNT_MAX];
    cli_print_bold("%9s  %7s  %10s  %10s  %10s  %s\n", "WEIGHT", "SHARE", "FOUND", "TAKEN",
                   "DOCUMENTS", "PATH");
    for (size_t i = 0; i < r->part_count; i++) {
        const axl_data_mix_part *p = &r->parts[i];
        cli_print("%9.4g  %6.1f%%  %10s  %10s  %10s  %s\n", p->weight, 100 * p->share,
                  cli_amount_text(found, (double)p->found_bytes),
                  cli_amount_text(taken, (double)p->bytes),
                  cli_amount_exact(documents, p->documents), p->path);
    }
    cli_print("\n");
    data_print_reasons(r->reasons, r->reason_count);
    cli_print("\n");
    data_print_written(&r->written, out);
}

int cmd_data_mix(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count == 0 || !args->out) {
        cli_complain("%s: data and --out are needed; try 'axl help data mix'", s.path);
        return 2;
    }
    const axl_data_mix_options options = {.source =
                                              data_source(args, args->word_count, &s.progress),
                                          .target = {args->out, args->force},
                                          .bytes = args->prepare.total,
                                          .cap = args->prepare.cap,
                                          .temperature = args->prepare.temperature,
                                          .seed = args->seed ? args->seed : 1};
    axl_error err;
    axl_data_mix_result *result;
    const axl_status status = axl_data_mix(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result, args->out);
    if (code == 0 && !args->json) print_table(result, args->out);
    axl_data_mix_free(result);
    return code;
}
