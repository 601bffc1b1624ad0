#include "tasks/mutate.h"

#include "base/strings.h"

#include <ctype.h>
#include <string.h>

#define NAMES_MAX 64
#define WITH_MAX 96

// A place in a function where a kind of fault can be, and the piece of text that makes it.
typedef struct site {
    size_t begin, end;
    char with[WITH_MAX];
} site;

typedef struct search {
    const task_unit *u;
    task_dice *dice;
    uint32_t name[NAMES_MAX]; // variables of the function, each once
    size_t names;
} search;

// Fills in the fault at node n; false: there can be none of this kind.
typedef bool find_site(search *s, uint32_t n, site *out);

static bool replace(const search *s, uint32_t n, const char *with, site *out) {
    const python_node *node = &s->u->tree.node[n];
    *out = (site){.begin = node->begin, .end = node->end};
    memcpy(out->with, with, strlen(with) + 1);
    return true;
}

// The place of one node takes the text of another.
static bool put_text(const search *s, uint32_t n, python_span with, site *out) {
    if (with.bytes >= WITH_MAX) return false;
    char text[WITH_MAX];
    memcpy(text, with.text, with.bytes);
    text[with.bytes] = '\0';
    return replace(s, n, text, out);
}

typedef struct word_pair {
    const char *from, *to;
} word_pair;

static bool swap_word(search *s, uint32_t n, const word_pair *pairs, size_t count, site *out) {
    size_t found[8], hits = 0;
    for (size_t i = 0; i < count && hits < 8; i++)
        if (python_reads(&s->u->tree, n, pairs[i].from)) found[hits++] = i;
    if (hits == 0) return false;
    return replace(s, n, pairs[found[task_roll(s->dice, hits)]].to, out);
}

static python_kind parent_kind(const search *s, uint32_t n) {
    return python_kind_of(&s->u->tree, python_parent(&s->u->tree, n));
}

static bool is_token(const search *s, uint32_t n) {
    return s->u->tree.node[n].kind == PYTHON_TOKEN;
}

// ---- what still is Python ----

static bool wrong_comparison(search *s, uint32_t n, site *out) {
    static const word_pair pairs[] = {{"==", "!="},     {"!=", "=="},     {"<", "<="},
                                      {"<=", "<"},      {">", ">="},      {">=", ">"},
                                      {"<", ">"},       {">", "<"},       {"in", "not in"},
                                      {"not in", "in"}, {"is", "is not"}, {"is not", "is"}};
    return parent_kind(s, n) == PYTHON_COMPARISON && !s->u->tree.node[n].named &&
           swap_word(s, n, pairs, sizeof pairs / sizeof *pairs, out);
}

static bool wrong_operator(search *s, uint32_t n, site *out) {
    static const word_pair pairs[] = {{"+", "-"},   {"-", "+"},   {"*", "+"},   {"/", "*"},
                                      {"//", "/"},  {"&", "|"},   {"|", "&"},   {"<<", ">>"},
                                      {">>", "<<"}, {"+=", "-="}, {"-=", "+="}, {"+=", "="},
                                      {"|=", "&="}};
    const python_kind outer = parent_kind(s, n);
    return (outer == PYTHON_BINARY || outer == PYTHON_AUGMENTED_ASSIGNMENT) && is_token(s, n) &&
           swap_word(s, n, pairs, sizeof pairs / sizeof *pairs, out);
}

static bool wrong_logic(search *s, uint32_t n, site *out) {
    static const word_pair pairs[] = {{"and", "or"}, {"or", "and"}};
    return parent_kind(s, n) == PYTHON_BOOLEAN && is_token(s, n) && swap_word(s, n, pairs, 2, out);
}

static bool wrong_constant(search *s, uint32_t n, site *out) {
    static const word_pair pairs[] = {{"True", "False"}, {"False", "True"}};
    const python_kind kind = python_kind_of(&s->u->tree, n);
    if (kind == PYTHON_TRUE || kind == PYTHON_FALSE) return swap_word(s, n, pairs, 2, out);
    const python_span text = python_span_of(&s->u->tree, n);
    if (kind != PYTHON_INTEGER || text.bytes > 5) return false;
    unsigned value = 0;
    for (size_t i = 0; i < text.bytes; i++) {
        if (!isdigit((unsigned char)text.text[i])) return false;
        value = value * 10 + (unsigned)(text.text[i] - '0');
    }
    const bool up = value == 0 || task_roll(s->dice, 2);
    char with[16];
    string_format(with, sizeof with, NULL, "%u", up ? value + 1 : value - 1);
    return replace(s, n, with, out);
}

static bool negated_condition(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    const python_kind outer = parent_kind(s, n);
    if (t->node[n].field != PYTHON_FIELD_CONDITION ||
        (outer != PYTHON_IF && outer != PYTHON_ELIF && outer != PYTHON_WHILE))
        return false;
    char text[WITH_MAX];
    const python_kind kind = python_kind_of(t, n);
    if (kind == PYTHON_NOT)
        return put_text(s, n, python_span_of(t, python_child(t, n, PYTHON_FIELD_ARGUMENT)), out);
    const bool simple = kind == PYTHON_IDENTIFIER || kind == PYTHON_CALL ||
                        kind == PYTHON_ATTRIBUTE || kind == PYTHON_SUBSCRIPT;
    const python_span was = python_span_of(t, n);
    bool cut;
    string_format(text, sizeof text, &cut, simple ? "not %.*s" : "not (%.*s)", (int)was.bytes,
                  was.text);
    return !cut && replace(s, n, text, out);
}

static bool swapped_arguments(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    if (python_kind_of(t, n) != PYTHON_ARGUMENTS || python_parts(t, n) < 2) return false;
    const uint32_t a = python_part(t, n, 0), b = python_part(t, n, 1);
    const uint32_t both[] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        const python_kind kind = python_kind_of(t, both[i]);
        if (kind == PYTHON_KEYWORD_ARGUMENT || kind == PYTHON_LIST_SPLAT ||
            kind == PYTHON_DICTIONARY_SPLAT || kind == PYTHON_GENERATOR)
            return false;
    }
    const python_span first = python_span_of(t, a), second = python_span_of(t, b);
    if (python_same(t, a, b)) return false;
    const char *between = first.text + first.bytes;
    bool cut;
    *out = (site){.begin = t->node[a].begin, .end = t->node[b].end};
    string_format(out->with, sizeof out->with, &cut, "%.*s%.*s%.*s", (int)second.bytes, second.text,
                  (int)(second.text - between), between, (int)first.bytes, first.text);
    return !cut && !memchr(out->with, '\n', strlen(out->with));
}

// Whether the identifier is read, not bound.
static bool is_read(const search *s, uint32_t n) {
    const python_tree *t = &s->u->tree;
    if (!python_is_variable(t, n) || n < s->u->def.body) return false;
    for (uint32_t at = n; at != PYTHON_NONE; at = python_parent(t, at)) {
        const python_field field = (python_field)t->node[at].field;
        const python_kind outer = python_kind_of(t, python_parent(t, at));
        if (outer == PYTHON_LAMBDA_PARAMETERS || outer == PYTHON_DELETE) return false;
        if (field == PYTHON_FIELD_LEFT && outer != PYTHON_BINARY && outer != PYTHON_BOOLEAN)
            return false;
        if (python_is_statement(t, at)) break;
    }
    const python_kind outer = parent_kind(s, n);
    return outer != PYTHON_OTHER && outer != PYTHON_PARAMETERS && outer != PYTHON_NAMED_EXPRESSION;
}

static bool wrong_variable(search *s, uint32_t n, site *out) {
    if (!is_read(s, n) || s->names < 2) return false;
    const python_tree *t = &s->u->tree;
    bool own = false;
    for (size_t i = 0; i < s->names; i++) own |= python_same(t, s->name[i], n);
    if (!own) return false;
    uint32_t other = s->name[task_roll(s->dice, s->names)];
    if (python_same(t, other, n) || python_reads(t, other, "self")) return false;
    return put_text(s, n, python_span_of(t, other), out);
}

static bool wrong_attribute(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    if (t->node[n].field != PYTHON_FIELD_ATTRIBUTE) return false;
    const uint32_t start = (uint32_t)task_roll(s->dice, t->count);
    for (uint32_t i = 0; i < t->count; i++) {
        const uint32_t other = (start + i) % (uint32_t)t->count;
        if (t->node[other].field == PYTHON_FIELD_ATTRIBUTE && !python_same(t, other, n))
            return put_text(s, n, python_span_of(t, other), out);
    }
    return false;
}

static bool missing_return(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    if (python_kind_of(t, n) != PYTHON_RETURN || python_parts(t, n) != 1) return false;
    *out = (site){.begin = t->node[n].begin, .end = t->node[python_part(t, n, 0)].begin};
    return true;
}

static bool missing_self(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    if (python_kind_of(t, n) != PYTHON_ATTRIBUTE ||
        !python_reads(t, python_child(t, n, PYTHON_FIELD_OBJECT), "self"))
        return false;
    return put_text(s, n, python_span_of(t, python_child(t, n, PYTHON_FIELD_ATTRIBUTE)), out);
}

static bool missing_await(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    return python_kind_of(t, n) == PYTHON_AWAIT &&
           put_text(s, n, python_span_of(t, python_part(t, n, 0)), out);
}

// ---- what is no Python any more ----

static bool missing_colon(search *s, uint32_t n, site *out) {
    const python_kind outer = parent_kind(s, n);
    const bool opens = outer == PYTHON_FUNCTION || outer == PYTHON_IF || outer == PYTHON_ELIF ||
                       outer == PYTHON_ELSE || outer == PYTHON_FOR || outer == PYTHON_WHILE ||
                       outer == PYTHON_TRY || outer == PYTHON_WITH;
    return opens && python_reads(&s->u->tree, n, ":") && replace(s, n, "", out);
}

static bool missing_bracket(search *s, uint32_t n, site *out) {
    if (!is_token(s, n)) return false;
    const char c = s->u->text.data[s->u->tree.node[n].begin];
    return (c == ')' || c == ']' || c == '}' || c == '(') && replace(s, n, "", out);
}

static bool missing_quote(search *s, uint32_t n, site *out) {
    const python_node *node = &s->u->tree.node[n];
    return node->kind == PYTHON_STRING_END && node->end - node->begin == 1 &&
           replace(s, n, "", out);
}

static bool single_equal(search *s, uint32_t n, site *out) {
    return parent_kind(s, n) == PYTHON_COMPARISON && python_reads(&s->u->tree, n, "==") &&
           replace(s, n, "=", out);
}

// Two letters in the middle change places.
static bool swap_letters(const search *s, uint32_t n, site *out) {
    const python_span text = python_span_of(&s->u->tree, n);
    if (text.bytes < 4 || text.bytes >= WITH_MAX) return false;
    const size_t first = 1 + task_roll(s->dice, text.bytes - 2);
    if (first + 1 >= text.bytes || text.text[first] == text.text[first + 1]) return false;
    if (!put_text(s, n, text, out)) return false;
    out->with[first] = text.text[first + 1];
    out->with[first + 1] = text.text[first];
    return true;
}

static bool wrong_keyword(search *s, uint32_t n, site *out) {
    return is_token(s, n) && isalpha((unsigned char)s->u->text.data[s->u->tree.node[n].begin]) &&
           swap_letters(s, n, out);
}

static bool wrong_indent(search *s, uint32_t n, site *out) {
    const python_tree *t = &s->u->tree;
    if (!python_is_statement(t, n) || python_kind_of(t, python_parent(t, n)) != PYTHON_BLOCK)
        return false;
    const size_t indent = python_indent(t, n);
    if (indent == SIZE_MAX || indent == 0) return false;
    *out = (site){.begin = t->node[n].begin, .end = t->node[n].begin};
    if (task_roll(s->dice, 2))
        memcpy(out->with, " ", 2);
    else
        out->begin--; // and the blank in front of it goes
    return true;
}

// ---- names that nothing has ----

static bool misspelt_name(search *s, uint32_t n, site *out) {
    if (!is_read(s, n) || !swap_letters(s, n, out)) return false;
    const python_tree *t = &s->u->tree;
    for (uint32_t i = 0; i < t->count; i++)
        if (t->node[i].kind == PYTHON_IDENTIFIER && python_reads(t, i, out->with)) return false;
    return true;
}

// ---- choosing ----

static const struct {
    const char *kind;
    mutate_group group;
    find_site *find;
} kinds[] = {
    {"comparison", MUTATE_MEANING, wrong_comparison},
    {"operator", MUTATE_MEANING, wrong_operator},
    {"logic", MUTATE_MEANING, wrong_logic},
    {"constant", MUTATE_MEANING, wrong_constant},
    {"condition", MUTATE_MEANING, negated_condition},
    {"arguments", MUTATE_MEANING, swapped_arguments},
    {"variable", MUTATE_MEANING, wrong_variable},
    {"attribute", MUTATE_MEANING, wrong_attribute},
    {"return", MUTATE_MEANING, missing_return},
    {"self", MUTATE_MEANING, missing_self},
    {"await", MUTATE_MEANING, missing_await},
    {"colon", MUTATE_SYNTAX, missing_colon},
    {"bracket", MUTATE_SYNTAX, missing_bracket},
    {"quote", MUTATE_SYNTAX, missing_quote},
    {"equal", MUTATE_SYNTAX, single_equal},
    {"keyword", MUTATE_SYNTAX, wrong_keyword},
    {"indent", MUTATE_INDENT, wrong_indent},
    {"name", MUTATE_NAME, misspelt_name},
};
#define KINDS (sizeof kinds / sizeof *kinds)

// What the function binds: its parameters, and what is assigned in it.
static void collect_names(search *s) {
    const python_tree *t = &s->u->tree;
    s->names = python_parameter_names(t, s->u->def.parameters, s->name, NAMES_MAX / 2);
    for (uint32_t n = s->u->def.body; n < t->node[s->u->def.body].past; n++) {
        if (t->node[n].kind != PYTHON_IDENTIFIER || t->node[n].field != PYTHON_FIELD_LEFT) continue;
        bool there = false;
        for (size_t i = 0; i < s->names; i++) there |= python_same(t, s->name[i], n);
        if (!there && s->names < NAMES_MAX) s->name[s->names++] = n;
    }
}

static bool in_docstring(const task_unit *u, uint32_t n) {
    const uint32_t doc = u->def.docstring;
    return doc != PYTHON_NONE && n >= doc && n < u->tree.node[doc].past;
}

// One of the places for a kind of fault, each as likely as the other.
static bool choose_site(search *s, size_t kind, site *out, uint32_t *line) {
    const python_tree *t = &s->u->tree;
    uint64_t seen = 0;
    for (uint32_t n = s->u->def.node + 1; n < t->node[s->u->def.node].past; n++) {
        site found;
        if (in_docstring(s->u, n) || !kinds[kind].find(s, n, &found)) continue;
        if (task_roll(s->dice, ++seen) != 0) continue;
        *out = found;
        *line = task_line_of(task_span(&s->u->text), found.begin);
    }
    return seen > 0;
}

bool mutate(buf *to, task_file *f, const task_unit *u, unsigned groups, mutation *out) {
    search s = {.u = u, .dice = &f->dice};
    bool tried[KINDS] = {false};
    collect_names(&s);
    for (size_t left = KINDS; left > 0; left--) {
        size_t kind = (size_t)task_roll(s.dice, left);
        for (size_t i = 0; i <= kind; i++) kind += tried[i]; // the kind-th that was not tried
        tried[kind] = true;
        site found;
        if (!(groups & kinds[kind].group)) continue;
        if (!choose_site(&s, kind, &found, &out->line)) continue;
        const task_edit edit = {found.begin, found.end, {found.with, strlen(found.with)}};
        buf_clear(to);
        task_apply(to, task_span(&u->text), &edit, 1);
        if (!buf_ok(to)) f->pairs.failed = true;
        if (f->pairs.failed) return false;
        const mutate_group group = kinds[kind].group;
        if (group != MUTATE_INDENT && task_valid(f, to) == (group == MUTATE_SYNTAX)) continue;
        out->kind = kinds[kind].kind;
        return true;
    }
    return false;
}
