#include "tasks/probe.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json_out.h"

#include <string.h>

extern const unsigned char task_probe_program[];
extern const size_t task_probe_program_size;

// Of cases that are asked together. By processor time, which a busy machine does not change.
static const sandbox_limits limits = {.cpu_seconds = 10,
                                      .wall_seconds = 600,
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

// One run over the cases from first to past - 1; *good says whether it came to its end.
static axl_status run_cases(probe *p, const task_file *f, const size_t range[2], bool *good,
                            axl_error *err) {
    const size_t begin = p->unit[range[0]].begin;
    const size_t end = range[1] < p->count ? p->unit[range[1]].begin : p->cases.size;
    buf program = {0};
    buf_append(&program, task_probe_program, task_probe_program_size);
    buf_format(&program, "\n\nmain(%s, [\n", p->what);
    buf_append(&program, p->cases.data + begin, end - begin);
    buf_text(&program, "])\n");
    if (!buf_ok(&program)) {
        buf_free(&program);
        return error_no_memory(err, "a program", end - begin);
    }
    sandbox_result r;
    const axl_status status = sandbox_run(f->box, program.data, &limits, &r, err);
    buf_free(&program);
    if (status != AXL_OK) return status;
    // A program that ends the interpreter can choose its code, but then there is no end.
    *good = r.end == SANDBOX_ENDED && r.code == 0 && r.out.size >= 4 &&
            memcmp(r.out.data + r.out.size - 4, "end\n", 4) == 0;
    if (*good) buf_append(&p->answers, r.out.data, r.out.size - 4);
    sandbox_result_free(&r);
    return AXL_OK;
}

// As deep as the number of cases has bits.
static axl_status ask(probe *p, const task_file *f, size_t first, size_t past, axl_error *err) {
    const size_t range[] = {first, past};
    bool good;
    FORWARD(run_cases(p, f, range, &good, err));
    if (good) return AXL_OK;
    if (past - first == 1) {
        buf_text(&p->answers, "0\n");
        return AXL_OK;
    }
    const size_t middle = first + (past - first) / 2;
    FORWARD(ask(p, f, first, middle, err));
    return ask(p, f, middle, past, err);
}

axl_status probe_run(probe *p, const task_file *f, axl_error *err) {
    if (p->count == 0) return AXL_OK;
    if (!buf_ok(&p->cases)) return error_no_memory(err, "cases", p->cases.size);
    FORWARD(ask(p, f, 0, p->count, err));
    return buf_ok(&p->answers) ? AXL_OK : error_no_memory(err, "answers", p->answers.size);
}

// A number and the blank or newline behind it; false where there is none.
static bool read_number(probe *p, size_t *out) {
    size_t value = 0, digits = 0;
    while (p->at < p->answers.size && p->answers.data[p->at] >= '0' &&
           p->answers.data[p->at] <= '9' && digits++ < 9)
        value = value * 10 + (size_t)(p->answers.data[p->at++] - '0');
    if (digits == 0 || p->at == p->answers.size) return false;
    p->at++;
    *out = value;
    return true;
}

size_t probe_answer(probe *p, python_span *out, size_t max) {
    size_t count, size[8];
    if (!read_number(p, &count) || count > max || count > sizeof size / sizeof *size) {
        p->at = p->answers.size;
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (!read_number(p, &size[i])) return 0;
    for (size_t i = 0; i < count; i++) {
        if (size[i] > p->answers.size - p->at) return 0;
        out[i] = (python_span){p->answers.data + p->at, size[i]};
        p->at += size[i];
    }
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
