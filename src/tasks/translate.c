#include "tasks/translate.h"

#include "tasks/task_unit.h"
#include "tasks/translate_parts.h"

#include <string.h>

const char *translate_target_name(translate_target target) {
    static const char *const names[TRANSLATE_TARGETS] = {"C", "JavaScript"};
    return names[target];
}

const char *translate_target_kind(translate_target target) {
    static const char *const kinds[TRANSLATE_TARGETS] = {"c", "javascript"};
    return kinds[target];
}

static void put_text(translation *x, const char *text) {
    buf_text(&x->text, text);
}

static void begin_line(translation *x, size_t depth) {
    buf_fill(&x->text, ' ', 4 * depth);
}

static void put_statement(translation *x, uint32_t n, size_t depth);

// ---- remarks ----

static void put_remark(translation *x, const char *sign, python_span s) {
    while (s.bytes > 0 && strchr(" \t\r", s.text[s.bytes - 1])) s.bytes--;
    for (size_t i = 0; i < s.bytes; i++) // what C reads even there
        if (s.text[i] == '\\' || (s.text[i] == '?' && i > 0 && s.text[i - 1] == '?'))
            x->refused = true;
    put_text(x, s.bytes > 0 ? sign : "//");
    task_put(&x->text, s);
    put_text(x, "\n");
}

// What stood behind code stays behind it.
static void put_comment(translation *x, uint32_t n, size_t depth) {
    const python_span s = python_span_of(x->t, n);
    if (python_indent(x->t, n) != SIZE_MAX) {
        begin_line(x, depth);
    } else {
        buf_truncate(&x->text, x->text.size > 0 ? x->text.size - 1 : 0);
        put_text(x, " ");
    }
    put_remark(x, "//", (python_span){s.text + 1, s.bytes - 1});
}

static void put_docstring(translation *x) {
    python_span s = python_docstring_text(x->t, x->def->docstring);
    while (s.bytes > 0) {
        const char *newline = memchr(s.text, '\n', s.bytes);
        python_span line = {s.text, newline ? (size_t)(newline - s.text) : s.bytes};
        const size_t taken = newline ? line.bytes + 1 : line.bytes;
        const bool last = taken == s.bytes;
        s = (python_span){s.text + taken, s.bytes - taken};
        while (line.bytes > 0 && (*line.text == ' ' || *line.text == '\t'))
            line = (python_span){line.text + 1, line.bytes - 1};
        if (line.bytes == 0 && last) return;
        put_remark(x, "// ", line);
    }
}

// ---- assignments ----

void translate_put_type(translation *x, translate_type type, bool constant) {
    if (type == TYPE_TRUTH) x->help |= HELP_TRUTH;
    if (!translate_is_c(x))
        put_text(x, constant ? "const " : "let ");
    else
        put_text(x, type == TYPE_TRUTH ? "bool " : "int64_t ");
}

static void put_declared(translation *x, uint32_t statement, uint32_t target) {
    const translate_name *name = translate_find(x, target);
    if (name && name->home == statement) translate_put_type(x, name->type, name->stores == 1);
    translate_put_target(x, target);
}

// What a target takes; both must have one type.
static void put_value(translation *x, uint32_t target, uint32_t value) {
    const translate_type type = translate_type_of(x, value);
    if (type == TYPE_BAD || type == TYPE_OPEN || type != translate_type_of(x, target))
        x->refused = true;
    translate_put(x, value, LEVEL_CHOICE);
}

// One statement for each: of new names, or of what they have in C before any of them is set.
static void put_each(translation *x, uint32_t statement, const uint32_t side[2], size_t depth) {
    const size_t count = translate_items(x, side[0]);
    const translate_name *name = translate_find(x, translate_item(x, side[0], 0));
    const bool fresh = name && name->home == statement;
    begin_line(x, depth);
    if (!fresh) put_text(x, "{\n");
    for (size_t i = 0; i < count; i++) {
        const uint32_t to = translate_item(x, side[0], i), from = translate_item(x, side[1], i);
        if (!fresh) {
            begin_line(x, depth + 1);
            put_text(x, "const ");
            translate_put_type(x, translate_type_of(x, to), true);
            buf_format(&x->text, "next%zu", i + 1);
        } else {
            if (i > 0) begin_line(x, depth);
            put_declared(x, statement, to);
        }
        put_text(x, " = ");
        put_value(x, to, from);
        put_text(x, ";\n");
    }
    for (size_t i = 0; i < count && !fresh; i++) {
        begin_line(x, depth + 1);
        translate_put_target(x, translate_item(x, side[0], i));
        buf_format(&x->text, " = next%zu;\n", i + 1);
    }
    if (fresh) return;
    begin_line(x, depth);
    put_text(x, "}\n");
}

// [a, b] = [b, a];
static void put_at_once(translation *x, const uint32_t side[2], size_t depth) {
    const size_t count = translate_items(x, side[0]);
    begin_line(x, depth);
    put_text(x, "[");
    for (size_t i = 0; i < count; i++) {
        translate_put_target(x, translate_item(x, side[0], i));
        put_text(x, i + 1 < count ? ", " : "] = [");
    }
    for (size_t i = 0; i < count; i++) {
        put_value(x, translate_item(x, side[0], i), translate_item(x, side[1], i));
        put_text(x, i + 1 < count ? ", " : "];\n");
    }
}

static void put_assignment(translation *x, uint32_t n, size_t depth) {
    const uint32_t side[] = {python_child(x->t, n, PYTHON_FIELD_LEFT),
                             python_child(x->t, n, PYTHON_FIELD_RIGHT)};
    const uint32_t statement = python_parent(x->t, n);
    const size_t count = translate_items(x, side[0]);
    if (count == 0 || count != translate_items(x, side[1]) ||
        python_child(x->t, n, PYTHON_FIELD_TYPE) != PYTHON_NONE) {
        x->refused = true;
        return;
    }
    if (count == 1) {
        begin_line(x, depth);
        put_declared(x, statement, side[0]);
        put_text(x, " = ");
        put_value(x, side[0], side[1]);
        put_text(x, ";\n");
        return;
    }
    const translate_name *name = translate_find(x, translate_item(x, side[0], 0));
    if (translate_is_c(x) || (name && name->home == statement))
        put_each(x, statement, side, depth);
    else
        put_at_once(x, side, depth);
}

static bool has_call(const translation *x, uint32_t n) {
    for (uint32_t i = n; i < x->t->node[n].past; i++)
        if (x->t->node[i].kind == PYTHON_CALL) return true;
    return false;
}

static void put_change(translation *x, uint32_t n, size_t depth) {
    const uint32_t left = python_child(x->t, n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(x->t, n, PYTHON_FIELD_RIGHT);
    translate_pair p = {python_span_of(x->t, python_child(x->t, n, PYTHON_FIELD_OPERATOR)), left,
                        translate_bare(x, right)};
    p.sign.bytes--; // =
    if (translate_type_of(x, left) != TYPE_NUMBER || translate_type_of(x, right) != TYPE_NUMBER ||
        has_call(x, left)) { // it may be put twice
        x->refused = true;
        return;
    }
    begin_line(x, depth);
    translate_put_target(x, left);
    if (p.sign.bytes == 1 && strchr("+-*", *p.sign.text)) {
        put_text(x, " ");
        task_put(&x->text, p.sign);
        put_text(x, "= ");
        translate_put(x, right, LEVEL_CHOICE);
    } else {
        put_text(x, " = ");
        translate_put_pair(x, &p, LEVEL_CHOICE);
    }
    put_text(x, ";\n");
}

// ---- blocks ----

static void put_block(translation *x, uint32_t block, size_t depth) {
    for (uint32_t c = python_first(x->t, block); c != PYTHON_NONE && !x->refused;
         c = python_next(x->t, c)) {
        if (python_kind_of(x->t, c) == PYTHON_COMMENT)
            put_comment(x, c, depth);
        else if (x->t->node[c].named)
            put_statement(x, c, depth);
    }
}

// The comments and the block of a clause.
static void put_inside(translation *x, uint32_t clause, size_t depth) {
    for (uint32_t c = python_first(x->t, clause); c != PYTHON_NONE; c = python_next(x->t, c)) {
        if (python_kind_of(x->t, c) == PYTHON_COMMENT) put_comment(x, c, depth);
        if (python_kind_of(x->t, c) == PYTHON_BLOCK) put_block(x, c, depth);
    }
}

static void put_test(translation *x, const char *word, uint32_t clause) {
    const uint32_t test = python_child(x->t, clause, PYTHON_FIELD_CONDITION);
    if (!translate_is_condition(x, test)) {
        x->refused = true;
        return;
    }
    put_text(x, word);
    put_text(x, " (");
    translate_put_condition(x, test, LEVEL_CHOICE);
    put_text(x, ") {\n");
}

static void put_if(translation *x, uint32_t n, size_t depth) {
    begin_line(x, depth);
    put_test(x, "if", n);
    for (uint32_t c = python_first(x->t, n); c != PYTHON_NONE && !x->refused;
         c = python_next(x->t, c)) {
        switch (python_kind_of(x->t, c)) {
        case PYTHON_COMMENT:
            put_comment(x, c, depth + 1);
            break;
        case PYTHON_BLOCK:
            put_block(x, c, depth + 1);
            break;
        case PYTHON_ELIF:
        case PYTHON_ELSE:
            begin_line(x, depth);
            put_text(x, "} else ");
            if (python_kind_of(x->t, c) == PYTHON_ELIF)
                put_test(x, "if", c);
            else
                put_text(x, "{\n");
            put_inside(x, c, depth + 1);
            break;
        default:
            break;
        }
    }
    begin_line(x, depth);
    put_text(x, "}\n");
}

// ---- statements ----

static void put_return(translation *x, uint32_t n, size_t depth) {
    const uint32_t value = python_part(x->t, n, 0);
    const translate_type type = value == PYTHON_NONE ? TYPE_OPEN : translate_type_of(x, value);
    if (type != x->result || (value != PYTHON_NONE && type == TYPE_OPEN)) {
        x->refused = true;
        return;
    }
    begin_line(x, depth);
    put_text(x, "return");
    if (value != PYTHON_NONE) {
        put_text(x, " ");
        translate_put(x, value, LEVEL_CHOICE);
    }
    put_text(x, ";\n");
}

static void put_expression(translation *x, uint32_t statement, size_t depth) {
    const uint32_t n = python_first(x->t, statement);
    if (statement == x->def->docstring) return;
    if (python_next(x->t, n) != PYTHON_NONE) x->refused = true;
    switch (python_kind_of(x->t, n)) {
    case PYTHON_ASSIGNMENT:
        put_assignment(x, n, depth);
        return;
    case PYTHON_AUGMENTED_ASSIGNMENT:
        put_change(x, n, depth);
        return;
    case PYTHON_CALL:
        begin_line(x, depth);
        if (python_kind_of(x->t, python_child(x->t, n, PYTHON_FIELD_FUNCTION)) ==
            PYTHON_ATTRIBUTE) {
            translate_put_method(x, n);
        } else {
            if (translate_type_of(x, n) == TYPE_BAD) x->refused = true;
            translate_put(x, n, LEVEL_CHOICE);
        }
        put_text(x, ";\n");
        return;
    default:
        x->refused = true;
    }
}

static void put_statement(translation *x, uint32_t n, size_t depth) {
    const python_kind kind = python_kind_of(x->t, n);
    const bool stop = translate_is_word(x, n, "break_statement");
    if (kind == PYTHON_PASS) return;
    if (kind == PYTHON_EXPRESSION_STATEMENT) {
        put_expression(x, n, depth);
    } else if (kind == PYTHON_RETURN) {
        put_return(x, n, depth);
    } else if (kind == PYTHON_IF) {
        put_if(x, n, depth);
    } else if (stop || translate_is_word(x, n, "continue_statement")) {
        begin_line(x, depth);
        put_text(x, stop ? "break;\n" : "continue;\n");
    } else if ((kind == PYTHON_FOR || kind == PYTHON_WHILE) &&
               python_child(x->t, n, PYTHON_FIELD_ALTERNATIVE) == PYTHON_NONE) {
        if (kind == PYTHON_FOR) {
            translate_put_for(x, n, depth);
        } else {
            begin_line(x, depth);
            put_test(x, "while", n);
        }
        put_inside(x, n, depth + 1);
        begin_line(x, depth);
        put_text(x, "}\n");
    } else {
        x->refused = true;
    }
}

// ---- functions ----

static bool has_break(const translation *x, uint32_t loop) {
    for (uint32_t n = loop; n < x->t->node[loop].past; n++)
        if (translate_is_word(x, n, "break_statement")) return true;
    return false;
}

// Whether nothing comes behind a block: it ends with a return whatever happens.
static bool ends(const translation *x, uint32_t block) {
    const size_t parts = python_parts(x->t, block);
    const uint32_t last = parts > 0 ? python_part(x->t, block, parts - 1) : PYTHON_NONE;
    const python_kind kind = python_kind_of(x->t, last);
    if (kind == PYTHON_RETURN) return true;
    if (kind == PYTHON_WHILE)
        return python_kind_of(x->t, python_child(x->t, last, PYTHON_FIELD_CONDITION)) ==
                   PYTHON_TRUE &&
               !has_break(x, last);
    if (kind != PYTHON_IF || !ends(x, python_child(x->t, last, PYTHON_FIELD_CONSEQUENCE)))
        return false;
    bool otherwise = false;
    for (uint32_t c = python_first(x->t, last); c != PYTHON_NONE; c = python_next(x->t, c)) {
        const bool elif = python_kind_of(x->t, c) == PYTHON_ELIF;
        if (!elif && python_kind_of(x->t, c) != PYTHON_ELSE) continue;
        otherwise |= !elif;
        if (!ends(x, python_child(x->t, c, elif ? PYTHON_FIELD_CONSEQUENCE : PYTHON_FIELD_BODY)))
            return false;
    }
    return otherwise;
}

static void put_parameter(translation *x, size_t i, bool changes) {
    const translate_name *p = &x->name[i];
    const uint32_t value = python_child(x->t, python_parent(x->t, p->node), PYTHON_FIELD_VALUE);
    if (i > 0) put_text(x, ", ");
    if (!translate_is_c(x)) {
        task_put(&x->text, p->text);
        if (value == PYTHON_NONE) return;
        put_text(x, " = ");
        translate_put(x, value, LEVEL_CHOICE);
    } else if (p->type == TYPE_LIST) {
        put_text(x, changes ? "int64_t *" : "const int64_t *");
        task_put(&x->text, p->text);
        put_text(x, ", int64_t ");
        task_put(&x->text, p->text);
        put_text(x, "_len");
    } else {
        translate_put_type(x, p->type, false);
        task_put(&x->text, p->text);
    }
}

static void put_head(translation *x) {
    bool changes = false; // then no list is const: it may be given to another's place
    for (size_t i = 0; i < x->parameters; i++) changes |= x->name[i].changed;
    if (translate_is_c(x) && (x->defaults || x->result == TYPE_LIST)) x->refused = true;
    if (!translate_is_c(x))
        put_text(x, "function ");
    else if (x->result == TYPE_OPEN)
        put_text(x, "void ");
    else
        translate_put_type(x, x->result, false);
    translate_put_node(x, x->def->name);
    put_text(x, "(");
    for (size_t i = 0; i < x->parameters; i++) put_parameter(x, i, changes);
    put_text(x, ") {\n");
    for (uint32_t c = python_first(x->t, x->def->node); c != PYTHON_NONE; c = python_next(x->t, c))
        if (python_kind_of(x->t, c) == PYTHON_COMMENT) put_comment(x, c, 1);
    for (size_t i = x->parameters; i < x->names; i++) {
        const translate_name *name = &x->name[i];
        if (name->loop || name->home != PYTHON_NONE) continue;
        if (translate_is_c(x) && name->type == TYPE_LIST) x->refused = true;
        begin_line(x, 1);
        translate_put_type(x, name->type, false);
        task_put(&x->text, name->text);
        put_text(x, !translate_is_c(x)         ? ";\n"
                    : name->type == TYPE_TRUTH ? " = false;\n"
                                               : " = 0;\n");
    }
}

// What the function needs before it.
static void put_help(buf *to, const translation *x) {
    static const struct {
        unsigned help;
        const char *c, *javascript;
    } helps[] = {
        {HELP_TRUTH, "#include <stdbool.h>\n", ""},
        {~0u, "#include <stdint.h>\n", ""},
        {HELP_ABS, "#include <stdlib.h>\n", ""},
        {~0u, "\n", ""},
        {HELP_DIV,
         "static int64_t floor_div(int64_t a, int64_t b) {\n"
         "    return a / b - (a % b != 0 && (a < 0) != (b < 0));\n"
         "}\n\n",
         ""},
        {HELP_MOD,
         "static int64_t floor_mod(int64_t a, int64_t b) {\n"
         "    int64_t r = a % b;\n"
         "    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n"
         "}\n\n",
         "function floorMod(a, b) {\n"
         "    const r = a % b;\n"
         "    return r !== 0 && (r < 0) !== (b < 0) ? r + b : r;\n"
         "}\n\n"},
        {HELP_MIN,
         "static int64_t smaller(int64_t a, int64_t b) {\n    return b < a ? b : a;\n}\n\n", ""},
        {HELP_MAX,
         "static int64_t larger(int64_t a, int64_t b) {\n    return b > a ? b : a;\n}\n\n", ""},
    };
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
        if (helps[i].help == ~0u || (x->help & helps[i].help))
            buf_text(to, translate_is_c(x) ? helps[i].c : helps[i].javascript);
}

// Something must come out: a result, or a list that is not as it was.
static bool is_useful(const translation *x) {
    bool changed = false;
    for (size_t i = 0; i < x->parameters; i++) changed |= x->name[i].changed;
    return x->result == TYPE_OPEN ? changed : ends(x, x->def->body);
}

bool translate(buf *to, const python_tree *t, const python_definition *def,
               translate_target target) {
    translation x = {.t = t, .def = def, .target = target};
    const python_kind above = python_kind_of(t, python_parent(t, def->node));
    const python_span head = python_span_of(t, def->node);
    if (def->is_class || above == PYTHON_DECORATED || head.bytes < 3 ||
        memcmp(head.text, "def", 3) != 0)
        return false;
    if (!translate_learn(&x) || !translate_place(&x) || !is_useful(&x)) return false;
    if (def->docstring != PYTHON_NONE) put_docstring(&x);
    put_head(&x);
    put_block(&x, def->body, 1);
    put_text(&x, "}\n");
    if (!buf_ok(&x.text)) to->failed = true;
    if (!x.refused && buf_ok(&x.text)) {
        put_help(to, &x);
        buf_append(to, x.text.data, x.text.size);
    }
    buf_free(&x.text);
    return !x.refused && buf_ok(to);
}
