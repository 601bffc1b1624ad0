// What the files of the translator share. Private to tasks/translate*.c.
#ifndef TASKS_TRANSLATE_PARTS_H
#define TASKS_TRANSLATE_PARTS_H

#include "tasks/translate.h"

typedef enum translate_type {
    TYPE_BAD,  // outside of the subset
    TYPE_OPEN, // not known yet; of a result: there is none
    TYPE_NUMBER,
    TYPE_TRUTH,
    TYPE_LIST // of numbers
} translate_type;

// A variable of the function.
typedef struct translate_name {
    python_span text;
    translate_type type;
    uint32_t node;  // where it stands first
    uint32_t home;  // the statement that declares it; PYTHON_NONE: the function's head does
    size_t stores;  // assignments; one that reads first counts twice
    bool parameter; // one of the first x->parameters names
    bool loop;      // set by loops, and by nothing else
    bool changed;   // a list whose elements are set
    bool positive;  // never below 0
} translate_name;

#define TRANSLATE_NAMES_MAX 32

// What the translation calls that neither language has.
enum { HELP_DIV = 1, HELP_MOD = 2, HELP_MIN = 4, HELP_MAX = 8, HELP_ABS = 16, HELP_TRUTH = 32 };

typedef struct translation {
    const python_tree *t;
    const python_definition *def;
    translate_target target;
    translate_name name[TRANSLATE_NAMES_MAX];
    size_t names, parameters;
    translate_type result;
    bool defaults; // a parameter has a value
    buf text;      // of the function; owned by translate
    unsigned help; // HELP_ of what is used
    bool refused;  // sticky: it is not in the subset
} translation;

static inline bool translate_is_c(const translation *x) {
    return x->target == TRANSLATE_C;
}

// ---- the tree ----

// Without the brackets around it.
uint32_t translate_bare(const translation *x, uint32_t n);
bool translate_is_word(const translation *x, uint32_t n, const char *word); // the grammar's word
bool translate_number(const translation *x, uint32_t n, int64_t *out);      // a literal
bool translate_constant(const translation *x, uint32_t n, int64_t *out);    // made of literals
bool translate_calls(const translation *x, uint32_t n, const char *name);   // name(...)
uint32_t translate_argument(const translation *x, uint32_t call, size_t index);
size_t translate_arguments(const translation *x, uint32_t call);

// The parts of range(...): start is PYTHON_NONE for 0. False where it is none, or where the step is
// no number but 0.
typedef struct translate_range {
    uint32_t start, stop;
    int64_t step;
} translate_range;
bool translate_range_of(const translation *x, uint32_t call, translate_range *out);

// What a list of targets or values has at index; of one that is alone, that one.
size_t translate_items(const translation *x, uint32_t n);
uint32_t translate_item(const translation *x, uint32_t n, size_t index);

// ---- names and types ----

// The variable that an identifier names; NULL: it is none.
translate_name *translate_find(translation *x, uint32_t n);

// Fills in the names with their types and the result's. False: outside of the subset.
bool translate_learn(translation *x);

// Whether variables of loops stay in them; fills in positive and home of all names.
bool translate_place(translation *x);

// The type of an expression; TYPE_BAD where anything in it is not in the subset.
translate_type translate_type_of(translation *x, uint32_t n);
bool translate_is_condition(translation *x, uint32_t n); // anything with a truth value

// Whether a number is never below 0, as far as that can be told.
bool translate_positive(translation *x, uint32_t n);

// ---- text ----

// How tightly what is put must hold together, from the loosest.
enum {
    LEVEL_CHOICE,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_BITS,
    LEVEL_EQUAL,
    LEVEL_ORDER,
    LEVEL_SHIFT,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_SIGN,
    LEVEL_WHOLE
};

void translate_put(translation *x, uint32_t n, int level); // an expression
void translate_put_condition(translation *x, uint32_t n, int level);
void translate_put_target(translation *x, uint32_t n); // a name or an element that is set
void translate_put_node(translation *x, uint32_t n);   // its bytes

void translate_put_length(translation *x, uint32_t list);
void translate_put_call(translation *x, uint32_t n);
void translate_put_method(translation *x, uint32_t n);    // of a list, as a statement
bool translate_is_named_list(translation *x, uint32_t n); // that the target knows by its name

// What a declaration begins with.
void translate_put_type(translation *x, translate_type type, bool constant);

// The first line of a loop, and what its body begins with.
void translate_put_for(translation *x, uint32_t n, size_t depth);

typedef struct translate_pair {
    python_span sign;
    uint32_t left, right;
} translate_pair;
void translate_put_pair(translation *x, const translate_pair *p, int level);

#endif
