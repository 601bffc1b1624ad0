// axl export.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <axl/ollama.h>

#include <string.h>

static double bits(const axl_export_tensor *t) {
    return 8 * (double)t->bytes / (double)t->params;
}

// ---- JSON ----

static void json_tensors(json *j, const axl_export_result *r) {
    json_open_list(j, "tensors");
    for (size_t i = 0; i < r->tensor_count; i++) {
        const axl_export_tensor *t = &r->tensors[i];
        json_flat_object(j, NULL);
        json_text(j, "name", t->name);
        json_text(j, "type", t->type);
        json_size(j, "rows", t->rows);
        json_size(j, "cols", t->cols);
        json_size(j, "bytes", t->bytes);
        json_end(j);
    }
    json_end(j);
}

static void print_json(const axl_export_result *r, const arguments *args) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "model", args->words[0]);
    json_text(&j, "out", args->ollama);
    json_text(&j, "file", r->file);
    json_text(&j, "type", r->type);
    json_size(&j, "model_params", r->model_params);
    json_size(&j, "params", r->params);
    json_size(&j, "bytes", r->bytes);
    json_number(&j, "bits", r->bits);
    json_bool(&j, "infills", r->infills);
    json_size(&j, "context", r->context);
    json_size(&j, "scored_bytes", r->scored);
    json_number(&j, "model_bpb", r->model_bpb);
    json_number(&j, "bpb", r->bpb);
    json_text(&j, "level", r->level);
    json_size(&j, "threads", r->threads);
    json_tensors(&j, r);
    json_end(&j);
}

// ---- for people ----

// All tensors, or the first one of each type with the sums of that type.
static void print_tensors(const axl_export_result *r) {
    cli_print_bold("%-6s  %6s x %-6s  %6s  %s\n", "TYPE", "ROWS", "COLS", "BITS", "TENSOR");
    for (size_t i = 0; i < r->tensor_count; i++) {
        const axl_export_tensor *t = &r->tensors[i];
        cli_print("%-6s  %6llu x %-6llu  %6.3f  %s\n", t->type, (unsigned long long)t->rows,
                  (unsigned long long)t->cols, bits(t), t->name);
    }
    cli_print("\n");
}

static bool seen_before(const axl_export_result *r, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(r->tensors[k].type, r->tensors[i].type) == 0) return true;
    return false;
}

static void print_types(const axl_export_result *r) {
    char params[CLI_AMOUNT_MAX], size[CLI_AMOUNT_MAX];
    cli_print_bold("%-6s  %7s  %10s  %10s  %6s\n", "TYPE", "TENSORS", "PARAMETERS", "SIZE", "BITS");
    for (size_t i = 0; i < r->tensor_count; i++) {
        if (seen_before(r, i)) continue;
        axl_export_tensor sum = {0};
        size_t tensors = 0;
        for (size_t k = i; k < r->tensor_count; k++) {
            if (strcmp(r->tensors[k].type, r->tensors[i].type) != 0) continue;
            tensors++;
            sum.params += r->tensors[k].params;
            sum.bytes += r->tensors[k].bytes;
        }
        cli_print("%-6s  %7zu  %10s  %10s  %6.3f\n", r->tensors[i].type, tensors,
                  cli_amount_count(params, (double)sum.params),
                  cli_amount_memory(size, (double)sum.bytes), bits(&sum));
    }
}

static void print_table(const axl_export_result *r, const arguments *args) {
    char amount[2][CLI_AMOUNT_MAX];
    if (args->all) print_tensors(r);
    print_types(r);
    cli_print("\n%s/%s: %s of the model's %s parameters, %s, %.3f bits each", args->ollama, r->file,
              cli_amount_count(amount[0], (double)r->params),
              cli_amount_exact(amount[1], r->model_params),
              cli_amount_memory((char[CLI_AMOUNT_MAX]){0}, (double)r->bytes), r->bits);
    cli_print("%s.\n", r->infills ? "; it fills in the middle" : "");
    if (r->scored == 0) {
        cli_print(
            "How good it is was not measured: give --eval FILE, a text that the model was "
            "not trained\non.\n");
    } else {
        cli_print_bold("%.4f bits per byte of the whole model, %.4f of this file", r->model_bpb,
                       r->bpb);
        cli_print(" on %s bytes of %s.\n", cli_amount_exact(amount[0], r->scored), args->eval_path);
    }
    cli_print("Next, in %s: ollama create NAME -f Modelfile\n", args->ollama);
}

int cmd_export(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count != 1 || !args->ollama) {
        cli_complain("%s: a model and --ollama with a folder are needed; try 'axl help export'",
                     s.path);
        return 2;
    }
    const axl_export_options options = {.model = args->words[0],
                                        .ollama = args->ollama,
                                        .name = args->name,
                                        .type = args->type,
                                        .eval = args->eval_path,
                                        .limit = args->limit,
                                        .force = args->force,
                                        .level = s.level,
                                        .threads = args->threads,
                                        .progress = cli_progress_step,
                                        .progress_ctx = &s.progress};
    axl_error err;
    axl_export_result *result;
    const axl_status status = axl_export(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result, args);
    if (code == 0 && !args->json) print_table(result, args);
    axl_export_free(result);
    return code;
}
