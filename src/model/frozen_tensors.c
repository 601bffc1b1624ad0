// A frozen model in tensors of few bits: what cannot be used where it lies is prepared or copied
// into one block of memory.
//
//   a slot for each row | the list of prepared matrices | the embedding as f32 | vectors and the
//   gate | the matrices
#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/frozen_make.h"
#include "model/views.h"

#include <string.h>

// Matrices that lie one below the other in tensor p: the slices of an upsampling are used apart.
static size_t parts_of(const param *p) {
    return p->shape.dims == 3 ? p->shape.dim[0] : 1;
}

static size_t cols_of(const param *p) {
    return p->shape.dim[p->shape.dims - 1];
}

static size_t rows_of(const param *p) { // of a part
    return p->shape.dims > 1 ? p->shape.dim[p->shape.dims - 2] : 1;
}

static bool in_blocks(const param *p) {
    return p->bits != PARAM_BITS_ALL;
}

// What became of a row of the table.
typedef struct slot {
    const float *numbers;       // of one that is not in blocks
    const blocks_matrix *parts; // [parts_of]
} slot;

typedef struct maker {
    const param_table *t;
    const frozen_tensor *list;
    const frozen_machine *machine;
    slot *slots;          // [t->count]
    blocks_matrix *parts; // [parts], in the order of the table
    float *embed;
    char *next; // free memory
} maker;

// Bytes, in whole lines; false on overflow.
static bool add(size_t *sum, size_t bytes) {
    return bytes <= SIZE_MAX - FROZEN_ALIGN && size_add(*sum, frozen_lines(bytes), sum);
}

static axl_status check_type(const param_table *t, size_t i, dtype type, axl_error *err) {
    const param *p = &t->list[i];
    blocks_form form;
    const bool fits = in_blocks(p) ? blocks_form_of(type, &form) : type == DTYPE_F32;
    RETURN_IF(!fits, err, AXL_BAD_FILE, "tensor '%s' is %s, which a model of few bits cannot have",
              p->name, dtype_of(type)->name);
    return AXL_OK;
}

static size_t count_parts(const param_table *t) {
    size_t parts = 0;
    for (size_t i = 0; i < t->count; i++)
        if (in_blocks(&t->list[i])) parts += parts_of(&t->list[i]);
    return parts;
}

// Whether the row's data is used where it lies.
static bool stays(const frozen_tensor *tensor, const param *p, bool borrow) {
    if (!borrow) return false;
    return in_blocks(p) ? tensor->grouped : (uintptr_t)tensor->data % sizeof(float) == 0;
}

static axl_status count_bytes(const maker *m, size_t *out, axl_error *err) {
    const param_table *t = m->t;
    size_t sum = 0, bytes;
    bool fits = add(&sum, t->count * sizeof(slot)) &&
                add(&sum, count_parts(t) * sizeof(blocks_matrix)) &&
                add(&sum, t->list[0].count * sizeof(float));
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        FORWARD(check_type(t, i, m->list[i].type, err));
        if (stays(&m->list[i], p, m->machine->borrow)) continue;
        if (!in_blocks(p)) fits = fits && add(&sum, p->count * sizeof(float));
        for (size_t j = 0; in_blocks(p) && j < parts_of(p); j++)
            fits = fits && blocks_matrix_bytes(m->list[i].type, rows_of(p), cols_of(p), &bytes) &&
                   add(&sum, bytes);
    }
    RETURN_IF(!fits, err, AXL_TOO_LARGE, "the model is too large for this machine");
    *out = sum;
    return AXL_OK;
}

axl_status frozen_tensors_bytes(const param_table *t, const frozen_tensor *list, size_t *out,
                                axl_error *err) {
    const maker m = {.t = t, .list = list, .machine = &(frozen_machine){0}};
    return count_bytes(&m, out, err);
}

static void *take(maker *m, size_t bytes) {
    void *out = m->next;
    m->next += frozen_lines(bytes);
    return out;
}

static void unpack_embedding(maker *m, const param *p, const frozen_tensor *from) {
    const dtype_info *info = dtype_of(from->type);
    const size_t d = cols_of(p), whole = d / info->block * info->block;
    size_t row;
    if (!blocks_row_bytes(from->type, d, &row)) return; // has passed
    m->embed = take(m, p->count * sizeof *m->embed);
    for (size_t r = 0; r < rows_of(p); r++) {
        const char *blocks = (const char *)from->data + r * row;
        float *out = m->embed + r * d, last[BLOCKS_SUPER];
        info->to_f32(m->machine->k, out, blocks, whole);
        if (whole == d) continue;
        info->to_f32(m->machine->k, last, blocks + whole / info->block * info->block_bytes,
                     info->block);
        memcpy(out + whole, last, (d - whole) * sizeof *last);
    }
}

// Part j of a tensor that lies in groups.
static blocks_matrix grouped_part(maker *m, const param *p, const frozen_tensor *from, size_t j) {
    const size_t n = rows_of(p), k = cols_of(p);
    blocks_matrix out = {.n = n, .k = k};
    size_t bytes;
    if (!blocks_form_of(from->type, &out.form)) return out; // both have passed
    if (!blocks_matrix_bytes(from->type, n, k, &bytes)) return out;
    out.data = (const char *)from->data + j * bytes;
    if (!m->machine->borrow) out.data = memcpy(take(m, bytes), out.data, bytes);
    return out;
}

static blocks_matrix prepared_part(maker *m, const param *p, const frozen_tensor *from, size_t j) {
    const size_t n = rows_of(p), k = cols_of(p);
    size_t row, bytes;
    if (!blocks_row_bytes(from->type, k, &row)) return (blocks_matrix){0}; // both have passed
    if (!blocks_matrix_bytes(from->type, n, k, &bytes)) return (blocks_matrix){0};
    const blocks_stored stored = {from->type, n, k, (const char *)from->data + j * n * row};
    return blocks_matrix_prepare(m->machine->p, &stored, take(m, bytes));
}

// A vector or the gate.
static const float *numbers_of(maker *m, size_t i) {
    const param *p = &m->t->list[i];
    const size_t bytes = p->count * sizeof(float);
    if (stays(&m->list[i], p, m->machine->borrow)) return m->list[i].data;
    return memcpy(take(m, bytes), m->list[i].data, bytes);
}

static void fill(maker *m) {
    const param_table *t = m->t;
    m->slots = take(m, t->count * sizeof *m->slots);
    m->parts = take(m, count_parts(t) * sizeof *m->parts);
    unpack_embedding(m, &t->list[0], &m->list[0]);
    for (size_t i = 0; i < t->count; i++)
        if (!in_blocks(&t->list[i])) m->slots[i].numbers = numbers_of(m, i);
    blocks_matrix *next = m->parts;
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        const frozen_tensor *from = &m->list[i];
        if (!in_blocks(p)) continue;
        m->slots[i].parts = next;
        for (size_t j = 0; j < parts_of(p); j++)
            *next++ = from->grouped ? grouped_part(m, p, from, j) : prepared_part(m, p, from, j);
    }
}

// ---- what lies where ----

static frozen_matrix tensor_matrix(void *ctx, size_t offset, size_t rows, size_t cols) {
    const maker *m = ctx;
    const size_t i = frozen_row(m->t, offset);
    frozen_matrix out = {.n = rows, .k = cols};
    if (in_blocks(&m->t->list[i])) {
        out.parts = m->slots[i].parts;
        out.count = rows / rows_of(&m->t->list[i]);
    } else {
        out.dense = view_f32((float *)(uintptr_t)m->slots[i].numbers, rows, cols);
    }
    return out;
}

static const float *tensor_vector(void *ctx, size_t offset) {
    const maker *m = ctx;
    return m->slots[frozen_row(m->t, offset)].numbers;
}

static axl_status of_blocks(frozen *out, const param_table *t, const frozen_tensor *list,
                            const frozen_machine *machine, axl_error *err) {
    maker m = {.t = t, .list = list, .machine = machine};
    size_t bytes;
    void *block;
    FORWARD(count_bytes(&m, &bytes, err));
    RETURN_IF(list[0].grouped, err, AXL_INTERNAL, "an embedding in groups");
    FORWARD(frozen_take(&block, machine->memory, bytes, err));
    m.next = block;
    fill(&m);
    const frozen_maker by = {&m, tensor_matrix, tensor_vector};
    const axl_status status = frozen_make(out, t, &by, err);
    out->embed = view_f32(m.embed, t->config.vocab_size, t->config.d_model);
    out->owned = block;
    out->memory = machine->memory;
    if (status != AXL_OK) frozen_free(out);
    return status;
}

axl_status frozen_of_tensors(frozen *out, const param_table *t, const frozen_tensor *list,
                             const frozen_machine *machine, axl_error *err) {
    memset(out, 0, sizeof *out);
    bool dense = true;
    for (size_t i = 0; i < t->count; i++) dense = dense && dtype_of(list[i].type)->block == 1;
    return dense ? frozen_of_dense(out, t, list, machine, err)
                 : of_blocks(out, t, list, machine, err);
}
