// axl data split.
#include "cli/cli_amount.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/data_text.h"

static void json_set(json *j, const char *name, const axl_data_split_set *s) {
    json_open(j, name);
    json_size(j, "projects", s->projects);
    json_size(j, "documents", s->documents);
    json_size(j, "bytes", s->bytes);
    json_text(j, "sha256", s->sha256);
    json_end(j);
}

static void print_json(const axl_data_split_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_set(&j, "train", &r->train);
    json_set(&j, "held", &r->held);
    data_json_reasons(&j, r->reasons, r->reason_count);
    json_text(&j, "manifest", r->manifest);
    json_end(&j);
}

static void print_set(const char *name, const axl_data_split_set *s) {
    char projects[CLI_AMOUNT_MAX], documents[CLI_AMOUNT_MAX], bytes[CLI_AMOUNT_MAX];
    cli_print("%-12s  %10s  %10s  %10s\n", name, cli_amount_exact(projects, s->projects),
              cli_amount_exact(documents, s->documents), cli_amount_text(bytes, (double)s->bytes));
}

static void print_table(const axl_data_split_result *r) {
    cli_print_bold("%-12s  %10s  %10s  %10s\n", "SET", "PROJECTS", "DOCUMENTS", "BYTES");
    print_set("train.jsonl", &r->train);
    print_set("held.jsonl", &r->held);
    cli_print("\n");
    data_print_reasons(r->reasons, r->reason_count);
    cli_print("\nProjects and SHA-256 in %s\n", r->manifest);
}

int cmd_data_split(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count == 0 || !args->out) {
        cli_complain("%s: data and --out are needed; try 'axl help data split'", s.path);
        return 2;
    }
    const data_arguments *p = &args->prepare;
    const axl_data_split_options options = {.source =
                                                data_source(args, args->word_count, &s.progress),
                                            .out = args->out,
                                            .force = args->force,
                                            .held = p->held,
                                            .seed = args->seed ? args->seed : 1,
                                            .near = p->near.said ? p->near.value : 0.7};
    axl_error err;
    axl_data_split_result result;
    const axl_status status = axl_data_split(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(&result);
    if (code == 0 && !args->json) print_table(&result);
    return code;
}
