// axl quantize.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <axl/quantize.h>

#include <math.h>
#include <string.h>

// The tensors of one type.
typedef struct share {
    const char *type;
    uint64_t tensors, params, bytes;
    double worst; // error of one of them
} share;

#define SHARES_MAX 8 // types; a recipe has at most four and f32

static size_t shares_of(const axl_quantize_result *r, share list[SHARES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < r->tensor_count; i++) {
        const axl_quantize_tensor *t = &r->tensors[i];
        size_t at = 0;
        while (at < count && strcmp(list[at].type, t->type) != 0) at++;
        if (at == SHARES_MAX) continue;
        if (at == count) list[count++] = (share){.type = t->type};
        list[at].tensors++;
        list[at].params += t->params;
        list[at].bytes += t->bytes;
        list[at].worst = fmax(list[at].worst, t->error);
    }
    return count;
}

static double bits(uint64_t bytes, uint64_t params) {
    return params > 0 ? 8 * (double)bytes / (double)params : 0;
}

// ---- JSON ----

static void json_tensors(json *j, const axl_quantize_result *r) {
    json_open_list(j, "tensors");
    for (size_t i = 0; i < r->tensor_count; i++) {
        const axl_quantize_tensor *t = &r->tensors[i];
        json_flat_object(j, NULL);
        json_text(j, "name", t->name);
        json_text(j, "type", t->type);
        json_size(j, "rows", t->rows);
        json_size(j, "cols", t->cols);
        json_size(j, "bytes", t->bytes);
        json_number(j, "bits", bits(t->bytes, t->params));
        json_number(j, "error", t->error);
        json_end(j);
    }
    json_end(j);
}

static void print_json(const axl_quantize_result *r, const arguments *args) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "model", args->words[0]);
    json_text(&j, "out", args->words[1]);
    json_text(&j, "type", r->type);
    json_text(&j, "layout", r->layout);
    json_size(&j, "params", r->params);
    json_size(&j, "bytes_before", r->bytes_before);
    json_size(&j, "bytes_after", r->bytes_after);
    json_number(&j, "bits", r->bits);
    json_size(&j, "calibrated_bytes", r->calibrated);
    json_size(&j, "scored_bytes", r->scored);
    json_number(&j, "bpb_before", r->bpb_before);
    json_number(&j, "bpb_after", r->bpb_after);
    json_number(&j, "bpb_change", r->bpb_after / r->bpb_before - 1);
    json_number(&j, "seconds", r->seconds);
    json_text(&j, "level", r->level);
    json_size(&j, "threads", r->threads);
    json_tensors(&j, r);
    json_end(&j);
}

// ---- for people ----

static void print_row(const share *s, const char *name) {
    char params[CLI_AMOUNT_MAX], bytes[CLI_AMOUNT_MAX];
    cli_print("%-6s  %7llu  %10s  %10s  %6.3f  %7.3f %%\n", name, (unsigned long long)s->tensors,
              cli_amount_count(params, (double)s->params),
              cli_amount_memory(bytes, (double)s->bytes), bits(s->bytes, s->params),
              100 * s->worst);
}

static void print_tensors(const axl_quantize_result *r) {
    cli_print_bold("%-6s  %6s x %-6s  %6s  %9s  %s\n", "TYPE", "ROWS", "COLS", "BITS", "ERROR",
                   "TENSOR");
    for (size_t i = 0; i < r->tensor_count; i++) {
        const axl_quantize_tensor *t = &r->tensors[i];
        cli_print("%-6s  %6llu x %-6llu  %6.3f  %7.3f %%  %s\n", t->type,
                  (unsigned long long)t->rows, (unsigned long long)t->cols,
                  bits(t->bytes, t->params), 100 * t->error, t->name);
    }
    cli_print("\n");
}

// No size without its quality.
static void print_quality(const axl_quantize_result *r, const arguments *args) {
    char amount[CLI_AMOUNT_MAX];
    if (r->scored == 0) {
        cli_print(
            "What that costs in quality was not measured: give --eval FILE, a text that the "
            "model\nwas not trained on.\n");
        return;
    }
    cli_print_bold("%.4f bits per byte before, %.4f after: %+.2f %%", r->bpb_before, r->bpb_after,
                   100 * (r->bpb_after / r->bpb_before - 1));
    cli_print(" on %s bytes of %s.\n", cli_amount_exact(amount, r->scored), args->eval_path);
}

static void print_table(const axl_quantize_result *r, const arguments *args) {
    char amount[2][CLI_AMOUNT_MAX];
    share list[SHARES_MAX], all = {.tensors = r->tensor_count, .params = r->params};
    const size_t count = shares_of(r, list);
    all.bytes = r->bytes_after;
    if (args->all) print_tensors(r);
    cli_print_bold("%-6s  %7s  %10s  %10s  %6s  %9s\n", "TYPE", "TENSORS", "PARAMETERS", "SIZE",
                   "BITS", "ERROR <=");
    for (size_t i = 0; i < count; i++) {
        print_row(&list[i], list[i].type);
        all.worst = fmax(all.worst, list[i].worst);
    }
    print_row(&all, "all");
    cli_print("\n%s: %s became %s in %s, %.3f bits a weight, in %.1f s", args->words[1],
              cli_amount_memory(amount[0], (double)r->bytes_before),
              cli_amount_memory(amount[1], (double)r->bytes_after), r->layout, r->bits, r->seconds);
    if (r->calibrated > 0)
        cli_print("; calibrated with %s bytes", cli_amount_exact(amount[0], r->calibrated));
    cli_print(".\n");
    print_quality(r, args);
}

int cmd_quantize(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count != 2) {
        cli_complain("%s: a model and the file to write are needed; try 'axl help quantize'",
                     s.path);
        return 2;
    }
    const axl_quantize_options options = {.model = args->words[0],
                                          .out = args->words[1],
                                          .type = args->type,
                                          .layout = args->layout,
                                          .calibrate = args->calibrate,
                                          .eval = args->eval_path,
                                          .limit = args->limit,
                                          .force = args->force,
                                          .level = s.level,
                                          .threads = args->threads,
                                          .progress = cli_progress_step,
                                          .progress_ctx = &s.progress};
    axl_error err;
    axl_quantize_result *result;
    const axl_status status = axl_quantize(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result, args);
    if (code == 0 && !args->json) print_table(result, args);
    axl_quantize_free(result);
    return code;
}
