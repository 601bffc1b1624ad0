// Where variables live, and which of them are never below 0.
#include "tasks/translate_parts.h"

// Whether a node lies in another.
static bool is_in(const translation *x, uint32_t n, uint32_t around) {
    return n >= around && n < x->t->node[around].past;
}

// ---- never below 0 ----

static bool is_positive_call(translation *x, uint32_t n) {
    const bool least = translate_calls(x, n, "min"), most = translate_calls(x, n, "max");
    const size_t count = translate_arguments(x, n);
    if (translate_calls(x, n, "len") || translate_calls(x, n, "abs")) return true;
    if ((!least && !most) || count < 2) return false;
    size_t good = 0;
    for (size_t i = 0; i < count; i++) good += translate_positive(x, translate_argument(x, n, i));
    return good == count || (most && good > 0);
}

static bool is_positive_operation(translation *x, uint32_t n) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    if (python_reads(x->t, sign, "%")) return translate_positive(x, right); // the divisor's sign
    if (python_reads(x->t, sign, ">>")) return translate_positive(x, left);
    return (python_reads(x->t, sign, "+") || python_reads(x->t, sign, "*") ||
            python_reads(x->t, sign, "//")) &&
           translate_positive(x, left) && translate_positive(x, right);
}

bool translate_positive(translation *x, uint32_t n) {
    n = translate_bare(x, n);
    const translate_name *name = translate_find(x, n);
    if (name) return name->positive;
    switch (python_kind_of(x->t, n)) {
    case PYTHON_INTEGER:
        return true;
    case PYTHON_CALL:
        return is_positive_call(x, n);
    case PYTHON_BINARY:
        return is_positive_operation(x, n);
    case PYTHON_CONDITIONAL:
        return translate_positive(x, python_part(x->t, n, 0)) &&
               translate_positive(x, python_part(x->t, n, 2));
    default:
        return false;
    }
}

// Takes the mark from a name that is set to something that may be below 0.
static bool set_name(translation *x, uint32_t n, bool positive) {
    translate_name *name = translate_find(x, n);
    if (!name || !name->positive || positive) return false;
    name->positive = false;
    return true;
}

static bool is_positive_loop(translation *x, uint32_t call) {
    translate_range r;
    int64_t stop;
    if (translate_calls(x, call, "enumerate")) return true; // the place
    if (!translate_range_of(x, call, &r)) return false;
    if (r.step > 0) return r.start == PYTHON_NONE || translate_positive(x, r.start);
    return translate_positive(x, r.stop) || (translate_constant(x, r.stop, &stop) && stop >= -1);
}

static bool set_names(translation *x, uint32_t n) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    bool news = false;
    switch (python_kind_of(x->t, n)) {
    case PYTHON_ASSIGNMENT:
        for (size_t i = 0; i < translate_items(x, left); i++)
            news |= set_name(x, translate_item(x, left, i),
                             translate_positive(x, translate_item(x, right, i)));
        return news;
    case PYTHON_AUGMENTED_ASSIGNMENT:
        return set_name(x, left,
                        (python_reads(x->t, sign, "+=") || python_reads(x->t, sign, "*=") ||
                         python_reads(x->t, sign, "//=") || python_reads(x->t, sign, "%=")) &&
                            translate_positive(x, right));
    case PYTHON_FOR:
        news = set_name(x, translate_item(x, left, 0), is_positive_loop(x, right));
        if (translate_items(x, left) > 1) news |= set_name(x, translate_item(x, left, 1), false);
        return news;
    default:
        return false;
    }
}

// All names but the parameters have the mark until something takes it: what is left is true by
// induction over what the function does.
static void find_positive(translation *x) {
    for (size_t i = x->parameters; i < x->names; i++)
        x->name[i].positive = x->name[i].type == TYPE_NUMBER;
    for (bool news = true; news;) {
        news = false;
        for (uint32_t n = x->def->body; n < x->t->node[x->def->body].past; n++)
            news |= set_names(x, n);
    }
}

// ---- places ----

static bool is_target(const translation *x, uint32_t loop, uint32_t n) {
    const uint32_t left = python_child(x->t, loop, PYTHON_FIELD_LEFT);
    for (size_t i = 0; i < translate_items(x, left); i++)
        if (python_same(x->t, translate_item(x, left, i), n)) return true;
    return false;
}

// Whether the name at n, which loops set, stands in exactly one of them: in its target or its body.
static bool stays_in_loop(const translation *x, uint32_t n) {
    size_t loops = 0;
    for (uint32_t f = python_around(x->t, n, PYTHON_FOR); f != PYTHON_NONE;
         f = python_around(x->t, f, PYTHON_FOR)) {
        if (!is_target(x, f, n)) continue;
        if (is_in(x, n, python_child(x->t, f, PYTHON_FIELD_RIGHT))) return false;
        loops++;
    }
    return loops == 1;
}

// The assignment whose target n is, as a statement; PYTHON_NONE: it is no target of one.
static uint32_t assignment_of(const translation *x, uint32_t n) {
    uint32_t above = python_parent(x->t, n);
    if (translate_is_word(x, above, "pattern_list")) above = python_parent(x->t, above);
    if (python_kind_of(x->t, above) != PYTHON_ASSIGNMENT ||
        !is_in(x, n, python_child(x->t, above, PYTHON_FIELD_LEFT)) ||
        python_kind_of(x->t, python_parent(x->t, above)) != PYTHON_EXPRESSION_STATEMENT)
        return PYTHON_NONE;
    return python_parent(x->t, above);
}

// The first place of a name in the body; *past is behind the last.
static uint32_t places_of(translation *x, const translate_name *name, uint32_t *past) {
    uint32_t first = PYTHON_NONE;
    const uint32_t end = x->t->node[x->def->body].past;
    for (uint32_t n = x->def->body; n < end; n++) {
        if (translate_find(x, n) != name) continue;
        if (first == PYTHON_NONE) first = n;
        *past = n + 1;
    }
    return first;
}

// A name is declared where it is set first, if all of its places are behind that in the same block.
static void find_home(translation *x, translate_name *name) {
    uint32_t past = 0;
    const uint32_t first = places_of(x, name, &past);
    const uint32_t statement = first == PYTHON_NONE ? first : assignment_of(x, first);
    if (statement == PYTHON_NONE) return;
    if (past <= x->t->node[python_parent(x->t, statement)].past) name->home = statement;
}

// Several that are set together are declared together, or else before.
static void agree_on_homes(translation *x, uint32_t n) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const size_t count = translate_items(x, left);
    const uint32_t statement = python_parent(x->t, n);
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        const translate_name *name = translate_find(x, translate_item(x, left, i));
        all &= name && name->home == statement;
    }
    for (size_t i = 0; i < count && !all; i++) {
        translate_name *name = translate_find(x, translate_item(x, left, i));
        if (name && name->home == statement) name->home = PYTHON_NONE;
    }
}

bool translate_place(translation *x) {
    const uint32_t past = x->t->node[x->def->body].past;
    for (uint32_t n = x->def->body; n < past; n++) {
        const translate_name *name = translate_find(x, n);
        if (name && name->loop && !stays_in_loop(x, n)) return false;
    }
    find_positive(x);
    for (size_t i = x->parameters; i < x->names; i++)
        if (!x->name[i].loop) find_home(x, &x->name[i]);
    for (uint32_t n = x->def->body; n < past; n++)
        if (python_kind_of(x->t, n) == PYTHON_ASSIGNMENT) agree_on_homes(x, n);
    return true;
}
