#include "eval/task_file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "data/json_line.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

python_span task_text_trim(python_span s) {
    while (s.bytes > 0 && is_blank(s.text[s.bytes - 1])) s.bytes--;
    for (size_t i = 0; i < s.bytes && is_blank(s.text[i]); i++) {
        if (s.text[i] != '\n') continue;
        s.text += i + 1;
        s.bytes -= i + 1;
        i = (size_t)-1;
    }
    return s;
}

// The first line without blanks at its end; the rest stays in *s.
static python_span take_line(python_span *s) {
    const char *newline = memchr(s->text, '\n', s->bytes);
    python_span line = {s->text, newline ? (size_t)(newline - s->text) : s->bytes};
    const size_t taken = newline ? line.bytes + 1 : line.bytes;
    s->text += taken;
    s->bytes -= taken;
    while (line.bytes > 0 && is_blank(line.text[line.bytes - 1])) line.bytes--;
    return line;
}

bool task_text_same(python_span a, python_span b) {
    a = task_text_trim(a);
    b = task_text_trim(b);
    while (a.bytes > 0 && b.bytes > 0) {
        const python_span x = take_line(&a), y = take_line(&b);
        if (x.bytes != y.bytes || memcmp(x.text, y.text, x.bytes) != 0) return false;
    }
    return a.bytes == 0 && b.bytes == 0;
}

static bool is_title(python_span line) {
    return line.bytes > 1 && line.text[line.bytes - 1] == ':' &&
           !memchr(line.text, ' ', line.bytes) && !memchr(line.text, '\t', line.bytes);
}

// "Code:\n...\nCommented:\n" is what stands between the two titles.
static python_span input_of(python_span prompt) {
    python_span rest = prompt;
    if (is_title(take_line(&rest))) prompt = rest;
    size_t end = prompt.bytes;
    while (end > 0 && is_blank(prompt.text[end - 1])) end--;
    size_t start = end;
    while (start > 0 && prompt.text[start - 1] != '\n') start--;
    if (is_title((python_span){prompt.text + start, end - start})) prompt.bytes = start;
    return prompt;
}

static axl_status add(task_questions *q, const task_question *one, axl_error *err) {
    if (q->count == q->capacity) {
        const size_t capacity = q->capacity ? 2 * q->capacity : 256;
        task_question *grown = mem_resize_array(q->list, capacity, sizeof *grown);
        if (!grown) return error_no_memory(err, "questions", capacity * sizeof *grown);
        q->list = grown;
        q->capacity = capacity;
    }
    q->list[q->count++] = *one;
    return AXL_OK;
}

enum { PROMPT, COMPLETION, KIND, PROJECT, MEMBERS };

static python_span said(const json_wanted *w) {
    return w->text ? (python_span){w->text, w->bytes} : (python_span){"", 0};
}

static axl_status read_lines(task_questions *q, const char *path, size_t bytes, axl_error *err) {
    char *at = q->text, *end = at + bytes;
    for (uint64_t number = 1; at < end; number++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *line = at, *past = newline ? newline : end;
        at = past + 1;
        if (task_text_trim((python_span){line, (size_t)(past - line)}).bytes == 0) continue;
        json_wanted wanted[MEMBERS] = {
            {.name = "prompt"}, {.name = "completion"}, {.name = "kind"}, {.name = "project"}};
        const bool good = json_line_read(line, (size_t)(past - line), wanted, MEMBERS);
        RETURN_IF(!good || !wanted[PROMPT].text || !wanted[COMPLETION].text, err, AXL_BAD_FILE,
                  "%s:%llu: no JSON object with the strings prompt and completion", path,
                  (unsigned long long)number);
        task_question one = {.prompt = {wanted[PROMPT].text, wanted[PROMPT].bytes},
                             .answer = {wanted[COMPLETION].text, wanted[COMPLETION].bytes},
                             .kind = said(&wanted[KIND]),
                             .project = said(&wanted[PROJECT]),
                             .line = number};
        one.input = input_of(one.prompt);
        FORWARD(add(q, &one, err));
    }
    RETURN_IF(q->count == 0, err, AXL_BAD_FILE, "%s: there are no pairs in it", path);
    return AXL_OK;
}

axl_status task_questions_read(task_questions *out, const char *path, axl_error *err) {
    *out = (task_questions){0};
    size_t bytes;
    FORWARD(os_file_read(path, TASK_FILE_BYTES, &out->text, &bytes, err));
    const axl_status status = read_lines(out, path, bytes, err);
    if (status != AXL_OK) task_questions_free(out);
    return status;
}

void task_questions_free(task_questions *q) {
    mem_free(q->list);
    mem_free(q->text);
    mem_free(q->group);
    *q = (task_questions){0};
}

void task_questions_thin(task_questions *q, size_t most) {
    if (most == 0 || most >= q->count) return;
    // Item i comes from a place that is not before it, so none is overwritten too early.
    for (size_t i = 0; i < most; i++)
        q->list[i] = q->list[(size_t)((double)i * (double)q->count / (double)most)];
    q->count = most;
}

// A question by the name of its project.
typedef struct named {
    python_span project;
    size_t at;
} named;

static int by_project(const void *left, const void *right) {
    const named *a = left, *b = right;
    const size_t bytes = size_min(a->project.bytes, b->project.bytes);
    const int order = bytes ? memcmp(a->project.text, b->project.text, bytes) : 0;
    if (order) return order;
    if (a->project.bytes != b->project.bytes) return a->project.bytes < b->project.bytes ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

static bool same_project(const named *a, const named *b) {
    return a->project.bytes > 0 && a->project.bytes == b->project.bytes &&
           memcmp(a->project.text, b->project.text, a->project.bytes) == 0;
}

axl_status task_questions_group(task_questions *q, axl_error *err) {
    size_t *group = mem_alloc_array(q->count, sizeof *group);
    named *list = mem_alloc_array(q->count, sizeof *list);
    if (!group || !list) {
        mem_free(group);
        mem_free(list);
        return error_no_memory(err, "projects", q->count * (sizeof *group + sizeof *list));
    }
    for (size_t i = 0; i < q->count; i++) list[i] = (named){q->list[i].project, i};
    qsort(list, q->count, sizeof *list, by_project);
    q->projects = 0;
    for (size_t i = 0; i < q->count; i++) {
        const bool more = i > 0 && same_project(&list[i - 1], &list[i]);
        group[list[i].at] = more ? group[list[i - 1].at] : list[i].at;
        q->projects += !more;
    }
    mem_free(list);
    mem_free(q->group);
    q->group = group;
    return AXL_OK;
}
