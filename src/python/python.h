// Python source as a tree, by tree-sitter and its Python grammar, behind an interface that shows
// neither: a flat list of nodes, each with the bytes that it spans.
//
// Both are optional. A build without them has the same functions, and python_open says in one line
// what is missing and how to get it.
//
// A parser belongs to one thread at a time; a tree does not change and may be read by any number.
#ifndef PYTHON_PYTHON_H
#define PYTHON_PYTHON_H

#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PYTHON_NONE UINT32_MAX // no node

// Default limits, and the largest size that can be asked for.
#define PYTHON_BYTES ((size_t)4 << 20)
#define PYTHON_BYTES_MAX ((size_t)64 << 20)
#define PYTHON_DEPTH 400    // nodes inside each other; CPython itself refuses 200 brackets
#define PYTHON_SECONDS 20.0 // of processor time, which a busy machine does not change
#define PYTHON_NODES_MAX ((size_t)1 << 27)

typedef struct python_limits {
    size_t bytes;   // 0: PYTHON_BYTES
    size_t depth;   // 0: PYTHON_DEPTH
    double seconds; // 0: PYTHON_SECONDS
} python_limits;

// Kinds of nodes that somebody asks for: X(name, the grammar's word). All others are OTHER, and the
// signs and keywords between them TOKEN.
#define PYTHON_KIND_MAP(X)                                                                         \
    X(MODULE, "module")                                                                            \
    X(BLOCK, "block")                                                                              \
    X(FUNCTION, "function_definition")                                                             \
    X(CLASS, "class_definition")                                                                   \
    X(DECORATED, "decorated_definition")                                                           \
    X(DECORATOR, "decorator")                                                                      \
    X(PARAMETERS, "parameters")                                                                    \
    X(LAMBDA_PARAMETERS, "lambda_parameters")                                                      \
    X(DEFAULT_PARAMETER, "default_parameter")                                                      \
    X(TYPED_PARAMETER, "typed_parameter")                                                          \
    X(TYPED_DEFAULT_PARAMETER, "typed_default_parameter")                                          \
    X(LIST_SPLAT_PATTERN, "list_splat_pattern")                                                    \
    X(DICTIONARY_SPLAT_PATTERN, "dictionary_splat_pattern")                                        \
    X(EXPRESSION_STATEMENT, "expression_statement")                                                \
    X(RETURN, "return_statement")                                                                  \
    X(RAISE, "raise_statement")                                                                    \
    X(PASS, "pass_statement")                                                                      \
    X(ASSERT, "assert_statement")                                                                  \
    X(DELETE, "delete_statement")                                                                  \
    X(GLOBAL, "global_statement")                                                                  \
    X(NONLOCAL, "nonlocal_statement")                                                              \
    X(PRINT, "print_statement")                                                                    \
    X(EXEC, "exec_statement")                                                                      \
    X(IMPORT, "import_statement")                                                                  \
    X(IMPORT_FROM, "import_from_statement")                                                        \
    X(FUTURE_IMPORT, "future_import_statement")                                                    \
    X(DOTTED_NAME, "dotted_name")                                                                  \
    X(ALIASED_IMPORT, "aliased_import")                                                            \
    X(IF, "if_statement")                                                                          \
    X(ELIF, "elif_clause")                                                                         \
    X(ELSE, "else_clause")                                                                         \
    X(FOR, "for_statement")                                                                        \
    X(WHILE, "while_statement")                                                                    \
    X(TRY, "try_statement")                                                                        \
    X(WITH, "with_statement")                                                                      \
    X(MATCH, "match_statement")                                                                    \
    X(ASSIGNMENT, "assignment")                                                                    \
    X(AUGMENTED_ASSIGNMENT, "augmented_assignment")                                                \
    X(NAMED_EXPRESSION, "named_expression")                                                        \
    X(CALL, "call")                                                                                \
    X(ARGUMENTS, "argument_list")                                                                  \
    X(KEYWORD_ARGUMENT, "keyword_argument")                                                        \
    X(LIST_SPLAT, "list_splat")                                                                    \
    X(DICTIONARY_SPLAT, "dictionary_splat")                                                        \
    X(ATTRIBUTE, "attribute")                                                                      \
    X(SUBSCRIPT, "subscript")                                                                      \
    X(SLICE, "slice")                                                                              \
    X(BINARY, "binary_operator")                                                                   \
    X(UNARY, "unary_operator")                                                                     \
    X(BOOLEAN, "boolean_operator")                                                                 \
    X(NOT, "not_operator")                                                                         \
    X(COMPARISON, "comparison_operator")                                                           \
    X(CONDITIONAL, "conditional_expression")                                                       \
    X(PARENTHESES, "parenthesized_expression")                                                     \
    X(LAMBDA, "lambda")                                                                            \
    X(AWAIT, "await")                                                                              \
    X(YIELD, "yield")                                                                              \
    X(LIST, "list")                                                                                \
    X(TUPLE, "tuple")                                                                              \
    X(SET, "set")                                                                                  \
    X(DICTIONARY, "dictionary")                                                                    \
    X(PAIR, "pair")                                                                                \
    X(LIST_COMPREHENSION, "list_comprehension")                                                    \
    X(DICTIONARY_COMPREHENSION, "dictionary_comprehension")                                        \
    X(SET_COMPREHENSION, "set_comprehension")                                                      \
    X(GENERATOR, "generator_expression")                                                           \
    X(FOR_IN, "for_in_clause")                                                                     \
    X(IF_CLAUSE, "if_clause")                                                                      \
    X(STRING, "string")                                                                            \
    X(STRING_START, "string_start")                                                                \
    X(STRING_CONTENT, "string_content")                                                            \
    X(STRING_END, "string_end")                                                                    \
    X(CONCATENATED_STRING, "concatenated_string")                                                  \
    X(INTERPOLATION, "interpolation")                                                              \
    X(IDENTIFIER, "identifier")                                                                    \
    X(INTEGER, "integer")                                                                          \
    X(FLOAT, "float")                                                                              \
    X(TRUE, "true")                                                                                \
    X(FALSE, "false")                                                                              \
    X(NONE_VALUE, "none")                                                                          \
    X(TYPE, "type")                                                                                \
    X(COMMENT, "comment")                                                                          \
    X(LINE_CONTINUATION, "line_continuation")

typedef enum python_kind {
#define PYTHON_KIND_ENUM(name, word) PYTHON_##name,
    PYTHON_KIND_MAP(PYTHON_KIND_ENUM)
#undef PYTHON_KIND_ENUM
        PYTHON_OTHER, // named in the grammar, see python_word
    PYTHON_TOKEN,     // a sign or a keyword: its bytes say which
    PYTHON_ERROR,     // what the parser had to pass over
    PYTHON_KINDS
} python_kind;

// What a node is to its parent: X(name, the grammar's word). NONE is nothing in particular.
#define PYTHON_FIELD_MAP(X)                                                                        \
    X(NAME, "name")                                                                                \
    X(PARAMETERS, "parameters")                                                                    \
    X(BODY, "body")                                                                                \
    X(RETURN_TYPE, "return_type")                                                                  \
    X(SUPERCLASSES, "superclasses")                                                                \
    X(DEFINITION, "definition")                                                                    \
    X(LEFT, "left")                                                                                \
    X(RIGHT, "right")                                                                              \
    X(OPERATOR, "operator")                                                                        \
    X(OPERATORS, "operators")                                                                      \
    X(CONDITION, "condition")                                                                      \
    X(CONSEQUENCE, "consequence")                                                                  \
    X(ALTERNATIVE, "alternative")                                                                  \
    X(FUNCTION, "function")                                                                        \
    X(ARGUMENTS, "arguments")                                                                      \
    X(ARGUMENT, "argument")                                                                        \
    X(OBJECT, "object")                                                                            \
    X(ATTRIBUTE, "attribute")                                                                      \
    X(VALUE, "value")                                                                              \
    X(SUBSCRIPT, "subscript")                                                                      \
    X(KEY, "key")                                                                                  \
    X(TYPE, "type")                                                                                \
    X(MODULE_NAME, "module_name")                                                                  \
    X(ALIAS, "alias")                                                                              \
    X(CAUSE, "cause")                                                                              \
    X(CODE, "code")                                                                                \
    X(EXPRESSION, "expression")                                                                    \
    X(FORMAT_SPECIFIER, "format_specifier")                                                        \
    X(GUARD, "guard")                                                                              \
    X(SUBJECT, "subject")                                                                          \
    X(TYPE_CONVERSION, "type_conversion")                                                          \
    X(TYPE_PARAMETERS, "type_parameters")

typedef enum python_field {
    PYTHON_FIELD_NONE,
#define PYTHON_FIELD_ENUM(name, word) PYTHON_FIELD_##name,
    PYTHON_FIELD_MAP(PYTHON_FIELD_ENUM)
#undef PYTHON_FIELD_ENUM
        PYTHON_FIELDS
} python_field;

// Nodes lie in the order in which they begin, each before what is inside it: the children of node n
// begin at n + 1 (if that is before n's past) and child c is followed by the child past, as long as
// that is before n's past.
typedef struct python_node {
    uint32_t begin, end; // bytes of the text
    uint32_t line;       // from 1, of begin
    uint32_t parent;     // PYTHON_NONE: the module
    uint32_t past;       // the first node that is not inside
    uint16_t symbol;     // the grammar's number
    uint8_t kind;        // python_kind
    uint8_t field;       // python_field
    bool named;          // no mere sign or keyword
    bool missing;        // not in the text: the parser put it there
} python_node;

// The text is borrowed and must live as long. Node 0 is the module.
typedef struct python_tree {
    const char *text;
    size_t bytes;
    python_node *node; // [count], owned
    size_t count;
    bool broken; // somewhere the text is not what the grammar wants
} python_tree;

typedef struct python_parser python_parser;

// Whether this build can parse.
bool python_available(void);

// The caller owns *out; NULL on failure. AXL_UNSUPPORTED where the build cannot parse. limits may
// be NULL.
axl_status python_open(python_parser **out, const python_limits *limits, axl_error *err);
void python_close(python_parser *p); // NULL is fine

// Makes the tree of any bytes. AXL_TOO_LARGE beyond a limit, of which one is the memory: no text
// has the parser take more than 256 MiB, which is enough for ordinary source of 1.4 MiB. *out is
// the caller's, to be freed with python_tree_free; it is empty on failure.
axl_status python_parse(python_parser *p, const char *text, size_t bytes, python_tree *out,
                        axl_error *err);
void python_tree_free(python_tree *tree);

// Whether the tree's text is Python 3 as far as the grammar knows it: nothing broken, nothing that
// only Python 2 has. What only a compiler finds (a return outside of a function, a name bound
// twice) passes.
bool python_tree_valid(const python_tree *tree);

// Both in one. A text beyond the parser's limits is AXL_TOO_LARGE, and *valid false.
axl_status python_valid(python_parser *p, const char *text, size_t bytes, bool *valid,
                        axl_error *err);

// The grammar's word for a node: "if_statement", "==", "ERROR". A constant.
const char *python_word(const python_node *node);

#endif
