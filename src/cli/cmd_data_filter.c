// axl data filter.
#include "cli/cli_amount.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/data_text.h"

#include <string.h>

static void print_json(const axl_data_filter_result *r, const char *out) {
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "documents", r->documents);
    json_size(&j, "bytes", r->bytes);
    data_json_reasons(&j, r->reasons, r->reason_count);
    json_open(&j, "masked");
    for (size_t i = 0; i < r->secret_count; i++)
        json_size(&j, r->secrets[i].name, r->secrets[i].count);
    json_end(&j);
    json_size(&j, "masked_documents", r->masked);
    json_size(&j, "licence_headers", r->licences);
    json_size(&j, "stripped_bytes", r->stripped_bytes);
    json_size(&j, "benchmark_texts", r->benchmark_texts);
    json_size(&j, "memory", r->memory);
    json_number(&j, "seconds", r->seconds);
    data_json_written(&j, &r->written, out);
    json_end(&j);
}

static void print_masked(const axl_data_filter_result *r) {
    char amount[CLI_AMOUNT_MAX];
    if (r->secret_count == 0) return;
    cli_print_bold("\n%13s  %s\n", "MASKED", "KIND OF SECRET");
    for (size_t i = 0; i < r->secret_count; i++)
        cli_print("%13s  %s\n", cli_amount_exact(amount, r->secrets[i].count), r->secrets[i].name);
}

static void print_table(const axl_data_filter_result *r, const char *out) {
    char amount[CLI_AMOUNT_MAX], size[CLI_AMOUNT_MAX];
    cli_print("Read: ");
    data_print_amount(r->documents, r->bytes);
    cli_print(", in %.1f s\n\n", r->seconds);
    data_print_reasons(r->reasons, r->reason_count);
    print_masked(r);
    cli_print("\n");
    if (r->licences > 0)
        cli_print("Licence headers: in %s document%s, %s of them taken out\n",
                  cli_amount_exact(amount, r->licences), r->licences == 1 ? "" : "s",
                  cli_amount_text(size, (double)r->stripped_bytes));
    if (r->benchmark_texts > 0)
        cli_print("Compared with %s text%s of benchmarks\n",
                  cli_amount_exact(amount, r->benchmark_texts), r->benchmark_texts == 1 ? "" : "s");
    data_print_written(&r->written, out);
}

// False after a complaint.
static bool read_licence(const char *path, const char *word, axl_data_licence *out) {
    static const char *const names[] = {"keep", "strip", "drop"};
    for (int i = 0; i < 3 && word; i++) {
        if (strcmp(names[i], word) != 0) continue;
        *out = (axl_data_licence)i;
        return true;
    }
    if (word) cli_complain("%s: --licence is keep, strip or drop, not %s", path, word);
    return !word;
}

static void read_bound(uint64_t *to, const given_count *said) {
    if (said->said) *to = said->value;
}

int cmd_data_filter(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count < 2) {
        cli_complain("%s: data and a place for the result are needed; try 'axl help data filter'",
                     s.path);
        return 2;
    }
    const data_arguments *p = &args->prepare;
    const char *out = args->words[args->word_count - 1];
    axl_data_filter_options options;
    axl_data_filter_defaults(&options);
    options.source = data_source(args, args->word_count - 1, &s.progress);
    options.target = (axl_data_target){out, args->force};
    read_bound(&options.min_lines, &p->min_lines);
    read_bound(&options.max_lines, &p->max_lines);
    read_bound(&options.max_line, &p->max_line);
    read_bound(&options.mean_line, &p->mean_line);
    if (p->min_alnum.said) options.min_alnum = p->min_alnum.value;
    if (p->near.said) options.near = p->near.value;
    options.keep_generated = p->keep_generated;
    options.keep_secrets = p->keep_secrets;
    options.valid_syntax = p->valid_syntax;
    options.against = p->against.item;
    options.against_count = p->against.count;
    if (!read_licence(s.path, p->licence, &options.licence)) return 2;
    axl_error err;
    axl_data_filter_result result;
    const axl_status status = axl_data_filter(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(&result, out);
    if (code == 0 && !args->json) print_table(&result, out);
    return code;
}
