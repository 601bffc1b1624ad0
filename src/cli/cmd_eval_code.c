// axl eval humaneval, mbpp and infill.
#include "cli/cli_amount.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"
#include "cli/cli_setup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- one JSON document ----

static void json_share(json *j, const char *name, axl_share s) {
    json_flat_object(j, name);
    json_number(j, "value", s.value);
    json_number(j, "low", s.low);
    json_number(j, "high", s.high);
    json_end(j);
}

static void json_pass(json *j, const char *name, const axl_pass_at *p) {
    json_open(j, name);
    json_size(j, "k", p->k);
    json_share(j, "all", p->all);
    json_share(j, "fitting", p->fitting);
    json_end(j);
}

static void json_problems(json *j, const axl_eval_code_result *r) {
    json_open_list(j, "problems");
    for (size_t i = 0; i < r->problem_count; i++) {
        const axl_eval_problem *p = &r->problems[i];
        json_flat_object(j, NULL);
        json_text(j, "id", p->id);
        json_size(j, "prompt_bytes", p->prompt_bytes);
        json_bool(j, "fits", p->fits);
        json_size(j, "samples", p->samples);
        json_size(j, "passed", p->passed);
        json_size(j, "exact", p->exact);
        json_text(j, "verdict", p->verdict);
        json_text(j, "error", p->error);
        if (p->answer) json_bytes(j, "answer", p->answer, strlen(p->answer));
        json_end(j);
    }
    json_end(j);
}

static void print_json(const axl_eval_code_result *r, const axl_eval_code_options *o) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "benchmark", axl_benchmark_name(o->benchmark));
    static const char *const answers[] = {"model", "reference", "wrong"};
    json_text(&j, "answers", answers[o->answers]);
    if (o->model) json_text(&j, "model", o->model);
    json_size(&j, "shots", o->shots);
    json_size(&j, "samples", o->samples);
    json_bool(&j, "all", o->all);
    json_number(&j, "temperature", o->temperature);
    json_number(&j, "top_p", o->top_p);
    json_size(&j, "seed", o->seed);
    json_size(&j, "problem_count", r->problem_count);
    json_size(&j, "fitting", r->fitting);
    json_size(&j, "context", r->context);
    json_open_list(&j, "pass_at");
    for (size_t i = 0; i < r->pass_count; i++) json_pass(&j, NULL, &r->pass[i]);
    json_end(&j);
    if (o->benchmark >= AXL_BENCHMARK_SINGLE_LINE) json_pass(&j, "exact", &r->exact);
    json_flat_object(&j, "verdicts");
    json_size(&j, "passed", r->verdicts.passed);
    json_size(&j, "wrong", r->verdicts.wrong);
    json_size(&j, "raised", r->verdicts.raised);
    json_size(&j, "late", r->verdicts.late);
    json_size(&j, "ended", r->verdicts.ended);
    json_end(&j);
    json_number(&j, "answer_seconds", r->answer_seconds);
    json_number(&j, "judge_seconds", r->judge_seconds);
    json_size(&j, "threads", r->threads);
    json_problems(&j, r);
    json_end(&j);
}

// ---- a table ----

static void print_share(axl_share s) {
    char text[64] = "-";
    if (!isnan(s.value))
        snprintf(text, sizeof text, "%.1f %% (%.1f to %.1f)", 100 * s.value, 100 * s.low,
                 100 * s.high);
    cli_print("  %24s", text);
}

static void print_row(const char *name, const axl_pass_at *p) {
    cli_print("%-12s", name);
    print_share(p->all);
    print_share(p->fitting);
    cli_print("\n");
}

static void print_shares(const axl_eval_code_result *r, const axl_eval_code_options *o) {
    char name[32];
    cli_print_bold("%-12s  %24s  %24s\n", "", "ALL PROBLEMS", "THOSE THAT FIT");
    for (size_t i = 0; i < r->pass_count; i++) {
        snprintf(name, sizeof name, "pass@%zu", r->pass[i].k);
        print_row(name, &r->pass[i]);
    }
    if (o->benchmark >= AXL_BENCHMARK_SINGLE_LINE) print_row("exact match", &r->exact);
}

static void print_table(const axl_eval_code_result *r, const axl_eval_code_options *o) {
    const axl_verdicts *v = &r->verdicts;
    const size_t judged = v->passed + v->wrong + v->raised + v->late + v->ended;
    cli_print("%s: %zu problem%s", axl_benchmark_name(o->benchmark), r->problem_count,
              r->problem_count == 1 ? "" : "s");
    if (o->answers == AXL_ANSWERS_MODEL) {
        cli_print(", %zu fit the context of %zu bytes with %zu for the answer\n\n", r->fitting,
                  r->context, o->room);
        print_shares(r, o);
    } else {
        cli_print(", %s solutions\n",
                  o->answers == AXL_ANSWERS_WRONG ? "spoilt reference" : "reference");
    }
    cli_print_bold("\n%zu of %zu programs passed", v->passed, judged);
    cli_print("; %zu were wrong, %zu raised an error, %zu took too long, %zu ended early.\n",
              v->wrong, v->raised, v->late, v->ended);
    if (o->answers == AXL_ANSWERS_MODEL) cli_print("%.1f s for the answers, ", r->answer_seconds);
    cli_print("%.1f s for the verdicts, with %zu thread%s.\n", r->judge_seconds, r->threads,
              r->threads == 1 ? "" : "s");
}

// ---- the command ----

static void take_options(axl_eval_code_options *o, const arguments *args) {
    o->data = args->data;
    o->model = args->word_count ? args->words[0] : NULL;
    o->answers = args->code.wrong       ? AXL_ANSWERS_WRONG
                 : args->code.reference ? AXL_ANSWERS_REFERENCE
                                        : AXL_ANSWERS_MODEL;
    o->shots = args->code.shots.said ? (size_t)args->code.shots.value : o->shots;
    o->all = args->all;
    o->limit = args->score.samples;
    o->no_record = args->score.no_record;
    if (args->generate.n) o->samples = args->generate.n;
    if (o->samples > 1) o->temperature = 0.8;
    if (args->generate.temperature.said) o->temperature = args->generate.temperature.value;
    if (args->generate.top_p.said) o->top_p = args->generate.top_p.value;
    if (args->generate.seed.said) o->seed = args->generate.seed.value;
    if (args->generate.max_bytes.said) o->max_bytes = args->generate.max_bytes.value;
    if (args->code.room) o->room = args->code.room;
    if (args->code.timeout) o->cpu_seconds = args->code.timeout;
}

static int run(const arguments *args, axl_benchmark benchmark) {
    setup s;
    int code = cli_setup_begin(&s, args);
    if (code) return code;
    const bool model = !args->code.reference && !args->code.wrong;
    if (!args->data || args->word_count != (model ? 1 : 0)) {
        cli_complain("%s: --data PATH and either a model, --reference or --wrong are needed",
                     s.path);
        return 2;
    }
    axl_eval_code_options options;
    axl_eval_code_defaults(&options, benchmark);
    take_options(&options, args);
    options.level = s.level;
    options.threads = args->threads;
    options.progress = cli_progress_step;
    options.progress_ctx = &s.progress;
    axl_error err;
    axl_eval_code_result *result;
    const axl_status status = axl_eval_code(&options, &result, &err);
    code = cli_setup_end(&s, status, &err);
    if (code == 0 && args->json) print_json(result, &options);
    if (code == 0 && !args->json) print_table(result, &options);
    if (code == 0) code = cli_setup_recorded(&s, &result->record);
    axl_eval_code_free(result);
    return code;
}

int cmd_eval_humaneval(const arguments *args) {
    return run(args, AXL_BENCHMARK_HUMANEVAL);
}

int cmd_eval_mbpp(const arguments *args) {
    return run(args, AXL_BENCHMARK_MBPP);
}

int cmd_eval_infill(const arguments *args) {
    static const char *const spans[] = {"single-line", "random", "light"};
    const char *wanted = args->code.spans ? args->code.spans : spans[0];
    for (size_t i = 0; i < 3; i++)
        if (strcmp(wanted, spans[i]) == 0)
            return run(args, (axl_benchmark)(AXL_BENCHMARK_SINGLE_LINE + i));
    cli_complain("axl eval infill: --spans is single-line, random or light, not '%s'", wanted);
    return 2;
}
