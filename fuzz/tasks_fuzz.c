// Any bytes as a file to make pairs of, by all makers that run nothing: pairs lie in their text one
// behind the other and within their limit, and what fix and refactor answer is Python.
#include "fuzz_target.h"
#include "tasks/maker.h"

#include <string.h>

#define LONGEST 400

static void check_pairs(python_parser *p, const task *t, const task_pairs *pairs) {
    size_t at = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const task_pair *pair = &pairs->pair[i];
        FUZZ_CHECK(pair->prompt == at && pair->completion > at && pair->end > pair->completion);
        FUZZ_CHECK(pair->end - pair->prompt <= LONGEST && pair->kind[0]);
        FUZZ_CHECK(pair->line > 0 || t->make == task_make_translate);
        at = pair->end;
        bool valid = true;
        if (t->make == task_make_fix || t->make == task_make_refactor)
            FUZZ_CHECK(python_valid(p, pairs->text.data + pair->completion,
                                    pair->end - pair->completion, &valid, NULL) == AXL_OK);
        FUZZ_CHECK(valid);
    }
    FUZZ_CHECK(at == pairs->text.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!python_available() || size > 1 << 14) return 0;
    const maker_options o = {.threads = 1, .seed = size, .longest = LONGEST};
    maker_job job = {.text = (const char *)data, .bytes = size, .held = size & 1};
    for (size_t i = 0; i < task_count; i++)
        if (!task_list[i].runs) job.tasks |= 1u << i;
    maker *m;
    python_parser *p;
    FUZZ_CHECK(maker_open(&m, &o, NULL) == AXL_OK);
    FUZZ_CHECK(python_open(&p, NULL, NULL) == AXL_OK);
    FUZZ_CHECK(maker_run(m, &job, 1, NULL) == AXL_OK);
    for (size_t i = 0; i < task_count; i++) check_pairs(p, &task_list[i], &job.pairs[i]);
    maker_job_free(&job);
    python_close(p);
    maker_close(m);
    return 0;
}
