// Any bytes as the file of a benchmark: refused with a text, or problems of which every part is
// there, no more of them than lines; what a check may use begins as the prompt does.
#include "eval/problem.h"
#include "fuzz_target.h"

#include <string.h>

static void check_set(const problem_set *s, const problem_source *from, size_t lines) {
    FUZZ_CHECK(s->count > 0 && s->count <= lines && (from->limit == 0 || s->count <= from->limit));
    for (size_t i = 0; i < s->count; i++) {
        char *const *part = s->list[i].part;
        for (size_t k = 0; k < PROBLEM_PARTS; k++) FUZZ_CHECK(part[k] != NULL);
        const size_t prelude = strlen(part[PROBLEM_PRELUDE]);
        FUZZ_CHECK(strncmp(part[PROBLEM_PROMPT], part[PROBLEM_PRELUDE], prelude) == 0);
    }
}

// The first byte chooses the benchmark and what of it is wanted.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const problem_source from = {.benchmark = (problem_benchmark)(data[0] % PROBLEM_BENCHMARKS),
                                 .shots = data[0] & 64 ? 1 : 0,
                                 .all = data[0] & 32,
                                 .limit = data[0] & 128 ? 2 : 0};
    buf text = {0};
    FUZZ_CHECK(buf_append(&text, data + 1, size - 1));
    size_t lines = 1;
    for (size_t i = 1; i < size; i++) lines += data[i] == '\n';
    problem_set s;
    axl_error err = {0};
    const axl_status status = problem_set_parse(&s, &from, &text, &err);
    if (status == AXL_OK) {
        check_set(&s, &from, lines);
    } else {
        FUZZ_CHECK(status == AXL_BAD_FILE || status == AXL_TOO_LARGE);
        FUZZ_CHECK(err.text[0] != '\0' && s.list == NULL && s.count == 0);
    }
    problem_set_free(&s);
    buf_free(&text);
    return 0;
}
