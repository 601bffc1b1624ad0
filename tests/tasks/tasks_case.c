#include "tasks/tasks_case.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 1022

maker_job tasks_case_job(const char *name, const char *text) {
    if (!python_available()) {
        print_message("this build cannot read Python\n");
        skip();
    }
    const task *t = task_find(name);
    assert_non_null(t);
    return (maker_job){.text = text, .bytes = strlen(text), .tasks = 1u << (size_t)(t - task_list)};
}

void tasks_case_run(maker_job *job, uint64_t seed, const sandbox *box) {
    const maker_options o = {.threads = 1, .seed = seed, .longest = LONGEST, .box = box};
    maker *m;
    axl_error err;
    if (maker_open(&m, &o, &err) != AXL_OK) fail_msg("%s", err.text);
    if (maker_run(m, job, 1, &err) != AXL_OK) fail_msg("%s", err.text);
    maker_close(m);
}

const task_pairs *tasks_case_pairs(const maker_job *job) {
    size_t index = 0;
    while (!(job->tasks >> index & 1)) index++;
    return &job->pairs[index];
}

const char *tasks_case_pair(const task_pairs *p, size_t index) {
    static char text[2 * LONGEST];
    assert_true(index < p->count);
    const task_pair *pair = &p->pair[index];
    snprintf(text, sizeof text, "%.*s|%.*s", (int)(pair->completion - pair->prompt),
             p->text.data + pair->prompt, (int)(pair->end - pair->completion),
             p->text.data + pair->completion);
    return text;
}

void tasks_case_units(const char *text, uint64_t seed, task_unit_visit *visit, void *ctx) {
    if (!python_available()) {
        print_message("this build cannot read Python\n");
        skip();
    }
    task_file f = {.dice = {.key = rng_key(seed, 7)}, .pairs = {.longest = LONGEST}};
    axl_error err;
    assert_int_equal(python_open(&f.parser, NULL, &err), AXL_OK);
    assert_int_equal(python_parse(f.parser, text, strlen(text), &f.tree, &err), AXL_OK);
    assert_true(python_tree_valid(&f.tree));
    assert_int_equal(task_each_unit(&f, LONGEST, visit, ctx, &err), AXL_OK);
    assert_false(f.pairs.failed);
    task_pairs_free(&f.pairs);
    python_tree_free(&f.tree);
    python_close(f.parser);
}
