#include "api/eval_task_card.h"

#include "base/json_out.h"

#include <math.h>
#include <string.h>

const char *eval_task_verdict(const axl_task_figure *gain) {
    if (gain->low > 0) return "beats";
    return gain->high < 0 ? "does not beat" : "is not told apart from";
}

// "41.5 % (34.9 to 48.4)".
static void put_figure(buf *out, const axl_task_figure *f) {
    if (isnan(f->value)) {
        buf_text(out, "-");
        return;
    }
    buf_format(out, "%.1f %%", 100 * f->value);
    if (!isnan(f->low)) buf_format(out, " (%.1f to %.1f)", 100 * f->low, 100 * f->high);
}

static void put_row(buf *out, const axl_eval_task_result *r, size_t index, const char *name) {
    buf_format(out, "| %s |", name);
    for (size_t i = 0; i < r->figure_count; i++) {
        buf_byte(out, ' ');
        put_figure(out, &r->rows[index].figure[i]);
        buf_text(out, " |");
    }
    buf_byte(out, '\n');
}

// How far they can be trusted.
static const char *intervals(const axl_eval_task_result *r) {
    const bool alone = r->projects == r->questions;
    if (!alone && r->projects == 1) return "There are no intervals of one project.";
    if (!alone && r->projects < AXL_TASK_FEW)
        return "Intervals of 95 %; of so few projects they are rough, and rather too narrow.";
    return "Intervals of 95 %.";
}

void eval_task_card(buf *out, const axl_eval_task_result *r, size_t model) {
    const axl_task_row *m = &r->rows[model];
    buf_format(out, "## Task `%s`: %s\n\nHeld-out questions: %llu", r->task, r->about,
               (unsigned long long)r->questions);
    if (r->questions < r->all_questions)
        buf_format(out, " of %llu, evenly chosen", (unsigned long long)r->all_questions);
    if (r->projects < r->questions)
        buf_format(out, ", of %llu project%s", (unsigned long long)r->projects,
                   r->projects == 1 ? "" : "s");
    buf_format(out,
               "; answers written greedily. %llu did not fit the context of %zu bytes and "
               "count as wrong.\n\n|  |",
               (unsigned long long)m->unfit, m->context);
    for (size_t i = 0; i < r->figure_count; i++) buf_format(out, " %s |", r->figure_name[i]);
    buf_text(out, "\n|---|");
    for (size_t i = 0; i < r->figure_count; i++) buf_text(out, "---:|");
    buf_byte(out, '\n');
    put_row(out, r, model, "this model");
    for (size_t i = r->model_count; i < r->row_count; i++)
        if (r->rows[i].known) put_row(out, r, i, r->rows[i].name);
    buf_format(out, "\n%s In `%s` this model", intervals(r), r->figure_name[r->primary]);
    bool first = true;
    for (size_t i = r->model_count; i < r->row_count; i++) {
        if (!r->rows[i].known) continue;
        buf_format(out, "%s %s the baseline '%s'", first ? "" : ",",
                   eval_task_verdict(&m->gain[i - r->model_count]), r->rows[i].name);
        first = false;
    }
    buf_text(out, ".\n");
    if (r->train_pairs == 0) buf_text(out, "\nThere were no training pairs for the others.\n");
    if (r->missing[0]) buf_format(out, "\nNot measured: %s.\n", r->missing);
}

static void put_json_figure(json_out *j, const char *name, const axl_task_figure *f) {
    json_out_flat_object(j, name);
    json_out_number(j, "value", f->value);
    json_out_number(j, "low", f->low);
    json_out_number(j, "high", f->high);
    json_out_count(j, "count", f->count);
    json_out_end(j);
}

static void put_json_figures(json_out *j, const char *name, const axl_eval_task_result *r,
                             const axl_task_row *row) {
    json_out_object(j, name);
    for (size_t i = 0; i < r->figure_count; i++)
        put_json_figure(j, r->figure_name[i], &row->figure[i]);
    json_out_end(j);
}

void eval_task_json(buf *out, const axl_eval_task_result *r, size_t model) {
    const axl_task_row *m = &r->rows[model];
    json_out j = {.to = out};
    json_out_object(&j, NULL);
    json_out_count(&j, "questions", r->questions);
    json_out_count(&j, "all_questions", r->all_questions);
    json_out_count(&j, "projects", r->projects);
    json_out_count(&j, "train_pairs", r->train_pairs);
    json_out_count(&j, "unfit", m->unfit);
    json_out_count(&j, "context", m->context);
    json_out_text(&j, "primary", r->figure_name[r->primary]);
    put_json_figures(&j, "figures", r, m);
    json_out_object(&j, "baselines");
    for (size_t i = r->model_count; i < r->row_count; i++)
        if (r->rows[i].known) put_json_figures(&j, r->rows[i].name, r, &r->rows[i]);
    json_out_end(&j);
    json_out_object(&j, "gain");
    for (size_t i = r->model_count; i < r->row_count; i++)
        if (r->rows[i].known) put_json_figure(&j, r->rows[i].name, &m->gain[i - r->model_count]);
    json_out_end(&j);
    if (r->missing[0]) json_out_text(&j, "missing", r->missing);
    json_out_end(&j);
    // The document's newline is not part of the value.
    while (out->size > 0 && out->data[out->size - 1] == '\n') buf_truncate(out, out->size - 1);
}
