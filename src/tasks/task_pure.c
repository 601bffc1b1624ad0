// TestGen and Reasoning: functions that depend on their arguments alone, called with some.
//
// TestGen asks for assertions about the function, made of calls and proved by running them.
// Reasoning gives a call and asks for what each line sets when it runs, and for the result.
#include "base/error.h"
#include "tasks/probe.h"

#define HEAD_BYTES 64 // of what stands around the function, at least
#define TEXTS_MAX 3   // of an answer

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    probe *p = ctx;
    const python_span text[] = {task_span(&u->text), python_span_of(&u->tree, u->def.name)};
    if (u->method) return AXL_OK;
    probe_unit *unit = probe_case(p, text, 2, (size_t)task_roll(&f->dice, UINT32_MAX));
    if (!unit) return error_no_memory(err, "a case", u->text.size);
    unit->line = u->line;
    unit->source = f->pairs.source;
    task_put(&unit->code, text[0]);
    return buf_ok(&unit->code) ? AXL_OK : error_no_memory(err, "a case", u->text.size);
}

// The call, its trace and the result.
static void put_trace(task_pairs *p, const python_span *answer) {
    buf_text(&p->text, "Call: ");
    task_put(&p->text, answer[0]);
    buf_text(&p->text, "\nTrace:");
    task_answer(p);
    buf_text(&p->text, "\n");
    task_put(&p->text, answer[1]);
    buf_text(&p->text, "=> ");
    task_put(&p->text, answer[2]);
    buf_text(&p->text, "\n");
}

// The assertions.
static void put_tests(task_pairs *p, const python_span *answer) {
    buf_text(&p->text, "Tests:");
    task_answer(p);
    buf_text(&p->text, "\n");
    task_put(&p->text, answer[0]);
}

typedef struct run_form {
    const char *what, *kind;
    size_t texts;
    void (*put)(task_pairs *p, const python_span *answer);
} run_form;

static axl_status make(task_file *f, const run_form *form, axl_error *err) {
    probe p = {.what = form->what};
    axl_status status = task_each_unit(f, f->pairs.longest - HEAD_BYTES, visit, &p, err);
    if (status == AXL_OK) status = probe_run(&p, f, err);
    for (size_t i = 0; status == AXL_OK && i < p.count; i++) {
        python_span answer[TEXTS_MAX];
        if (probe_answer(&p, answer, TEXTS_MAX) != form->texts) continue;
        f->pairs.source = p.unit[i].source;
        task_begin(&f->pairs, form->kind, p.unit[i].line);
        buf_text(&f->pairs.text, "Code:\n");
        task_put(&f->pairs.text, task_span(&p.unit[i].code));
        form->put(&f->pairs, answer);
        task_done(&f->pairs);
    }
    probe_free(&p);
    return status;
}

axl_status task_make_testgen(task_file *f, axl_error *err) {
    const run_form form = {"testgen", "executed", 1, put_tests};
    return make(f, &form, err);
}

axl_status task_make_reasoning(task_file *f, axl_error *err) {
    const run_form form = {"reasoning", "trace", 3, put_trace};
    return make(f, &form, err);
}
