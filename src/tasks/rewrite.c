#include "tasks/rewrite.h"

#include <string.h>

// One construct, written the long way: its bytes, and what stands there instead.
typedef struct longer {
    size_t begin, end;
    buf with; // owned by who chooses
} longer;

typedef struct place {
    const task_unit *u;
    const python_tree *t;
    uint32_t n;
} place;

typedef bool find_longer(const place *p, longer *out);

static python_span text_of(const place *p, uint32_t n) {
    return python_span_of(p->t, n);
}

static bool found(const place *p, uint32_t n, longer *out) {
    out->begin = p->t->node[n].begin;
    out->end = p->t->node[n].end;
    return true;
}

// Puts text with each % replaced by the next of the spans.
static void put_form(buf *to, const char *form, const python_span *part) {
    for (; *form; form++) {
        if (*form == '%')
            task_put(to, *part++);
        else
            buf_byte(to, (uint8_t)*form);
    }
}

// The blanks in front of a statement that begins its line.
static python_span indent_of(const place *p, uint32_t n) {
    const size_t indent = python_indent(p->t, n);
    if (indent == SIZE_MAX) return (python_span){NULL, 0};
    return (python_span){p->t->text + p->t->node[n].begin - indent, indent};
}

static bool is_one_line(python_span s) {
    return !memchr(s.text, '\n', s.bytes);
}

// A comment on the line or in the construct would be lost.
static bool has_comment(const place *p, uint32_t n) {
    for (uint32_t i = n; i < p->t->node[n].past; i++)
        if (p->t->node[i].kind == PYTHON_COMMENT) return true;
    return false;
}

static bool is_name(const place *p, uint32_t n) {
    return python_kind_of(p->t, n) == PYTHON_IDENTIFIER;
}

static bool is_literal(const place *p, uint32_t n) {
    const python_kind kind = python_kind_of(p->t, n);
    return kind == PYTHON_INTEGER || kind == PYTHON_STRING;
}

// The operator of a comparison of two, or PYTHON_NONE.
static uint32_t operator_of(const place *p, uint32_t n) {
    if (python_kind_of(p->t, n) != PYTHON_COMPARISON || python_parts(p->t, n) > 3)
        return PYTHON_NONE;
    const uint32_t left = python_first(p->t, n), sign = python_next(p->t, left);
    const uint32_t right = python_next(p->t, sign);
    return python_next(p->t, right) == PYTHON_NONE && right != PYTHON_NONE ? sign : PYTHON_NONE;
}

// ---- expressions ----

// x is None <- x == None
static bool none_equal(const place *p, longer *out) {
    const uint32_t sign = operator_of(p, p->n);
    const bool is = python_reads(p->t, sign, "is"), is_not = python_reads(p->t, sign, "is not");
    if (!is && !is_not) return false;
    if (python_kind_of(p->t, python_next(p->t, sign)) != PYTHON_NONE_VALUE) return false;
    buf_text(&out->with, is ? "==" : "!=");
    return found(p, sign, out);
}

// a not in b <- not a in b
static bool not_outside(const place *p, longer *out) {
    const uint32_t sign = operator_of(p, p->n);
    const bool in = python_reads(p->t, sign, "not in");
    if (!in && !python_reads(p->t, sign, "is not")) return false;
    const python_kind outer = python_kind_of(p->t, python_parent(p->t, p->n));
    if (outer == PYTHON_COMPARISON || outer == PYTHON_BINARY || outer == PYTHON_UNARY) return false;
    const python_span part[] = {text_of(p, python_first(p->t, p->n)),
                                text_of(p, python_next(p->t, sign))};
    put_form(&out->with, in ? "not % in %" : "not % is %", part);
    return found(p, p->n, out);
}

// a < b < c <- a < b and b < c
static bool split_chain(const place *p, longer *out) {
    uint32_t node[5];
    size_t count = 0;
    if (python_kind_of(p->t, p->n) != PYTHON_COMPARISON) return false;
    for (uint32_t c = python_first(p->t, p->n); c != PYTHON_NONE; c = python_next(p->t, c)) {
        if (count == 5) return false;
        node[count++] = c;
    }
    if (count != 5 || !(is_name(p, node[2]) || is_literal(p, node[2]))) return false;
    const python_span part[] = {text_of(p, node[0]), text_of(p, node[1]), text_of(p, node[2]),
                                text_of(p, node[2]), text_of(p, node[3]), text_of(p, node[4])};
    const python_kind outer = python_kind_of(p->t, python_parent(p->t, p->n));
    const bool bare = outer == PYTHON_IF || outer == PYTHON_RETURN || outer == PYTHON_WHILE ||
                      outer == PYTHON_ELIF || outer == PYTHON_PARENTHESES;
    put_form(&out->with, bare ? "% % % and % % %" : "(% % % and % % %)", part);
    return found(p, p->n, out);
}

// x in (1, 2) <- x == 1 or x == 2
static bool spelt_out_membership(const place *p, longer *out) {
    const uint32_t sign = operator_of(p, p->n);
    const uint32_t left = python_first(p->t, p->n), right = python_next(p->t, sign);
    const python_kind outer = python_kind_of(p->t, python_parent(p->t, p->n));
    if (!python_reads(p->t, sign, "in") || !is_name(p, left)) return false;
    if (python_kind_of(p->t, right) != PYTHON_TUPLE && python_kind_of(p->t, right) != PYTHON_LIST)
        return false;
    const size_t count = python_parts(p->t, right);
    if (count < 2 || count > 4) return false;
    const bool bare = outer == PYTHON_IF || outer == PYTHON_ELIF || outer == PYTHON_RETURN ||
                      outer == PYTHON_WHILE;
    if (!bare) buf_byte(&out->with, '(');
    for (size_t i = 0; i < count; i++) {
        const uint32_t item = python_part(p->t, right, i);
        if (!is_literal(p, item)) return false;
        const python_span part[] = {text_of(p, left), text_of(p, item)};
        put_form(&out->with, i ? " or % == %" : "% == %", part);
    }
    if (!bare) buf_byte(&out->with, ')');
    return found(p, p->n, out);
}

// isinstance(x, (a, b)) <- isinstance(x, a) or isinstance(x, b)
static bool two_instances(const place *p, longer *out) {
    const uint32_t arguments = python_child(p->t, p->n, PYTHON_FIELD_ARGUMENTS);
    if (python_kind_of(p->t, p->n) != PYTHON_CALL ||
        !python_reads(p->t, python_child(p->t, p->n, PYTHON_FIELD_FUNCTION), "isinstance") ||
        python_parts(p->t, arguments) != 2)
        return false;
    const uint32_t who = python_part(p->t, arguments, 0), what = python_part(p->t, arguments, 1);
    if (!is_name(p, who) || python_kind_of(p->t, what) != PYTHON_TUPLE ||
        python_parts(p->t, what) != 2)
        return false;
    const python_span part[] = {text_of(p, who), text_of(p, python_part(p->t, what, 0)),
                                text_of(p, who), text_of(p, python_part(p->t, what, 1))};
    const python_kind outer = python_kind_of(p->t, python_parent(p->t, p->n));
    const bool bare = outer == PYTHON_IF || outer == PYTHON_ELIF || outer == PYTHON_RETURN;
    put_form(&out->with,
             bare ? "isinstance(%, %) or isinstance(%, %)"
                  : "(isinstance(%, %) or isinstance(%, %))",
             part);
    return found(p, p->n, out);
}

// [] <- list()
static bool called_literal(const place *p, longer *out) {
    const bool list = python_reads(p->t, p->n, "[]");
    const python_kind kind = python_kind_of(p->t, p->n);
    if (!(list && kind == PYTHON_LIST) &&
        !(python_reads(p->t, p->n, "{}") && kind == PYTHON_DICTIONARY))
        return false;
    for (uint32_t i = 0; i < p->t->count; i++) // somebody's own
        if (python_reads(p->t, i, list ? "list" : "dict")) return false;
    buf_text(&out->with, list ? "list()" : "dict()");
    return found(p, p->n, out);
}

// a or b <- a if a else b
static bool conditional_or(const place *p, longer *out) {
    const uint32_t left = python_child(p->t, p->n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(p->t, p->n, PYTHON_FIELD_RIGHT);
    const python_kind outer = python_kind_of(p->t, python_parent(p->t, p->n));
    if (python_kind_of(p->t, p->n) != PYTHON_BOOLEAN || !is_name(p, left) ||
        !python_reads(p->t, python_child(p->t, p->n, PYTHON_FIELD_OPERATOR), "or") ||
        (outer != PYTHON_ASSIGNMENT && outer != PYTHON_RETURN) ||
        python_kind_of(p->t, right) == PYTHON_LAMBDA)
        return false;
    const python_span part[] = {text_of(p, left), text_of(p, left), text_of(p, right)};
    put_form(&out->with, "% if % else %", part);
    return found(p, p->n, out);
}

// f"{a} of {b}" <- "{} of {}".format(a, b)
static bool format_call(const place *p, longer *out) {
    if (python_kind_of(p->t, p->n) != PYTHON_STRING) return false;
    const python_span whole = text_of(p, p->n);
    if (whole.bytes < 4 || whole.text[0] != 'f' || !is_one_line(whole) ||
        python_kind_of(p->t, python_parent(p->t, p->n)) == PYTHON_CONCATENATED_STRING ||
        python_around(p->t, p->n, PYTHON_INTERPOLATION) != PYTHON_NONE)
        return false;
    buf values = {0};
    size_t at = p->t->node[p->n].begin + 1;
    bool good = true;
    for (uint32_t c = python_first(p->t, p->n); c != PYTHON_NONE; c = python_next(p->t, c)) {
        const python_node *node = &p->t->node[c];
        if (node->kind == PYTHON_STRING_CONTENT)
            good &= !memchr(p->t->text + node->begin, '{', node->end - node->begin) &&
                    !memchr(p->t->text + node->begin, '}', node->end - node->begin);
        if (node->kind != PYTHON_INTERPOLATION) continue;
        good &= python_parts(p->t, c) == 1 && p->t->text[node->end - 2] != '=';
        buf_append(&out->with, p->t->text + at, node->begin - at);
        buf_text(&out->with, "{}");
        at = node->end;
        if (values.size > 0) buf_text(&values, ", ");
        task_put(&values, text_of(p, python_part(p->t, c, 0)));
    }
    buf_append(&out->with, p->t->text + at, p->t->node[p->n].end - at);
    put_form(&out->with, ".format(%)", &(python_span){buf_string(&values), values.size});
    good &= values.size > 0;
    if (!buf_ok(&values)) out->with.failed = true;
    buf_free(&values);
    return good && found(p, p->n, out);
}

// a += 1 <- a = a + 1, where a number makes both the same
static bool long_assignment(const place *p, longer *out) {
    const uint32_t left = python_child(p->t, p->n, PYTHON_FIELD_LEFT);
    const uint32_t right = python_child(p->t, p->n, PYTHON_FIELD_RIGHT);
    if (python_kind_of(p->t, p->n) != PYTHON_AUGMENTED_ASSIGNMENT || !is_name(p, left) ||
        !is_literal(p, right))
        return false;
    python_span sign = text_of(p, python_child(p->t, p->n, PYTHON_FIELD_OPERATOR));
    if (sign.bytes < 2) return false;
    sign.bytes--;
    const python_span part[] = {text_of(p, left), text_of(p, left), sign, text_of(p, right)};
    put_form(&out->with, "% = % % %", part);
    return found(p, p->n, out);
}

// if x: <- if (x):
static bool brackets(const place *p, longer *out) {
    const python_kind outer = python_kind_of(p->t, python_parent(p->t, p->n));
    const bool condition = p->t->node[p->n].field == PYTHON_FIELD_CONDITION &&
                           (outer == PYTHON_IF || outer == PYTHON_WHILE);
    const bool value = outer == PYTHON_RETURN && p->t->node[p->n].named;
    const python_kind kind = python_kind_of(p->t, p->n);
    if ((!condition && !value) || kind == PYTHON_PARENTHESES || kind == PYTHON_TUPLE ||
        kind == PYTHON_NAMED_EXPRESSION || kind == PYTHON_OTHER)
        return false;
    put_form(&out->with, "(%)", &(python_span){text_of(p, p->n).text, text_of(p, p->n).bytes});
    return found(p, p->n, out);
}

// ---- statements ----

// The single statement of an expression that begins its line, without a comment.
static bool stands_alone(const place *p, uint32_t n) {
    return python_is_statement(p->t, n) && indent_of(p, n).text && !has_comment(p, n) &&
           (p->t->node[n].end >= p->t->bytes || p->t->text[p->t->node[n].end] == '\n');
}

// return f(x) <- result = f(x); return result
static bool named_result(const place *p, longer *out) {
    const uint32_t value = python_part(p->t, p->n, 0);
    const python_kind kind = python_kind_of(p->t, value);
    if (python_kind_of(p->t, p->n) != PYTHON_RETURN || !stands_alone(p, p->n)) return false;
    if (kind != PYTHON_CALL && kind != PYTHON_BINARY && kind != PYTHON_LIST_COMPREHENSION)
        return false;
    for (uint32_t i = 0; i < p->t->count; i++)
        if (python_reads(p->t, i, "result")) return false;
    const python_span part[] = {text_of(p, value), indent_of(p, p->n)};
    put_form(&out->with, "result = %\n%return result", part);
    return found(p, p->n, out);
}

// return a in b <- if a in b: return True; return False
static bool returned_truth(const place *p, longer *out) {
    const uint32_t value = python_part(p->t, p->n, 0);
    if (python_kind_of(p->t, p->n) != PYTHON_RETURN || !stands_alone(p, p->n)) return false;
    const uint32_t sign = operator_of(p, value);
    if (python_kind_of(p->t, value) != PYTHON_NOT && !python_reads(p->t, sign, "in") &&
        !python_reads(p->t, sign, "is") && !python_reads(p->t, sign, "is not") &&
        !python_reads(p->t, sign, "not in"))
        return false;
    const python_span in = indent_of(p, p->n);
    const python_span part[] = {text_of(p, value), in, in, in};
    put_form(&out->with, "if %:\n%    return True\n%else:\n%    return False", part);
    return found(p, p->n, out);
}

// x = a if c else b <- if c: x = a; else: x = b
static bool four_lines(const place *p, longer *out) {
    const uint32_t set = python_first(p->t, p->n);
    const uint32_t value = python_child(p->t, set, PYTHON_FIELD_RIGHT);
    if (!stands_alone(p, p->n) || python_kind_of(p->t, set) != PYTHON_ASSIGNMENT ||
        python_kind_of(p->t, value) != PYTHON_CONDITIONAL ||
        !is_name(p, python_child(p->t, set, PYTHON_FIELD_LEFT)) ||
        python_child(p->t, set, PYTHON_FIELD_TYPE) != PYTHON_NONE)
        return false;
    const python_span in = indent_of(p, p->n);
    const python_span to = text_of(p, python_child(p->t, set, PYTHON_FIELD_LEFT));
    const python_span part[] = {text_of(p, python_part(p->t, value, 1)),
                                in,
                                to,
                                text_of(p, python_part(p->t, value, 0)),
                                in,
                                in,
                                to,
                                text_of(p, python_part(p->t, value, 2))};
    put_form(&out->with, "if %:\n%    % = %\n%else:\n%    % = %", part);
    return found(p, p->n, out);
}

// x = [e for a in b if c] <- x = []; for a in b: if c: x.append(e)
static bool append_loop(const place *p, longer *out) {
    const uint32_t set = python_first(p->t, p->n);
    const uint32_t value = python_child(p->t, set, PYTHON_FIELD_RIGHT);
    const uint32_t name = python_child(p->t, set, PYTHON_FIELD_LEFT);
    if (!stands_alone(p, p->n) || python_kind_of(p->t, set) != PYTHON_ASSIGNMENT ||
        python_kind_of(p->t, value) != PYTHON_LIST_COMPREHENSION || !is_name(p, name))
        return false;
    const size_t parts = python_parts(p->t, value);
    const uint32_t loop = python_part(p->t, value, 1), test = python_part(p->t, value, 2);
    const python_span in = indent_of(p, p->n), to = text_of(p, name);
    if (parts < 2 || parts > 3 || python_kind_of(p->t, loop) != PYTHON_FOR_IN ||
        (parts == 3 && python_kind_of(p->t, test) != PYTHON_IF_CLAUSE))
        return false;
    const python_span clause = text_of(p, loop);
    for (uint32_t i = value; i < p->t->node[value].past; i++)
        if (python_same(p->t, i, name)) return false; // it reads what it sets
    if (!is_one_line(text_of(p, value)) || memcmp(clause.text, "for", 3) != 0) return false;
    const python_span head[] = {to, in, clause, in};
    put_form(&out->with, "% = []\n%%:\n%    ", head);
    if (parts == 3) {
        const python_span line[] = {text_of(p, test), in};
        put_form(&out->with, "%:\n%        ", line);
    }
    const python_span last[] = {to, text_of(p, python_part(p->t, value, 0))};
    put_form(&out->with, "%.append(%)", last);
    return found(p, p->n, out);
}

// Appends the lines of a block's statements, four blanks further in. False where a string of
// several lines would change.
static bool put_deeper(buf *to, const place *p, uint32_t block) {
    const uint32_t first = python_first(p->t, block);
    const python_span in = indent_of(p, first);
    const size_t begin = p->t->node[first].begin - in.bytes;
    const python_span lines = {p->t->text + begin, p->t->node[block].end - begin};
    for (uint32_t i = block; i < p->t->node[block].past; i++)
        if (p->t->node[i].kind == PYTHON_STRING && !is_one_line(text_of(p, i))) return false;
    if (!in.text) return false;
    task_indent(to, lines, (python_span){"    ", 4});
    return true;
}

// if a and b: <- if a: if b:
static bool nested_if(const place *p, longer *out) {
    const uint32_t test = python_child(p->t, p->n, PYTHON_FIELD_CONDITION);
    const uint32_t block = python_child(p->t, p->n, PYTHON_FIELD_CONSEQUENCE);
    const python_span in = indent_of(p, p->n);
    if (python_kind_of(p->t, p->n) != PYTHON_IF || !in.text ||
        python_child(p->t, p->n, PYTHON_FIELD_ALTERNATIVE) != PYTHON_NONE ||
        python_kind_of(p->t, test) != PYTHON_BOOLEAN || !is_one_line(text_of(p, test)) ||
        !python_reads(p->t, python_child(p->t, test, PYTHON_FIELD_OPERATOR), "and") ||
        python_kind_of(p->t, block) != PYTHON_BLOCK)
        return false;
    const python_span part[] = {text_of(p, python_child(p->t, test, PYTHON_FIELD_LEFT)), in,
                                text_of(p, python_child(p->t, test, PYTHON_FIELD_RIGHT))};
    put_form(&out->with, "if %:\n%    if %:\n", part);
    return put_deeper(&out->with, p, block) && found(p, p->n, out);
}

// if c: return a; return b <- if c: return a; else: return b
static bool needless_else(const place *p, longer *out) {
    const uint32_t block = python_child(p->t, p->n, PYTHON_FIELD_CONSEQUENCE);
    const uint32_t last = python_next(p->t, p->n);
    const size_t parts = python_parts(p->t, block);
    const python_span in = indent_of(p, p->n);
    if (python_kind_of(p->t, p->n) != PYTHON_IF || parts == 0 || !in.text ||
        python_child(p->t, p->n, PYTHON_FIELD_ALTERNATIVE) != PYTHON_NONE ||
        python_kind_of(p->t, python_part(p->t, block, parts - 1)) != PYTHON_RETURN)
        return false;
    if (python_kind_of(p->t, last) != PYTHON_RETURN || python_next(p->t, last) != PYTHON_NONE ||
        !stands_alone(p, last) || !is_one_line(text_of(p, last)))
        return false;
    const python_span part[] = {text_of(p, p->n), in, in, text_of(p, last)};
    put_form(&out->with, "%\n%else:\n%    %", part);
    found(p, p->n, out);
    out->end = p->t->node[last].end;
    return true;
}

// ---- choosing ----

static const struct {
    const char *kind;
    find_longer *find;
} kinds[] = {
    {"none_equal", none_equal},     {"not_outside", not_outside},
    {"chain", split_chain},         {"membership", spelt_out_membership},
    {"instances", two_instances},   {"literal", called_literal},
    {"or", conditional_or},         {"format", format_call},
    {"augmented", long_assignment}, {"brackets", brackets},
    {"result", named_result},       {"truth", returned_truth},
    {"conditional", four_lines},    {"append", append_loop},
    {"nested_if", nested_if},       {"else", needless_else},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static bool choose_place(task_file *f, const task_unit *u, size_t kind, longer *out) {
    uint64_t seen = 0;
    for (uint32_t n = u->def.body; n < u->tree.node[u->def.body].past; n++) {
        const place p = {u, &u->tree, n};
        longer one = {.begin = 0};
        const bool there = kinds[kind].find(&p, &one);
        if (!buf_ok(&one.with)) f->pairs.failed = true;
        if (there && task_roll(&f->dice, ++seen) == 0) {
            buf_free(&out->with);
            *out = one;
        } else {
            buf_free(&one.with);
        }
    }
    return seen > 0;
}

const char *rewrite(buf *to, task_file *f, const task_unit *u) {
    bool tried[KINDS] = {false};
    for (size_t left = KINDS; left > 0; left--) {
        size_t kind = (size_t)task_roll(&f->dice, left);
        for (size_t i = 0; i <= kind; i++) kind += tried[i]; // the kind-th that was not tried
        tried[kind] = true;
        // Brackets are possible almost everywhere: some of those where they come up are enough.
        if (kinds[kind].find == brackets && task_roll(&f->dice, 4) != 0) continue;
        longer with = {.begin = 0};
        const bool there = choose_place(f, u, kind, &with);
        buf_clear(to);
        if (there) {
            const task_edit edit = {with.begin, with.end, task_span(&with.with)};
            task_apply(to, task_span(&u->text), &edit, 1);
        }
        buf_free(&with.with);
        if (there && task_valid(f, to)) return kinds[kind].kind;
    }
    return NULL;
}

bool rewrite_is_clean(python_span text) {
    static const char *const signs[] = {"== None",  "!= None",     "list()",       "dict()",
                                        ".format(", "if (",        "return (",     "while (",
                                        "if not ",  "return True", "return False", "else:",
                                        "result",   ".append(",    " or ",         "% "};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const size_t bytes = strlen(signs[i]);
        for (size_t k = 0; k + bytes <= text.bytes; k++)
            if (memcmp(text.text + k, signs[i], bytes) == 0) return false;
    }
    return true;
}
