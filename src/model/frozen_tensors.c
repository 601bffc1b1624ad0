// A frozen model of few bits: every tensor is prepared or copied into one block of memory.
//
//   the list of prepared matrices | the embedding as f32 | vectors and the gate | the matrices
#include "base/alloc.h"
#include "base/error.h"
#include "base/sizes.h"
#include "model/frozen_make.h"
#include "model/views.h"

#include <string.h>

#define ALIGN ((size_t)64)

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

typedef struct maker {
    const param_table *t;
    const frozen_tensor *list;
    const frozen_machine *machine;
    blocks_matrix *parts; // in the order of the table
    float *embed;
    char *next; // free memory
} maker;

// Bytes, in whole lines; false on overflow.
static bool add(size_t *sum, size_t bytes) {
    return size_add(bytes, ALIGN - 1, &bytes) && size_add(*sum, bytes / ALIGN * ALIGN, sum);
}

static axl_status check_type(const param_table *t, size_t i, dtype type, axl_error *err) {
    const param *p = &t->list[i];
    blocks_form form;
    const bool fits = in_blocks(p) ? blocks_form_of(type, &form) : type == DTYPE_F32;
    RETURN_IF(!fits, err, AXL_BAD_FILE, "tensor '%s' is %s, which a model of few bits cannot have",
              p->name, dtype_of(type)->name);
    return AXL_OK;
}

axl_status frozen_tensors_bytes(const param_table *t, const frozen_tensor *list, size_t *out,
                                axl_error *err) {
    size_t sum = 0, parts = 0, bytes;
    bool fits = true;
    for (size_t i = 0; i < t->count; i++) {
        const param *p = &t->list[i];
        FORWARD(check_type(t, i, list[i].type, err));
        if (p->kind == PARAM_EMBEDDING || !in_blocks(p))
            fits = fits && add(&sum, p->count * sizeof(float));
        if (!in_blocks(p)) continue;
        parts += parts_of(p);
        for (size_t j = 0; j < parts_of(p); j++)
            fits = fits && blocks_matrix_bytes(list[i].type, rows_of(p), cols_of(p), &bytes) &&
                   add(&sum, bytes);
    }
    fits = fits && add(&sum, parts * sizeof(blocks_matrix));
    RETURN_IF(!fits, err, AXL_TOO_LARGE, "the model is too large for this machine");
    *out = sum;
    return AXL_OK;
}

static void *take(maker *m, size_t bytes) {
    void *out = m->next;
    m->next += (bytes + ALIGN - 1) / ALIGN * ALIGN;
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

static void prepare(maker *m, const param *p, const frozen_tensor *from, blocks_matrix *parts) {
    const size_t n = rows_of(p), k = cols_of(p);
    size_t row, bytes;
    if (!blocks_row_bytes(from->type, k, &row)) return; // both have passed
    if (!blocks_matrix_bytes(from->type, n, k, &bytes)) return;
    for (size_t j = 0; j < parts_of(p); j++) {
        const blocks_stored stored = {from->type, n, k, (const char *)from->data + j * n * row};
        parts[j] = blocks_matrix_prepare(m->machine->p, &stored, take(m, bytes));
    }
}

// The vectors and the gate, in the order of the table, from m->next on.
static void copy_vectors(maker *m) {
    for (size_t i = 0; i < m->t->count; i++) {
        const param *p = &m->t->list[i];
        if (in_blocks(p)) continue;
        const size_t bytes = p->count * sizeof(float);
        memcpy(take(m, bytes), m->list[i].data, bytes);
    }
}

static void fill(maker *m, size_t parts) {
    m->parts = take(m, parts * sizeof *m->parts);
    unpack_embedding(m, &m->t->list[0], &m->list[0]);
    copy_vectors(m);
    blocks_matrix *next = m->parts;
    for (size_t i = 0; i < m->t->count; i++) {
        const param *p = &m->t->list[i];
        if (!in_blocks(p)) continue;
        prepare(m, p, &m->list[i], next);
        next += parts_of(p);
    }
}

// ---- what lies where ----

// The matrices from `offset` on and, for one that is not in blocks, its numbers. The table has some
// hundred rows, and a model is frozen once.
typedef struct place {
    const param *p;
    const blocks_matrix *parts;
    const float *numbers;
} place;

static place place_of(const maker *m, size_t offset) {
    place at = {.parts = m->parts, .numbers = m->embed};
    const param *p = m->t->list;
    at.numbers += (p->count * sizeof(float) + ALIGN - 1) / ALIGN * ALIGN / sizeof(float);
    for (; p->offset != offset; p++) {
        if (in_blocks(p))
            at.parts += parts_of(p);
        else
            at.numbers += (p->count * sizeof(float) + ALIGN - 1) / ALIGN * ALIGN / sizeof(float);
    }
    at.p = p;
    return at;
}

static frozen_matrix tensor_matrix(void *ctx, size_t offset, size_t rows, size_t cols) {
    const place at = place_of(ctx, offset);
    frozen_matrix out = {.n = rows, .k = cols};
    if (in_blocks(at.p)) {
        out.parts = at.parts;
        out.count = rows / rows_of(at.p);
    } else {
        out.dense = view_f32((float *)(uintptr_t)at.numbers, rows, cols);
    }
    return out;
}

static const float *tensor_vector(void *ctx, size_t offset) {
    return place_of(ctx, offset).numbers;
}

axl_status frozen_of_tensors(frozen *out, const param_table *t, const frozen_tensor *list,
                             const frozen_machine *machine, axl_error *err) {
    memset(out, 0, sizeof *out);
    size_t bytes, parts = 0;
    FORWARD(frozen_tensors_bytes(t, list, &bytes, err));
    for (size_t i = 0; i < t->count; i++)
        if (in_blocks(&t->list[i])) parts += parts_of(&t->list[i]);
    const plan_memory *memory = machine->memory;
    void *block = memory ? memory->alloc(bytes) : mem_zalloc(bytes);
    if (!block) return error_no_memory(err, "the weights", bytes);
    maker m = {.t = t, .list = list, .machine = machine, .next = block};
    fill(&m, parts);
    const frozen_maker by = {&m, tensor_matrix, tensor_vector};
    const axl_status status = frozen_make(out, t, &by, err);
    out->embed = view_f32(m.embed, t->config.vocab_size, t->config.d_model);
    out->owned = block;
    out->memory = memory;
    if (status != AXL_OK) frozen_free(out);
    return status;
}
