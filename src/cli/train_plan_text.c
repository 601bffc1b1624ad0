#include "cli/train_plan_text.h"

#include "cli/cli_amount.h"
#include "cli/cli_output.h"

#include <math.h>
#include <stdio.h>

static const char *const speed_names[] = {"unknown", "assumed", "measured on another size",
                                          "measured"};

// ---- JSON ----

static void json_memory(json *j, const axl_train_plan *p) {
    json_open(j, "memory");
    json_size(j, "weights", p->weights);
    json_size(j, "gradients", p->gradients);
    json_size(j, "moments", p->moments);
    json_size(j, "activations", p->activations);
    json_size(j, "scratch", p->scratch);
    json_size(j, "data", p->data);
    json_size(j, "program", p->program);
    json_size(j, "all", p->all);
    json_bool(j, "fits", !p->over_memory);
    json_end(j);
}

static void json_model(json *j, const axl_train_plan *p) {
    json_text(j, "preset", p->preset);
    if (p->base[0]) json_text(j, "base", p->base);
    if (p->recipe[0]) json_text(j, "recipe", p->recipe);
    json_size(j, "params", p->params);
    json_open(j, "model");
    json_size(j, "d_model", p->d_model);
    json_size(j, "n_heads", p->n_heads);
    json_size(j, "d_ff", p->d_ff);
    json_size(j, "n_layers_per_scale", p->n_layers_per_scale);
    json_size(j, "max_seq_len", p->max_seq_len);
    json_end(j);
    json_size(j, "batch", p->batch);
    json_size(j, "length", p->length);
}

static void json_known(json *j, const char *name, uint64_t value) {
    if (value > 0)
        json_size(j, name, value);
    else
        json_number(j, name, (double)NAN);
}

// What is not known is null.
static void json_run(json *j, const axl_train_plan *p) {
    json_open(j, "plan");
    json_positive(j, "bytes_per_s", p->bytes_per_s);
    json_text(j, "speed", speed_names[p->speed_from]);
    json_known(j, "steps", p->steps);
    json_known(j, "bytes", p->bytes);
    json_positive(j, "seconds", p->seconds);
    json_positive(j, "passes", p->passes);
    json_positive(j, "fit", p->fit);
    json_bool(j, "too_large", p->too_large);
    json_bool(j, "too_small", p->too_small);
    json_bool(j, "too_often", p->too_often);
    json_known(j, "auto_params", p->auto_params);
    json_positive(j, "auto_bytes", p->auto_bytes);
    json_end(j);
}

void train_plan_json(json *j, const axl_train_plan *p) {
    json_model(j, p);
    json_run(j, p);
    json_memory(j, p);
    json_open(j, "disk");
    json_size(j, "checkpoint", p->checkpoint);
    json_size(j, "all", p->disk);
    json_end(j);
    json_open(j, "data");
    json_size(j, "train_bytes", p->train_bytes);
    json_size(j, "train_documents", p->train_documents);
    json_size(j, "held_bytes", p->held_bytes);
    json_size(j, "held_documents", p->held_documents);
    json_bool(j, "tail", p->tail);
    json_end(j);
}

// ---- for people ----

static void print_memory(const char *name, uint64_t bytes) {
    char text[CLI_AMOUNT_MAX];
    cli_print("  %-12s  %10s\n", name, cli_amount_memory(text, (double)bytes));
}

static void print_run(const axl_train_plan *p) {
    char bytes[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX], speed[CLI_AMOUNT_MAX];
    if (p->bytes > 0)
        cli_print("it sees %s: %.3g pass%s over the text, in %llu step%s",
                  cli_amount_text(bytes, (double)p->bytes), p->passes, p->passes == 1 ? "" : "es",
                  (unsigned long long)p->steps, p->steps == 1 ? "" : "s");
    if (p->seconds > 0)
        cli_print("%s %s", p->bytes > 0 ? " and" : "it takes",
                  cli_amount_time(time, p->seconds / 60));
    cli_print("\n");
    if (p->bytes_per_s > 0)
        cli_print("speed: %s/s, %s\n", cli_amount_text(speed, p->bytes_per_s),
                  speed_names[p->speed_from]);
}

void train_plan_print(const axl_train_plan *p) {
    char params[CLI_AMOUNT_MAX], train[CLI_AMOUNT_MAX], held[CLI_AMOUNT_MAX], disk[CLI_AMOUNT_MAX];
    cli_print("%s, %s parameters; steps of %zu x %zu bytes\n", p->preset,
              cli_amount_exact(params, p->params), p->batch, p->length);
    cli_print("d_model %zu, n_heads %zu, d_ff %zu, n_layers_per_scale %zu, max_seq_len %zu\n",
              p->d_model, p->n_heads, p->d_ff, p->n_layers_per_scale, p->max_seq_len);
    if (p->base[0]) cli_print("begins with the weights of %s\n", p->base);
    if (p->recipe[0]) cli_print("%s\n", p->recipe);
    cli_print("text: %s in %llu documents to train on, %s in %llu held out%s\n",
              cli_amount_text(train, (double)p->train_bytes),
              (unsigned long long)p->train_documents, cli_amount_text(held, (double)p->held_bytes),
              (unsigned long long)p->held_documents, p->tail ? " (the tail of the only file)" : "");
    print_run(p);
    cli_print_bold("\n  %-12s  %10s\n", "MEMORY", "");
    print_memory("weights", p->weights);
    print_memory("gradients", p->gradients);
    print_memory("optimizer", p->moments);
    print_memory("activations", p->activations);
    print_memory("scratch", p->scratch);
    print_memory("data", p->data);
    print_memory("program", p->program);
    print_memory("all", p->all);
    cli_print("\ndisk: %s while it runs\n", cli_amount_memory(disk, (double)p->disk));
}

// ---- warnings ----

// "12.8 M parameters see 0.8 MB in 3 min; --preset auto would train 0.9 M on 7 MB"
static void warn_size(const char *path, const axl_train_plan *p) {
    char params[CLI_AMOUNT_MAX], bytes[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX];
    char better[CLI_AMOUNT_MAX], more[CLI_AMOUNT_MAX];
    cli_complain(
        "%s: too %s a model: %s parameters see %s in %s; --preset auto would train %s on "
        "%s",
        path, p->too_large ? "large" : "small", cli_amount_count(params, (double)p->params),
        cli_amount_text(bytes, (double)p->bytes), cli_amount_time(time, p->seconds / 60),
        cli_amount_count(better, (double)p->auto_params), cli_amount_text(more, p->auto_bytes));
}

void train_plan_warn(const char *path, const axl_train_plan *p) {
    char text[CLI_AMOUNT_MAX];
    if (p->over_memory)
        cli_complain("%s: this needs %s of memory, and less is available now", path,
                     cli_amount_memory(text, (double)p->all));
    if (p->too_large || p->too_small) warn_size(path, p);
    if (p->too_often)
        cli_complain(
            "%s: %.0f passes over %s of text: what comes after some 8 teaches little; "
            "take more text",
            path, p->passes, cli_amount_text(text, (double)p->train_bytes));
}

int train_plan_dry_run(const setup *s, const axl_train_options *options, bool as_json) {
    axl_error err;
    axl_train_plan plan;
    const axl_status status = axl_train_dry(options, &plan, &err);
    if (status != AXL_OK) return cli_failed(s->path, status, &err);
    if (as_json) {
        json j = {0};
        json_open(&j, NULL);
        train_plan_json(&j, &plan);
        json_end(&j);
    } else {
        train_plan_print(&plan);
    }
    train_plan_warn(s->path, &plan);
    return 0;
}
