// Programs that a model writes: whether they are right, by the tests of published benchmarks.
//
// Every program runs in a sandbox, under bubblewrap and a filter of system calls, with no network
// and no files, and is judged where it cannot reach. Where a part of that is missing, nothing runs.
#ifndef AXL_EVAL_CODE_H
#define AXL_EVAL_CODE_H

#include <axl/bench.h>
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum axl_benchmark {
    AXL_BENCHMARK_HUMANEVAL,
    AXL_BENCHMARK_MBPP,
    AXL_BENCHMARK_SINGLE_LINE, // of HumanEval-Infilling
    AXL_BENCHMARK_RANDOM_SPAN,
    AXL_BENCHMARK_LIGHT_SPAN // a tenth of the random spans
} axl_benchmark;

// "humaneval", "mbpp", "infill single-line", "infill random", "infill light"; a constant.
AXL_API const char *axl_benchmark_name(axl_benchmark benchmark);

typedef enum axl_answers {
    AXL_ANSWERS_MODEL,
    AXL_ANSWERS_REFERENCE, // the benchmark's own: what its tests let pass here
    AXL_ANSWERS_WRONG      // the same, made to return something else
} axl_answers;

// Strings and ctx stay the caller's and must live during the call. axl_eval_code_defaults fills all
// in but model and data.
typedef struct axl_eval_code_options {
    axl_benchmark benchmark;
    const char *data; // the benchmark's file, or a folder that has it, as published or unpacked
    const char *model;
    axl_answers answers;
    size_t shots;                 // of MBPP: 0 to 3 solved tasks in front of the prompt
    bool all;                     // of MBPP: every task, not only those of the test split
    size_t limit;                 // so many problems, evenly spread; 0: all
    size_t samples;               // answers for each problem
    double temperature;           // 0: always the most probable byte
    double top_p;                 // draw from the fewest bytes that have this probability together
    uint64_t seed;                // same seed, same answers
    uint64_t max_bytes;           // of an answer
    size_t room;                  // bytes that the context must have left for an answer
    uint64_t cpu_seconds;         // of a program
    bool no_record;               // leave the model directory as it is
    const char *level;            // of the kernels; NULL: the best that runs here
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL
    void *progress_ctx;
} axl_eval_code_options;

AXL_API void axl_eval_code_defaults(axl_eval_code_options *out, axl_benchmark benchmark);

// A share of all problems, and the interval that has it in 95 of 100 cases (Wilson's): what other
// problems of this kind would give.
typedef struct axl_share {
    double value, low, high; // NAN of nothing
} axl_share;

// With k answers a problem. A problem that does not fit the context counts as not solved in `all`,
// and not at all in `fitting`.
typedef struct axl_pass_at {
    size_t k;
    axl_share all, fitting;
} axl_pass_at;
#define AXL_PASS_AT_MAX 3 // 1, 10, 100, as far as there are samples

// How programs ended.
typedef struct axl_verdicts {
    size_t passed;
    size_t wrong;  // an assertion of the test does not hold
    size_t raised; // an error, also of syntax
    size_t late;   // the time was over
    size_t ended;  // it ended before it was asked everything, or broke off the conversation
} axl_verdicts;

typedef struct axl_eval_problem {
    const char *id;
    size_t prompt_bytes;
    bool fits;
    size_t samples, passed, exact; // answers; `exact`: equal to the benchmark's own
    const char *verdict;           // of the first answer; a constant, "" without one
    const char *error;             // what was raised, "" for nothing
    const char *answer;            // the first; NULL without one
} axl_eval_problem;

typedef struct axl_eval_code_result {
    const axl_eval_problem *problems; // [problem_count]
    size_t problem_count, fitting;
    axl_pass_at pass[AXL_PASS_AT_MAX]; // [pass_count]
    size_t pass_count;
    axl_pass_at exact;     // of benchmarks that fill a hole: one answer equal to what was there
    axl_verdicts verdicts; // of all answers
    size_t context;        // of the model; 0 without one
    axl_error record;      // why it is not in the model directory; code AXL_OK: nothing failed
    double answer_seconds, judge_seconds;
    size_t threads;
    const char *level; // static; NULL without a model
} axl_eval_code_result;

// Lets the model answer, runs what it wrote, and counts what passes. Without a limit the result
// also goes into README.md and results.json of the model directory; where it cannot, `record` says
// why, and the figures are there. AXL_UNSUPPORTED where there is no sandbox, with what is missing,
// or where the model was not trained to fill holes. *out is the caller's, to be freed with
// axl_eval_code_free; NULL on failure. err may be NULL.
AXL_API axl_status axl_eval_code(const axl_eval_code_options *options, axl_eval_code_result **out,
                                 axl_error *err);
AXL_API void axl_eval_code_free(axl_eval_code_result *result); // NULL is fine

// ---- lines ------------------------------------------------------------------------------------

// Strings, arrays and ctx stay the caller's and must live during the call.
typedef struct axl_eval_line_options {
    const char *model;
    const char *const *paths; // [path_count], files, and folders with all files below them
    size_t path_count;
    size_t lines;     // so many, evenly spread over all that are there; 0: all
    double precision; // the share of offers that is to be right, above 0, up to 1
    bool no_record;   // leave the model directory as it is
    const char *level;
    size_t threads;               // 0: as many as the process may use
    axl_bench_progress *progress; // may be NULL; steps are lines
    void *progress_ctx;
} axl_eval_line_options;

typedef struct axl_eval_line_result {
    uint64_t found, too_long; // lines of 4 bytes or more; of them those over 100, not typed
    size_t lines;             // that were typed
    uint64_t bytes;           // of them, without indentation
    axl_share exact;          // lines that were written to their end without a fault
    double accepted;          // share of their bytes in front of the first fault
    double precision;         // of the offers that were shown; NAN without any
    double saved;             // share of keys that offers spare who types the lines
    uint64_t keys, offers, right;
    axl_error record; // as of axl_eval_code_result
    double odds[2];   // at which offers were shown, of either half; 0: never
    double seconds;
    size_t context, threads;
    const char *level; // static
} axl_eval_line_result;

// How a model completes lines, as an editor would offer it: lines of the files are typed byte by
// byte, and at every place the model writes what it expects. An offer is the longest beginning of
// that whose probability is at least t, and costs one key where all of it is right. t is chosen on
// every other line so that offers are right as often as asked, and the result is that of the lines
// in between, both ways. The result also goes into README.md and results.json of the model
// directory. err may be NULL.
AXL_API axl_status axl_eval_line(const axl_eval_line_options *options, axl_eval_line_result *result,
                                 axl_error *err);

#ifdef __cplusplus
}
#endif

#endif
