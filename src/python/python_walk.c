#include "python/python_walk.h"

#include <string.h>

python_span python_span_of(const python_tree *t, uint32_t n) {
    if (n == PYTHON_NONE) return (python_span){"", 0};
    return (python_span){t->text + t->node[n].begin, t->node[n].end - t->node[n].begin};
}

bool python_reads(const python_tree *t, uint32_t n, const char *word) {
    const python_span s = python_span_of(t, n);
    return n != PYTHON_NONE && s.bytes == strlen(word) && memcmp(s.text, word, s.bytes) == 0;
}

bool python_same(const python_tree *t, uint32_t a, uint32_t b) {
    if (a == PYTHON_NONE || b == PYTHON_NONE) return a == b;
    const python_span s = python_span_of(t, a), u = python_span_of(t, b);
    return s.bytes == u.bytes && memcmp(s.text, u.text, s.bytes) == 0;
}

uint32_t python_child(const python_tree *t, uint32_t n, python_field field) {
    uint32_t c = python_first(t, n);
    while (c != PYTHON_NONE && t->node[c].field != field) c = python_next(t, c);
    return c;
}

static bool is_part(const python_node *n) {
    return n->named && n->kind != PYTHON_COMMENT && n->kind != PYTHON_LINE_CONTINUATION;
}

size_t python_parts(const python_tree *t, uint32_t n) {
    size_t count = 0;
    for (uint32_t c = python_first(t, n); c != PYTHON_NONE; c = python_next(t, c))
        count += is_part(&t->node[c]);
    return count;
}

uint32_t python_part(const python_tree *t, uint32_t n, size_t index) {
    for (uint32_t c = python_first(t, n); c != PYTHON_NONE; c = python_next(t, c))
        if (is_part(&t->node[c]) && index-- == 0) return c;
    return PYTHON_NONE;
}

uint32_t python_around(const python_tree *t, uint32_t n, python_kind kind) {
    do n = python_parent(t, n);
    while (n != PYTHON_NONE && t->node[n].kind != kind);
    return n;
}

// Only a plain string is one: no bytes, no f-string, no two strings side by side.
static uint32_t docstring_of(const python_tree *t, uint32_t body) {
    const uint32_t statement = python_part(t, body, 0);
    if (python_kind_of(t, statement) != PYTHON_EXPRESSION_STATEMENT) return PYTHON_NONE;
    const uint32_t string = python_first(t, statement);
    if (python_kind_of(t, string) != PYTHON_STRING || python_next(t, string) != PYTHON_NONE)
        return PYTHON_NONE;
    const python_span s = python_span_of(t, string);
    size_t prefix = 0;
    while (prefix < s.bytes && s.text[prefix] != '"' && s.text[prefix] != '\'') prefix++;
    for (size_t i = 0; i < prefix; i++)
        if (!strchr("rRuU", s.text[i])) return PYTHON_NONE;
    return statement;
}

bool python_definition_at(const python_tree *t, uint32_t n, python_definition *out) {
    const python_kind kind = python_kind_of(t, n);
    if (kind != PYTHON_FUNCTION && kind != PYTHON_CLASS) return false;
    *out = (python_definition){
        .node = n,
        .whole = n,
        .name = python_child(t, n, PYTHON_FIELD_NAME),
        .body = python_child(t, n, PYTHON_FIELD_BODY),
        .parameters = python_child(t, n, PYTHON_FIELD_PARAMETERS),
        .is_class = kind == PYTHON_CLASS,
    };
    if (python_kind_of(t, python_parent(t, n)) == PYTHON_DECORATED) out->whole = t->node[n].parent;
    if (out->name == PYTHON_NONE || python_kind_of(t, out->body) != PYTHON_BLOCK) return false;
    if (!out->is_class && out->parameters == PYTHON_NONE) return false;
    out->docstring = docstring_of(t, out->body);
    return true;
}

python_span python_docstring_text(const python_tree *t, uint32_t docstring) {
    const uint32_t string = python_first(t, docstring);
    const uint32_t start = python_first(t, string);
    if (python_kind_of(t, start) != PYTHON_STRING_START) return (python_span){"", 0};
    uint32_t end = start;
    for (uint32_t c = start; c != PYTHON_NONE; c = python_next(t, c)) end = c;
    const uint32_t from = t->node[start].end, to = t->node[end].begin;
    if (t->node[end].kind != PYTHON_STRING_END || to < from) return (python_span){"", 0};
    return (python_span){t->text + from, to - from};
}

// The identifier of one parameter: a name, *name, **name, with a type or a default or both.
static uint32_t bound_by(const python_tree *t, uint32_t n) {
    while (n != PYTHON_NONE && t->node[n].kind != PYTHON_IDENTIFIER) {
        switch (t->node[n].kind) {
        case PYTHON_DEFAULT_PARAMETER:
        case PYTHON_TYPED_DEFAULT_PARAMETER:
            n = python_child(t, n, PYTHON_FIELD_NAME);
            break;
        case PYTHON_TYPED_PARAMETER:
        case PYTHON_LIST_SPLAT_PATTERN:
        case PYTHON_DICTIONARY_SPLAT_PATTERN:
            n = python_part(t, n, 0);
            break;
        default:
            return PYTHON_NONE; // "*", "/", a tuple of Python 2
        }
    }
    return n;
}

size_t python_parameter_names(const python_tree *t, uint32_t parameters, uint32_t *out,
                              size_t max) {
    size_t count = 0;
    for (uint32_t c = python_first(t, parameters); c != PYTHON_NONE && count < max;
         c = python_next(t, c)) {
        const uint32_t name = t->node[c].named ? bound_by(t, c) : PYTHON_NONE;
        if (name != PYTHON_NONE) out[count++] = name;
    }
    return count;
}

size_t python_indent(const python_tree *t, uint32_t n) {
    size_t at = t->node[n].begin, blanks = 0;
    while (at > 0 && (t->text[at - 1] == ' ' || t->text[at - 1] == '\t')) {
        at--;
        blanks++;
    }
    return at == 0 || t->text[at - 1] == '\n' ? blanks : SIZE_MAX;
}

bool python_is_variable(const python_tree *t, uint32_t n) {
    if (python_kind_of(t, n) != PYTHON_IDENTIFIER) return false;
    const uint32_t parent = t->node[n].parent;
    const python_field field = (python_field)t->node[n].field;
    switch (python_kind_of(t, parent)) {
    case PYTHON_ATTRIBUTE:
        return field != PYTHON_FIELD_ATTRIBUTE;
    case PYTHON_KEYWORD_ARGUMENT:
    case PYTHON_FUNCTION:
    case PYTHON_CLASS:
        return field != PYTHON_FIELD_NAME;
    case PYTHON_DOTTED_NAME:
    case PYTHON_GLOBAL:
    case PYTHON_NONLOCAL:
        return false;
    default:
        return true;
    }
}

bool python_is_statement(const python_tree *t, uint32_t n) {
    const python_kind outer = python_kind_of(t, python_parent(t, n));
    return (outer == PYTHON_BLOCK || outer == PYTHON_MODULE) && is_part(&t->node[n]);
}
