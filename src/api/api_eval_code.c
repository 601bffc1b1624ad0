#include <axl/eval_code.h>

#include "api/eval_code_card.h"
#include "api/eval_record.h"
#include "api/machine.h"
#include "base/alloc.h"
#include "base/error.h"
#include "eval/answers.h"
#include "eval/shares.h"
#include "eval/trial.h"
#include "os/clock.h"

#include <math.h>
#include <string.h>

_Static_assert((int)AXL_BENCHMARK_LIGHT_SPAN == PROBLEM_LIGHT_SPAN &&
                   AXL_BENCHMARK_LIGHT_SPAN + 1 == (int)PROBLEM_BENCHMARKS,
               "benchmarks have the same numbers");

#define SAMPLES_MAX ((size_t)1000)
#define WALL_SECONDS 12 // for each of processor time: a busy machine is that slow

static const char *const names[] = {"humaneval", "mbpp", "infill single-line", "infill random",
                                    "infill light"};

const char *axl_benchmark_name(axl_benchmark benchmark) {
    return names[benchmark];
}

void axl_eval_code_defaults(axl_eval_code_options *out, axl_benchmark benchmark) {
    *out = (axl_eval_code_options){.benchmark = benchmark,
                                   .samples = 1,
                                   .temperature = 0,
                                   .top_p = 0.95,
                                   .seed = 1,
                                   .max_bytes = 1024,
                                   .room = 128,
                                   .cpu_seconds = 5};
}

// What the caller gets: the result comes first, so that freeing it finds the rest.
typedef struct owned {
    axl_eval_code_result result;
    problem_set set; // has the names
    trial *trials;   // [trial_count]: the samples of a problem follow each other
    size_t trial_count;
    axl_eval_problem *problems; // [set.count]
} owned;

typedef struct job {
    const axl_eval_code_options *o;
    owned *out;
    size_t samples;
    const char *doing; // for the progress
} job;

// Work that is under way is not done.
static int report(void *ctx, size_t done, size_t total) {
    const job *j = ctx;
    if (!j->o->progress) return 0;
    return j->o->progress(j->o->progress_ctx, j->doing, done < total ? done : total - 1, total);
}

// ---- the answers ----

static axl_status make_trials(job *j, axl_error *err) {
    owned *out = j->out;
    out->trial_count = out->set.count * j->samples;
    out->trials = mem_zalloc_array(out->trial_count, sizeof *out->trials);
    out->problems = mem_zalloc_array(out->set.count, sizeof *out->problems);
    if (!out->trials || !out->problems)
        return error_no_memory(err, "answers", out->trial_count * sizeof *out->trials);
    for (size_t i = 0; i < out->trial_count; i++) out->trials[i].problem = i / j->samples;
    for (size_t i = 0; i < out->set.count; i++) {
        char *const *part = out->set.list[i].part;
        out->problems[i] = (axl_eval_problem){.id = part[PROBLEM_ID],
                                              .prompt_bytes = strlen(part[PROBLEM_PROMPT]) +
                                                              strlen(part[PROBLEM_SUFFIX]),
                                              .fits = true};
    }
    return AXL_OK;
}

static axl_status ask_model(job *j, const engine *e, axl_error *err) {
    const axl_eval_code_options *o = j->o;
    const answers_spec spec = {.set = &j->out->set,
                               .engine = e,
                               .room = o->room,
                               .max_bytes = o->max_bytes,
                               .temperature = o->temperature,
                               .top_p = o->top_p,
                               .seed = o->seed,
                               .progress = report,
                               .progress_ctx = j};
    for (size_t i = 0; i < j->out->set.count; i++) j->out->problems[i].fits = answers_fit(&spec, i);
    j->doing = "answers";
    return answers_make(j->out->trials, j->out->trial_count, &spec, err);
}

static axl_status answer(job *j, const machine *m, axl_error *err) {
    owned *out = j->out;
    if (j->o->answers != AXL_ANSWERS_MODEL) {
        for (size_t i = 0; i < out->trial_count; i++)
            FORWARD(trial_answer(&out->trials[i], &out->set, NULL, err));
        return AXL_OK;
    }
    engine e;
    FORWARD(engine_open(&e, j->o->model, &m->k, m->pool, err));
    out->result.context = e.model.table.config.max_seq_len;
    out->result.level = kernels_level_name(m->k.level);
    const uint64_t start = os_clock_ns();
    const axl_status status = ask_model(j, &e, err);
    out->result.answer_seconds = (double)(os_clock_ns() - start) * 1e-9;
    engine_close(&e);
    return status;
}

// ---- the verdicts ----

static axl_status judge(job *j, const machine *m, axl_error *err) {
    trial_spec spec = {.set = &j->out->set,
                       .limits = sandbox_usual,
                       .wrong = j->o->answers == AXL_ANSWERS_WRONG,
                       .pool = m->pool,
                       .progress = report,
                       .progress_ctx = j};
    spec.limits.cpu_seconds = j->o->cpu_seconds;
    spec.limits.wall_seconds = WALL_SECONDS * j->o->cpu_seconds;
    j->doing = "programs judged";
    const uint64_t start = os_clock_ns();
    const axl_status status = trials_judge(j->out->trials, j->out->trial_count, &spec, err);
    j->out->result.judge_seconds = (double)(os_clock_ns() - start) * 1e-9;
    return status;
}

static void count_trial(axl_eval_code_result *r, axl_eval_problem *p, const trial *t) {
    if (!t->text) return;
    size_t *const counts[JUDGE_VERDICTS] = {&r->verdicts.passed, &r->verdicts.wrong,
                                            &r->verdicts.raised, &r->verdicts.late,
                                            &r->verdicts.ended};
    ++*counts[t->judged.verdict];
    if (p->samples++ == 0) {
        p->verdict = judge_verdict_name(t->judged.verdict);
        p->error = t->judged.text;
        p->answer = t->text;
    }
    p->passed += t->judged.verdict == JUDGE_PASSED;
    p->exact += t->exact;
}

typedef struct sums {
    double pass[AXL_PASS_AT_MAX], exact;
} sums;

static axl_share share_in(double sum, size_t count) {
    const share s = share_of(count ? sum / (double)count : 0, count);
    return (axl_share){s.value, s.low, s.high};
}

static void count(job *j) {
    axl_eval_code_result *r = &j->out->result;
    sums sum = {{0}, 0};
    for (size_t k = 1; k <= j->samples && r->pass_count < AXL_PASS_AT_MAX; k *= 10)
        r->pass[r->pass_count++].k = k;
    for (size_t i = 0; i < j->out->set.count; i++) {
        axl_eval_problem *p = &j->out->problems[i];
        p->verdict = p->error = "";
        for (size_t s = 0; s < j->samples; s++)
            count_trial(r, p, &j->out->trials[i * j->samples + s]);
        r->fitting += p->fits;
        if (p->samples == 0) continue;
        for (size_t k = 0; k < r->pass_count; k++)
            sum.pass[k] += pass_at_k(p->samples, p->passed, r->pass[k].k);
        sum.exact += (double)p->exact / (double)p->samples;
    }
    r->problems = j->out->problems;
    r->problem_count = j->out->set.count;
    for (size_t k = 0; k < r->pass_count; k++) {
        r->pass[k].all = share_in(sum.pass[k], r->problem_count);
        r->pass[k].fitting = share_in(sum.pass[k], r->fitting);
    }
    r->exact =
        (axl_pass_at){1, share_in(sum.exact, r->problem_count), share_in(sum.exact, r->fitting)};
}

// ---- all of it ----

static axl_status run_on(job *j, const machine *m, axl_error *err) {
    FORWARD(make_trials(j, err));
    FORWARD(answer(j, m, err));
    FORWARD(judge(j, m, err));
    count(j);
    return AXL_OK;
}

// The sandbox is tried first: nobody waits for answers that cannot be judged.
static axl_status try_sandbox(axl_error *err) {
    sandbox *box;
    FORWARD(sandbox_open(&box, NULL, err));
    sandbox_close(box);
    return AXL_OK;
}

// Parts of a benchmark say nothing about the whole: they are not kept.
static void record(const job *j) {
    const axl_eval_code_options *o = j->o;
    if (o->answers != AXL_ANSWERS_MODEL || o->no_record || o->limit > 0) return;
    char name[EVAL_CODE_NAME_MAX];
    eval_code_name(name, o);
    buf card = {0}, json = {0};
    eval_code_card(&card, &j->out->result, o);
    eval_code_json(&json, &j->out->result, o);
    const eval_record one = {"programs", name, &card, &json};
    eval_record_keep(o->model, &one, &j->out->result.record);
    buf_free(&card);
    buf_free(&json);
}

static axl_status run(job *j, axl_error *err) {
    const axl_eval_code_options *o = j->o;
    const problem_source from = {.benchmark = (problem_benchmark)o->benchmark,
                                 .data = o->data,
                                 .shots = o->shots,
                                 .all = o->all,
                                 .limit = o->limit};
    FORWARD(problem_set_read(&j->out->set, &from, err));
    FORWARD(try_sandbox(err));
    machine m;
    FORWARD(machine_open(&m, o->level, o->threads, err));
    j->out->result.threads = m.threads;
    const axl_status status = run_on(j, &m, err);
    machine_close(&m);
    if (status == AXL_OK) record(j);
    return status;
}

static axl_status check(const axl_eval_code_options *o, axl_error *err) {
    const bool asks = o->answers == AXL_ANSWERS_MODEL;
    RETURN_IF(!o->data || (asks && !o->model), err, AXL_BAD_ARGUMENT,
              "axl_eval_code: data and a model must be given");
    RETURN_IF((unsigned)o->benchmark >= PROBLEM_BENCHMARKS, err, AXL_BAD_ARGUMENT,
              "axl_eval_code: no such benchmark");
    RETURN_IF(o->samples < 1 || o->samples > SAMPLES_MAX, err, AXL_BAD_ARGUMENT,
              "1 to %zu answers for each problem", SAMPLES_MAX);
    RETURN_IF(asks && o->samples > 1 && o->temperature == 0, err, AXL_BAD_ARGUMENT,
              "several answers that are all the same: a temperature above 0 is needed");
    RETURN_IF(o->max_bytes < 1 || o->room < 1 || o->cpu_seconds < 1, err, AXL_BAD_ARGUMENT,
              "axl_eval_code: max_bytes, room and cpu_seconds are at least 1");
    return AXL_OK;
}

axl_status axl_eval_code(const axl_eval_code_options *options, axl_eval_code_result **out,
                         axl_error *err) {
    RETURN_IF(!out || !options, err, AXL_BAD_ARGUMENT,
              "axl_eval_code: options and a place for the result must be given");
    *out = NULL;
    FORWARD(check(options, err));
    owned *all = mem_zalloc(sizeof *all);
    if (!all) return error_no_memory(err, "results", sizeof *all);
    job j = {.o = options,
             .out = all,
             .samples = options->answers == AXL_ANSWERS_MODEL ? options->samples : 1};
    const axl_status status = run(&j, err);
    if (status == AXL_OK)
        *out = &all->result;
    else
        axl_eval_code_free(&all->result);
    return status;
}

void axl_eval_code_free(axl_eval_code_result *result) {
    if (!result) return;
    owned *all = (owned *)(void *)result;
    trials_free(all->trials, all->trial_count);
    problem_set_free(&all->set);
    mem_free(all->problems);
    mem_free(all);
}
