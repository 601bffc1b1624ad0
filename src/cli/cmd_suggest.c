#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <stdio.h>

// Beyond this many passes over the same text, more of them teach little.
#define PASSES_MOST 4.0

// The model as options of a command line; gap is where it may be broken.
static const char *settings(char out[256], const axl_model_preset *m, const char *gap) {
    snprintf(out, 256,
             "--set d_model=%zu --set n_heads=%zu --set d_ff=%zu --set n_layers_per_scale=%zu%s"
             "--set max_seq_len=%zu --optimizer %s",
             m->d_model, m->n_heads, m->d_ff, m->n_layers_per_scale, gap, m->max_seq_len,
             m->optimizer);
    return out;
}

static void json_row(json *j, const char *name, const axl_suggest_row *row) {
    const axl_model_preset *m = &row->model;
    char text[256];
    json_flat_object(j, name);
    if (!name) json_text(j, "name", m->name);
    json_size(j, "params", m->params);
    json_size(j, "train_bytes", m->train_bytes);
    json_bool(j, "fits", row->fits);
    json_number(j, "assumed_share", row->share);
    json_number(j, "bytes_seen", row->bytes);
    json_positive(j, "passes", row->passes);
    json_number(j, "balance_bytes", row->balance);
    json_number(j, "balance_minutes", row->minutes);
    if (name) {
        json_size(j, "d_model", m->d_model);
        json_size(j, "n_heads", m->n_heads);
        json_size(j, "d_ff", m->d_ff);
        json_size(j, "n_layers_per_scale", m->n_layers_per_scale);
        json_size(j, "max_seq_len", m->max_seq_len);
        json_text(j, "optimizer", m->optimizer);
        json_text(j, "settings", settings(text, m, " "));
    }
    json_end(j);
}

static void print_json(const axl_suggest_result *r, const char *data) {
    json j = {0};
    json_open(&j, NULL);
    json_size(&j, "threads", r->threads);
    json_text(&j, "level", r->level);
    json_number(&j, "peak_gflops", r->peak.max);
    json_size(&j, "memory_bytes", r->memory_bytes);
    json_number(&j, "minutes", r->minutes);
    if (data) {
        json_flat_object(&j, "data");
        json_text(&j, "path", data);
        json_size(&j, "files", r->data_files);
        json_size(&j, "bytes", r->data_bytes);
        json_end(&j);
    }
    json_open_list(&j, "presets");
    for (size_t i = 0; i < r->row_count; i++) json_row(&j, NULL, &r->rows[i]);
    json_end(&j);
    json_row(&j, "sized", &r->sized);
    json_end(&j);
}

static void print_row(const axl_suggest_row *row) {
    const axl_model_preset *m = &row->model;
    char params[CLI_AMOUNT_MAX], train[CLI_AMOUNT_MAX], seen[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX],
        passes[CLI_AMOUNT_MAX] = "-";
    if (row->passes > 0)
        snprintf(passes, sizeof passes, row->passes < 1 ? "%.2g" : "%.1f", row->passes);
    cli_print("%-14s  %7s  %9s  %-4s  %9s  %7s  %11s\n", m->name,
              cli_amount_count(params, (double)m->params),
              cli_amount_memory(train, (double)m->train_bytes), row->fits ? "yes" : "no",
              cli_amount_text(seen, row->bytes), passes, cli_amount_time(time, row->minutes));
}

static void print_sized(const axl_suggest_result *r) {
    const axl_suggest_row *row = &r->sized;
    char text[256], time[CLI_AMOUNT_MAX];
    cli_print(
        "\nThe size that suits %s (--preset auto measures and chooses it), as settings:\n\n  "
        "%s\n",
        cli_amount_time(time, r->minutes), settings(text, &row->model, " \\\n  "));
    if (row->passes > PASSES_MOST)
        cli_print(
            "\nMore than %.0f passes over the data teach little: take more text, or at most "
            "%s.\n",
            PASSES_MOST, cli_amount_time(time, r->minutes * PASSES_MOST / row->passes));
}

static void print_table(const axl_suggest_result *r) {
    char memory[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX], data[CLI_AMOUNT_MAX];
    cli_print(
        "level %s, %zu thread%s: f32 peak %.1f GFLOP/s; training is assumed to reach %.0f to %.0f "
        "%%\n",
        r->level, r->threads, r->threads == 1 ? "" : "s", r->peak.max, 100 * r->rows[0].share,
        100 * r->rows[r->row_count - 1].share);
    cli_print("%s of memory, %s", cli_amount_memory(memory, (double)r->memory_bytes),
              cli_amount_time(time, r->minutes));
    if (r->data_bytes)
        cli_print(", %s of data in %llu file%s", cli_amount_text(data, (double)r->data_bytes),
                  (unsigned long long)r->data_files, r->data_files == 1 ? "" : "s");
    cli_print("\n\n");
    cli_print_bold("%-14s  %7s  %9s  %-4s  %9s  %7s  %11s\n", "MODEL", "PARAMS", "MEMORY", "FITS",
                   "SEES", "PASSES", "BALANCED IN");
    for (size_t i = 0; i < r->row_count; i++) print_row(&r->rows[i]);
    print_row(&r->sized);
    cli_print(
        "\nSEES: text in the time. BALANCED IN: the time after which a larger model would "
        "gain more than\nmore text; a model that is far from it is too large for the time.\n");
    print_sized(r);
}

int cmd_suggest(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    axl_error err;
    axl_suggest_result result;
    const axl_suggest_options options = {.bench = cli_setup_bench(&s, args),
                                         .memory_bytes = args->ram,
                                         .minutes = args->minutes,
                                         .data = args->data};
    code = cli_setup_end(&s, axl_suggest(&options, &result, &err), &err);
    if (code) return code;
    if (args->json)
        print_json(&result, args->data);
    else
        print_table(&result);
    return 0;
}
