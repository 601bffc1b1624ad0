// Expressions of the subset in C and JavaScript.
//
// Both languages have the same levels. Python's // and % round down, theirs to 0: operands that are
// never below 0 need no more, all others a function of the translation's.
#include "tasks/task_unit.h"
#include "tasks/translate_parts.h"

#include <inttypes.h>
#include <string.h>

// Literals alone: C computes them as int.
#define CONSTANT_MAX INT64_C(0x7FFFFFFF)

static void put_text(translation *x, const char *text) {
    buf_text(&x->text, text);
}

void translate_put_node(translation *x, uint32_t n) {
    task_put(&x->text, python_span_of(x->t, n));
}

static bool open_level(translation *x, int own, int level) {
    if (own < level) put_text(x, "(");
    return own < level;
}

static void close_level(translation *x, bool opened) {
    if (opened) put_text(x, ")");
}

static bool is_list(translation *x, uint32_t n) {
    return translate_type_of(x, n) == TYPE_LIST;
}

// A list by its name; C has no others.
bool translate_is_named_list(translation *x, uint32_t n) {
    const translate_name *name = translate_find(x, translate_bare(x, n));
    return name && name->type == TYPE_LIST && (!translate_is_c(x) || name->parameter);
}

static void put_list_name(translation *x, uint32_t n) {
    if (!translate_is_named_list(x, n)) x->refused = true;
    translate_put_node(x, translate_bare(x, n));
}

void translate_put_length(translation *x, uint32_t list) {
    if (translate_is_c(x))
        put_list_name(x, list);
    else
        translate_put(x, list, LEVEL_WHOLE);
    put_text(x, translate_is_c(x) ? "_len" : ".length");
}

// ---- conditions ----

// Whether something is not 0 and not empty, or that it is.
static void put_truth(translation *x, uint32_t n, bool is, int level) {
    const translate_type type = translate_type_of(x, n);
    if (type == TYPE_OPEN || type == TYPE_BAD) x->refused = true;
    if (type == TYPE_TRUTH) {
        if (is) {
            translate_put(x, n, level);
        } else {
            put_text(x, "!");
            translate_put(x, n, LEVEL_SIGN);
        }
        return;
    }
    const bool opened = open_level(x, type == TYPE_LIST ? LEVEL_ORDER : LEVEL_EQUAL, level);
    if (type == TYPE_LIST)
        translate_put_length(x, n);
    else
        translate_put(x, n, LEVEL_SUM);
    if (type == TYPE_LIST && is)
        put_text(x, " > 0");
    else if (translate_is_c(x))
        put_text(x, is ? " != 0" : " == 0");
    else
        put_text(x, is ? " !== 0" : " === 0");
    close_level(x, opened);
}

static void put_boolean(translation *x, uint32_t n, int level) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    const bool and = python_reads(x->t, python_child(x->t, n, PYTHON_FIELD_OPERATOR), "and");
    const int own = and? LEVEL_AND : LEVEL_OR;
    const bool opened = open_level(x, own, level);
    // An "and" in an "or" has brackets, as compilers want it.
    const bool same = python_kind_of(x->t, left) == PYTHON_BOOLEAN &&
                      python_same(x->t, python_child(x->t, left, PYTHON_FIELD_OPERATOR),
                                  python_child(x->t, n, PYTHON_FIELD_OPERATOR));
    translate_put_condition(x, left, same ? own : LEVEL_BITS);
    put_text(x, and? " && " : " || ");
    translate_put_condition(x, right, LEVEL_BITS);
    close_level(x, opened);
}

void translate_put_condition(translation *x, uint32_t n, int level) {
    n = translate_bare(x, n);
    if (python_kind_of(x->t, n) == PYTHON_BOOLEAN) {
        put_boolean(x, n, level);
    } else if (python_kind_of(x->t, n) == PYTHON_NOT) {
        const uint32_t of = translate_bare(x, python_child(x->t, n, PYTHON_FIELD_ARGUMENT));
        const python_kind kind = python_kind_of(x->t, of);
        if (kind == PYTHON_BOOLEAN || kind == PYTHON_NOT) {
            put_text(x, "!");
            translate_put_condition(x, of, LEVEL_SIGN);
        } else {
            put_truth(x, of, false, level);
        }
    } else {
        put_truth(x, n, true, level);
    }
}

static void put_membership(translation *x, uint32_t n, bool in) {
    if (translate_is_c(x)) x->refused = true;
    if (!in) put_text(x, "!");
    translate_put(x, python_part(x->t, n, 1), LEVEL_WHOLE);
    put_text(x, ".includes(");
    translate_put(x, python_part(x->t, n, 0), LEVEL_CHOICE);
    put_text(x, ")");
}

static void put_comparison(translation *x, uint32_t n, int level) {
    uint32_t left = python_first(x->t, n);
    uint32_t sign = python_next(x->t, left), right = python_next(x->t, sign);
    if (python_reads(x->t, sign, "in") || python_reads(x->t, sign, "not in")) {
        put_membership(x, n, python_reads(x->t, sign, "in"));
        return;
    }
    const bool chain = python_next(x->t, right) != PYTHON_NONE;
    const bool equal = python_reads(x->t, sign, "==") || python_reads(x->t, sign, "!=");
    const bool opened = open_level(x, chain ? LEVEL_AND : equal ? LEVEL_EQUAL : LEVEL_ORDER, level);
    for (;;) {
        translate_put(x, left, LEVEL_SUM);
        put_text(x, " ");
        translate_put_node(x, sign);
        if (!translate_is_c(x) &&
            (python_reads(x->t, sign, "==") || python_reads(x->t, sign, "!=")))
            put_text(x, "=");
        put_text(x, " ");
        translate_put(x, right, LEVEL_SUM);
        left = right;
        sign = python_next(x->t, left);
        if (sign == PYTHON_NONE) break;
        right = python_next(x->t, sign);
        put_text(x, " && ");
    }
    close_level(x, opened);
}

// ---- arithmetic ----

static bool reads(python_span s, const char *word) {
    return s.bytes == strlen(word) && memcmp(s.text, word, s.bytes) == 0;
}

// name(left, right), one of the translation's own.
static void put_help(translation *x, unsigned help, const translate_pair *p, int64_t divisor) {
    const char *const div = translate_is_c(x) ? "floor_div(" : "Math.floor(";
    const char *const mod = translate_is_c(x) ? "floor_mod(" : "floorMod(";
    if (help == HELP_MOD || translate_is_c(x)) x->help |= help;
    put_text(x, help == HELP_DIV ? div : mod);
    const bool slash = help == HELP_DIV && !translate_is_c(x);
    translate_put(x, p->left, slash ? LEVEL_PRODUCT : LEVEL_CHOICE);
    put_text(x, slash ? " / " : ", ");
    if (divisor != 0)
        buf_format(&x->text, "%" PRId64, divisor);
    else
        translate_put(x, p->right, slash ? LEVEL_SIGN : LEVEL_CHOICE);
    put_text(x, ")");
}

// By p->right, or by a divisor that is not 0.
static void put_division(translation *x, const translate_pair *p, int64_t divisor, int level) {
    const bool div = !reads(p->sign, "%") && !reads(p->sign, "&");
    const bool positive =
        translate_positive(x, p->left) && (divisor > 0 || translate_positive(x, p->right));
    if (!positive || (div && !translate_is_c(x))) {
        put_help(x, div ? HELP_DIV : HELP_MOD, p, divisor);
        return;
    }
    const bool opened = open_level(x, LEVEL_PRODUCT, level);
    translate_put(x, p->left, LEVEL_PRODUCT);
    put_text(x, div ? " / " : " % ");
    if (divisor != 0)
        buf_format(&x->text, "%" PRId64, divisor);
    else
        translate_put(x, p->right, LEVEL_SIGN);
    close_level(x, opened);
}

static void put_plain(translation *x, const translate_pair *p, int own, int level) {
    const bool opened = open_level(x, own, level);
    const int inner = own == LEVEL_BITS ? LEVEL_SIGN : own;
    translate_put(x, p->left, inner);
    put_text(x, " ");
    task_put(&x->text, p->sign);
    put_text(x, " ");
    translate_put(x, p->right, inner == LEVEL_SIGN ? LEVEL_SIGN : own + 1);
    close_level(x, opened);
}

static void put_shift(translation *x, const translate_pair *p, int level) {
    int64_t by;
    if (!translate_constant(x, p->right, &by) || by < 0 || by > 30) {
        x->refused = true;
        return;
    }
    if (reads(p->sign, ">>")) {
        put_division(x, p, INT64_C(1) << by, level);
        return;
    }
    const bool opened = open_level(x, LEVEL_PRODUCT, level);
    translate_put(x, p->left, LEVEL_PRODUCT);
    buf_format(&x->text, " * %" PRId64, INT64_C(1) << by);
    close_level(x, opened);
}

static void put_power(translation *x, const translate_pair *p, int level) {
    int64_t by;
    const bool name = python_kind_of(x->t, p->left) == PYTHON_IDENTIFIER;
    if (!name || !translate_constant(x, p->right, &by) || by < 2 || by > 3) {
        x->refused = true;
        return;
    }
    const bool opened = open_level(x, LEVEL_PRODUCT, level);
    for (int64_t i = 0; i < by; i++) {
        if (i > 0) put_text(x, " * ");
        translate_put_node(x, p->left);
    }
    close_level(x, opened);
}

// JavaScript's have 32 bits: only remainders by a power of two are left.
static void put_bits(translation *x, const translate_pair *p, int level) {
    int64_t mask;
    if (translate_is_c(x)) {
        put_plain(x, p, LEVEL_BITS, level);
    } else if (reads(p->sign, "&") && translate_constant(x, p->right, &mask) && mask > 0 &&
               mask < CONSTANT_MAX && (mask & (mask + 1)) == 0) {
        put_division(x, p, mask + 1, level);
    } else {
        x->refused = true;
    }
}

// [0] * n and a + b, which C has not.
static void put_lists(translation *x, const translate_pair *p) {
    if (translate_is_c(x)) x->refused = true;
    if (reads(p->sign, "+")) {
        put_text(x, "[...");
        translate_put(x, p->left, LEVEL_CHOICE);
        put_text(x, ", ...");
        translate_put(x, p->right, LEVEL_CHOICE);
        put_text(x, "]");
        return;
    }
    const bool positive = translate_positive(x, p->right);
    put_text(x, positive ? "new Array(" : "new Array(Math.max(0, ");
    translate_put(x, p->right, LEVEL_CHOICE);
    put_text(x, positive ? ").fill(" : ")).fill(");
    translate_put(x, python_part(x->t, p->left, 0), LEVEL_CHOICE);
    put_text(x, ")");
}

void translate_put_pair(translation *x, const translate_pair *p, int level) {
    int64_t constant[2];
    if (is_list(x, p->left)) {
        put_lists(x, p);
        return;
    }
    if (reads(p->sign, "//") || reads(p->sign, "%")) {
        // A divisor that is 0 would be an error of the compiler.
        if (translate_constant(x, p->right, &constant[1]) && constant[1] == 0) x->refused = true;
        put_division(x, p, 0, level);
    } else if (reads(p->sign, "+") || reads(p->sign, "-")) {
        put_plain(x, p, LEVEL_SUM, level);
    } else if (reads(p->sign, "*")) {
        put_plain(x, p, LEVEL_PRODUCT, level);
    } else if (reads(p->sign, "**")) {
        put_power(x, p, level);
    } else if (reads(p->sign, "<<") || reads(p->sign, ">>")) {
        put_shift(x, p, level);
    } else {
        put_bits(x, p, level);
    }
}

// Literals alone may be more than C's int holds: then they are no sum of literals any more.
static bool put_constant(translation *x, uint32_t n, int level) {
    int64_t value;
    if (!translate_constant(x, n, &value)) return false;
    if (value > CONSTANT_MAX || value < -CONSTANT_MAX) x->refused = true;
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    if (!python_reads(x->t, sign, "**") && !python_reads(x->t, sign, "<<")) return false;
    const bool opened = open_level(x, value < 0 ? LEVEL_SIGN : LEVEL_WHOLE, level);
    buf_format(&x->text, "%" PRId64, value);
    close_level(x, opened);
    return true;
}

static void put_binary(translation *x, uint32_t n, int level) {
    const translate_pair p = {python_span_of(x->t, python_child(x->t, n, PYTHON_FIELD_OPERATOR)),
                              translate_bare(x, python_child(x->t, n, PYTHON_FIELD_LEFT)),
                              translate_bare(x, python_child(x->t, n, PYTHON_FIELD_RIGHT))};
    if (!put_constant(x, n, level)) translate_put_pair(x, &p, level);
}

static void put_unary(translation *x, uint32_t n, int level) {
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    const uint32_t of = python_child(x->t, n, PYTHON_FIELD_ARGUMENT);
    if (python_reads(x->t, sign, "+")) {
        translate_put(x, of, level);
        return;
    }
    if (!translate_is_c(x) && python_reads(x->t, sign, "~")) x->refused = true;
    const bool opened = open_level(x, LEVEL_SIGN, level);
    translate_put_node(x, sign);
    translate_put(x, of, LEVEL_WHOLE);
    close_level(x, opened);
}

// As few digits as there were, without what only Python takes.
static void put_number(translation *x, uint32_t n) {
    const python_span s = python_span_of(x->t, n);
    int64_t value = 0;
    if (!translate_number(x, n, &value)) x->refused = true;
    const bool hexadecimal = s.bytes > 2 && (s.text[1] | 32) == 'x';
    buf_format(&x->text, hexadecimal ? "0x%" PRIx64 : "%" PRId64, value);
}

// ---- elements and calls ----

static void put_index(translation *x, uint32_t list, uint32_t index) {
    int64_t back;
    index = translate_bare(x, index);
    const bool constant = translate_constant(x, index, &back);
    if (translate_positive(x, index)) {
        translate_put(x, index, LEVEL_CHOICE);
    } else if (constant && back < 0) {
        translate_put_length(x, list);
        buf_format(&x->text, " - %" PRId64, -back);
    } else if (python_kind_of(x->t, index) == PYTHON_IDENTIFIER) {
        translate_put_node(x, index);
        put_text(x, " < 0 ? ");
        translate_put_node(x, index);
        put_text(x, " + ");
        translate_put_length(x, list);
        put_text(x, " : ");
        translate_put_node(x, index);
    } else {
        x->refused = true;
    }
}

void translate_put_target(translation *x, uint32_t n) {
    if (python_kind_of(x->t, n) != PYTHON_SUBSCRIPT) {
        const translate_name *name = translate_find(x, n);
        if (!name || (translate_is_c(x) && name->type == TYPE_LIST)) x->refused = true;
        translate_put_node(x, n);
        return;
    }
    const uint32_t list = python_child(x->t, n, PYTHON_FIELD_VALUE);
    const uint32_t index = python_child(x->t, n, PYTHON_FIELD_SUBSCRIPT);
    if (translate_type_of(x, n) != TYPE_NUMBER) x->refused = true;
    put_list_name(x, list);
    put_text(x, "[");
    put_index(x, list, index);
    put_text(x, "]");
}

static void put_slice(translation *x, uint32_t list, uint32_t slice) {
    if (translate_is_c(x)) x->refused = true;
    uint32_t part[3] = {PYTHON_NONE, PYTHON_NONE, PYTHON_NONE};
    size_t at = 0;
    for (uint32_t c = python_first(x->t, slice); c != PYTHON_NONE; c = python_next(x->t, c)) {
        if (x->t->node[c].named && at < 3)
            part[at] = c;
        else
            at++;
    }
    if (part[2] != PYTHON_NONE) { // only all of it, backwards
        if (part[0] != PYTHON_NONE || part[1] != PYTHON_NONE || !python_reads(x->t, part[2], "-1"))
            x->refused = true;
        put_text(x, "[...");
        translate_put(x, list, LEVEL_CHOICE);
        put_text(x, "].reverse()");
        return;
    }
    translate_put(x, list, LEVEL_WHOLE);
    put_text(x, ".slice(");
    if (part[0] != PYTHON_NONE)
        translate_put(x, part[0], LEVEL_CHOICE);
    else if (part[1] != PYTHON_NONE)
        put_text(x, "0");
    if (part[1] != PYTHON_NONE) {
        put_text(x, ", ");
        translate_put(x, part[1], LEVEL_CHOICE);
    }
    put_text(x, ")");
}

static void put_subscript(translation *x, uint32_t n) {
    const uint32_t list = python_child(x->t, n, PYTHON_FIELD_VALUE);
    const uint32_t index = python_child(x->t, n, PYTHON_FIELD_SUBSCRIPT);
    int64_t number = 0;
    if (python_kind_of(x->t, index) == PYTHON_SLICE) {
        put_slice(x, list, index);
    } else if (translate_is_named_list(x, list) &&
               (translate_is_c(x) || translate_positive(x, index) ||
                (translate_constant(x, index, &number) && number < 0))) {
        translate_put_target(x, n);
    } else {
        if (translate_is_c(x)) x->refused = true;
        translate_put(x, list, LEVEL_WHOLE);
        put_text(x, ".at(");
        translate_put(x, index, LEVEL_CHOICE);
        put_text(x, ")");
    }
}

static void put_choice(translation *x, uint32_t n, int level) {
    const bool opened = open_level(x, LEVEL_CHOICE, level);
    translate_put_condition(x, python_part(x->t, n, 1), LEVEL_OR);
    put_text(x, " ? ");
    translate_put(x, python_part(x->t, n, 0), LEVEL_OR);
    put_text(x, " : ");
    translate_put(x, python_part(x->t, n, 2), LEVEL_CHOICE);
    close_level(x, opened);
}

static void put_list(translation *x, uint32_t n) {
    if (translate_is_c(x)) x->refused = true;
    put_text(x, "[");
    for (size_t i = 0; i < python_parts(x->t, n); i++) {
        if (i > 0) put_text(x, ", ");
        translate_put(x, python_part(x->t, n, i), LEVEL_CHOICE);
    }
    put_text(x, "]");
}

void translate_put(translation *x, uint32_t n, int level) {
    n = translate_bare(x, n);
    if (x->refused || n == PYTHON_NONE) {
        x->refused = true;
        return;
    }
    switch (python_kind_of(x->t, n)) {
    case PYTHON_IDENTIFIER:
        if (translate_is_c(x) && is_list(x, n)) x->refused = true;
        translate_put_node(x, n);
        break;
    case PYTHON_INTEGER:
        put_number(x, n);
        break;
    case PYTHON_TRUE:
    case PYTHON_FALSE:
        x->help |= HELP_TRUTH;
        put_text(x, python_kind_of(x->t, n) == PYTHON_TRUE ? "true" : "false");
        break;
    case PYTHON_NOT:
    case PYTHON_BOOLEAN:
        translate_put_condition(x, n, level);
        break;
    case PYTHON_COMPARISON:
        put_comparison(x, n, level);
        break;
    case PYTHON_BINARY:
        put_binary(x, n, level);
        break;
    case PYTHON_UNARY:
        if (!put_constant(x, n, level)) put_unary(x, n, level);
        break;
    case PYTHON_SUBSCRIPT:
        put_subscript(x, n);
        break;
    case PYTHON_CALL:
        translate_put_call(x, n);
        break;
    case PYTHON_CONDITIONAL:
        put_choice(x, n, level);
        break;
    case PYTHON_LIST:
        put_list(x, n);
        break;
    default:
        x->refused = true;
    }
}
