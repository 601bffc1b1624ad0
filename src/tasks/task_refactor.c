// Refactor: a function with one construct written the long way, and the function; or a function
// that is fine, and itself.
#include "tasks/rewrite.h"

#define CLEAN_PERCENT 25 // of the functions that are clean are given as they are
#define HEAD_BYTES 32    // of the words around the two functions

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)ctx;
    (void)err;
    buf before = {0};
    const char *kind;
    if (rewrite_is_clean(task_span(&u->text)) && task_roll(&f->dice, 100) < CLEAN_PERCENT) {
        kind = "clean";
        task_put(&before, task_span(&u->text));
    } else {
        kind = rewrite(&before, f, u);
    }
    if (kind) {
        buf *to = &f->pairs.text;
        task_begin(&f->pairs, kind, u->line);
        buf_text(to, "Before:\n");
        task_put(to, task_span(&before));
        buf_text(to, "After:");
        task_answer(&f->pairs);
        buf_text(to, "\n");
        task_put(to, task_span(&u->text));
        task_done(&f->pairs);
    }
    if (!buf_ok(&before)) f->pairs.failed = true;
    buf_free(&before);
    return AXL_OK;
}

axl_status task_make_refactor(task_file *f, axl_error *err) {
    return task_each_unit(f, (f->pairs.longest - HEAD_BYTES) / 2, visit, NULL, err);
}
