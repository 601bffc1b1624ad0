// axl data stats.
#include "cli/cli_amount.h"
#include "cli/cli_escape.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/data_text.h"

#include <string.h>

static const char *const percent_names[] = {"p10", "p25", "p50", "p75", "p90"};

static void json_groups(json *j, const char *name, const axl_data_group *list, size_t count) {
    json_open_list(j, name);
    for (size_t i = 0; i < count; i++) {
        json_flat_object(j, NULL);
        json_text(j, "name", list[i].name);
        json_size(j, "documents", list[i].documents);
        json_size(j, "bytes", list[i].bytes);
        json_end(j);
    }
    json_end(j);
}

static void print_json(const axl_data_stats_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "documents", r->documents);
    json_size(&j, "bytes", r->bytes);
    json_size(&j, "lines", r->lines);
    json_size(&j, "empty_lines", r->empty_lines);
    json_size(&j, "longest_line", r->longest_line);
    json_number(&j, "alnum", r->alnum);
    json_size(&j, "not_utf8", r->not_utf8);
    json_size(&j, "duplicates", r->duplicates);
    json_size(&j, "duplicate_bytes", r->duplicate_bytes);
    json_size(&j, "near", r->near);
    json_size(&j, "near_bytes", r->near_bytes);
    json_open(&j, "document_bytes");
    for (size_t i = 0; i < 5; i++) json_size(&j, percent_names[i], r->percentiles[i]);
    json_end(&j);
    json_size(&j, "projects", r->projects);
    json_groups(&j, "top_projects", r->top_projects, r->top_project_count);
    json_size(&j, "endings", r->endings);
    json_groups(&j, "top_endings", r->top_endings, r->top_ending_count);
    data_json_reasons(&j, r->reasons, r->reason_count);
    json_end(&j);
}

static void print_groups(const char *title, const axl_data_group *list, size_t count,
                         uint64_t all) {
    char documents[CLI_AMOUNT_MAX], bytes[CLI_AMOUNT_MAX], name[256];
    cli_print_bold("\n%10s  %10s  %s\n", "DOCUMENTS", "BYTES", title);
    for (size_t i = 0; i < count; i++)
        cli_print("%10s  %10s  %s\n", cli_amount_exact(documents, list[i].documents),
                  cli_amount_text(bytes, (double)list[i].bytes),
                  cli_escape(name, sizeof name, list[i].name, strlen(list[i].name)));
    if (all > count) cli_print("%24s%s more\n", "", cli_amount_exact(documents, all - count));
}

static void print_table(const axl_data_stats_result *r, double near) {
    char a[CLI_AMOUNT_MAX], b[CLI_AMOUNT_MAX], c[CLI_AMOUNT_MAX];
    data_print_amount(r->documents, r->bytes);
    cli_print(", %s lines (%s empty, the longest %s bytes)\n", cli_amount_exact(a, r->lines),
              cli_amount_exact(b, r->empty_lines), cli_amount_exact(c, r->longest_line));
    cli_print("Bytes of a document: %s for the median, %s and %s for the tenths at the ends\n",
              cli_amount_exact(a, r->percentiles[2]), cli_amount_exact(b, r->percentiles[0]),
              cli_amount_exact(c, r->percentiles[4]));
    cli_print("Letters and digits: %.1f %%; not UTF-8: %s\n", 100 * r->alnum,
              cli_amount_exact(a, r->not_utf8));
    cli_print("Exact copies: %s, %s", cli_amount_exact(a, r->duplicates),
              cli_amount_text(b, (double)r->duplicate_bytes));
    if (near > 0)
        cli_print("; near copies (%.2f): %s, %s", near, cli_amount_exact(a, r->near),
                  cli_amount_text(b, (double)r->near_bytes));
    cli_print("\n");
    print_groups("PROJECT", r->top_projects, r->top_project_count, r->projects);
    print_groups("ENDING", r->top_endings, r->top_ending_count, r->endings);
    cli_print("\n");
    data_print_reasons(r->reasons, r->reason_count);
}

int cmd_data_stats(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count == 0) {
        cli_complain("%s: data are needed; try 'axl help data stats'", s.path);
        return 2;
    }
    const axl_data_source source = data_source(args, args->word_count, &s.progress);
    const double near = args->prepare.near.said ? args->prepare.near.value : 0.7;
    axl_error err;
    axl_data_stats_result result;
    const axl_status status = axl_data_stats(&source, near, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(&result);
    if (code == 0 && !args->json) print_table(&result, near);
    return code;
}
