#include "cli/train_plan_text.h"

#include "cli/cli_amount.h"
#include "cli/cli_output.h"

void train_plan_json(json *j, const axl_train_plan *p) {
    json_text(j, "preset", p->preset);
    json_size(j, "params", p->params);
    json_size(j, "batch", p->batch);
    json_size(j, "length", p->length);
    json_object(j, "memory");
    json_size(j, "weights", p->weights);
    json_size(j, "gradients", p->gradients);
    json_size(j, "moments", p->moments);
    json_size(j, "activations", p->activations);
    json_size(j, "scratch", p->scratch);
    json_size(j, "data", p->data);
    json_size(j, "all", p->all);
    json_end(j);
    json_object(j, "disk");
    json_size(j, "checkpoint", p->checkpoint);
    json_size(j, "all", p->disk);
    json_end(j);
    json_object(j, "data");
    json_size(j, "train_bytes", p->train_bytes);
    json_size(j, "train_documents", p->train_documents);
    json_size(j, "held_bytes", p->held_bytes);
    json_size(j, "held_documents", p->held_documents);
    json_bool(j, "tail", p->tail);
    json_end(j);
}

static void print_memory(const char *name, uint64_t bytes) {
    char text[CLI_AMOUNT_MAX];
    cli_print("  %-12s  %10s\n", name, cli_amount_memory(text, (double)bytes));
}

void train_plan_print(const axl_train_plan *p) {
    char params[CLI_AMOUNT_MAX], train[CLI_AMOUNT_MAX], held[CLI_AMOUNT_MAX], disk[CLI_AMOUNT_MAX];
    cli_print("%s, %s parameters; steps of %zu x %zu bytes\n", p->preset,
              cli_amount_exact(params, p->params), p->batch, p->length);
    cli_print("text: %s in %llu documents to train on, %s in %llu held out%s\n\n",
              cli_amount_text(train, (double)p->train_bytes),
              (unsigned long long)p->train_documents, cli_amount_text(held, (double)p->held_bytes),
              (unsigned long long)p->held_documents, p->tail ? " (the tail of the only file)" : "");
    cli_print_bold("  %-12s  %10s\n", "MEMORY", "");
    print_memory("weights", p->weights);
    print_memory("gradients", p->gradients);
    print_memory("optimizer", p->moments);
    print_memory("activations", p->activations);
    print_memory("scratch", p->scratch);
    print_memory("data", p->data);
    print_memory("all", p->all);
    cli_print("\ndisk: %s while it runs\n", cli_amount_memory(disk, (double)p->disk));
}

int train_plan_dry_run(const setup *s, const axl_train_options *options, bool as_json) {
    axl_error err;
    axl_train_plan plan;
    const axl_status status = axl_train_dry(options, &plan, &err);
    if (status != AXL_OK) return cli_failed(s->path, status, &err);
    if (as_json) {
        json j = {0};
        json_object(&j, NULL);
        train_plan_json(&j, &plan);
        json_end(&j);
    } else {
        train_plan_print(&plan);
    }
    return 0;
}
