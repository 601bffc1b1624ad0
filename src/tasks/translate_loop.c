// Loops over ranges and lists.
#include "tasks/task_unit.h"
#include "tasks/translate_parts.h"

#include <inttypes.h>

static void put_text(translation *x, const char *text) {
    buf_text(&x->text, text);
}

// Whether what is at n is set within.
static bool is_set(const translation *x, uint32_t n) {
    const uint32_t above = python_parent(x->t, n);
    const python_kind kind = python_kind_of(x->t, above);
    return translate_is_word(x, above, "pattern_list") ||
           (x->t->node[n].field == PYTHON_FIELD_LEFT &&
            (kind == PYTHON_ASSIGNMENT || kind == PYTHON_AUGMENTED_ASSIGNMENT));
}

// Whether a name may be another after a round of the loop, or a list may be longer.
static bool name_varies(translation *x, const translate_name *name, uint32_t body) {
    for (uint32_t n = body; n < x->t->node[body].past; n++) {
        if (translate_find(x, n) == name && is_set(x, n)) return true;
        const python_kind kind = python_kind_of(x->t, n);
        // Another name may have the same list.
        if (name->type == TYPE_LIST &&
            (kind == PYTHON_ATTRIBUTE ||
             (kind == PYTHON_CALL && python_same(x->t, n + 1, x->def->name))))
            return true;
    }
    return false;
}

static bool varies(translation *x, uint32_t n, uint32_t loop) {
    const uint32_t body = python_child(x->t, loop, PYTHON_FIELD_BODY);
    for (uint32_t i = n; i < x->t->node[n].past; i++) {
        const python_kind kind = python_kind_of(x->t, i);
        if (kind == PYTHON_SUBSCRIPT || (kind == PYTHON_CALL && !translate_calls(x, i, "len")))
            return true;
        const translate_name *name = translate_find(x, i);
        if (name && name_varies(x, name, body)) return true;
    }
    return false;
}

static void put_step(translation *x, python_span name, int64_t step) {
    task_put(&x->text, name);
    if (step == 1 || step == -1)
        put_text(x, step > 0 ? "++" : "--");
    else
        buf_format(&x->text, " %s= %" PRId64, step > 0 ? "+" : "-", step > 0 ? step : -step);
}

static void put_range_loop(translation *x, uint32_t n, const translate_range *r) {
    const uint32_t target = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const python_span name = python_span_of(x->t, target);
    const bool hoisted = varies(x, r->stop, n);
    if (translate_type_of(x, r->stop) != TYPE_NUMBER ||
        (r->start != PYTHON_NONE && translate_type_of(x, r->start) != TYPE_NUMBER) ||
        python_kind_of(x->t, target) != PYTHON_IDENTIFIER || (hoisted && name.text[0] == '_')) {
        x->refused = true;
        return;
    }
    put_text(x, "for (");
    translate_put_type(x, TYPE_NUMBER, false);
    task_put(&x->text, name);
    put_text(x, " = ");
    if (r->start == PYTHON_NONE)
        put_text(x, "0");
    else
        translate_put(x, r->start, LEVEL_CHOICE);
    if (hoisted) {
        put_text(x, ", ");
        task_put(&x->text, name);
        put_text(x, "_end = ");
        translate_put(x, r->stop, LEVEL_CHOICE);
    }
    put_text(x, "; ");
    task_put(&x->text, name);
    put_text(x, r->step > 0 ? " < " : " > ");
    if (hoisted) {
        task_put(&x->text, name);
        put_text(x, "_end");
    } else {
        translate_put(x, r->stop, LEVEL_SUM);
    }
    put_text(x, "; ");
    put_step(x, name, r->step);
    put_text(x, ") {\n");
}

// for (int64_t x_at = 0; x_at < xs_len; x_at++) { int64_t x = xs[x_at];
static void put_c_list_loop(translation *x, const python_span place[2], uint32_t list,
                            size_t depth) {
    const python_span item = place[1];
    buf index = {0};
    if (place[0].text) {
        task_put(&index, place[0]);
    } else {
        task_put(&index, item);
        buf_text(&index, "_at");
    }
    if (!translate_is_named_list(x, list) || item.text[0] == '_') x->refused = true;
    const char *const at = buf_string(&index);
    buf_format(&x->text, "for (int64_t %s = 0; %s < ", at, at);
    translate_put_length(x, list);
    buf_format(&x->text, "; %s++) {\n", at);
    buf_fill(&x->text, ' ', 4 * (depth + 1));
    put_text(x, "int64_t ");
    task_put(&x->text, item);
    put_text(x, " = ");
    translate_put_node(x, translate_bare(x, list));
    buf_format(&x->text, "[%s];\n", at);
    if (!buf_ok(&index)) x->text.failed = true;
    buf_free(&index);
}

static void put_list_loop(translation *x, uint32_t n, size_t depth) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    uint32_t list = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    const bool both = translate_calls(x, list, "enumerate") && translate_arguments(x, list) == 1;
    if (both) list = translate_argument(x, list, 0);
    if (translate_type_of(x, list) != TYPE_LIST || translate_items(x, left) != (both ? 2 : 1)) {
        x->refused = true;
        return;
    }
    const python_span none = {NULL, 0};
    const python_span place[] = {both ? python_span_of(x->t, translate_item(x, left, 0)) : none,
                                 python_span_of(x->t, translate_item(x, left, both))};
    if (translate_is_c(x)) {
        put_c_list_loop(x, place, list, depth);
        return;
    }
    put_text(x, both ? "for (const [" : "for (const ");
    if (both) {
        task_put(&x->text, place[0]);
        put_text(x, ", ");
    }
    task_put(&x->text, place[1]);
    put_text(x, both ? "] of " : " of ");
    translate_put(x, list, LEVEL_WHOLE);
    put_text(x, both ? ".entries()) {\n" : ") {\n");
}

void translate_put_for(translation *x, uint32_t n, size_t depth) {
    translate_range r;
    buf_fill(&x->text, ' ', 4 * depth);
    if (translate_range_of(x, python_child(x->t, n, PYTHON_FIELD_RIGHT), &r))
        put_range_loop(x, n, &r);
    else
        put_list_loop(x, n, depth);
}
