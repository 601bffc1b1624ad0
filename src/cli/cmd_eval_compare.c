// axl eval compare.
#include "cli/cli_amount.h"
#include "cli/cli_command.h"
#include "cli/cli_escape.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"

#include <axl/axl.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MODELS_MOST 64
#define SHOWN 512 // bytes of a name

// ---- JSON ----

static void json_figure(json *j, const char *name, const axl_task_figure *f) {
    json_flat_object(j, name);
    json_number(j, "value", f->value);
    json_number(j, "low", f->low);
    json_number(j, "high", f->high);
    json_end(j);
}

static void json_task(json *j, const axl_compare_task *t) {
    json_open(j, t->task);
    json_text(j, "figure", t->figure_name);
    json_number(j, "value", t->figure.value);
    json_number(j, "low", t->figure.low);
    json_number(j, "high", t->figure.high);
    json_size(j, "questions", t->questions);
    json_size(j, "unfit", t->unfit);
    json_size(j, "baselines_beaten", t->beaten);
    json_open(j, "baselines");
    for (size_t i = 0; i < t->baseline_count; i++)
        json_figure(j, t->baseline[i].name, &t->baseline[i].figure);
    json_end(j);
    json_end(j);
}

static void print_json(const axl_compare_model *models, size_t count) {
    json j = {0};
    json_open(&j, NULL);
    json_open_list(&j, "models");
    for (size_t i = 0; i < count; i++) {
        const axl_compare_model *m = &models[i];
        json_open(&j, NULL);
        json_text(&j, "model", m->path);
        json_text(&j, "preset", m->preset);
        json_size(&j, "parameters", m->parameters);
        json_size(&j, "context", m->context);
        json_number(&j, "seconds", m->seconds);
        json_number(&j, "bytes", m->bytes);
        json_number(&j, "bpb", m->bpb);
        json_number(&j, "xz_bpb", m->xz_bpb);
        json_open(&j, "tasks");
        for (size_t k = 0; k < m->task_count; k++) json_task(&j, &m->task[k]);
        json_end(&j);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
}

// ---- for people ----

// "41.5 %", or "-".
static const char *percent(char out[16], double share) {
    if (isfinite(share))
        snprintf(out, 16, "%.1f %%", 100 * share);
    else
        strcpy(out, "-");
    return out;
}

// The baseline that is hardest to beat.
static double best_baseline(const axl_compare_task *t) {
    double best = (double)NAN;
    for (size_t i = 0; i < t->baseline_count; i++)
        if (!(t->baseline[i].figure.value <= best)) best = t->baseline[i].figure.value;
    return best;
}

// Nobody vouches for what results.json says.
static const char *shown(char out[SHOWN], const char *text) {
    return cli_escape(out, SHOWN, text, strlen(text));
}

static void print_model(const axl_compare_model *m, int width) {
    char name[SHOWN], figure[SHOWN];
    char params[CLI_AMOUNT_MAX], time[CLI_AMOUNT_MAX] = "-", bits[16] = "-";
    char value[16], best[16], context[24] = "-";
    if (m->context) snprintf(context, sizeof context, "%llu", (unsigned long long)m->context);
    if (isfinite(m->seconds)) cli_amount_time(time, m->seconds / 60);
    if (isfinite(m->bpb)) snprintf(bits, sizeof bits, "%.3f", m->bpb);
    cli_print("%-*s  %8s  %7s  %12s  %9s", width, shown(name, m->path),
              m->parameters ? cli_amount_count(params, (double)m->parameters) : "-", context, time,
              bits);
    for (size_t i = 0; i < m->task_count; i++) {
        const axl_compare_task *t = &m->task[i];
        if (i > 0) cli_print("\n%*s", width + 46, "");
        cli_print("  %-9s  %-9s  %7s  %7s  %zu of %zu", shown(name, t->task),
                  shown(figure, t->figure_name), percent(value, t->figure.value),
                  percent(best, best_baseline(t)), t->beaten, t->baseline_count);
    }
    cli_print("\n");
}

static void print_table(const axl_compare_model *models, size_t count) {
    size_t width = strlen("MODEL");
    char name[SHOWN];
    for (size_t i = 0; i < count; i++) {
        const size_t wide = strlen(shown(name, models[i].path));
        if (wide > width) width = wide;
    }
    cli_print_bold("%-*s  %8s  %7s  %12s  %9s  %-9s  %-9s  %7s  %7s  %s\n", (int)width, "MODEL",
                   "PARAMS", "CONTEXT", "TRAINED", "BITS/BYTE", "TASK", "FIGURE", "MODEL", "BASE",
                   "BEATEN");
    for (size_t i = 0; i < count; i++) print_model(&models[i], (int)width);
    cli_print(
        "\nBASE: the best baseline. BEATEN: baselines that the model is better than, question "
        "by question.\nBits per byte are of each model's own held-out text.\n");
}

static int compare(const char *path, const arguments *args, axl_compare_model *models) {
    axl_error err;
    axl_status status = axl_compare(args->words, args->word_count, models, &err);
    if (status == AXL_OK && args->score.html)
        status = axl_compare_page(models, args->word_count, args->score.html, &err);
    if (status != AXL_OK) return cli_failed(path, status, &err);
    if (args->json)
        print_json(models, args->word_count);
    else
        print_table(models, args->word_count);
    return 0;
}

int cmd_eval_compare(const arguments *args) {
    static axl_compare_model models[MODELS_MOST];
    char path[CLI_PATH_MAX];
    cli_command_path(path, args->command);
    if (args->word_count == 0 || args->word_count > MODELS_MOST) {
        cli_complain("%s: 1 to %d model directories are needed; try 'axl help eval compare'", path,
                     MODELS_MOST);
        return 2;
    }
    return compare(path, args, models);
}
