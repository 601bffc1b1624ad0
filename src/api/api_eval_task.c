#include <axl/eval_task.h>

#include "api/eval_record.h"
#include "api/eval_task_card.h"
#include "api/machine.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "base/strings.h"
#include "eval/baseline.h"
#include "eval/task_answers.h"
#include "eval/task_scores.h"
#include "os/clock.h"
#include "os/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert(AXL_TASK_FIGURES >= TASK_METRICS + 3, "a row holds every metric and the totals");

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_eval_task_result result;
    axl_task_row rows[AXL_TASK_MODELS + AXL_TASK_BASELINES];
} owned;

enum { COPIED, FREQUENT, NEAREST };

typedef struct job {
    const axl_eval_task_options *o;
    owned *out;
    const scored_task *task;
    task_questions held, train; // train.count 0: there are none
    task_tools tools;
    python_parser *parser;
    sandbox *box;
    task_scores scores[AXL_TASK_MODELS + AXL_TASK_BASELINES];
    python_span *span; // [held.count], of the row that is being scored
    const char *model; // that is being asked
} job;

const char *axl_eval_task_name(size_t index) {
    return index < scored_task_count ? scored_tasks[index].name : NULL;
}

// ---- what there is ----

static void add_missing(job *j, const char *what, const char *why) {
    char *to = j->out->result.missing;
    const size_t used = strlen(to), room = sizeof j->out->result.missing - used;
    string_format(to + used, room, NULL, "%s%s (%s)", used ? "; " : "", what, why);
}

// What a build or a machine does not have is said, and left out of the figures.
static axl_status open_tools(job *j, axl_error *err) {
    const uint32_t python = TASK_BIT(TASK_TREE) | TASK_BIT(TASK_PARSES) | TASK_BIT(TASK_INSERTS) |
                            TASK_BIT(TASK_NAMES) | TASK_BIT(TASK_TRUE);
    axl_error why;
    axl_status status = AXL_OK;
    if ((j->task->metrics & python) || j->task->codebleu)
        status = python_open(&j->parser, NULL, &why);
    RETURN_IF(status != AXL_OK && status != AXL_UNSUPPORTED, err, status, "%s", why.text);
    if (status == AXL_UNSUPPORTED) add_missing(j, "what needs a parser", why.text);
    if (status == AXL_OK && (j->task->metrics & TASK_BIT(TASK_TRUE))) {
        status = sandbox_open(&j->box, NULL, &why);
        RETURN_IF(status != AXL_OK && status != AXL_UNSUPPORTED, err, status, "%s", why.text);
        if (status == AXL_UNSUPPORTED) add_missing(j, "whether assertions hold", why.text);
    }
    j->tools = (task_tools){j->task, j->parser, j->box};
    return AXL_OK;
}

// train.jsonl in the folder of the questions, where the caller names none.
static axl_status read_train(job *j, axl_error *err) {
    if (j->o->train) return task_questions_read(&j->train, j->o->train, err);
    const char *slash = strrchr(j->o->data, '/');
    buf path = {0};
    int fd = -1;
    if (slash) buf_append(&path, j->o->data, (size_t)(slash - j->o->data) + 1);
    buf_text(&path, "train.jsonl");
    axl_status status = buf_ok(&path) ? AXL_OK : error_no_memory(err, "a path", path.size);
    if (status == AXL_OK && os_reader_open(&fd, path.data, NULL, NULL) == AXL_OK)
        status = task_questions_read(&j->train, path.data, err);
    os_reader_close(fd);
    buf_free(&path);
    return status;
}

static axl_status read_pairs(job *j, axl_error *err) {
    axl_eval_task_result *r = &j->out->result;
    FORWARD(task_questions_read(&j->held, j->o->data, err));
    FORWARD(read_train(j, err));
    r->all_questions = j->held.count;
    task_questions_thin(&j->held, j->o->samples);
    FORWARD(task_questions_group(&j->held, err));
    r->questions = j->held.count;
    r->projects = j->held.projects;
    r->train_pairs = j->train.count;
    j->span = mem_alloc_array(j->held.count, sizeof *j->span);
    return j->span ? AXL_OK : error_no_memory(err, "answers", j->held.count * sizeof *j->span);
}

// ---- rows ----

static axl_status score_row(job *j, size_t row, axl_error *err) {
    j->out->rows[row].known = true;
    return task_scores_make(&j->scores[row], &j->tools, &j->held, j->span, err);
}

static axl_status score_baselines(job *j, axl_error *err) {
    static const char *const names[AXL_TASK_BASELINES] = {[COPIED] = "copied input",
                                                          [FREQUENT] = "most frequent answer",
                                                          [NEAREST] = "nearest question's answer"};
    const size_t first = j->o->model_count;
    baseline *b = NULL;
    for (size_t i = 0; i < AXL_TASK_BASELINES; i++)
        j->out->rows[first + i] = (axl_task_row){.name = names[i], .baseline = true};
    for (size_t i = 0; i < j->held.count; i++) j->span[i] = j->held.list[i].input;
    FORWARD(score_row(j, first + COPIED, err));
    if (j->train.count == 0) return AXL_OK;
    FORWARD(baseline_open(&b, &j->train, err));
    for (size_t i = 0; i < j->held.count; i++) j->span[i] = baseline_frequent(b);
    axl_status status = score_row(j, first + FREQUENT, err);
    for (size_t i = 0; i < j->held.count && status == AXL_OK; i++)
        status = baseline_nearest(b, j->held.list[i].prompt, &j->span[i], err);
    if (status == AXL_OK) status = score_row(j, first + NEAREST, err);
    baseline_close(b);
    return status;
}

static int report(void *ctx, uint64_t done, uint64_t total) {
    const job *j = ctx;
    return j->o->progress(j->o->progress_ctx, j->model, (size_t)done, (size_t)total);
}

static size_t longest_answer(const task_questions *q) {
    size_t most = 1;
    for (size_t i = 0; i < q->count; i++) most = size_max(most, q->list[i].answer.bytes);
    return most;
}

static axl_status ask(job *j, const engine *e, size_t row, axl_error *err) {
    axl_task_row *to = &j->out->rows[row];
    const task_asking a = {.e = e,
                           .questions = &j->held,
                           .most = longest_answer(&j->held),
                           .progress = j->o->progress ? report : NULL,
                           .progress_ctx = j};
    buf *answers = mem_zalloc_array(j->held.count, sizeof *answers);
    if (!answers) return error_no_memory(err, "answers", j->held.count * sizeof *answers);
    to->context = e->model.table.config.max_seq_len;
    for (size_t i = 0; i < j->held.count; i++) to->unfit += !task_fits(e, &j->held.list[i]);
    const uint64_t start = os_clock_ns();
    axl_status status = task_answers_run(&a, answers, err);
    to->seconds = (double)(os_clock_ns() - start) * 1e-9;
    for (size_t i = 0; i < j->held.count; i++)
        j->span[i] = (python_span){buf_string(&answers[i]), answers[i].size};
    if (status == AXL_OK) status = engine_intact(e, err);
    if (status == AXL_OK) status = score_row(j, row, err);
    for (size_t i = 0; i < j->held.count; i++) buf_free(&answers[i]);
    mem_free(answers);
    return status;
}

static axl_status score_models(job *j, axl_error *err) {
    machine m;
    FORWARD(machine_open(&m, j->o->level, j->o->threads, err));
    j->out->result.level = kernels_level_name(m.k.level);
    j->out->result.threads = m.threads;
    axl_status status = AXL_OK;
    for (size_t i = 0; i < j->o->model_count && status == AXL_OK; i++) {
        engine e;
        j->model = j->o->models[i];
        j->out->rows[i] = (axl_task_row){.name = j->model};
        status = engine_open(&e, j->model, &m.k, m.pool, err);
        if (status != AXL_OK) break;
        status = ask(j, &e, i, err);
        engine_close(&e);
    }
    machine_close(&m);
    return status;
}

// ---- the result ----

static axl_task_figure public_figure(const task_figure *f) {
    return (axl_task_figure){f->value, f->low, f->high, f->count};
}

static axl_task_figure total_figure(double value, uint64_t count) {
    return (axl_task_figure){value, (double)NAN, (double)NAN, isnan(value) ? 0 : count};
}

// The metrics of the task in their order, the primary one first, then the totals.
static void name_figures(axl_eval_task_result *r, const scored_task *t) {
    r->figure_name[r->figure_count++] = task_metric_name(t->primary);
    for (size_t m = 0; m < TASK_METRICS; m++)
        if ((t->metrics & TASK_BIT(m)) && m != t->primary)
            r->figure_name[r->figure_count++] = task_metric_name((task_metric)m);
    if (t->codebleu) r->figure_name[r->figure_count++] = "codebleu";
    if (!t->detects) return;
    r->figure_name[r->figure_count++] = "precision";
    r->figure_name[r->figure_count++] = "recall";
    r->figure_name[r->figure_count++] = "f1";
}

static void fill_row(axl_task_row *row, const scored_task *t, const task_scores *s) {
    size_t n = 0;
    row->figure[n++] = public_figure(&s->figure[t->primary]);
    for (size_t m = 0; m < TASK_METRICS; m++)
        if ((t->metrics & TASK_BIT(m)) && m != t->primary)
            row->figure[n++] = public_figure(&s->figure[m]);
    if (t->codebleu) row->figure[n++] = total_figure(s->total.codebleu, s->count);
    if (!t->detects) return;
    row->figure[n++] = total_figure(s->total.precision, s->count);
    row->figure[n++] = total_figure(s->total.recall, s->count);
    row->figure[n] = total_figure(s->total.f1, s->count);
}

static axl_status fill_gains(job *j, size_t model, axl_error *err) {
    axl_eval_task_result *r = &j->out->result;
    for (size_t b = 0; b < AXL_TASK_BASELINES; b++) {
        const size_t other = r->model_count + b;
        const task_match m = {j->task, &j->held, &j->scores[model], &j->scores[other]};
        task_figure gain;
        if (!r->rows[other].known) continue;
        FORWARD(task_scores_gain(&gain, &m, err));
        r->rows[model].gain[b] = public_figure(&gain);
    }
    return AXL_OK;
}

static axl_status fill_result(job *j, axl_error *err) {
    axl_eval_task_result *r = &j->out->result;
    name_figures(r, j->task);
    for (size_t i = 0; i < r->row_count; i++)
        if (r->rows[i].known) fill_row(&r->rows[i], j->task, &j->scores[i]);
    for (size_t i = 0; i < r->model_count; i++) FORWARD(fill_gains(j, i, err));
    return AXL_OK;
}

static void record(job *j) {
    axl_eval_task_result *r = &j->out->result;
    for (size_t i = 0; i < r->model_count && !j->o->no_record; i++) {
        buf card = {0}, json = {0};
        eval_task_card(&card, r, i);
        eval_task_json(&json, r, i);
        const eval_record one = {"tasks", j->task->name, &card, &json};
        eval_record_keep(r->rows[i].name, &one, &r->record);
        buf_free(&card);
        buf_free(&json);
    }
}

static axl_status run(job *j, axl_error *err) {
    FORWARD(open_tools(j, err));
    FORWARD(read_pairs(j, err));
    FORWARD(score_models(j, err));
    FORWARD(score_baselines(j, err));
    FORWARD(fill_result(j, err));
    record(j);
    return AXL_OK;
}

static axl_status check(const axl_eval_task_options *o, const scored_task **task, axl_error *err) {
    RETURN_IF(!o || !o->task || !o->models || o->model_count == 0 || !o->data, err,
              AXL_BAD_ARGUMENT, "axl_eval_task: task, models and data must be given");
    RETURN_IF(o->model_count > AXL_TASK_MODELS, err, AXL_BAD_ARGUMENT,
              "%zu models are too many: at most %d", o->model_count, AXL_TASK_MODELS);
    *task = scored_task_find(o->task);
    if (*task) return AXL_OK;
    const char *names[32];
    size_t count = 0;
    for (; count < scored_task_count; count++) names[count] = scored_tasks[count].name;
    const size_t near = string_nearest(o->task, names, count);
    RETURN_IF(near != SIZE_MAX, err, AXL_NOT_FOUND, "no task '%s'; did you mean '%s'?", o->task,
              names[near]);
    return error_set(err, AXL_NOT_FOUND, "no task '%s'; see axl help eval task", o->task);
}

static void close_job(job *j) {
    for (size_t i = 0; i < AXL_TASK_MODELS + AXL_TASK_BASELINES; i++)
        task_scores_free(&j->scores[i]);
    task_questions_free(&j->held);
    task_questions_free(&j->train);
    python_close(j->parser);
    sandbox_close(j->box);
    mem_free(j->span);
    mem_free(j);
}

axl_status axl_eval_task(const axl_eval_task_options *options, axl_eval_task_result **out,
                         axl_error *err) {
    const scored_task *task;
    RETURN_IF(!out, err, AXL_BAD_ARGUMENT, "axl_eval_task: there is no place for the result");
    *out = NULL;
    FORWARD(check(options, &task, err));
    owned *all = mem_zalloc(sizeof *all);
    job *j = mem_zalloc(sizeof *j);
    if (!all || !j) {
        mem_free(all);
        mem_free(j);
        return error_no_memory(err, "results", sizeof *all + sizeof *j);
    }
    all->result = (axl_eval_task_result){.task = task->name,
                                         .about = task->about,
                                         .rows = all->rows,
                                         .model_count = options->model_count,
                                         .row_count = options->model_count + AXL_TASK_BASELINES};
    j->o = options;
    j->out = all;
    j->task = task;
    const axl_status status = run(j, err);
    close_job(j);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_eval_task_free(&all->result);
    return status;
}

void axl_eval_task_free(axl_eval_task_result *result) {
    mem_free(result); // the first member of what was allocated
}
