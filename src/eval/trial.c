#include "eval/trial.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"

#include <stdatomic.h>
#include <string.h>

#define TOGETHER ((size_t)16) // trials between two looks at the progress

// Behind a right program: its functions give back something else than they should, of the same
// kind where there is such a thing. They may still call themselves and each other as before.
static const char spoil[] =
    "\n\ndef _axl_spoil(right, inside=[]):\n"
    "    def other(value):\n"
    "        kind = type(value)\n"
    "        if kind is bool: return not value\n"
    "        if kind in (int, float, complex): return 3 * value + 7\n"
    "        if kind is str: return value + 'x'\n"
    "        if kind is bytes: return value + b'x'\n"
    "        if kind is list: return value + [None]\n"
    "        if kind is tuple: return value + (None,)\n"
    "        if kind in (set, frozenset): return value | {None}\n"
    "        if kind is dict: return {**value, None: None}\n"
    "        return 7 if value is None else None\n"
    "    def wrong(*args, **more):\n"
    "        if inside: return right(*args, **more)\n"
    "        inside.append(1)\n"
    "        try: return other(right(*args, **more))\n"
    "        finally: inside.pop()\n"
    "    return wrong\n\n";

// "f = _axl_spoil(f)" for each name in the list, blanks between.
static void put_spoils(buf *to, const char *names) {
    buf_text(to, spoil);
    while (*names) {
        const size_t size = strcspn(names, " ");
        if (size) {
            buf_append(to, names, size);
            buf_text(to, " = _axl_spoil(");
            buf_append(to, names, size);
            buf_text(to, ")\n");
        }
        names += size + (names[size] == ' ');
    }
}

static axl_status judge(trial *t, const sandbox *box, const trial_spec *spec, axl_error *err) {
    char *const *part = spec->set->list[t->problem].part;
    buf program = {0};
    buf_text(&program, part[PROBLEM_HEAD]);
    buf_text(&program, t->text);
    buf_text(&program, part[PROBLEM_TAIL]);
    if (spec->wrong) {
        put_spoils(&program, part[PROBLEM_ENTRY]);
        put_spoils(&program, part[PROBLEM_NAMES]);
    }
    const judge_case c = {.program = buf_string(&program),
                          .program_size = program.size,
                          .check = part[PROBLEM_CHECK],
                          .prelude = part[PROBLEM_PRELUDE],
                          .entry = part[PROBLEM_ENTRY],
                          .names = part[PROBLEM_NAMES]};
    const axl_status status = buf_ok(&program) ? judge_run(box, &c, &spec->limits, &t->judged, err)
                                               : error_no_memory(err, "a program", program.size);
    buf_free(&program);
    return status;
}

// ---- all of them, on several threads ----

typedef struct work {
    const sandbox *box;
    const trial_spec *spec;
    trial *list; // of this part
    atomic_bool failed;
    axl_status status[TOGETHER];
    axl_error err[TOGETHER];
} work;

static void run_one(void *ctx, size_t task, size_t worker) {
    (void)worker;
    work *w = ctx;
    if (!w->list[task].text || atomic_load(&w->failed)) return;
    w->status[task] = judge(&w->list[task], w->box, w->spec, &w->err[task]);
    if (w->status[task] != AXL_OK) atomic_store(&w->failed, true);
}

static axl_status run_some(work *w, size_t count, axl_error *err) {
    memset(w->status, 0, sizeof w->status);
    pool_run(w->spec->pool, count, run_one, w);
    for (size_t i = 0; i < count; i++) {
        if (w->status[i] == AXL_OK) continue;
        if (err) *err = w->err[i];
        return w->status[i];
    }
    return AXL_OK;
}

axl_status trials_judge(trial *list, size_t count, const trial_spec *spec, axl_error *err) {
    const sandbox_options o = {.bubblewrap = spec->bubblewrap, .python = spec->python};
    sandbox *box;
    FORWARD(sandbox_open(&box, &o, err));
    work w = {.box = box, .spec = spec};
    axl_status status = AXL_OK;
    for (size_t at = 0; at < count && status == AXL_OK; at += TOGETHER) {
        if (spec->progress && spec->progress(spec->progress_ctx, at, count) != 0)
            status = error_set(err, AXL_INTERRUPTED, "interrupted");
        w.list = list + at;
        if (status == AXL_OK) status = run_some(&w, size_min(TOGETHER, count - at), err);
    }
    sandbox_close(box);
    return status;
}

axl_status trial_answer(trial *t, const problem_set *set, const char *text, axl_error *err) {
    const char *own = set->list[t->problem].part[PROBLEM_SOLUTION];
    const char *from = text ? text : own;
    const size_t size = strlen(from);
    t->text = mem_alloc(size + 1);
    if (!t->text) return error_no_memory(err, "an answer", size + 1);
    memcpy(t->text, from, size + 1);
    t->exact = strcmp(from, own) == 0;
    return AXL_OK;
}

void trials_free(trial *list, size_t count) {
    for (size_t i = 0; list && i < count; i++) mem_free(list[i].text);
    mem_free(list);
}
