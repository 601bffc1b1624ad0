// Fix: a function with one fault, or with none, and the function as it was.
#include "tasks/mutate.h"

#define NONE_PERCENT 30 // of the functions are given without a fault

#define HEAD_BYTES 32 // of the words around the two functions

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)ctx;
    (void)err;
    mutation m = {.kind = "none"};
    buf bad = {0};
    if (task_roll(&f->dice, 100) < NONE_PERCENT)
        task_put(&bad, task_span(&u->text));
    else if (!mutate(&bad, f, u, MUTATE_MEANING | MUTATE_SYNTAX | MUTATE_NAME, &m))
        buf_clear(&bad);
    if (bad.size > 0) {
        buf *to = &f->pairs.text;
        task_begin(&f->pairs, m.kind, u->line);
        buf_text(to, "Buggy:\n");
        task_put(to, task_span(&bad));
        buf_text(to, "Fixed:");
        task_answer(&f->pairs);
        buf_text(to, "\n");
        task_put(to, task_span(&u->text));
        task_done(&f->pairs);
    }
    if (!buf_ok(&bad)) f->pairs.failed = true;
    buf_free(&bad);
    return AXL_OK;
}

axl_status task_make_fix(task_file *f, axl_error *err) {
    return task_each_unit(f, (f->pairs.longest - HEAD_BYTES) / 2, visit, NULL, err);
}
