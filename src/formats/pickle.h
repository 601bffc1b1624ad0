// The part of Python's pickle that files of tensors need, read as plain data.
//
// Nothing is ever called and no name is looked up: a global is one of a short list of symbols, and
// calling one only makes a record of symbol and arguments, for the caller to judge. Every operand's
// kind is checked. All that is built lies in one block, whose size follows from the length of the
// text, so that no text builds more than a small multiple of itself.
#ifndef FORMATS_PICKLE_H
#define FORMATS_PICKLE_H

#include "base/arena.h"
#include "base/buf.h"
#include <axl/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICKLE_MAX ((size_t)64 << 20) // bytes of a text
#define PICKLE_STACK ((size_t)8192)   // values on the stack
#define PICKLE_MARKS ((size_t)64)     // marks on the stack

typedef enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_REAL,
    PICKLE_TEXT,
    PICKLE_LIST,
    PICKLE_TUPLE,
    PICKLE_DICT, // also collections.OrderedDict
    PICKLE_SYMBOL,
    PICKLE_CALL,       // symbol and a tuple
    PICKLE_PERSISTENT, // an object outside of the text, by its id
} pickle_kind;

// X(name, module, name in Python)
#define PICKLE_SYMBOLS(X)                                                                          \
    X(ORDERED_DICT, "collections", "OrderedDict")                                                  \
    X(REBUILD_TENSOR, "torch._utils", "_rebuild_tensor_v2")                                        \
    X(REBUILD_PARAMETER, "torch._utils", "_rebuild_parameter")                                     \
    X(FLOAT_STORAGE, "torch", "FloatStorage")                                                      \
    X(HALF_STORAGE, "torch", "HalfStorage")                                                        \
    X(BFLOAT16_STORAGE, "torch", "BFloat16Storage")                                                \
    X(DOUBLE_STORAGE, "torch", "DoubleStorage")                                                    \
    X(CHAR_STORAGE, "torch", "CharStorage")                                                        \
    X(BYTE_STORAGE, "torch", "ByteStorage")                                                        \
    X(SHORT_STORAGE, "torch", "ShortStorage")                                                      \
    X(INT_STORAGE, "torch", "IntStorage")                                                          \
    X(LONG_STORAGE, "torch", "LongStorage")                                                        \
    X(BOOL_STORAGE, "torch", "BoolStorage")

typedef enum pickle_symbol {
#define PICKLE_SYMBOL_ENUM(name, module, python) PICKLE_##name,
    PICKLE_SYMBOLS(PICKLE_SYMBOL_ENUM)
#undef PICKLE_SYMBOL_ENUM
        PICKLE_SYMBOL_COUNT
} pickle_symbol;

typedef struct pickle_value pickle_value;

// An item of a list, or a member of a dict; the last one's next is the first one.
typedef struct pickle_cell {
    const pickle_value *key; // of a dict
    const pickle_value *value;
    struct pickle_cell *next;
} pickle_cell;

// Read the field of the kind. Lists and dicts may hold themselves: walk them with a limit.
struct pickle_value {
    uint8_t kind;   // pickle_kind
    uint8_t symbol; // pickle_symbol, of SYMBOL and CALL
    uint32_t count; // items of lists, tuples and dicts; bytes of a text
    union {
        bool truth;
        int64_t number;
        double real;
        const char *text; // UTF-8, terminated, without a zero byte inside
        pickle_cell *last;
        const pickle_value **item;  // of a tuple
        const pickle_value *inside; // of CALL the tuple of arguments, of PERSISTENT the id
    } of;
};

// Judges a call or a persistent id as it is read; says why it is refused, or returns NULL.
typedef const char *pickle_judge(void *ctx, const pickle_value *v);

typedef struct pickle_text {
    const char *what; // names it in messages: a path
    char *text;       // [bytes]; strings are terminated inside of it
    size_t bytes;
    uint64_t origin; // offset of text[0] in the file
    pickle_judge *judge;
    void *ctx;
} pickle_text;

// Reads the whole text. The values lie in `memory`, which the caller frees, also after a failure,
// and borrow the text.
axl_status pickle_read(const pickle_text *t, arena *memory, const pickle_value **out,
                       axl_error *err);

// The first value of that key (a text), or NULL, also where dict is NULL or no dict.
const pickle_value *pickle_find(const pickle_value *dict, const char *key);

// Item i of a tuple, or NULL.
const pickle_value *pickle_item(const pickle_value *tuple, size_t i);

// ---- writing, protocol 2 ------------------------------------------------------------------------

void pickle_put_begin(buf *out);
void pickle_put_end(buf *out);
void pickle_put_byte(buf *out, char op);
void pickle_put_text(buf *out, const char *text, size_t bytes);
void pickle_put_number(buf *out, uint64_t value); // below 2^63
void pickle_put_real(buf *out, double value);
void pickle_put_symbol(buf *out, pickle_symbol symbol);

// The codes that have no operands, for pickle_put_byte.
#define PICKLE_OP_MARK '('
#define PICKLE_OP_EMPTY_DICT '}'
#define PICKLE_OP_EMPTY_LIST ']'
#define PICKLE_OP_EMPTY_TUPLE ')'
#define PICKLE_OP_SETITEM 's'
#define PICKLE_OP_SETITEMS 'u'
#define PICKLE_OP_APPENDS 'e'
#define PICKLE_OP_TUPLE 't'
#define PICKLE_OP_REDUCE 'R'
#define PICKLE_OP_PERSISTENT 'Q'
#define PICKLE_OP_FALSE '\x89'

#endif
