// A frozen model of dense tensors. What can be used where it lies stays there; the rest is copied
// into one block of memory, whose size a first round over the model finds out.
#include "base/error.h"
#include "base/sizes.h"
#include "model/frozen_make.h"
#include "model/views.h"

#include <string.h>

typedef struct maker {
    const param_table *t;
    const frozen_tensor *list;
    const frozen_machine *machine;
    size_t need; // bytes
    char *next;  // free memory; NULL in the first round
} maker;

// Rows of the table that one matrix or vector is made of, all of the same kind.
typedef struct run {
    size_t first, count, numbers;
    dtype type;  // that all of them become: bf16 where all are, or f32
    bool joined; // they lie in memory as in the table and have that type
} run;

static run run_of(const maker *m, size_t offset, size_t numbers) {
    run r = {.first = frozen_row(m->t, offset), .joined = true};
    r.type = m->machine->exact ? DTYPE_F32 : DTYPE_BF16;
    const frozen_tensor *from = &m->list[r.first];
    const char *next = from->data;
    for (; r.numbers < numbers; r.count++) {
        const frozen_tensor *tensor = &from[r.count];
        const size_t elements = m->t->list[r.first + r.count].count;
        if (tensor->type != DTYPE_BF16) r.type = DTYPE_F32;
        r.joined = r.joined && tensor->type == from->type && (const char *)tensor->data == next;
        next += elements * dtype_of(tensor->type)->block_bytes;
        r.numbers += elements;
    }
    r.joined = r.joined && from->type == r.type;
    return r;
}

// The tensors of the run one behind the other, as its type.
static void copy_run(const maker *m, const run *r, char *out) {
    const dtype_info *to = dtype_of(r->type);
    for (size_t i = r->first; i < r->first + r->count; i++) {
        const size_t elements = m->t->list[i].count;
        const dtype_info *from = dtype_of(m->list[i].type);
        if (from == to)
            memcpy(out, m->list[i].data, elements * to->block_bytes);
        else
            from->to_f32(m->machine->k, (float *)(void *)out, m->list[i].data, elements);
        out += elements * to->block_bytes;
    }
}

// In the first round only a place that is not used.
static const void *place_run(maker *m, const run *r) {
    if (r->joined && m->machine->borrow) return m->list[r->first].data;
    const size_t bytes = frozen_lines(r->numbers * dtype_of(r->type)->block_bytes);
    m->need += bytes;
    if (!m->next) return m->list[r->first].data;
    void *out = m->next;
    m->next += bytes;
    copy_run(m, r, out);
    return out;
}

static frozen_matrix dense_matrix(void *ctx, size_t offset, size_t rows, size_t cols) {
    maker *m = ctx;
    const run r = run_of(m, offset, rows * cols);
    void *data = (void *)(uintptr_t)place_run(m, &r);
    return (frozen_matrix){.n = rows, .k = cols, .dense = matrix_of(r.type, data, rows, cols)};
}

static const float *dense_vector(void *ctx, size_t offset) {
    maker *m = ctx;
    run r = run_of(m, offset, 1); // one row of the table, however long
    r.joined = r.joined && r.type == DTYPE_F32;
    r.type = DTYPE_F32;
    return place_run(m, &r);
}

static axl_status check_types(const param_table *t, const frozen_tensor *list, axl_error *err) {
    for (size_t i = 0; i < t->count; i++) {
        const dtype type = list[i].type;
        RETURN_IF(type != DTYPE_F32 && type != DTYPE_BF16 && type != DTYPE_F16, err, AXL_BAD_FILE,
                  "tensor '%s' is %s, which this program cannot run", t->list[i].name,
                  dtype_of(type)->name);
    }
    return AXL_OK;
}

axl_status frozen_of_dense(frozen *out, const param_table *t, const frozen_tensor *list,
                           const frozen_machine *machine, axl_error *err) {
    memset(out, 0, sizeof *out);
    FORWARD(check_types(t, list, err));
    maker m = {.t = t, .list = list, .machine = machine};
    const frozen_maker by = {&m, dense_matrix, dense_vector};
    FORWARD(frozen_make(out, t, &by, err)); // counts
    frozen_free(out);
    void *block = NULL;
    if (m.need > 0) FORWARD(frozen_take(&block, machine->memory, m.need, err));
    m.next = block;
    const axl_status status = frozen_make(out, t, &by, err);
    out->embed = out->head.dense;
    out->owned = block;
    out->memory = machine->memory;
    if (status != AXL_OK) frozen_free(out);
    return status;
}
