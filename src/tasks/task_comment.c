// Comment: a few lines of code, and the same lines with the comment that stood above them.
#include "tasks/task_unit.h"

#include <ctype.h>
#include <string.h>

#define LINES_MAX 6
#define COMMENT_MIN 12
#define COMMENT_MAX 160

static python_span rest_of_line(python_span text, size_t at) {
    size_t end = at;
    while (end < text.bytes && text.text[end] != '\n') end++;
    return (python_span){text.text + at, end - at};
}

static size_t blanks_of(python_span line) {
    size_t n = 0;
    while (n < line.bytes && (line.text[n] == ' ' || line.text[n] == '\t')) n++;
    return n;
}

// What is no remark on the code below it: marks of work, licences, settings of tools.
static bool is_notice(python_span s) {
    static const char *const words[] = {
        "ODO",    "IXME",  "XX",   "ACK:",    "opyright", "icense", "-*-", "noqa", "pragma",
        "pylint", "type:", "mypy", "coding:", "http:",    "https:", "!/",  "$Id",  "@"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t bytes = strlen(words[i]);
        for (size_t k = 0; k + bytes <= s.bytes; k++)
            if (memcmp(s.text + k, words[i], bytes) == 0) return true;
    }
    return false;
}

// Prose: letters mostly, at least three words, and nothing that Python would take for a program.
static bool is_remark(task_file *f, python_span s) {
    size_t letters = 0, words = 0;
    if (s.bytes < COMMENT_MIN || s.bytes > COMMENT_MAX || is_notice(s)) return false;
    for (size_t i = 0; i < s.bytes; i++) {
        const unsigned char c = (unsigned char)s.text[i];
        if (c >= 0x80 || c < ' ') return false;
        letters += isalpha(c) || c == ' ';
        words += isalpha(c) && (i == 0 || s.text[i - 1] == ' ');
    }
    if (words < 3 || letters * 4 < s.bytes * 3) return false;
    bool valid = false;
    const axl_status status = python_valid(f->parser, s.text, s.bytes, &valid, NULL);
    if (status == AXL_NO_MEMORY) f->pairs.failed = true;
    return status == AXL_OK && !valid;
}

// The lines behind the comment that belong together: no blank one, none further out, no comment.
static size_t block_end(python_span text, size_t at, size_t indent) {
    size_t lines = 0;
    while (at < text.bytes && lines < LINES_MAX) {
        const python_span line = rest_of_line(text, at);
        const size_t blanks = blanks_of(line);
        if (blanks == line.bytes || blanks < indent || line.text[blanks] == '#') break;
        if (lines == 0 && blanks != indent) break;
        at += line.bytes + (at + line.bytes < text.bytes);
        lines++;
    }
    return at;
}

static void put_pair(task_file *f, uint32_t line, python_span remark, const buf *code) {
    buf *to = &f->pairs.text;
    f->pairs.source = task_hash(code->data, code->size);
    task_begin(&f->pairs, "above", line);
    buf_text(to, "Code:\n");
    task_put(to, task_span(code));
    buf_text(to, "Commented:");
    task_answer(&f->pairs);
    buf_text(to, "\n# ");
    task_put(to, remark);
    buf_text(to, "\n");
    task_put(to, task_span(code));
    task_done(&f->pairs);
}

// One comment that is a line by itself, no other one above or below it.
static void try_comment(task_file *f, uint32_t n) {
    const python_tree *t = &f->tree;
    const python_span text = {t->text, t->bytes};
    const size_t indent = python_indent(t, n);
    if (indent == SIZE_MAX || n == 0) return;
    const python_node *node = &t->node[n];
    const uint32_t next = python_next(t, n);
    if (python_kind_of(t, n - 1) == PYTHON_COMMENT && t->node[n - 1].line + 1 == node->line) return;
    if (python_kind_of(t, next) == PYTHON_COMMENT && t->node[next].line == node->line + 1) return;
    python_span remark = python_span_of(t, n);
    while (remark.bytes > 0 && (*remark.text == '#' || *remark.text == ' '))
        remark = (python_span){remark.text + 1, remark.bytes - 1};
    while (remark.bytes > 0 && isspace((unsigned char)remark.text[remark.bytes - 1]))
        remark.bytes--;
    if (!is_remark(f, remark)) return;
    const size_t begin = node->end + 1;
    if (begin >= text.bytes) return;
    const size_t end = block_end(text, begin, indent);
    buf code = {0};
    const python_span lines = {text.text + begin, end - begin};
    if (end > begin && task_dedent(&code, lines, indent) &&
        !memchr(lines.text, '\r', lines.bytes)) {
        if (buf_ok(&code) && code.data[code.size - 1] != '\n') buf_byte(&code, '\n');
        if (task_valid(f, &code)) put_pair(f, node->line, remark, &code);
    }
    if (!buf_ok(&code)) f->pairs.failed = true;
    buf_free(&code);
}

axl_status task_make_comment(task_file *f, axl_error *err) {
    (void)err;
    for (uint32_t n = 0; n < f->tree.count; n++)
        if (f->tree.node[n].kind == PYTHON_COMMENT) try_comment(f, n);
    return AXL_OK;
}
