// The types of expressions.
#include "tasks/translate_parts.h"

// The same, or whichever is known.
static translate_type both(translate_type a, translate_type b) {
    if (a == TYPE_OPEN) return b;
    return b == TYPE_OPEN || a == b ? a : TYPE_BAD;
}

static bool may_be(translate_type type, translate_type wanted) {
    return type == wanted || type == TYPE_OPEN;
}

static bool is_a(translation *x, uint32_t n, translate_type wanted) {
    return n != PYTHON_NONE && may_be(translate_type_of(x, n), wanted);
}

static bool all_numbers(translation *x, uint32_t n) {
    for (size_t i = 0; i < python_parts(x->t, n); i++)
        if (!is_a(x, python_part(x->t, n, i), TYPE_NUMBER)) return false;
    return true;
}

bool translate_is_condition(translation *x, uint32_t n) {
    n = translate_bare(x, n);
    const python_kind kind = python_kind_of(x->t, n);
    if (kind == PYTHON_NOT)
        return translate_is_condition(x, python_child(x->t, n, PYTHON_FIELD_ARGUMENT));
    if (kind == PYTHON_BOOLEAN)
        return translate_is_condition(x, python_child(x->t, n, PYTHON_FIELD_LEFT)) &&
               translate_is_condition(x, python_child(x->t, n, PYTHON_FIELD_RIGHT));
    return n != PYTHON_NONE && translate_type_of(x, n) != TYPE_BAD;
}

// What stands between two others of a chain is read twice.
static bool is_simple(const translation *x, uint32_t n) {
    const python_kind kind = python_kind_of(x->t, n);
    return kind == PYTHON_IDENTIFIER || kind == PYTHON_INTEGER;
}

static translate_type of_comparison(translation *x, uint32_t n) {
    static const char *const signs[] = {"<", ">", "<=", ">=", "==", "!="};
    uint32_t left = python_first(x->t, n);
    for (uint32_t sign; (sign = python_next(x->t, left)) != PYTHON_NONE;) {
        const uint32_t right = python_next(x->t, sign);
        const bool last = python_next(x->t, right) == PYTHON_NONE;
        const bool first = left == python_first(x->t, n);
        if (!is_a(x, left, TYPE_NUMBER)) return TYPE_BAD;
        if (python_reads(x->t, sign, "in") || python_reads(x->t, sign, "not in"))
            return first && last && is_a(x, right, TYPE_LIST) ? TYPE_TRUTH : TYPE_BAD;
        bool known = false;
        for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
            known |= python_reads(x->t, sign, signs[i]);
        if (!known || !is_a(x, right, TYPE_NUMBER) || (!last && !is_simple(x, right)))
            return TYPE_BAD;
        left = right;
    }
    return TYPE_TRUTH;
}

static translate_type of_operation(translation *x, uint32_t n) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    const translate_type a = translate_type_of(x, left), b = translate_type_of(x, right);
    if (a == TYPE_BAD || b == TYPE_BAD || a == TYPE_TRUTH || b == TYPE_TRUTH) return TYPE_BAD;
    if (python_reads(x->t, sign, "+")) return both(a, b);
    if (python_reads(x->t, sign, "*") && python_kind_of(x->t, left) == PYTHON_LIST)
        return python_parts(x->t, left) == 1 && may_be(b, TYPE_NUMBER) ? TYPE_LIST : TYPE_BAD;
    if (!may_be(a, TYPE_NUMBER) || !may_be(b, TYPE_NUMBER)) return TYPE_BAD;
    static const char *const signs[] = {"-", "*", "//", "%", "&", "|", "^", "<<", ">>", "**"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (python_reads(x->t, sign, signs[i])) return TYPE_NUMBER;
    return TYPE_BAD;
}

static translate_type of_own_call(translation *x, uint32_t n) {
    const size_t count = translate_arguments(x, n);
    if (count > x->parameters || (count < x->parameters && !x->defaults)) return TYPE_BAD;
    for (size_t i = 0; i < count; i++)
        if (both(translate_type_of(x, translate_argument(x, n, i)), x->name[i].type) == TYPE_BAD)
            return TYPE_BAD;
    return x->result;
}

static translate_type of_method(translation *x, uint32_t n) {
    const uint32_t function = python_child(x->t, n, PYTHON_FIELD_FUNCTION);
    const uint32_t word = python_child(x->t, function, PYTHON_FIELD_ATTRIBUTE);
    const size_t count = translate_arguments(x, n);
    if (!is_a(x, python_child(x->t, function, PYTHON_FIELD_OBJECT), TYPE_LIST)) return TYPE_BAD;
    if (python_reads(x->t, word, "copy") && count == 0) return TYPE_LIST;
    if (python_reads(x->t, word, "pop") && count == 0) return TYPE_NUMBER;
    if (python_reads(x->t, word, "index") && count == 1)
        return is_a(x, translate_argument(x, n, 0), TYPE_NUMBER) ? TYPE_NUMBER : TYPE_BAD;
    return TYPE_BAD;
}

static translate_type of_call_with_one(translation *x, uint32_t function, uint32_t argument) {
    static const struct {
        const char *name;
        translate_type takes, gives;
    } known[] = {{"abs", TYPE_NUMBER, TYPE_NUMBER}, {"len", TYPE_LIST, TYPE_NUMBER},
                 {"sum", TYPE_LIST, TYPE_NUMBER},   {"min", TYPE_LIST, TYPE_NUMBER},
                 {"max", TYPE_LIST, TYPE_NUMBER},   {"sorted", TYPE_LIST, TYPE_LIST},
                 {"list", TYPE_LIST, TYPE_LIST}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (python_reads(x->t, function, known[i].name))
            return is_a(x, argument, known[i].takes) ? known[i].gives : TYPE_BAD;
    return TYPE_BAD;
}

static translate_type of_call(translation *x, uint32_t n) {
    const uint32_t function = python_child(x->t, n, PYTHON_FIELD_FUNCTION);
    const uint32_t arguments = python_child(x->t, n, PYTHON_FIELD_ARGUMENTS);
    const size_t count = python_parts(x->t, arguments);
    if (python_kind_of(x->t, arguments) != PYTHON_ARGUMENTS) return TYPE_BAD;
    if (python_kind_of(x->t, function) == PYTHON_ATTRIBUTE) return of_method(x, n);
    if (python_same(x->t, function, x->def->name)) return of_own_call(x, n);
    if (count == 1) return of_call_with_one(x, function, python_part(x->t, arguments, 0));
    const bool extreme = python_reads(x->t, function, "min") || python_reads(x->t, function, "max");
    return extreme && count > 1 && all_numbers(x, arguments) ? TYPE_NUMBER : TYPE_BAD;
}

static translate_type of_subscript(translation *x, uint32_t n) {
    const uint32_t index = python_child(x->t, n, PYTHON_FIELD_SUBSCRIPT);
    if (!is_a(x, python_child(x->t, n, PYTHON_FIELD_VALUE), TYPE_LIST) ||
        python_parts(x->t, n) != 2)
        return TYPE_BAD;
    if (python_kind_of(x->t, index) != PYTHON_SLICE)
        return is_a(x, index, TYPE_NUMBER) ? TYPE_NUMBER : TYPE_BAD;
    return all_numbers(x, index) ? TYPE_LIST : TYPE_BAD;
}

translate_type translate_type_of(translation *x, uint32_t n) {
    const python_tree *t = x->t;
    n = translate_bare(x, n);
    int64_t number;
    for (uint32_t c = python_first(t, n); c != PYTHON_NONE; c = python_next(t, c))
        if (t->node[c].kind == PYTHON_COMMENT || t->node[c].kind == PYTHON_LINE_CONTINUATION)
            return TYPE_BAD;
    const uint32_t argument = python_child(t, n, PYTHON_FIELD_ARGUMENT);
    switch (python_kind_of(t, n)) {
    case PYTHON_IDENTIFIER: {
        const translate_name *name = translate_find(x, n);
        return name ? name->type : TYPE_BAD;
    }
    case PYTHON_INTEGER:
        return translate_number(x, n, &number) ? TYPE_NUMBER : TYPE_BAD;
    case PYTHON_TRUE:
    case PYTHON_FALSE:
        return TYPE_TRUTH;
    case PYTHON_UNARY:
        return is_a(x, argument, TYPE_NUMBER) ? TYPE_NUMBER : TYPE_BAD;
    case PYTHON_NOT:
        return translate_is_condition(x, argument) ? TYPE_TRUTH : TYPE_BAD;
    case PYTHON_BOOLEAN:
        return is_a(x, python_child(t, n, PYTHON_FIELD_LEFT), TYPE_TRUTH) &&
                       is_a(x, python_child(t, n, PYTHON_FIELD_RIGHT), TYPE_TRUTH)
                   ? TYPE_TRUTH
                   : TYPE_BAD;
    case PYTHON_COMPARISON:
        return of_comparison(x, n);
    case PYTHON_BINARY:
        return of_operation(x, n);
    case PYTHON_CONDITIONAL:
        if (!translate_is_condition(x, python_part(t, n, 1))) return TYPE_BAD;
        return both(translate_type_of(x, python_part(t, n, 0)),
                    translate_type_of(x, python_part(t, n, 2)));
    case PYTHON_CALL:
        return of_call(x, n);
    case PYTHON_SUBSCRIPT:
        return of_subscript(x, n);
    case PYTHON_LIST:
        return all_numbers(x, n) ? TYPE_LIST : TYPE_BAD;
    default:
        return TYPE_BAD;
    }
}
