#include "eval/task_kills.h"

#include "base/error.h"
#include "sandbox/judge.h"
#include "tasks/mutate.h"

#include <math.h>
#include <string.h>

#define TRIES 40 // for twins that are no copies of each other

// Twins that never end are common, and nobody shall wait for each.
static const sandbox_limits *limits(sandbox_limits *l) {
    *l = sandbox_usual;
    l->cpu_seconds = 1;
    return l;
}

static axl_status passes(const task_kills *k, python_span program, const buf *check, bool *out,
                         axl_error *err) {
    sandbox_limits l;
    judge_result verdict = {.verdict = JUDGE_WRONG};
    const judge_case one = {program.text, program.bytes, buf_string(check), "", "", ""};
    if (!buf_ok(check)) return error_no_memory(err, "assertions", check->size);
    FORWARD(judge_run(k->box, &one, limits(&l), &verdict, err));
    *out = verdict.verdict == JUDGE_PASSED;
    return AXL_OK;
}

static void put_line(buf *to, python_span text) {
    buf_append(to, text.text, text.bytes);
    buf_byte(to, '\n');
}

// Appends those assertions that hold, each tried by itself.
static axl_status take_true(const task_kills *k, buf *out, axl_error *err) {
    python_tree tree = {.text = NULL};
    size_t count = 0;
    axl_status status = python_parse(k->parser, k->tests.text, k->tests.bytes, &tree, err);
    for (uint32_t n = status == AXL_OK ? python_first(&tree, 0) : PYTHON_NONE;
         n != PYTHON_NONE && count < TASK_ASSERTIONS && status == AXL_OK;
         n = python_next(&tree, n), count++) {
        buf one = {0};
        bool holds = k->hold;
        put_line(&one, python_span_of(&tree, n));
        if (!holds) status = passes(k, k->input, &one, &holds, err);
        if (holds) put_line(out, python_span_of(&tree, n));
        buf_free(&one);
    }
    python_tree_free(&tree);
    return status;
}

typedef struct killing {
    const task_kills *k;
    const buf *check; // empty: nothing holds
    buf twin[TASK_MUTANTS];
    size_t twins, killed;
} killing;

static bool is_new(const killing *j, const buf *twin) {
    for (size_t i = 0; i < j->twins; i++)
        if (j->twin[i].size == twin->size && memcmp(j->twin[i].data, twin->data, twin->size) == 0)
            return false;
    return true;
}

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    killing *j = ctx;
    for (size_t i = 0; i < TRIES && j->twins < TASK_MUTANTS; i++) {
        buf *twin = &j->twin[j->twins];
        mutation m;
        bool lives = true;
        if (!mutate(twin, f, u, MUTATE_MEANING, &m)) break;
        if (!is_new(j, twin)) continue;
        j->twins++;
        if (j->check->size == 0) continue;
        FORWARD(passes(j->k, task_span(twin), j->check, &lives, err));
        j->killed += !lives;
    }
    return AXL_OK;
}

// The dice depend on the function alone.
static axl_status kill(killing *j, axl_error *err) {
    const python_span input = j->k->input;
    task_file f = {.parser = j->k->parser,
                   .dice = {.key = rng_key(task_hash(input.text, input.bytes), 0)}};
    axl_error why;
    axl_status status = python_parse(f.parser, input.text, input.bytes, &f.tree, &why);
    if (status == AXL_TOO_LARGE) return AXL_OK; // there is no twin then
    if (status != AXL_OK) return error_set(err, status, "%s", why.text);
    if (python_tree_valid(&f.tree)) status = task_each_unit(&f, input.bytes + 1, visit, j, err);
    if (status == AXL_OK && f.pairs.failed)
        status = error_no_memory(err, "a function's twins", input.bytes);
    python_tree_free(&f.tree);
    task_pairs_free(&f.pairs);
    return status;
}

axl_status task_kills_share(const task_kills *k, double *out, axl_error *err) {
    buf check = {0};
    killing j = {.k = k, .check = &check};
    *out = (double)NAN;
    axl_status status = k->tests.bytes > 0 ? take_true(k, &check, err) : AXL_OK;
    if (status == AXL_OK) status = kill(&j, err);
    if (status == AXL_OK && j.twins > 0) *out = (double)j.killed / (double)j.twins;
    for (size_t i = 0; i < TASK_MUTANTS; i++) buf_free(&j.twin[i]);
    buf_free(&check);
    return status;
}
