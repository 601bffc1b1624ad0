#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <math.h>
#include <stdio.h>

static void json_model(json *j, const axl_model_preset *m) {
    json_flat_object(j, NULL);
    json_text(j, "name", m->name);
    json_text(j, "title", m->title);
    json_size(j, "params", m->params);
    if (m->published_params)
        json_size(j, "published_params", m->published_params);
    else
        json_number(j, "published_params", NAN);
    json_size(j, "vocab_size", m->vocab_size);
    json_size(j, "d_model", m->d_model);
    json_size(j, "n_heads", m->n_heads);
    json_size(j, "d_ff", m->d_ff);
    json_size(j, "n_layers_per_scale", m->n_layers_per_scale);
    json_size(j, "n_cross_attn_layers", m->n_cross_attn_layers);
    json_size(j, "max_seq_len", m->max_seq_len);
    json_number(j, "dropout", m->dropout);
    json_text(j, "optimizer", m->optimizer);
    json_size(j, "train_bytes", m->train_bytes);
    json_size(j, "run_bytes", m->run_bytes);
    json_number(j, "train_flops_per_byte", m->train_flops);
    json_number(j, "run_flops_per_byte", m->run_flops);
    json_text(j, "task", m->task);
    json_text(j, "use", m->use);
    if (m->pairs)
        json_text(j, "pairs", m->pairs);
    else
        json_number(j, "pairs", NAN);
    json_positive(j, "minutes", m->minutes);
    json_text(j, "note", m->note);
    json_end(j);
}

static void print_row(const axl_model_preset *m) {
    char params[CLI_AMOUNT_MAX], train[CLI_AMOUNT_MAX], run[CLI_AMOUNT_MAX], shape[64];
    snprintf(shape, sizeof shape, "%zu/%zu/%zu/%zu", m->d_model, m->n_heads, m->n_layers_per_scale,
             m->d_ff);
    cli_print("%-14s  %7s  %-14s  %7zu  %-4s  %9s  %9s  %7.1f  %s\n", m->name,
              cli_amount_count(params, (double)m->params), shape, m->max_seq_len, m->optimizer,
              cli_amount_memory(train, (double)m->train_bytes),
              cli_amount_memory(run, (double)m->run_bytes), m->train_flops / 1e6, m->task);
}

#define INDENT ((size_t)18)

static void print_line(const char *name, const char *text) {
    cli_print("  %-*s", (int)INDENT - 2, name);
    cli_print_wrapped(text, INDENT, INDENT);
}

static void print_model(const axl_model_preset *m) {
    char text[256], amount[CLI_AMOUNT_MAX];
    cli_print_bold("%s", m->title);
    cli_print(" (%s): %s\n\n", m->name, m->use);
    print_line("parameters", cli_amount_exact(amount, m->params));
    if (m->published_params && m->published_params != m->params)
        print_line("published", cli_amount_exact(amount, m->published_params));
    snprintf(text, sizeof text,
             "d_model %zu, n_heads %zu, d_ff %zu, n_layers_per_scale %zu, n_cross_attn_layers %zu, "
             "vocab_size %zu",
             m->d_model, m->n_heads, m->d_ff, m->n_layers_per_scale, m->n_cross_attn_layers,
             m->vocab_size);
    print_line("shape", text);
    snprintf(text, sizeof text, "%zu bytes", m->max_seq_len);
    print_line("context", text);
    snprintf(text, sizeof text, "%s, dropout %g", m->optimizer, m->dropout);
    print_line("training", text);
    snprintf(text, sizeof text, "about %s to train, in steps of %d contexts",
             cli_amount_memory(amount, (double)m->train_bytes), AXL_MODEL_BATCH);
    print_line("memory", text);
    snprintf(text, sizeof text, "%s to generate: weights in f32, caches of a full context",
             cli_amount_memory(amount, (double)m->run_bytes));
    print_line("", text);
    snprintf(text, sizeof text, "%.1f million a byte in training, %.1f generating",
             m->train_flops / 1e6, m->run_flops / 1e6);
    print_line("operations", text);
    if (m->pairs) {
        snprintf(text, sizeof text, "%g minutes on the pairs of 'axl data make %s'", m->minutes,
                 m->pairs);
        print_line("recipe", text);
    }
    if (m->note[0]) print_line("note", m->note);
}

static int show_one(const char *path, const arguments *args) {
    axl_model_preset m;
    axl_error err;
    axl_status status = axl_model_preset_find(args->words[0], &m, &err);
    if (status != AXL_OK) return cli_failed(path, status, &err);
    if (args->json) {
        json j = {0};
        json_model(&j, &m);
    } else {
        print_model(&m);
    }
    return 0;
}

static void show_all(bool as_json) {
    json j = {0};
    if (as_json)
        json_open_list(&j, NULL);
    else
        cli_print_bold("%-14s  %7s  %-14s  %7s  %-4s  %9s  %9s  %7s  %s\n", "NAME", "PARAMS",
                       "D/HEADS/L/FF", "CONTEXT", "OPT", "TRAIN", "RUN", "MFLOP/B", "TASK");
    for (size_t i = 0; i < axl_model_preset_count(); i++) {
        axl_model_preset m;
        if (axl_model_preset_at(i, &m, NULL) != AXL_OK) break;
        if (as_json)
            json_model(&j, &m);
        else
            print_row(&m);
    }
    if (as_json) {
        json_end(&j);
        return;
    }
    cli_print(
        "\nL: blocks of each of the three scales. CONTEXT: in bytes. TRAIN, RUN: memory to train "
        "in steps\nof %d contexts, and to generate. MFLOP/B: million operations a byte in "
        "training.\n'axl models NAME' shows one in full.\n",
        AXL_MODEL_BATCH);
}

int cmd_models(const arguments *args) {
    char path[CLI_PATH_MAX];
    cli_command_path(path, args->command);
    if (args->word_count > 1) {
        cli_complain("%s: one name at most, not also '%s'; try 'axl help models'", path,
                     args->words[1]);
        return 2;
    }
    if (args->word_count == 1) return show_one(path, args);
    show_all(args->json);
    return 0;
}
