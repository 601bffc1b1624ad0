#include "formats/pickle_parts.h"

#include "base/cursor.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/utf8.h"

#include <string.h>

// All that is built may take this and three times the text: of a file with tensors every name and
// shape makes about twice its own bytes.
#define MEMORY_BASE ((size_t)512 << 10)
#define MEMORY_FACTOR 3

#define LINE_MAX_BYTES ((size_t)64) // of a module or a name; those of the list are shorter

typedef struct machine {
    const pickle_text *t;
    cursor c;
    arena *memory;
    const pickle_value **stack; // [PICKLE_STACK], in memory
    size_t depth;
    size_t mark[PICKLE_MARKS]; // depths
    size_t marks;
    const pickle_value **memo; // [memo_room], in memory
    size_t memos, memo_room;
    const char *why; // why the text is refused; NULL: it is not
} machine;

// ---- memory, stack and memo: each says with m->why what is wrong
// ---------------------------------

static void refuse(machine *m, const char *why) {
    if (!m->why) m->why = why;
}

static void *take_memory(machine *m, size_t count, size_t size) {
    void *block = arena_alloc_array(m->memory, count, size, sizeof(void *));
    if (!block) refuse(m, "builds more than a text of its length may");
    return block;
}

static pickle_value *make(machine *m, pickle_kind kind) {
    pickle_value *v = take_memory(m, 1, sizeof *v);
    if (v) v->kind = (uint8_t)kind;
    return v;
}

static void push(machine *m, const pickle_value *v) {
    if (!v) return; // there was no memory for it
    if (m->depth == PICKLE_STACK) {
        refuse(m, "too many values on the stack");
        return;
    }
    m->stack[m->depth++] = v;
}

// Values above the last mark, or all.
static size_t above_mark(const machine *m) {
    return m->depth - (m->marks > 0 ? m->mark[m->marks - 1] : 0);
}

// Takes `count` values off and returns the first of them, which stay until the next push.
static const pickle_value **pop(machine *m, size_t count) {
    if (above_mark(m) < count) {
        refuse(m, "the stack has too few values");
        return NULL;
    }
    m->depth -= count;
    return m->stack + m->depth;
}

static const pickle_value *top(machine *m) {
    if (above_mark(m) == 0) {
        refuse(m, "the stack is empty");
        return NULL;
    }
    return m->stack[m->depth - 1];
}

// Takes all values above the last mark off, and the mark.
static const pickle_value **pop_mark(machine *m, size_t *count) {
    *count = 0;
    if (m->marks == 0) {
        refuse(m, "there is no mark");
        return NULL;
    }
    const size_t depth = m->mark[--m->marks];
    *count = m->depth - depth;
    m->depth = depth;
    return m->stack + depth;
}

static void put_mark(machine *m) {
    if (m->marks == PICKLE_MARKS) {
        refuse(m, "nested too deep");
        return;
    }
    m->mark[m->marks++] = m->depth;
}

static void put_memo(machine *m, uint64_t index) {
    const pickle_value *v = top(m);
    if (!v) return;
    if (index > m->memos) {
        refuse(m, "a memo out of order");
        return;
    }
    if (m->memos == m->memo_room) {
        const size_t room = m->memo_room ? 2 * m->memo_room : 256;
        const pickle_value **more = take_memory(m, room, sizeof *more);
        if (!more) return;
        if (m->memos > 0) memcpy(more, m->memo, m->memos * sizeof *more);
        m->memo = more;
        m->memo_room = room;
    }
    m->memo[index] = v;
    if (index == m->memos) m->memos++;
}

static void get_memo(machine *m, uint64_t index) {
    if (index >= m->memos) {
        refuse(m, "a memo that is not there");
        return;
    }
    push(m, m->memo[index]);
}

// ---- values -------------------------------------------------------------------------------------

static void push_number(machine *m, int64_t number) {
    pickle_value *v = make(m, PICKLE_INT);
    if (v) v->of.number = number;
    push(m, v);
}

static void push_bool(machine *m, bool truth) {
    pickle_value *v = make(m, PICKLE_BOOL);
    if (v) v->of.truth = truth;
    push(m, v);
}

static void push_real(machine *m) {
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | cursor_u8(&m->c);
    pickle_value *v = make(m, PICKLE_REAL);
    if (v) memcpy(&v->of.real, &bits, sizeof bits);
    push(m, v);
}

// A number of so many bytes with a sign, little-endian.
static void push_long(machine *m) {
    const size_t bytes = cursor_u8(&m->c);
    const uint8_t *from = cursor_bytes(&m->c, bytes);
    if (!from) return;
    if (bytes > 8) {
        refuse(m, "a number of more than 64 bits");
        return;
    }
    uint64_t value = bytes > 0 && from[bytes - 1] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = bytes; i-- > 0;) value = value << 8 | from[i];
    push_number(m, (int64_t)value);
}

static void push_text(machine *m, uint64_t bytes) {
    const size_t at = m->c.at;
    if (!cursor_ok(&m->c) || bytes > cursor_left(&m->c)) {
        refuse(m, "a string that is cut off");
        return;
    }
    const char *from = cursor_bytes(&m->c, (size_t)bytes);
    if (memchr(from, '\0', (size_t)bytes) || !utf8_valid(from, (size_t)bytes)) {
        refuse(m, "a string that is not UTF-8, or has a zero byte");
        return;
    }
    // Over the last byte of its length, to make room for its terminator.
    char *to = m->t->text + at - 1;
    memmove(to, from, (size_t)bytes);
    to[bytes] = '\0';
    pickle_value *v = make(m, PICKLE_TEXT);
    if (v) {
        v->count = (uint32_t)bytes; // a whole text has fewer than PICKLE_MAX
        v->of.text = to;
    }
    push(m, v);
}

static void push_tuple(machine *m, const pickle_value **items, size_t count) {
    if (!items) return;
    pickle_value *v = make(m, PICKLE_TUPLE);
    if (v) {
        v->count = (uint32_t)count;
        v->of.item = take_memory(m, count, sizeof *v->of.item);
        if (v->of.item && count > 0) memcpy(v->of.item, items, count * sizeof *items);
    }
    push(m, v);
}

// Appends to a list (key NULL) or dict, whose values this file made and may change.
static void append(machine *m, const pickle_value *to, const pickle_value *key,
                   const pickle_value *value) {
    pickle_value *v = (pickle_value *)(uintptr_t)to;
    pickle_cell *cell = take_memory(m, 1, sizeof *cell);
    if (!cell) return;
    *cell = (pickle_cell){.key = key, .value = value, .next = cell};
    if (v->count > 0) {
        cell->next = v->of.last->next;
        v->of.last->next = cell;
    }
    v->of.last = cell;
    v->count++;
}

static void append_all(machine *m, const pickle_value **items, size_t count) {
    const pickle_value *list = top(m);
    if (!list || !items) return;
    if (list->kind != PICKLE_LIST) refuse(m, "appends to what is no list");
    for (size_t i = 0; i < count && !m->why; i++) append(m, list, NULL, items[i]);
}

static void set_all(machine *m, const pickle_value **items, size_t count) {
    const pickle_value *dict = top(m);
    if (!dict || !items) return;
    if (dict->kind != PICKLE_DICT) refuse(m, "sets a member of what is no dict");
    if (count % 2 != 0) refuse(m, "a key without a value");
    for (size_t i = 0; i < count && !m->why; i += 2) {
        const uint8_t kind = items[i]->kind;
        if (kind != PICKLE_TEXT && kind != PICKLE_INT) refuse(m, "a key that is no string or int");
        if (!m->why) append(m, dict, items[i], items[i + 1]);
    }
}

// ---- symbols, calls and what lies outside
// --------------------------------------------------------

static void push_symbol(machine *m, const char *module, const char *name) {
    for (size_t i = 0; i < PICKLE_SYMBOL_COUNT; i++) {
        if (strcmp(pickle_names[i].module, module) != 0 || strcmp(pickle_names[i].name, name) != 0)
            continue;
        pickle_value *v = make(m, PICKLE_SYMBOL);
        if (v) v->symbol = (uint8_t)i;
        push(m, v);
        return;
    }
    refuse(m, "names something that files of tensors have no use for");
}

static bool read_line(machine *m, char out[LINE_MAX_BYTES]) {
    for (size_t i = 0; i < LINE_MAX_BYTES; i++) {
        out[i] = (char)cursor_u8(&m->c);
        if (!cursor_ok(&m->c)) return false;
        if (out[i] == '\0') break;
        if (out[i] == '\n') {
            out[i] = '\0';
            return true;
        }
    }
    refuse(m, "names something that files of tensors have no use for");
    return false;
}

static void read_global(machine *m) {
    char module[LINE_MAX_BYTES], name[LINE_MAX_BYTES];
    if (read_line(m, module) && read_line(m, name)) push_symbol(m, module, name);
}

static void stack_global(machine *m) {
    const pickle_value **names = pop(m, 2);
    if (!names) return;
    if (names[0]->kind != PICKLE_TEXT || names[1]->kind != PICKLE_TEXT) {
        refuse(m, "a name that is no string");
    } else {
        push_symbol(m, names[0]->of.text, names[1]->of.text);
    }
}

static void push_judged(machine *m, pickle_kind kind, uint8_t symbol, const pickle_value *inside) {
    pickle_value *v = make(m, kind);
    if (!v) return;
    v->symbol = symbol;
    v->of.inside = inside;
    const char *why = m->t->judge(m->t->ctx, v);
    if (why) refuse(m, why);
    push(m, v);
}

static void call(machine *m) {
    const pickle_value **parts = pop(m, 2);
    if (!parts) return;
    const pickle_value *symbol = parts[0], *arguments = parts[1];
    if (symbol->kind != PICKLE_SYMBOL || arguments->kind != PICKLE_TUPLE) {
        refuse(m, "calls what is no name, or not with a tuple");
    } else if (symbol->symbol != PICKLE_ORDERED_DICT) {
        push_judged(m, PICKLE_CALL, symbol->symbol, arguments);
    } else if (arguments->count > 0) {
        refuse(m, "an OrderedDict with arguments");
    } else {
        push(m, make(m, PICKLE_DICT));
    }
}

static void persistent(machine *m) {
    const pickle_value **id = pop(m, 1);
    if (id) push_judged(m, PICKLE_PERSISTENT, 0, id[0]);
}

// The attributes of an OrderedDict, which say nothing about tensors.
static void build(machine *m) {
    const pickle_value **state = pop(m, 1);
    const pickle_value *object = state ? top(m) : NULL;
    if (object && (object->kind != PICKLE_DICT || state[0]->kind != PICKLE_DICT))
        refuse(m, "sets attributes of what has none");
}

// ---- the codes ----------------------------------------------------------------------------------

static void read_frame(machine *m) {
    const uint64_t bytes = cursor_u64(&m->c);
    if (cursor_ok(&m->c) && bytes > cursor_left(&m->c)) refuse(m, "a frame that is cut off");
}

static void read_protocol(machine *m) {
    const unsigned protocol = cursor_u8(&m->c);
    if (protocol < 2 || protocol > 5) refuse(m, "a protocol that this program does not read");
}

// Codes of numbers and texts; false for others.
static bool run_scalar(machine *m, unsigned code) {
    switch (code) {
    case 'N':
        push(m, make(m, PICKLE_NONE));
        return true;
    case 0x88:
        push_bool(m, true);
        return true;
    case 0x89:
        push_bool(m, false);
        return true;
    case 'J':
        push_number(m, cursor_i32(&m->c));
        return true;
    case 'K':
        push_number(m, cursor_u8(&m->c));
        return true;
    case 'M':
        push_number(m, cursor_u16(&m->c));
        return true;
    case 0x8A:
        push_long(m);
        return true;
    case 'G':
        push_real(m);
        return true;
    case 'X':
        push_text(m, cursor_u32(&m->c));
        return true;
    case 0x8C:
        push_text(m, cursor_u8(&m->c));
        return true;
    case 0x8D:
        push_text(m, cursor_u64(&m->c));
        return true;
    default:
        return false;
    }
}

// Codes that gather values; false for others.
static bool run_container(machine *m, unsigned code) {
    size_t count = 0;
    const pickle_value **items;
    switch (code) {
    case '(':
        put_mark(m);
        return true;
    case ')':
        push_tuple(m, m->stack, 0);
        return true;
    case ']':
        push(m, make(m, PICKLE_LIST));
        return true;
    case '}':
        push(m, make(m, PICKLE_DICT));
        return true;
    case 't':
        items = pop_mark(m, &count);
        push_tuple(m, items, count);
        return true;
    case 0x85:
        push_tuple(m, pop(m, 1), 1);
        return true;
    case 0x86:
        push_tuple(m, pop(m, 2), 2);
        return true;
    case 0x87:
        push_tuple(m, pop(m, 3), 3);
        return true;
    case 'a':
        append_all(m, pop(m, 1), 1);
        return true;
    case 'e':
        items = pop_mark(m, &count);
        append_all(m, items, count);
        return true;
    case 's':
        set_all(m, pop(m, 2), 2);
        return true;
    case 'u':
        items = pop_mark(m, &count);
        set_all(m, items, count);
        return true;
    default:
        return false;
    }
}

static void run_other(machine *m, unsigned code) {
    switch (code) {
    case 0x80:
        read_protocol(m);
        break;
    case 0x95:
        read_frame(m);
        break;
    case 'q':
        put_memo(m, cursor_u8(&m->c));
        break;
    case 'r':
        put_memo(m, cursor_u32(&m->c));
        break;
    case 0x94:
        put_memo(m, m->memos);
        break;
    case 'h':
        get_memo(m, cursor_u8(&m->c));
        break;
    case 'j':
        get_memo(m, cursor_u32(&m->c));
        break;
    case 'c':
        read_global(m);
        break;
    case 0x93:
        stack_global(m);
        break;
    case 'R':
        call(m);
        break;
    case 'b':
        build(m);
        break;
    case 'Q':
        persistent(m);
        break;
    default:
        refuse(m, "a code that files of tensors have no use for");
        break;
    }
}

static axl_status bad(const machine *m, size_t at, const char *why, axl_error *err) {
    return error_set(err, AXL_BAD_FILE, "%s:%llu: the pickle %s", m->t->what,
                     (unsigned long long)(m->t->origin + at), why);
}

static axl_status run(machine *m, const pickle_value **out, axl_error *err) {
    for (;;) {
        const size_t at = m->c.at;
        const unsigned code = cursor_u8(&m->c);
        if (!cursor_ok(&m->c)) return bad(m, at, "is cut off", err);
        if (code == '.') break;
        if (!run_scalar(m, code) && !run_container(m, code)) run_other(m, code);
        if (!cursor_ok(&m->c)) return bad(m, at, "is cut off", err);
        if (m->why) {
            char why[128];
            string_format(why, sizeof why, NULL, "has a fault: %s", m->why);
            return bad(m, at, why, err);
        }
    }
    if (m->depth != 1 || m->marks != 0) return bad(m, m->c.at - 1, "leaves no single value", err);
    if (cursor_left(&m->c) > 0) return bad(m, m->c.at, "goes on behind its end", err);
    *out = m->stack[0];
    return AXL_OK;
}

axl_status pickle_read(const pickle_text *t, arena *memory, const pickle_value **out,
                       axl_error *err) {
    *memory = (arena){0};
    RETURN_IF(t->bytes > PICKLE_MAX, err, AXL_BAD_FILE,
              "%s: a pickle of %zu bytes, the limit is "
              "%zu",
              t->what, t->bytes, PICKLE_MAX);
    machine m = {.t = t, .memory = memory};
    FORWARD(arena_create(memory, MEMORY_BASE + MEMORY_FACTOR * t->bytes, err));
    cursor_init(&m.c, t->text, t->bytes);
    m.stack = take_memory(&m, PICKLE_STACK, sizeof *m.stack);
    if (!m.stack) return error_set(err, AXL_INTERNAL, "%s: no room for the stack", t->what);
    return run(&m, out, err);
}

const pickle_value *pickle_find(const pickle_value *dict, const char *key) {
    if (!dict || dict->kind != PICKLE_DICT || dict->count == 0) return NULL;
    const pickle_cell *cell = dict->of.last;
    for (uint32_t i = 0; i < dict->count; i++) {
        cell = cell->next;
        if (cell->key->kind == PICKLE_TEXT && strcmp(cell->key->of.text, key) == 0)
            return cell->value;
    }
    return NULL;
}

const pickle_value *pickle_item(const pickle_value *tuple, size_t i) {
    return tuple && tuple->kind == PICKLE_TUPLE && i < tuple->count ? tuple->of.item[i] : NULL;
}
