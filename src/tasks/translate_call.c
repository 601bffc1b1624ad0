// Calls: of the function itself, of what Python has, of what lists can do.
#include "tasks/translate_parts.h"

static void put_text(translation *x, const char *text) {
    buf_text(&x->text, text);
}

// Text, what is at n, text.
static void put_around(translation *x, const char *before, uint32_t n, const char *after) {
    put_text(x, before);
    translate_put(x, n, LEVEL_CHOICE);
    put_text(x, after);
}

static void put_after(translation *x, uint32_t n, const char *after) {
    translate_put(x, n, LEVEL_WHOLE);
    put_text(x, after);
}

// In C arguments come in any order: a call that sets elements must not stand among others.
static bool sets_elements(const translation *x) {
    for (size_t i = 0; i < x->parameters; i++)
        if (x->name[i].changed) return true;
    return false;
}

static void put_own(translation *x, uint32_t n) {
    const bool c = translate_is_c(x);
    if (c && x->result != TYPE_OPEN && sets_elements(x)) x->refused = true;
    translate_put_node(x, x->def->name);
    put_text(x, "(");
    for (size_t i = 0; i < translate_arguments(x, n); i++) {
        const uint32_t argument = translate_argument(x, n, i);
        if (i > 0) put_text(x, ", ");
        if (c && x->name[i].type == TYPE_LIST) {
            if (!translate_is_named_list(x, argument)) x->refused = true;
            translate_put_node(x, translate_bare(x, argument));
            put_text(x, ", ");
            translate_put_length(x, argument);
        } else {
            translate_put(x, argument, LEVEL_CHOICE);
        }
    }
    put_text(x, ")");
}

// The smallest or largest of several.
static void put_extreme(translation *x, uint32_t n, bool least) {
    const size_t count = translate_arguments(x, n);
    const char *const name = translate_is_c(x) ? least ? "smaller(" : "larger("
                             : least           ? "Math.min("
                                               : "Math.max(";
    if (translate_is_c(x)) {
        x->help |= least ? HELP_MIN : HELP_MAX;
        for (size_t i = 2; i < count; i++) put_text(x, name);
    }
    put_text(x, name);
    for (size_t i = 0; i < count; i++) {
        translate_put(x, translate_argument(x, n, i), LEVEL_CHOICE);
        if (translate_is_c(x) && i > 0 && i + 1 < count) put_text(x, ")");
        if (i + 1 < count) put_text(x, ", ");
    }
    put_text(x, ")");
}

static void put_of_list(translation *x, uint32_t function, uint32_t list) {
    if (translate_is_c(x)) x->refused = true;
    if (python_reads(x->t, function, "sum"))
        put_after(x, list, ".reduce((a, b) => a + b, 0)");
    else if (python_reads(x->t, function, "min"))
        put_around(x, "Math.min(...", list, ")");
    else if (python_reads(x->t, function, "max"))
        put_around(x, "Math.max(...", list, ")");
    else if (python_reads(x->t, function, "sorted"))
        put_around(x, "[...", list, "].sort((a, b) => a - b)");
    else
        put_after(x, list, ".slice()");
}

static void put_method(translation *x, uint32_t n) {
    const uint32_t function = python_child(x->t, n, PYTHON_FIELD_FUNCTION);
    const uint32_t list = python_child(x->t, function, PYTHON_FIELD_OBJECT);
    const uint32_t word = python_child(x->t, function, PYTHON_FIELD_ATTRIBUTE);
    if (translate_is_c(x)) x->refused = true;
    if (python_reads(x->t, word, "pop")) {
        put_after(x, list, ".pop()");
    } else if (python_reads(x->t, word, "copy")) {
        put_after(x, list, ".slice()");
    } else {
        put_after(x, list, ".indexOf(");
        put_around(x, "", translate_argument(x, n, 0), ")");
    }
}

void translate_put_call(translation *x, uint32_t n) {
    const uint32_t function = python_child(x->t, n, PYTHON_FIELD_FUNCTION);
    const uint32_t first = translate_argument(x, n, 0);
    if (python_kind_of(x->t, function) == PYTHON_ATTRIBUTE) {
        put_method(x, n);
    } else if (python_same(x->t, function, x->def->name)) {
        put_own(x, n);
        // One that gives nothing is a statement.
        if (x->result == TYPE_OPEN &&
            python_kind_of(x->t, python_parent(x->t, n)) != PYTHON_EXPRESSION_STATEMENT)
            x->refused = true;
    } else if (python_reads(x->t, function, "len")) {
        translate_put_length(x, first);
    } else if (python_reads(x->t, function, "abs")) {
        x->help |= HELP_ABS;
        put_around(x, translate_is_c(x) ? "llabs(" : "Math.abs(", first, ")");
    } else if (translate_arguments(x, n) > 1) {
        put_extreme(x, n, python_reads(x->t, function, "min"));
    } else {
        put_of_list(x, function, first);
    }
}

void translate_put_method(translation *x, uint32_t n) {
    static const struct {
        const char *name, *before, *after;
        translate_type takes; // TYPE_OPEN: nothing
    } methods[] = {{"append", ".push(", ")", TYPE_NUMBER},
                   {"extend", ".push(...", ")", TYPE_LIST},
                   {"pop", ".pop(", ")", TYPE_OPEN},
                   {"reverse", ".reverse(", ")", TYPE_OPEN},
                   {"sort", ".sort((a, b) => a - b", ")", TYPE_OPEN}};
    const uint32_t function = python_child(x->t, n, PYTHON_FIELD_FUNCTION);
    const uint32_t list = python_child(x->t, function, PYTHON_FIELD_OBJECT);
    const uint32_t word = python_child(x->t, function, PYTHON_FIELD_ATTRIBUTE);
    const size_t count = translate_arguments(x, n);
    const uint32_t argument = translate_argument(x, n, 0);
    if (translate_is_c(x) || !translate_is_named_list(x, list)) x->refused = true;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const translate_type takes = methods[i].takes;
        if (!python_reads(x->t, word, methods[i].name)) continue;
        if (count != (takes != TYPE_OPEN) ||
            (count > 0 && translate_type_of(x, argument) != takes)) {
            x->refused = true;
            return;
        }
        put_after(x, list, methods[i].before);
        if (takes != TYPE_OPEN) translate_put(x, argument, LEVEL_CHOICE);
        put_text(x, methods[i].after);
        return;
    }
    x->refused = true;
}
