// axl data make.
#include "cli/cli_amount.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"
#include "cli/data_text.h"

#include <axl/data_make.h>

static void json_set(json *j, const char *name, const axl_data_made_set *s) {
    json_open(j, name);
    json_size(j, "pairs", s->pairs);
    json_size(j, "bytes", s->bytes);
    json_text(j, "sha256", s->sha256);
    json_end(j);
}

static void print_json(const axl_data_make_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_open_list(&j, "tasks");
    for (size_t i = 0; i < r->task_count; i++) {
        const axl_data_made *t = &r->tasks[i];
        json_open(&j, NULL);
        json_text(&j, "task", t->task);
        if (t->missing[0]) {
            json_text(&j, "missing", t->missing);
        } else {
            json_set(&j, "train", &t->train);
            json_set(&j, "held", &t->held);
            json_size(&j, "too_long", t->too_long);
            json_size(&j, "copies", t->copies);
            json_size(&j, "shared", t->shared);
        }
        json_end(&j);
    }
    json_end(&j);
    json_size(&j, "train_files", r->train_files);
    json_size(&j, "held_files", r->held_files);
    json_size(&j, "train_projects", r->train_projects);
    json_size(&j, "held_projects", r->held_projects);
    data_json_reasons(&j, r->reasons, r->reason_count);
    json_end(&j);
}

static void print_task(const axl_data_made *t) {
    char train[CLI_AMOUNT_MAX], held[CLI_AMOUNT_MAX], longer[CLI_AMOUNT_MAX],
        copies[CLI_AMOUNT_MAX], shared[CLI_AMOUNT_MAX];
    if (t->missing[0]) return;
    cli_print("%-10s  %10s  %10s  %10s  %10s  %10s\n", t->task,
              cli_amount_exact(train, t->train.pairs), cli_amount_exact(held, t->held.pairs),
              cli_amount_exact(longer, t->too_long), cli_amount_exact(copies, t->copies),
              cli_amount_exact(shared, t->shared));
}

static void print_table(const axl_data_make_result *r) {
    char files[CLI_AMOUNT_MAX], projects[CLI_AMOUNT_MAX];
    cli_print_bold("%-10s  %10s  %10s  %10s  %10s  %10s\n", "TASK", "TRAIN", "HELD OUT", "TOO LONG",
                   "COPIES", "HELD CODE");
    for (size_t i = 0; i < r->task_count; i++) print_task(&r->tasks[i]);
    for (size_t i = 0; i < r->task_count; i++)
        if (r->tasks[i].missing[0])
            cli_print("%s: none, since they are made by running code: %s\n", r->tasks[i].task,
                      r->tasks[i].missing);
    cli_print("\n");
    cli_print("Training: %s files", cli_amount_exact(files, r->train_files));
    cli_print(" of %s projects;", cli_amount_exact(projects, r->train_projects));
    cli_print(" held out: %s", cli_amount_exact(files, r->held_files));
    cli_print(" of %s\n\n", cli_amount_exact(projects, r->held_projects));
    data_print_reasons(r->reasons, r->reason_count);
}

int cmd_data_make(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    const data_arguments *p = &args->prepare;
    if (args->word_count != 1 || p->from.count == 0 || !args->out) {
        cli_complain("%s: a task, --from and --out are needed; try 'axl help data make'", s.path);
        return 2;
    }
    axl_data_make_options options = {.source = data_source(args, 0, &s.progress),
                                     .task = args->words[0],
                                     .out = args->out,
                                     .force = args->force,
                                     .held = p->held,
                                     .seed = args->seed ? args->seed : 1,
                                     .limit = p->limit,
                                     .context = p->context};
    options.source.paths = p->from.item;
    options.source.path_count = p->from.count;
    axl_error err;
    axl_data_make_result result;
    const axl_status status = axl_data_make(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(&result);
    if (code == 0 && !args->json) print_table(&result);
    return code;
}
