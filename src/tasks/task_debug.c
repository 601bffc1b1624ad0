// Debug: a function with a fault and what Python says about it, and the line as it was.
//
// Python really says it: the compiler, or the function itself when it is called among things that
// stand for all that it uses. The function as it was must come through the same call.
#include "tasks/mutate.h"
#include "tasks/probe.h"

#include "base/error.h"

#define HEAD_BYTES 160 // of the words around the function, the error and the line
#define FAULTS 2       // of one function, at most

static axl_status put_case(probe *p, const task_unit *u, const buf *bad, const mutation *m,
                           axl_error *err) {
    const python_span text[] = {task_span(&u->text), task_span(bad),
                                python_span_of(&u->tree, u->def.name)};
    probe_unit *unit = probe_case(p, text, 3, SIZE_MAX);
    if (!unit) return error_no_memory(err, "a case", bad->size);
    unit->kind = m->kind;
    unit->line = u->line;
    unit->fault = m->line;
    unit->source = task_hash(u->text.data, u->text.size);
    task_put(&unit->code, task_span(bad));
    task_put(&unit->more, task_line_text(task_span(&u->text), m->line));
    return buf_ok(&unit->code) && buf_ok(&unit->more) ? AXL_OK
                                                      : error_no_memory(err, "a case", bad->size);
}

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    const char *before = NULL;
    buf bad = {0};
    axl_status status = AXL_OK;
    for (size_t i = 0; i < FAULTS && status == AXL_OK; i++) {
        mutation m;
        const unsigned groups =
            i == 0 ? MUTATE_SYNTAX | MUTATE_INDENT : MUTATE_NAME | MUTATE_MEANING;
        if (!mutate(&bad, f, u, groups, &m) || m.kind == before) continue;
        before = m.kind;
        status = put_case(ctx, u, &bad, &m, err);
    }
    if (!buf_ok(&bad)) f->pairs.failed = true;
    buf_free(&bad);
    return status;
}

static void put_pair(task_file *f, const probe_unit *u, const python_span error[2]) {
    buf *to = &f->pairs.text;
    f->pairs.source = u->source;
    task_begin(&f->pairs, u->kind, u->line);
    buf_text(to, "Code:\n");
    task_put(to, task_span(&u->code));
    buf_text(to, "Error: ");
    task_put(to, error[0]);
    buf_text(to, ": ");
    task_put(to, error[1]);
    buf_text(to, "\nFix:");
    task_answer(&f->pairs);
    buf_format(to, " line %u\n", (unsigned)u->fault);
    task_put(to, task_span(&u->more));
    buf_text(to, "\n");
    task_done(&f->pairs);
}

axl_status task_make_debug(task_file *f, axl_error *err) {
    probe p = {.what = "debug"};
    axl_status status = task_each_unit(f, f->pairs.longest - HEAD_BYTES, visit, &p, err);
    if (status == AXL_OK) status = probe_run(&p, f, err);
    for (size_t i = 0; status == AXL_OK && i < p.count; i++) {
        python_span answer[3]; // the error's name, its text, a line
        if (probe_answer(&p, answer, 3) == 3) put_pair(f, &p.unit[i], answer);
    }
    probe_free(&p);
    return status;
}
