#include "eval/task_scores.h"

#include "base/alloc.h"
#include "base/error.h"
#include "eval/codebleu.h"

#include <math.h>
#include <string.h>

static const double *values_of(const task_scores *s, task_metric m) {
    return s->value + (size_t)m * s->count;
}

static axl_status make_figure(task_scores *s, const task_questions *q, task_metric m,
                              axl_error *err) {
    const task_sample sample = {.value = values_of(s, m), .group = q->group, .count = s->count};
    return task_metric_is_share(m) ? task_figure_hits(&s->figure[m], &sample, err)
                                   : task_figure_mean(&s->figure[m], &sample, err);
}

// ---- totals ----

// Of code whose flow of data could be compared; a part that nothing was found of counts as nothing,
// where the reference implementation counts it as all: its way gives garbage a quarter.
static double code_score(const codebleu *sum) {
    const codebleu_score s = codebleu_result(sum);
    if (sum->flow_total == 0) return s.codebleu;
    return (s.ngram + s.weighted + s.syntax + s.dataflow) / 4;
}

// An answer beyond the parser's limits is compared as none.
static axl_status compare_code(task_scores *s, const task_tools *tools, const task_questions *q,
                               const python_span *answers, axl_error *err) {
    codebleu sum = {0};
    for (size_t i = 0; i < q->count; i++) {
        axl_error why;
        const python_span right = q->list[i].answer, none = {"", 0};
        axl_status status = codebleu_add(&sum, tools->parser, right, answers[i], &why);
        if (status == AXL_TOO_LARGE) status = codebleu_add(&sum, tools->parser, right, none, &why);
        if (status != AXL_OK && status != AXL_TOO_LARGE)
            return error_set(err, status, "%s", why.text);
    }
    if (sum.pairs > 0) s->total.codebleu = code_score(&sum);
    return AXL_OK;
}

static double ratio(uint64_t part, uint64_t all) {
    return all ? (double)part / (double)all : (double)NAN;
}

// A finding is right where it has the right name.
static void count_findings(task_scores *s, const task_questions *q, const python_span *answers) {
    const python_span fine = {"OK", 2}, empty = {"", 0};
    uint64_t right = 0, found = 0, there = 0;
    for (size_t i = 0; i < q->count; i++) {
        const python_span label = task_first_line(answers[i]);
        const python_span wanted = task_first_line(q->list[i].answer);
        const bool says = !task_text_same(label, fine) && !task_text_same(label, empty);
        const bool is = !task_text_same(wanted, fine);
        found += says;
        there += is;
        right += is && says && task_text_same(label, wanted);
    }
    s->total.precision = ratio(right, found);
    s->total.recall = ratio(right, there);
    s->total.f1 = ratio(2 * right, found + there);
}

// ---- all of it ----

axl_status task_scores_make(task_scores *out, const task_tools *tools, const task_questions *q,
                            const python_span *answers, axl_error *err) {
    const scored_task *t = tools->task;
    double one[TASK_METRICS];
    *out = (task_scores){.count = q->count,
                         .total = {(double)NAN, (double)NAN, (double)NAN, (double)NAN}};
    out->value = mem_alloc_array(q->count, TASK_METRICS * sizeof *out->value);
    if (!out->value)
        return error_no_memory(err, "scores", q->count * TASK_METRICS * sizeof *out->value);
    for (size_t i = 0; i < q->count; i++) {
        FORWARD(task_metrics_of(tools, &q->list[i], answers[i], one, err));
        for (size_t m = 0; m < TASK_METRICS; m++) out->value[m * q->count + i] = one[m];
    }
    for (size_t m = 0; m < TASK_METRICS; m++) FORWARD(make_figure(out, q, (task_metric)m, err));
    if (t->codebleu && tools->parser) FORWARD(compare_code(out, tools, q, answers, err));
    if (t->detects) count_findings(out, q, answers);
    return AXL_OK;
}

void task_scores_free(task_scores *s) {
    mem_free(s->value);
    *s = (task_scores){0};
}

axl_status task_scores_gain(task_figure *out, const task_match *m, axl_error *err) {
    const task_sample sample = {.value = values_of(m->of, m->task->primary),
                                .against = values_of(m->over, m->task->primary),
                                .group = m->questions->group,
                                .count = m->of->count};
    return task_figure_mean(out, &sample, err);
}
