// The names of a function and their types, learnt from what is done with them.
#include "tasks/translate_parts.h"

#include <string.h>

// ---- names ----

// Words of C and JavaScript, names of their libraries that functions or variables must not take,
// and what the translation itself writes.
static const char *const taken[] = {
    "abs",        "abort",    "alignas",    "arguments", "asm",        "async",    "atan",
    "auto",       "await",    "bool",       "break",     "calloc",     "case",     "catch",
    "ceil",       "char",     "class",      "clock",     "const",      "continue", "cos",
    "debugger",   "default",  "delete",     "div",       "do",         "double",   "else",
    "enum",       "errno",    "eval",       "exit",      "exp",        "export",   "extends",
    "extern",     "false",    "finally",    "float",     "floor",      "floorDiv", "floor_div",
    "floor_mod",  "floorMod", "fmod",       "for",       "free",       "function", "gamma",
    "goto",       "if",       "implements", "import",    "in",         "index",    "inline",
    "instanceof", "int",      "interface",  "isalpha",   "isdigit",    "isspace",  "larger",
    "ldiv",       "let",      "llabs",      "log",       "long",       "main",     "malloc",
    "new",        "null",     "package",    "pow",       "printf",     "private",  "process",
    "protected",  "public",   "puts",       "rand",      "realloc",    "register", "remove",
    "rename",     "require",  "restrict",   "return",    "round",      "short",    "signal",
    "signed",     "sin",      "sizeof",     "smaller",   "sqrt",       "static",   "struct",
    "super",      "switch",   "system",     "tan",       "this",       "throw",    "time",
    "tolower",    "toupper",  "true",       "try",       "typedef",    "typeof",   "undefined",
    "union",      "unsigned", "var",        "void",      "volatile",   "while",    "with",
    "write",      "yield",    "Array",      "Infinity",  "Math",       "NaN",      "Number",
    "Object",     "String",   "int64_t",    "read",      "open",       "close",    "link",
    "module",     "exports",  "console",    "global",    "globalThis", "min",      "max",
    "range",      "len",      "sum",        "sorted",    "enumerate",  "list",     "y0",
    "y1",         "yn",       "j0",         "j1",        "jn",         "stdin",    "stdout",
};

static bool ends_with(python_span s, const char *end) {
    const size_t bytes = strlen(end);
    return s.bytes >= bytes && memcmp(s.text + s.bytes - bytes, end, bytes) == 0;
}

static bool is_free(python_span s) {
    for (size_t i = 0; i < s.bytes; i++)
        if ((unsigned char)s.text[i] >= 128) return false;
    if (s.bytes > 1 && s.text[0] == '_' && (s.text[1] == '_' || (s.text[1] & 32) == 0))
        return false;
    // Made for the length of a list, the place in it, the end of a range, and swaps.
    if (ends_with(s, "_len") || ends_with(s, "_at") || ends_with(s, "_end")) return false;
    if (s.bytes > 4 && memcmp(s.text, "next", 4) == 0 && s.text[4] <= '9') return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strlen(taken[i]) == s.bytes && memcmp(taken[i], s.text, s.bytes) == 0) return false;
    return true;
}

translate_name *translate_find(translation *x, uint32_t n) {
    if (python_kind_of(x->t, n) != PYTHON_IDENTIFIER) return NULL;
    const python_span s = python_span_of(x->t, n);
    for (size_t i = 0; i < x->names; i++)
        if (x->name[i].text.bytes == s.bytes && memcmp(x->name[i].text.text, s.text, s.bytes) == 0)
            return &x->name[i];
    return NULL;
}

static translate_name *add_name(translation *x, uint32_t n) {
    translate_name *name = translate_find(x, n);
    if (name) return name;
    const python_span s = python_span_of(x->t, n);
    if (python_kind_of(x->t, n) != PYTHON_IDENTIFIER || x->names == TRANSLATE_NAMES_MAX ||
        !is_free(s) || python_same(x->t, n, x->def->name)) {
        x->refused = true;
        return NULL;
    }
    name = &x->name[x->names++];
    *name = (translate_name){.text = s, .type = TYPE_OPEN, .node = n, .home = PYTHON_NONE};
    return name;
}

static translate_type annotated(translation *x, uint32_t type) {
    if (type == PYTHON_NONE) return TYPE_OPEN;
    static const struct {
        const char *word;
        translate_type type;
    } types[] = {{"int", TYPE_NUMBER},     {"bool", TYPE_TRUTH},     {"list", TYPE_LIST},
                 {"list[int]", TYPE_LIST}, {"List[int]", TYPE_LIST}, {"None", TYPE_OPEN}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (python_reads(x->t, type, types[i].word)) return types[i].type;
    x->refused = true;
    return TYPE_BAD;
}

static void add_parameter(translation *x, uint32_t n) {
    const python_kind kind = python_kind_of(x->t, n);
    uint32_t name = n;
    if (kind == PYTHON_TYPED_PARAMETER)
        name = python_part(x->t, n, 0);
    else if (kind == PYTHON_DEFAULT_PARAMETER || kind == PYTHON_TYPED_DEFAULT_PARAMETER)
        name = python_child(x->t, n, PYTHON_FIELD_NAME);
    else if (kind != PYTHON_IDENTIFIER)
        x->refused = true;
    const uint32_t value = python_child(x->t, n, PYTHON_FIELD_VALUE);
    int64_t number;
    const size_t before = x->names;
    translate_name *p = add_name(x, name);
    if (!p || before == x->names ||
        (value != PYTHON_NONE && !translate_constant(x, value, &number)))
        x->refused = true;
    if (x->refused) return;
    p->parameter = true;
    p->type = annotated(x, python_child(x->t, n, PYTHON_FIELD_TYPE));
    if (value == PYTHON_NONE) return;
    x->defaults = true;
    if (p->type != TYPE_OPEN && p->type != TYPE_NUMBER) x->refused = true;
    p->type = TYPE_NUMBER;
}

// A name that is set; an element of a list that is.
static void add_target(translation *x, uint32_t n, size_t stores, bool loop) {
    if (python_kind_of(x->t, n) == PYTHON_SUBSCRIPT && !loop) {
        translate_name *list = translate_find(x, python_child(x->t, n, PYTHON_FIELD_VALUE));
        if (list) list->changed = true;
        return; // a list that is not known yet is none of the parameters
    }
    translate_name *name = add_name(x, n);
    if (!name) return;
    if ((name->stores > 0 && name->loop != loop) || (loop && name->parameter)) x->refused = true;
    name->loop = loop;
    name->stores += stores;
}

static void add_names(translation *x) {
    const python_tree *t = x->t;
    for (size_t i = 0; i < python_parts(t, x->def->parameters); i++)
        add_parameter(x, python_part(t, x->def->parameters, i));
    x->parameters = x->names;
    if (x->parameters == 0) x->refused = true;
    for (uint32_t n = x->def->body; n < t->node[x->def->body].past && !x->refused; n++) {
        const python_kind kind = python_kind_of(t, n);
        const bool assigns = kind == PYTHON_ASSIGNMENT || kind == PYTHON_AUGMENTED_ASSIGNMENT;
        if (!assigns && kind != PYTHON_FOR) continue;
        const uint32_t left = python_child(t, n, PYTHON_FIELD_LEFT);
        for (size_t i = 0; i < translate_items(x, left); i++)
            add_target(x, translate_item(x, left, i), kind == PYTHON_AUGMENTED_ASSIGNMENT ? 2 : 1,
                       kind == PYTHON_FOR);
    }
}

// ---- types ----

typedef struct learning {
    translation *x;
    bool news;
} learning;

static void learn(learning *l, uint32_t n, translate_type type) {
    translate_name *name = translate_find(l->x, translate_bare(l->x, n));
    if (!name || type == TYPE_OPEN || type == TYPE_BAD || name->type == type) return;
    if (name->type != TYPE_OPEN) {
        l->x->refused = true;
        return;
    }
    name->type = type;
    l->news = true;
}

static void learn_same(learning *l, uint32_t a, uint32_t b) {
    learn(l, a, translate_type_of(l->x, b));
    learn(l, b, translate_type_of(l->x, a));
}

static void learn_call(learning *l, uint32_t n) {
    translation *x = l->x;
    const uint32_t function = python_child(x->t, n, PYTHON_FIELD_FUNCTION);
    const size_t count = translate_arguments(x, n);
    if (python_kind_of(x->t, function) == PYTHON_ATTRIBUTE) {
        translate_name *list = translate_find(x, python_child(x->t, function, PYTHON_FIELD_OBJECT));
        if (list) list->changed = true;
        learn(l, python_child(x->t, function, PYTHON_FIELD_OBJECT), TYPE_LIST);
        if (count == 1 && !python_reads(x->t, python_part(x->t, function, 1), "extend"))
            learn(l, translate_argument(x, n, 0), TYPE_NUMBER);
        return;
    }
    static const char *const of_lists[] = {"len", "sum", "sorted", "enumerate"};
    for (size_t i = 0; i < sizeof of_lists / sizeof *of_lists; i++)
        if (python_reads(x->t, function, of_lists[i]))
            learn(l, translate_argument(x, n, 0), TYPE_LIST);
    const bool extreme = python_reads(x->t, function, "min") || python_reads(x->t, function, "max");
    if (extreme && count == 1) learn(l, translate_argument(x, n, 0), TYPE_LIST);
    const bool numbers = python_reads(x->t, function, "abs") ||
                         python_reads(x->t, function, "range") || (extreme && count > 1);
    for (size_t i = 0; numbers && i < count; i++)
        learn(l, translate_argument(x, n, i), TYPE_NUMBER);
    if (!python_same(x->t, function, x->def->name)) return;
    for (size_t i = 0; i < count && i < x->parameters; i++)
        learn_same(l, x->name[i].node, translate_argument(x, n, i));
}

static void learn_operation(learning *l, uint32_t n) {
    translation *x = l->x;
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    if (python_reads(x->t, sign, "+")) {
        learn_same(l, left, right);
        return;
    }
    learn(l, right, TYPE_NUMBER);
    if (python_kind_of(x->t, translate_bare(x, left)) != PYTHON_LIST) learn(l, left, TYPE_NUMBER);
}

static void learn_loop(learning *l, uint32_t n) {
    translation *x = l->x;
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    for (size_t i = 0; i < translate_items(x, left); i++)
        learn(l, translate_item(x, left, i), TYPE_NUMBER);
    if (python_kind_of(x->t, right) != PYTHON_CALL) learn(l, right, TYPE_LIST);
}

static void learn_assignment(learning *l, uint32_t n) {
    translation *x = l->x;
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    if (translate_items(x, left) != translate_items(x, right)) return;
    for (size_t i = 0; i < translate_items(x, left); i++)
        learn_same(l, translate_item(x, left, i), translate_item(x, right, i));
}

static void learn_comparison(learning *l, uint32_t n) {
    translation *x = l->x;
    uint32_t before = PYTHON_NONE;
    for (uint32_t c = python_first(x->t, n); c != PYTHON_NONE; c = python_next(x->t, c)) {
        const bool in = python_reads(x->t, before, "in") || python_reads(x->t, before, "not in");
        if (x->t->node[c].named) learn(l, c, in ? TYPE_LIST : TYPE_NUMBER);
        before = c;
    }
}

static void learn_node(learning *l, uint32_t n) {
    const python_tree *t = l->x->t;
    switch (python_kind_of(t, n)) {
    case PYTHON_SUBSCRIPT:
        learn(l, python_child(t, n, PYTHON_FIELD_VALUE), TYPE_LIST);
        learn(l, python_child(t, n, PYTHON_FIELD_SUBSCRIPT), TYPE_NUMBER);
        break;
    case PYTHON_CALL:
        learn_call(l, n);
        break;
    case PYTHON_FOR:
        learn_loop(l, n);
        break;
    case PYTHON_ASSIGNMENT:
        learn_assignment(l, n);
        break;
    case PYTHON_BINARY:
        learn_operation(l, n);
        break;
    case PYTHON_COMPARISON:
        learn_comparison(l, n);
        break;
    case PYTHON_UNARY:
        learn(l, python_child(t, n, PYTHON_FIELD_ARGUMENT), TYPE_NUMBER);
        break;
    case PYTHON_AUGMENTED_ASSIGNMENT:
        learn(l, python_child(t, n, PYTHON_FIELD_LEFT), TYPE_NUMBER);
        learn(l, python_child(t, n, PYTHON_FIELD_RIGHT), TYPE_NUMBER);
        break;
    case PYTHON_CONDITIONAL:
        learn_same(l, python_part(t, n, 0), python_part(t, n, 2));
        break;
    case PYTHON_LIST:
    case PYTHON_SLICE:
        for (size_t i = 0; i < python_parts(t, n); i++) learn(l, python_part(t, n, i), TYPE_NUMBER);
        break;
    case PYTHON_RETURN: {
        const uint32_t value = python_part(t, n, 0);
        const translate_type type =
            value == PYTHON_NONE ? TYPE_OPEN : translate_type_of(l->x, value);
        learn(l, value, l->x->result);
        if (type == TYPE_BAD || type == TYPE_OPEN || type == l->x->result) break;
        if (l->x->result != TYPE_OPEN) l->x->refused = true;
        l->x->result = type;
        l->news = true;
        break;
    }
    default:
        break;
    }
}

// What is still open when nothing more can be learnt is a number: no use of it needs more.
static bool close_names(translation *x) {
    bool closed = false;
    for (size_t i = 0; i < x->names; i++) {
        if (x->name[i].type != TYPE_OPEN) continue;
        x->name[i].type = TYPE_NUMBER;
        closed = true;
    }
    return closed;
}

bool translate_learn(translation *x) {
    add_names(x);
    x->result = TYPE_OPEN;
    const uint32_t returns = python_child(x->t, x->def->node, PYTHON_FIELD_RETURN_TYPE);
    const translate_type wanted = annotated(x, returns);
    // Every round makes a type known that was open, so this comes to an end.
    for (bool more = true; more && !x->refused;) {
        learning l = {x, false};
        for (uint32_t n = x->def->body; n < x->t->node[x->def->body].past && !x->refused; n++)
            learn_node(&l, n);
        more = l.news || close_names(x);
    }
    if (returns != PYTHON_NONE && wanted != x->result) x->refused = true;
    return !x->refused;
}
