// Translate: a function of the translator's subset, and the same in another language. Few functions
// of real source are in it, so each file also gives rise to some that a grammar makes.
#include "base/error.h"
#include "base/strings.h"
#include "tasks/task_unit.h"
#include "tasks/translate.h"
#include "tasks/translate_made.h"

#define MADE 4        // functions of the grammar for each file
#define HEAD_BYTES 64 // of what stands around the two functions, at least

// A number of the function that does not depend on its names: two that differ in nothing else must
// not be on both sides.
static uint64_t shape_of(const python_tree *t, buf *text) {
    uint32_t first[256];
    size_t names = 0;
    buf_clear(text);
    for (uint32_t n = 0; n < t->count; n++) {
        const python_kind kind = python_kind_of(t, n);
        if (kind == PYTHON_COMMENT || python_first(t, n) != PYTHON_NONE) continue;
        size_t at = 0;
        while (kind == PYTHON_IDENTIFIER && at < names && !python_same(t, first[at], n)) at++;
        if (kind != PYTHON_IDENTIFIER || at == sizeof first / sizeof *first) {
            task_put(text, python_span_of(t, n));
        } else {
            if (at == names) first[names++] = n;
            buf_format(text, "$%zu", at);
        }
        buf_byte(text, ' ');
    }
    return task_hash(buf_string(text), text->size);
}

typedef struct translating {
    buf answer, shape; // owned
} translating;

// A pair for each language; made or real. line: of the file, 0 of what was made.
static void add_pairs(task_file *f, translating *a, const python_tree *t, uint32_t line) {
    const uint32_t n = python_part(t, 0, 0);
    python_definition def;
    if (!python_definition_at(t, n, &def)) return;
    f->pairs.source = shape_of(t, &a->shape);
    for (int i = 0; i < TRANSLATE_TARGETS; i++) {
        const translate_target target = (translate_target)i;
        char kind[TASK_KIND_MAX];
        buf *to = &f->pairs.text;
        buf_clear(&a->answer);
        const bool good = translate(&a->answer, t, &def, target);
        if (!buf_ok(&a->answer)) f->pairs.failed = true;
        if (!good) continue;
        string_format(kind, sizeof kind, NULL, "%s%s", translate_target_kind(target),
                      line ? "" : "_made");
        task_begin(&f->pairs, kind, line);
        buf_text(to, "Translate:\n");
        buf_append(to, t->text, t->bytes);
        buf_format(to, "Language: %s\nResult:", translate_target_name(target));
        task_answer(&f->pairs);
        buf_text(to, "\n");
        task_put(to, task_span(&a->answer));
        task_done(&f->pairs);
    }
    if (!buf_ok(&a->shape)) f->pairs.failed = true;
}

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)err;
    if (!u->method) add_pairs(f, ctx, &u->tree, u->line);
    return AXL_OK;
}

static axl_status add_made(task_file *f, translating *a, axl_error *err) {
    buf text = {0};
    python_tree tree = {.text = NULL};
    translate_made(&text, &f->dice);
    axl_status status = AXL_OK;
    if (!buf_ok(&text))
        status = error_no_memory(err, "a function", text.size);
    else
        status = python_parse(f->parser, text.data, text.size, &tree, err);
    if (status == AXL_OK) add_pairs(f, a, &tree, 0);
    python_tree_free(&tree);
    buf_free(&text);
    return status;
}

axl_status task_make_translate(task_file *f, axl_error *err) {
    translating a = {.answer = {0}};
    axl_status status = task_each_unit(f, f->pairs.longest - HEAD_BYTES, visit, &a, err);
    for (int i = 0; i < MADE && status == AXL_OK; i++) status = add_made(f, &a, err);
    buf_free(&a.answer);
    buf_free(&a.shape);
    return status;
}
