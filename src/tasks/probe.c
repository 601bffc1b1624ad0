#include "tasks/probe.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"

#include <string.h>

extern const unsigned char task_probe_program[];
extern const size_t task_probe_program_size;

#define PARTS_MAX 8 // texts of an answer

// Of cases that are asked together. What only waits has no processor time: the last limit is for
// that, and far from what a busy machine makes of the first.
static const sandbox_limits limits = {.cpu_seconds = 10,
                                      .wall_seconds = 60,
                                      .memory = (uint64_t)512 << 20,
                                      .processes = 16,
                                      .output = (size_t)16 << 20};

// Text in JSON's quotes is text in Python's.
probe_unit *probe_case(probe *p, const python_span *text, size_t count, size_t number) {
    if (p->count == p->capacity) {
        const size_t capacity = p->capacity ? p->capacity * 2 : 16;
        probe_unit *grown = mem_resize_array(p->unit, capacity, sizeof *grown);
        if (!grown) return NULL;
        p->unit = grown;
        p->capacity = capacity;
    }
    const size_t begin = p->cases.size;
    buf_byte(&p->cases, '(');
    for (size_t i = 0; i < count; i++) {
        json_out_quote(&p->cases, text[i].text, text[i].bytes);
        buf_byte(&p->cases, ',');
    }
    if (number != SIZE_MAX) buf_format(&p->cases, "%zu", number);
    buf_text(&p->cases, "),\n");
    probe_unit *u = &p->unit[p->count++];
    *u = (probe_unit){.kind = "", .begin = begin};
    return u;
}

// A number and the blank or newline behind it; false where there is none.
static bool read_number(const buf *text, size_t *at, size_t *out) {
    size_t value = 0, digits = 0;
    while (*at < text->size && text->data[*at] >= '0' && text->data[*at] <= '9' && digits++ < 9)
        value = value * 10 + (size_t)(text->data[(*at)++] - '0');
    if (digits == 0 || *at == text->size) return false;
    ++*at;
    *out = value;
    return true;
}

// The texts of the answer at *at, which then is behind it; false where no whole answer is there.
static bool read_answer(const buf *text, size_t *at, python_span out[PARTS_MAX], size_t *count) {
    size_t size[PARTS_MAX];
    if (!read_number(text, at, count) || *count > PARTS_MAX) return false;
    for (size_t i = 0; i < *count; i++)
        if (!read_number(text, at, &size[i])) return false;
    for (size_t i = 0; i < *count; i++) {
        if (size[i] > text->size - *at) return false;
        out[i] = (python_span){text->data + *at, size[i]};
        *at += size[i];
    }
    return true;
}

// Takes over the whole answers of a run that was asked for `most`; how many there are.
static size_t take_answers(probe *p, const buf *said, size_t most) {
    python_span part[PARTS_MAX];
    size_t taken = 0, whole = 0, count;
    for (size_t at = 0; taken < most && read_answer(said, &at, part, &count); taken++) whole = at;
    buf_append(&p->answers, said->data, whole);
    return taken;
}

// One run over the cases from `first` on.
typedef struct probing {
    size_t first, taken; // taken: how many were answered
    bool late;           // what ended it may be the sum of all, as its time or what it wrote
} probing;

static axl_status run_cases(probe *p, const task_file *f, probing *run, axl_error *err) {
    const size_t begin = p->unit[run->first].begin;
    buf program = {0};
    buf_append(&program, task_probe_program, task_probe_program_size);
    buf_format(&program, "\n\nmain(%s, [\n", p->what);
    buf_append(&program, p->cases.data + begin, p->cases.size - begin);
    buf_text(&program, "])\n");
    if (!buf_ok(&program)) {
        buf_free(&program);
        return error_no_memory(err, "a program", p->cases.size - begin);
    }
    sandbox_result r;
    const axl_status status = sandbox_run(f->box, program.data, &limits, &r, err);
    buf_free(&program);
    if (status != AXL_OK) return status;
    run->taken = take_answers(p, &r.out, p->count - run->first);
    run->late = r.end != SANDBOX_ENDED;
    sandbox_result_free(&r);
    return AXL_OK;
}

// The case behind the last answer is what broke a run off, unless it only came too late: then it is
// asked once more, as the first.
static axl_status ask(probe *p, const task_file *f, axl_error *err) {
    for (probing run = {0}; run.first < p->count;) {
        FORWARD(run_cases(p, f, &run, err));
        run.first += run.taken;
        if (run.first == p->count || (run.late && run.taken > 0)) continue;
        buf_text(&p->answers, "0\n");
        run.first++;
    }
    return AXL_OK;
}

axl_status probe_run(probe *p, const task_file *f, axl_error *err) {
    if (p->count == 0) return AXL_OK;
    if (!buf_ok(&p->cases)) return error_no_memory(err, "cases", p->cases.size);
    FORWARD(ask(p, f, err));
    return buf_ok(&p->answers) ? AXL_OK : error_no_memory(err, "answers", p->answers.size);
}

size_t probe_answer(probe *p, python_span *out, size_t max) {
    python_span part[PARTS_MAX];
    size_t count;
    if (!read_answer(&p->answers, &p->at, part, &count) || count > max) return 0;
    for (size_t i = 0; i < count; i++) out[i] = part[i];
    return count;
}

void probe_free(probe *p) {
    for (size_t i = 0; i < p->count; i++) {
        buf_free(&p->unit[i].code);
        buf_free(&p->unit[i].more);
    }
    mem_free(p->unit);
    buf_free(&p->cases);
    buf_free(&p->answers);
}
