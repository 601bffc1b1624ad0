// Docs: a function without its docstring, and the docstring.
#include "tasks/task_unit.h"

#include <ctype.h>
#include <string.h>

#define DOCSTRING_MIN 15
#define DOCSTRING_MAX 400

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The text as a reader sees it: lines without the indentation that they share, no blanks at the
// ends.
static void clean(buf *to, python_span s) {
    size_t shared = SIZE_MAX;
    const char *end = s.text + s.bytes;
    const char *first = memchr(s.text, '\n', s.bytes);
    for (const char *line = first ? first + 1 : end; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *past = newline ? newline : end, *at = line;
        while (at < past && (*at == ' ' || *at == '\t')) at++;
        if (at < past && (size_t)(at - line) < shared) shared = (size_t)(at - line);
        line = past + 1;
    }
    const char *at = s.text;
    while (at < end && isspace((unsigned char)*at)) at++;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *past = newline ? newline : end, *stop = past;
        while (stop > at && isspace((unsigned char)stop[-1])) stop--;
        buf_append(to, at, (size_t)(stop - at));
        if (!newline) break;
        buf_byte(to, '\n');
        at = past + 1;
        for (size_t i = 0; i < shared && at < end && (*at == ' ' || *at == '\t'); i++) at++;
    }
    while (to->size > 0 && isspace((unsigned char)to->data[to->size - 1]))
        buf_truncate(to, to->size - 1);
}

// The word at the start is one that says what a function does: "Return", "returns", "Check".
static bool begins_with_verb(python_span s) {
    static const char *const verbs[] = {
        "add",      "append",    "apply",    "build",   "call",    "change",  "check",   "clear",
        "close",    "compare",   "compute",  "convert", "copy",    "count",   "create",  "decode",
        "delete",   "determine", "display",  "do",      "encode",  "execute", "extract", "fetch",
        "find",     "format",    "generate", "get",     "give",    "handle",  "insert",  "invoke",
        "is",       "like",      "list",     "load",    "look",    "make",    "map",     "open",
        "parse",    "print",     "process",  "produce", "provide", "put",     "raise",   "read",
        "register", "remove",    "replace",  "report",  "reset",   "return",  "run",     "save",
        "search",   "send",      "set",      "show",    "skip",    "split",   "start",   "stop",
        "store",    "strip",     "take",     "test",    "try",     "update",  "use",     "wait",
        "walk",     "wrap",      "write",    "yield"};
    char word[16] = "";
    size_t n = 0;
    while (n < s.bytes && n + 1 < sizeof word && is_letter(s.text[n])) {
        word[n] = (char)(s.text[n] | 0x20);
        n++;
    }
    word[n] = '\0';
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const size_t bytes = strlen(verbs[i]);
        if (strncmp(word, verbs[i], bytes) != 0) continue;
        const char *rest = word + bytes;
        if (!*rest || strcmp(rest, "s") == 0 || strcmp(rest, "es") == 0) return true;
    }
    return false;
}

static bool has_word(python_span s, python_span word) {
    for (size_t i = 0; i + word.bytes <= s.bytes; i++) {
        if (memcmp(s.text + i, word.text, word.bytes) != 0) continue;
        const char before = i ? s.text[i - 1] : ' ';
        const char after = i + word.bytes < s.bytes ? s.text[i + word.bytes] : ' ';
        if (!isalnum((unsigned char)before) && before != '_' && !isalnum((unsigned char)after) &&
            after != '_')
            return true;
    }
    return false;
}

// English prose that says something about this function: mostly letters, at least three words, and
// a verb at the start or one of the parameters.
static bool is_good(const task_unit *u, python_span s) {
    size_t letters = 0, words = 0;
    if (s.bytes < DOCSTRING_MIN || s.bytes > DOCSTRING_MAX) return false;
    for (size_t i = 0; i < s.bytes; i++) {
        if ((unsigned char)s.text[i] >= 0x80 || s.text[i] == '\\') return false;
        letters += is_letter(s.text[i]) || s.text[i] == ' ';
        words += is_letter(s.text[i]) && (i == 0 || s.text[i - 1] == ' ' || s.text[i - 1] == '\n');
    }
    if (words < 3 || letters * 4 < s.bytes * 3) return false;
    if (begins_with_verb(s)) return true;
    uint32_t name[16];
    const size_t count = python_parameter_names(&u->tree, u->def.parameters, name, 16);
    for (size_t i = 0; i < count; i++)
        if (!python_reads(&u->tree, name[i], "self") &&
            has_word(s, python_span_of(&u->tree, name[i])))
            return true;
    return false;
}

// Appends the function without the lines of its docstring.
static void cut_docstring(buf *to, const task_unit *u) {
    const python_node *n = &u->tree.node[u->def.docstring];
    size_t begin = n->begin, end = n->end;
    while (begin > 0 && u->text.data[begin - 1] != '\n') begin--;
    while (end < u->text.size && u->text.data[end] != '\n') end++;
    if (end < u->text.size) end++;
    const task_edit cut = {begin, end, {"", 0}};
    task_apply(to, task_span(&u->text), &cut, 1);
}

// The docstring must stand alone in its lines, and not be all that the function has.
static bool stands_alone(const task_unit *u) {
    const uint32_t doc = u->def.docstring;
    if (doc == PYTHON_NONE || python_indent(&u->tree, doc) == SIZE_MAX) return false;
    if (python_parts(&u->tree, u->def.body) < 2) return false;
    const char *after = u->text.data + u->tree.node[doc].end;
    return *after == '\n';
}

static axl_status visit(void *ctx, task_file *f, const task_unit *u, axl_error *err) {
    (void)ctx;
    (void)err;
    if (!stands_alone(u)) return AXL_OK;
    buf doc = {0}, code = {0};
    clean(&doc, python_docstring_text(&u->tree, u->def.docstring));
    if (buf_ok(&doc) && is_good(u, task_span(&doc))) {
        cut_docstring(&code, u);
        if (task_valid(f, &code)) {
            buf *to = &f->pairs.text;
            task_begin(&f->pairs, u->method ? "method" : "function", u->line);
            buf_text(to, "Code:\n");
            task_put(to, task_span(&code));
            buf_text(to, "Docstring:");
            task_answer(&f->pairs);
            buf_text(to, "\n");
            task_put(to, task_span(&doc));
            buf_text(to, "\n");
            task_done(&f->pairs);
        }
    }
    if (!buf_ok(&doc) || !buf_ok(&code)) f->pairs.failed = true;
    buf_free(&doc);
    buf_free(&code);
    return AXL_OK;
}

axl_status task_make_docs(task_file *f, axl_error *err) {
    return task_each_unit(f, f->pairs.longest + DOCSTRING_MAX, visit, NULL, err);
}
