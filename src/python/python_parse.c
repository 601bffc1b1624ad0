#include "python/python.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "os/clock.h"
#include "python/python_memory.h"

#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_python(void);

#define ERROR_SYMBOL UINT16_MAX // tree-sitter's own, in every grammar

// Memory for a text: the parser's own, and some 130 bytes a byte for ordinary source.
#define MEMORY_BASE ((size_t)16 << 20)
#define MEMORY_BYTE 512
#define MEMORY_MAX ((size_t)256 << 20)

struct python_parser {
    python_limits limits;
    TSParser *native; // NULL after it was dropped; made again when it is needed
    python_memory memory;
    uint32_t *open; // [limits.depth]: nodes that are not complete; owned
    uint8_t *kind;  // [symbols]: python_kind of the grammar's symbol; owned
    uint8_t *field; // [fields]: python_field of the grammar's field; owned
};

bool python_available(void) {
    return true;
}

#define WORD(name, word) word,
static uint8_t kind_of(const TSLanguage *language, TSSymbol symbol) {
    static const char *const words[] = {PYTHON_KIND_MAP(WORD)};
    if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) return PYTHON_TOKEN;
    const char *word = ts_language_symbol_name(language, symbol);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0) return (uint8_t)i;
    return PYTHON_OTHER;
}

static uint8_t field_of(const TSLanguage *language, TSFieldId id) {
    static const char *const words[] = {"", PYTHON_FIELD_MAP(WORD)};
    const char *word = ts_language_field_name_for_id(language, id);
    for (size_t i = 1; word && i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0) return (uint8_t)i;
    return PYTHON_FIELD_NONE;
}
#undef WORD

static axl_status fill(python_parser *p, axl_error *err) {
    const TSLanguage *language = tree_sitter_python();
    const uint32_t version = ts_language_version(language);
    RETURN_IF(version < TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION ||
                  version > TREE_SITTER_LANGUAGE_VERSION,
              err, AXL_UNSUPPORTED, "libtree-sitter does not take the Python grammar's version %u",
              version);
    const uint32_t symbols = ts_language_symbol_count(language);
    const uint32_t fields = ts_language_field_count(language) + 1; // their numbers begin at 1
    p->kind = mem_alloc(symbols);
    p->field = mem_alloc(fields);
    p->open = mem_alloc_array(p->limits.depth, sizeof *p->open);
    if (!p->kind || !p->field || !p->open) return error_no_memory(err, "a parser", symbols);
    for (uint32_t i = 0; i < symbols; i++) p->kind[i] = kind_of(language, (TSSymbol)i);
    for (uint32_t i = 0; i < fields; i++) p->field[i] = field_of(language, (TSFieldId)i);
    return AXL_OK;
}

axl_status python_open(python_parser **out, const python_limits *limits, axl_error *err) {
    *out = NULL;
    python_memory_install();
    python_parser *p = mem_zalloc(sizeof *p);
    if (!p) return error_no_memory(err, "a parser", sizeof *p);
    if (limits) p->limits = *limits;
    if (p->limits.bytes == 0) p->limits.bytes = PYTHON_BYTES;
    if (p->limits.bytes > PYTHON_BYTES_MAX) p->limits.bytes = PYTHON_BYTES_MAX;
    if (p->limits.depth == 0) p->limits.depth = PYTHON_DEPTH;
    if (p->limits.seconds <= 0) p->limits.seconds = PYTHON_SECONDS;
    const axl_status status = fill(p, err);
    if (status == AXL_OK)
        *out = p;
    else
        python_close(p);
    return status;
}

void python_close(python_parser *p) {
    if (!p) return;
    python_memory_drop(&p->memory);
    mem_free(p->open);
    mem_free(p->kind);
    mem_free(p->field);
    mem_free(p);
}

// One text, while tree-sitter is at work on it.
typedef struct parse {
    python_parser *p;
    python_tree *to;
    size_t capacity; // of to->node
    size_t depth;    // nodes in p->open
    axl_status status;
    axl_error *err;
} parse;

// tree-sitter's own time limit goes by the wall clock, so that a busy machine would change results.
// If it strikes before the thread worked as long as it may, we begin anew with twice the time: to
// go on where it was can give another tree where the text has errors. The language is set each time
// because this makes the grammar's scanner anew: resetting the parser leaves it inside of the
// f-string that it was in.
static axl_status make_tree(parse *a, TSTree **out) {
    python_parser *p = a->p;
    if (!p->native) p->native = ts_parser_new();
    uint64_t start;
    double wall = p->limits.seconds;
    do {
        start = os_thread_ns();
        ts_parser_set_language(p->native, tree_sitter_python()); // fill saw to it that it can
        ts_parser_set_timeout_micros(p->native, wall < 1e-6 ? 1 : (uint64_t)(wall * 1e6));
        *out = ts_parser_parse_string(p->native, NULL, a->to->text, (uint32_t)a->to->bytes);
        if (*out) return AXL_OK;
        wall *= 2;
    } while ((double)(os_thread_ns() - start) * 1e-9 < p->limits.seconds * 0.99);
    ts_parser_reset(p->native);
    return error_set(a->err, AXL_TOO_LARGE, "Python source that took more than %g s to read",
                     p->limits.seconds);
}

static axl_status make_room(parse *a) {
    python_tree *t = a->to;
    RETURN_IF(t->count >= PYTHON_NODES_MAX, a->err, AXL_TOO_LARGE,
              "Python source of more than %zu parts", PYTHON_NODES_MAX);
    if (t->count < a->capacity) return AXL_OK;
    const size_t capacity = a->capacity ? a->capacity * 2 : 256;
    python_node *node = mem_resize_array(t->node, capacity, sizeof *node);
    if (!node) return error_no_memory(a->err, "a tree", capacity * sizeof *node);
    t->node = node;
    a->capacity = capacity;
    return AXL_OK;
}

static axl_status add_node(parse *a, const TSTreeCursor *cursor) {
    python_tree *t = a->to;
    const python_parser *p = a->p;
    RETURN_IF(a->depth >= p->limits.depth, a->err, AXL_TOO_LARGE,
              "Python source nested more than %zu deep", p->limits.depth);
    FORWARD(make_room(a));
    const TSNode n = ts_tree_cursor_current_node(cursor);
    const TSSymbol symbol = ts_node_symbol(n);
    // All bytes, the unused ones too, so that equal trees are equal in memory.
    memset(&t->node[t->count], 0, sizeof t->node[t->count]);
    python_node *to = &t->node[t->count];
    to->begin = ts_node_start_byte(n);
    to->end = ts_node_end_byte(n);
    to->line = ts_node_start_point(n).row + 1;
    to->parent = a->depth ? p->open[a->depth - 1] : PYTHON_NONE;
    to->symbol = symbol;
    to->kind = symbol == ERROR_SYMBOL ? (uint8_t)PYTHON_ERROR : p->kind[symbol];
    to->field = p->field[ts_tree_cursor_current_field_id(cursor)];
    to->named = ts_node_is_named(n);
    to->missing = ts_node_is_missing(n);
    p->open[a->depth++] = (uint32_t)t->count++;
    return AXL_OK;
}

static void close_node(parse *a) {
    a->to->node[a->p->open[--a->depth]].past = (uint32_t)a->to->count;
}

// The tree as a list, in one walk without recursion.
static axl_status flatten(parse *a, TSTreeCursor *cursor) {
    for (;;) {
        FORWARD(add_node(a, cursor));
        if (ts_tree_cursor_goto_first_child(cursor)) continue;
        close_node(a);
        while (!ts_tree_cursor_goto_next_sibling(cursor)) {
            if (!ts_tree_cursor_goto_parent(cursor)) return AXL_OK;
            close_node(a);
        }
    }
}

static void run(void *ctx) {
    parse *a = ctx;
    TSTree *tree;
    a->status = make_tree(a, &tree);
    if (a->status != AXL_OK) return;
    const TSNode root = ts_tree_root_node(tree);
    a->to->broken = ts_node_has_error(root);
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    a->status = flatten(a, &cursor);
    ts_tree_cursor_delete(&cursor);
    ts_tree_delete(tree);
}

axl_status python_parse(python_parser *p, const char *text, size_t bytes, python_tree *out,
                        axl_error *err) {
    *out = (python_tree){.text = text, .bytes = bytes};
    RETURN_IF(bytes > p->limits.bytes, err, AXL_TOO_LARGE, "Python source of %zu bytes", bytes);
    parse a = {.p = p, .to = out, .status = AXL_OK, .err = err};
    p->memory.limit = size_min(MEMORY_BASE + MEMORY_BYTE * bytes, MEMORY_MAX);
    axl_status status = python_memory_run(&p->memory, run, &a, err);
    if (status != AXL_OK) p->native = NULL; // it went with the memory
    if (status == AXL_OK) status = a.status;
    if (status != AXL_OK) python_tree_free(out);
    return status;
}

const char *python_word(const python_node *node) {
    const char *word = ts_language_symbol_name(tree_sitter_python(), node->symbol);
    return word ? word : "";
}
