// Finding one's way in a tree of Python: children, texts, definitions, docstrings, parameters.
// A node is its number in the list; PYTHON_NONE is none, and everything here takes it.
#ifndef PYTHON_PYTHON_WALK_H
#define PYTHON_PYTHON_WALK_H

#include "python/python.h"

static inline python_kind python_kind_of(const python_tree *t, uint32_t n) {
    return n == PYTHON_NONE ? PYTHON_KINDS : (python_kind)t->node[n].kind;
}

static inline uint32_t python_first(const python_tree *t, uint32_t n) {
    return n != PYTHON_NONE && n + 1 < t->node[n].past ? n + 1 : PYTHON_NONE;
}

static inline uint32_t python_next(const python_tree *t, uint32_t n) {
    if (n == PYTHON_NONE || t->node[n].parent == PYTHON_NONE) return PYTHON_NONE;
    const uint32_t next = t->node[n].past;
    return next < t->node[t->node[n].parent].past ? next : PYTHON_NONE;
}

static inline uint32_t python_parent(const python_tree *t, uint32_t n) {
    return n == PYTHON_NONE ? PYTHON_NONE : t->node[n].parent;
}

// A piece of the text.
typedef struct python_span {
    const char *text;
    size_t bytes;
} python_span;

python_span python_span_of(const python_tree *t, uint32_t n); // {"", 0} of none

// Whether the node's bytes are exactly word.
bool python_reads(const python_tree *t, uint32_t n, const char *word);

// Whether both nodes have the same bytes.
bool python_same(const python_tree *t, uint32_t a, uint32_t b);

// The first child that is this to its parent; the number of those that are named and no comments;
// the index-th of them.
uint32_t python_child(const python_tree *t, uint32_t n, python_field field);
size_t python_parts(const python_tree *t, uint32_t n);
uint32_t python_part(const python_tree *t, uint32_t n, size_t index);

// The innermost node of that kind around n, n itself not counted.
uint32_t python_around(const python_tree *t, uint32_t n, python_kind kind);

// A function or a class.
typedef struct python_definition {
    uint32_t node;       // the definition, without its decorators
    uint32_t whole;      // with them
    uint32_t name, body; // nodes
    uint32_t parameters; // PYTHON_NONE of a class
    uint32_t docstring;  // the statement; PYTHON_NONE: it has none
    bool is_class;
} python_definition;

// False where n is no definition or a broken one.
bool python_definition_at(const python_tree *t, uint32_t n, python_definition *out);

// The text inside of the quotes of a docstring's statement.
python_span python_docstring_text(const python_tree *t, uint32_t docstring);

// The identifiers that the parameters bind, in their order, at most max of them; how many.
size_t python_parameter_names(const python_tree *t, uint32_t parameters, uint32_t *out, size_t max);

// What stands before the first byte of the line of a node: the number of blanks and tabs there, or
// SIZE_MAX where something else does.
size_t python_indent(const python_tree *t, uint32_t n);

// Whether the identifier is read or written as a variable: no attribute, no name of a keyword
// argument, no name of what is imported or defined.
bool python_is_variable(const python_tree *t, uint32_t n);

// Whether n stands by itself in a block or in the module.
bool python_is_statement(const python_tree *t, uint32_t n);

#endif
