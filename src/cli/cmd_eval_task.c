// axl eval task.
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- JSON ----

static void json_figure(json *j, const char *name, const axl_task_figure *f) {
    json_flat_object(j, name);
    json_number(j, "value", f->value);
    json_number(j, "low", f->low);
    json_number(j, "high", f->high);
    json_size(j, "count", f->count);
    json_end(j);
}

static void json_row(json *j, const axl_eval_task_result *r, size_t index) {
    const axl_task_row *row = &r->rows[index];
    json_open(j, NULL);
    json_text(j, "name", row->name);
    json_bool(j, "baseline", row->baseline);
    json_open(j, "figures");
    for (size_t i = 0; i < r->figure_count && row->known; i++)
        json_figure(j, r->figure_name[i], &row->figure[i]);
    json_end(j);
    if (!row->baseline) {
        json_open(j, "gain");
        for (size_t b = 0; b < AXL_TASK_BASELINES; b++)
            if (r->rows[r->model_count + b].known)
                json_figure(j, r->rows[r->model_count + b].name, &row->gain[b]);
        json_end(j);
        json_size(j, "unfit", row->unfit);
        json_size(j, "context", row->context);
        json_number(j, "seconds", row->seconds);
    }
    json_end(j);
}

static void print_json(const axl_eval_task_result *r) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "task", r->task);
    json_text(&j, "primary", r->figure_name[r->primary]);
    json_size(&j, "questions", r->questions);
    json_size(&j, "all_questions", r->all_questions);
    json_size(&j, "projects", r->projects);
    json_size(&j, "train_pairs", r->train_pairs);
    if (r->missing[0]) json_text(&j, "missing", r->missing);
    json_text(&j, "level", r->level);
    json_size(&j, "threads", r->threads);
    json_open_list(&j, "rows");
    for (size_t i = 0; i < r->row_count; i++) json_row(&j, r, i);
    json_end(&j);
    json_end(&j);
}

// ---- for people ----

#define WIDTH 19 // of a figure with its interval

// "41.5 % [34.9, 48.4]", or "-".
static void print_figure(const axl_task_figure *f) {
    char text[40] = "-";
    if (!isnan(f->value) && isnan(f->low))
        snprintf(text, sizeof text, "%.1f %%", 100 * f->value);
    else if (!isnan(f->value))
        snprintf(text, sizeof text, "%.1f %% [%.1f, %.1f]", 100 * f->value, 100 * f->low,
                 100 * f->high);
    cli_print("  %*s", WIDTH, text);
}

// So many figures stand in a line; the table goes on below.
#define TOGETHER 4

static void print_block(const axl_eval_task_result *r, size_t from) {
    size_t past = from + TOGETHER, widest = 0;
    if (past > r->figure_count) past = r->figure_count;
    for (size_t i = 0; i < r->row_count; i++)
        if (strlen(r->rows[i].name) > widest) widest = strlen(r->rows[i].name);
    cli_print_bold("%-*s", (int)widest, "");
    for (size_t i = from; i < past; i++) cli_print_bold("  %*s", WIDTH, r->figure_name[i]);
    cli_print("\n");
    for (size_t i = 0; i < r->row_count; i++) {
        if (!r->rows[i].known) continue;
        cli_print("%-*s", (int)widest, r->rows[i].name);
        for (size_t k = from; k < past; k++) print_figure(&r->rows[i].figure[k]);
        cli_print("\n");
    }
    cli_print("\n");
}

static void print_verdict(const axl_eval_task_result *r, size_t model) {
    const axl_task_row *row = &r->rows[model];
    cli_print_bold("%s", row->name);
    cli_print(" in '%s':", r->figure_name[r->primary]);
    const char *between = "";
    for (size_t b = 0; b < AXL_TASK_BASELINES; b++) {
        const axl_task_row *other = &r->rows[r->model_count + b];
        const axl_task_figure *gain = &row->gain[b];
        if (!other->known) continue;
        const char *verdict = "is not told apart from";
        if (gain->low > 0) verdict = "beats";
        if (gain->high < 0) verdict = "is worse than";
        cli_print("%s %s %s (%+.1f", between, verdict, other->name, 100 * gain->value);
        if (!isnan(gain->low)) cli_print(" [%+.1f, %+.1f]", 100 * gain->low, 100 * gain->high);
        cli_print(")");
        between = ";";
    }
    cli_print(".\n");
    if (row->unfit > 0)
        cli_print(
            "Questions that do not fit its context of %zu bytes with their answers, counted as "
            "wrong: %llu of %llu.\n",
            row->context, (unsigned long long)row->unfit, (unsigned long long)r->questions);
}

static void print_table(const axl_eval_task_result *r) {
    cli_print("%s: %s; questions: %llu", r->task, r->about, (unsigned long long)r->questions);
    if (r->questions < r->all_questions)
        cli_print(" of %llu", (unsigned long long)r->all_questions);
    if (r->projects < r->questions) cli_print(", projects: %llu", (unsigned long long)r->projects);
    cli_print(", training pairs: %llu\n\n", (unsigned long long)r->train_pairs);
    for (size_t from = 0; from < r->figure_count; from += TOGETHER) print_block(r, from);
    for (size_t i = 0; i < r->model_count; i++) print_verdict(r, i);
    if (r->projects < r->questions && r->projects == 1)
        cli_print("There are no intervals: one project does not tell what others would give.\n");
    else if (r->projects < r->questions && r->projects < AXL_TASK_FEW)
        cli_print("Intervals of so few projects are rough, too narrow rather than too wide.\n");
    if (r->train_pairs == 0)
        cli_print("Without training pairs (--train) there is one baseline only.\n");
    if (r->missing[0]) cli_print("Not measured: %s.\n", r->missing);
}

int cmd_eval_task(const arguments *args) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    if (args->word_count < 2 || !args->data) {
        cli_complain("%s: a task, models and --data are needed; try 'axl help eval task'", s.path);
        return 2;
    }
    const axl_eval_task_options options = {.task = args->words[0],
                                           .models = args->words + 1,
                                           .model_count = args->word_count - 1,
                                           .data = args->data,
                                           .train = args->score.train,
                                           .samples = args->score.samples,
                                           .no_record = args->score.no_record,
                                           .level = s.level,
                                           .threads = args->threads,
                                           .progress = cli_progress_step,
                                           .progress_ctx = &s.progress};
    axl_error err;
    axl_eval_task_result *result;
    const axl_status status = axl_eval_task(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result);
    if (code == 0 && !args->json) print_table(result);
    if (code == 0) code = cli_setup_recorded(&s, &result->record);
    axl_eval_task_free(result);
    return code;
}
