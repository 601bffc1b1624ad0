// Two texts, cut at the first zero byte, as the right answer to a question and what a model wrote:
// every metric of every task that runs nothing, and CodeBLEU. Figures lie between 0 and 1, and are
// the same when they are asked for again.
#include "eval/codebleu.h"
#include "eval/task_metrics.h"
#include "fuzz_target.h"

#include <math.h>
#include <string.h>

#define MOST 4096 // bytes of both: metrics of edits take their product

static bool is_figure(double value) {
    return isnan(value) || (value >= 0 && value <= 1);
}

static void check_metrics(python_parser *p, python_span right, python_span answer) {
    const task_question q = {.prompt = right, .answer = right, .input = right};
    for (size_t t = 0; t < scored_task_count; t++) {
        const task_tools tools = {.task = &scored_tasks[t], .parser = p};
        double once[TASK_METRICS], again[TASK_METRICS];
        FUZZ_CHECK(task_metrics_of(&tools, &q, answer, once, NULL) == AXL_OK);
        FUZZ_CHECK(task_metrics_of(&tools, &q, answer, again, NULL) == AXL_OK);
        FUZZ_CHECK(memcmp(once, again, sizeof once) == 0);
        for (size_t m = 0; m < TASK_METRICS; m++) FUZZ_CHECK(is_figure(once[m]));
    }
}

static codebleu_score compare(python_parser *p, python_span right, python_span answer) {
    codebleu sums = {0};
    const axl_status status = codebleu_add(&sums, p, right, answer, NULL);
    FUZZ_CHECK(status == AXL_OK || status == AXL_TOO_LARGE);
    FUZZ_CHECK(sums.flow_match <= sums.flow_total && sums.tree_match <= sums.tree_total);
    return codebleu_result(&sums);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!python_available() || size > MOST) return 0;
    const char *text = (const char *)data;
    const char *cut = size > 0 ? memchr(text, 0, size) : NULL;
    const size_t before = cut ? (size_t)(cut - text) : size;
    const python_span right = {size > 0 ? text : "", before};
    const python_span answer = cut ? (python_span){cut + 1, size - before - 1} : right;
    python_parser *p;
    FUZZ_CHECK(python_open(&p, NULL, NULL) == AXL_OK);
    check_metrics(p, right, answer);
    const codebleu_score once = compare(p, right, answer), again = compare(p, right, answer);
    FUZZ_CHECK(memcmp(&once, &again, sizeof once) == 0);
    const double all[] = {once.codebleu, once.ngram, once.weighted, once.syntax, once.dataflow};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) FUZZ_CHECK(is_figure(all[i]));
    python_close(p);
    return 0;
}
