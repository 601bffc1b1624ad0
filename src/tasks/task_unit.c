#include "tasks/task_unit.h"

#include "base/alloc.h"
#include "base/error.h"

#include <string.h>

// The start of the line of a place, and the place behind its newline.
static size_t line_start(python_span text, size_t at) {
    while (at > 0 && text.text[at - 1] != '\n') at--;
    return at;
}

static size_t line_past(python_span text, size_t at) {
    const char *newline = at < text.bytes ? memchr(text.text + at, '\n', text.bytes - at) : NULL;
    return newline ? (size_t)(newline - text.text) + 1 : text.bytes;
}

uint32_t task_line_of(python_span text, size_t at) {
    uint32_t line = 1;
    for (size_t i = 0; i < at && i < text.bytes; i++) line += text.text[i] == '\n';
    return line;
}

python_span task_line_text(python_span text, uint32_t line) {
    size_t at = 0;
    while (line-- > 1) at = line_past(text, at);
    size_t end = line_past(text, at);
    if (end > at && text.text[end - 1] == '\n') end--;
    return (python_span){text.text + at, end - at};
}

static bool is_blank(python_span line) {
    for (size_t i = 0; i < line.bytes; i++)
        if (!memchr(" \t\r\n\f", line.text[i], 5)) return false;
    return true;
}

void task_indent(buf *to, python_span lines, python_span blanks) {
    for (size_t at = 0; at < lines.bytes;) {
        const size_t past = line_past(lines, at);
        const python_span line = {lines.text + at, past - at};
        if (!is_blank(line)) task_put(to, blanks);
        task_put(to, line);
        at = past;
    }
}

bool task_dedent(buf *to, python_span lines, size_t blanks) {
    for (size_t at = 0; at < lines.bytes;) {
        const size_t past = line_past(lines, at);
        const python_span line = {lines.text + at, past - at};
        if (is_blank(line)) {
            buf_text(to, "\n");
        } else {
            if (line.bytes < blanks || !is_blank((python_span){line.text, blanks})) return false;
            buf_append(to, line.text + blanks, line.bytes - blanks);
        }
        at = past;
    }
    return true;
}

void task_apply(buf *to, python_span text, const task_edit *edits, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        buf_append(to, text.text + at, edits[i].begin - at);
        task_put(to, edits[i].with);
        at = edits[i].end;
    }
    buf_append(to, text.text + at, text.bytes - at);
}

bool task_valid(task_file *f, const buf *text) {
    bool valid;
    const axl_status status = python_valid(f->parser, buf_string(text), text->size, &valid, NULL);
    if (status == AXL_NO_MEMORY || !buf_ok(text)) f->pairs.failed = true;
    return status == AXL_OK && buf_ok(text) && valid;
}

// The first function of the text; decorators before it belong to it.
static bool find_definition(task_unit *u) {
    uint32_t n = python_part(&u->tree, 0, 0);
    if (python_kind_of(&u->tree, n) == PYTHON_DECORATED)
        n = python_child(&u->tree, n, PYTHON_FIELD_DEFINITION);
    return python_definition_at(&u->tree, n, &u->def) && !u->def.is_class &&
           python_parts(&u->tree, 0) == 1;
}

static axl_status visit_unit(task_file *f, const python_definition *d, task_unit *u,
                             axl_error *err) {
    const python_tree *t = &f->tree;
    const size_t indent = python_indent(t, d->whole);
    if (indent == SIZE_MAX) return AXL_NOT_FOUND;
    const python_span whole = {t->text, t->bytes};
    const size_t begin = line_start(whole, t->node[d->whole].begin);
    const python_span lines = {t->text + begin, t->node[d->whole].end - begin};
    if (!task_dedent(&u->text, lines, indent)) return AXL_NOT_FOUND;
    if (u->text.size == 0 || u->text.data[u->text.size - 1] != '\n') buf_byte(&u->text, '\n');
    if (!buf_ok(&u->text)) return error_no_memory(err, "a function", lines.bytes);
    if (memchr(u->text.data, '\r', u->text.size)) return AXL_NOT_FOUND;
    u->line = t->node[d->whole].line;
    u->method = python_kind_of(t, python_parent(t, python_parent(t, d->whole))) == PYTHON_CLASS;
    const axl_status status = python_parse(f->parser, u->text.data, u->text.size, &u->tree, err);
    if (status == AXL_TOO_LARGE) return AXL_NOT_FOUND;
    if (status != AXL_OK) return status;
    return python_tree_valid(&u->tree) && find_definition(u) ? AXL_OK : AXL_NOT_FOUND;
}

axl_status task_each_unit(task_file *f, size_t longest, task_unit_visit *visit, void *ctx,
                          axl_error *err) {
    const python_tree *t = &f->tree;
    for (uint32_t n = 0; n < t->count;) {
        python_definition d;
        if (!python_definition_at(t, n, &d) || d.is_class) {
            n++;
            continue;
        }
        n = t->node[n].past; // functions inside of it are parts of it
        if (t->node[d.whole].end - t->node[d.whole].begin > longest) {
            f->pairs.too_long++;
            continue;
        }
        task_unit u = {.line = 0};
        axl_status status = visit_unit(f, &d, &u, err);
        if (status == AXL_OK) {
            f->pairs.source = task_hash(u.text.data, u.text.size);
            status = visit(ctx, f, &u, err);
        }
        python_tree_free(&u.tree);
        buf_free(&u.text);
        if (status != AXL_OK && status != AXL_NOT_FOUND) return status;
    }
    return AXL_OK;
}
