// axl data pull.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <axl/data.h>

#include <stdlib.h>

static const char *const states[] = {"whole", "there", "capped"};

static void print_json(const axl_data_pull_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "bytes", r->bytes);
    json_open_list(&j, "items");
    for (size_t i = 0; i < r->item_count; i++) {
        const axl_data_pulled *p = &r->items[i];
        json_flat_object(&j, NULL);
        json_text(&j, "what", p->what);
        json_text(&j, "state", states[p->state]);
        json_text(&j, "path", p->path);
        json_size(&j, "bytes", p->bytes);
        json_size(&j, "rows", p->rows);
        json_size(&j, "cut_rows", p->cut_rows);
        json_size(&j, "resumed", p->resumed);
        json_size(&j, "retries", p->retries);
        json_text(&j, "sha256", p->sha256);
        json_bool(&j, "partial", p->partial);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

static void print_item(const axl_data_pulled *p) {
    char size[CLI_AMOUNT_MAX], rows[CLI_AMOUNT_MAX], cut[CLI_AMOUNT_MAX];
    if (!p->path[0]) {
        cli_print("%s: over --max-gb, left out\n", p->what);
        return;
    }
    cli_print("%s: %s", p->path, cli_amount_text(size, (double)p->bytes));
    if (p->rows > 0) cli_print(", %s rows", cli_amount_exact(rows, p->rows));
    if (p->state == AXL_DATA_PULL_THERE) cli_print(", was there already");
    if (p->state == AXL_DATA_PULL_CAPPED) cli_print(", cut at --max-gb");
    if (p->resumed > 0) cli_print(", resumed at %s", cli_amount_text(size, (double)p->resumed));
    if (p->retries > 0) cli_print(", %s more tries", cli_amount_exact(rows, p->retries));
    if (p->cut_rows > 0)
        cli_print(", %s rows left out that the server cuts", cli_amount_exact(cut, p->cut_rows));
    cli_print("\n  SHA-256 %s\n", p->sha256);
    if (p->partial) cli_print("  warning: the server has a part of this data set only\n");
}

// A cap that was said is one, however small: 0 would be none.
static uint64_t cap_of(double gigabytes) {
    if (!(gigabytes > 0)) return 0;
    return gigabytes * 1e9 < 1 ? 1 : (uint64_t)(gigabytes * 1e9);
}

int cmd_data_pull(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count == 0 || !args->out) {
        cli_complain("%s: what to fetch and --out are needed; try 'axl help data pull'", s.path);
        return 2;
    }
    const data_arguments *p = &args->prepare;
    const char *token = getenv("HF_TOKEN");
    const axl_data_pull_options options = {.what = args->words,
                                           .what_count = args->word_count,
                                           .sha256 = p->sha256.item,
                                           .sha256_count = p->sha256.count,
                                           .out = args->out,
                                           .endpoint = p->endpoint,
                                           .token = token && *token ? token : NULL,
                                           .max_bytes = cap_of(p->max_gb),
                                           .force = args->force,
                                           .progress = cli_progress_step,
                                           .progress_ctx = &s.progress};
    axl_error err;
    axl_data_pull_result *result;
    const axl_status status = axl_data_pull(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result);
    for (size_t i = 0; code == 0 && !args->json && i < result->item_count; i++)
        print_item(&result->items[i]);
    axl_data_pull_free(result);
    return code;
}
