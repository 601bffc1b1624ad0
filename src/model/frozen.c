#include "model/frozen.h"

#include "base/alloc.h"
#include "base/error.h"
#include "model/frozen_make.h"
#include "model/views.h"

#include <string.h>

frozen_matrix frozen_rows(const frozen_matrix *m, size_t first, size_t n) {
    frozen_matrix out = *m;
    out.n = n;
    if (m->count > 0) {
        const size_t rows = m->n / m->count; // of a part
        out.parts += first / rows;
        out.count = n / rows;
    } else {
        out.dense.data = view_row(&m->dense, first);
        out.dense.shape.dim[0] = n;
    }
    return out;
}

// ---- from any maker ----

typedef struct making {
    const frozen_maker *by;
    const model_config *c;
} making;

static frozen_matrix matrix_at(const making *m, size_t offset, size_t rows, size_t cols) {
    return m->by->matrix(m->by->ctx, offset, rows, cols);
}

static const float *vector_at(const making *m, size_t offset) {
    return m->by->vector(m->by->ctx, offset);
}

static frozen_core core_at(const making *m, const pair_params *p) {
    const size_t d = m->c->d_model, f = m->c->d_ff;
    return (frozen_core){.o = matrix_at(m, p->o, d, d),
                         .w13 = matrix_at(m, p->w13, 2 * f, d),
                         .w2 = matrix_at(m, p->w2, d, f),
                         .attn_scale = vector_at(m, p->attn_scale),
                         .ffn_norm = vector_at(m, p->ffn_norm),
                         .ffn_scale = vector_at(m, p->ffn_scale)};
}

static frozen_block block_at(const making *m, const block_params *p) {
    const pair_params core = {.o = p->o,
                              .w13 = p->w13,
                              .w2 = p->w2,
                              .attn_scale = p->attn_scale,
                              .ffn_norm = p->ffn_norm,
                              .ffn_scale = p->ffn_scale};
    return (frozen_block){.attn_norm = vector_at(m, p->attn_norm),
                          .qkv = matrix_at(m, p->qkv, 3 * m->c->d_model, m->c->d_model),
                          .core = core_at(m, &core)};
}

static frozen_round round_at(const making *m, const round_params *p) {
    frozen_round out;
    for (size_t i = 0; i < MODEL_SCALES; i++)
        out.project[i] = matrix_at(m, p->project[i], CROSS_PARTS * m->c->d_model, m->c->d_model);
    for (size_t i = 0; i < MODEL_PAIRS; i++) {
        const pair_params *pair = &p->pair[i];
        out.pair[i] = (frozen_pair){.q_norm = vector_at(m, pair->q_norm),
                                    .kv_norm = vector_at(m, pair->kv_norm),
                                    .null_k = vector_at(m, pair->null_k),
                                    .null_v = vector_at(m, pair->null_v),
                                    .core = core_at(m, pair)};
    }
    return out;
}

static void ends_at(const making *m, const param_table *t, frozen *out) {
    const size_t d = m->c->d_model;
    out->head = matrix_at(m, t->embed, m->c->vocab_size, d);
    const frozen_matrix gate = matrix_at(m, t->gate, MODEL_SCALES, MODEL_SCALES * d);
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const size_t k = model_factor(a);
        out->stack_norm[a] = vector_at(m, t->stack_norm[a]);
        out->gate[a] =
            (frozen_matrix){.n = MODEL_SCALES, .k = d, .dense = columns_of(gate.dense, a * d, d)};
        if (a == 0) continue;
        out->down[a] = matrix_at(m, t->down[a], d, k * d);
        out->up[a] = matrix_at(m, t->up[a], k * d, d);
        out->start[a] = vector_at(m, t->start[a]);
    }
    out->fuse = matrix_at(m, t->fuse, d, d);
    out->norm = vector_at(m, t->norm);
}

axl_status frozen_make(frozen *out, const param_table *t, const frozen_maker *by, axl_error *err) {
    memset(out, 0, sizeof *out);
    const making m = {.by = by, .c = &t->config};
    const size_t blocks = MODEL_SCALES * m.c->n_layers;
    out->table = t;
    out->blocks = mem_zalloc_array(blocks, sizeof *out->blocks);
    out->rounds = mem_zalloc_array(m.c->n_cross + 1, sizeof *out->rounds);
    if (!out->blocks || !out->rounds) {
        frozen_free(out);
        return error_no_memory(err, "a model's layers", blocks * sizeof *out->blocks);
    }
    for (size_t i = 0; i < blocks; i++) out->blocks[i] = block_at(&m, &t->blocks[i]);
    for (size_t r = 0; r < m.c->n_cross; r++) out->rounds[r] = round_at(&m, &t->rounds[r]);
    ends_at(&m, t, out);
    return AXL_OK;
}

size_t frozen_row(const param_table *t, size_t offset) {
    size_t i = 0;
    while (t->list[i].offset != offset) i++;
    return i;
}

axl_status frozen_take(void **out, const plan_memory *memory, size_t bytes, axl_error *err) {
    *out = NULL;
    const bool fits = !memory || !memory->available || bytes <= memory->available();
    if (fits) *out = memory ? memory->alloc(bytes) : mem_zalloc(bytes);
    return *out ? AXL_OK : error_no_memory(err, "the weights", bytes);
}

// ---- from a block ----

static frozen_matrix block_matrix(void *ctx, size_t offset, size_t rows, size_t cols) {
    const frozen_source *s = ctx;
    const size_t size = s->type == DTYPE_F32 ? sizeof(float) : sizeof(bf16);
    void *data = (void *)(uintptr_t)((const char *)s->matrices + offset * size);
    return (frozen_matrix){.n = rows, .k = cols, .dense = matrix_of(s->type, data, rows, cols)};
}

static const float *block_vector(void *ctx, size_t offset) {
    const frozen_source *s = ctx;
    return s->block + offset;
}

axl_status frozen_of_block(frozen *out, const param_table *t, const frozen_source *s,
                           axl_error *err) {
    memset(out, 0, sizeof *out);
    RETURN_IF(s->type != DTYPE_F32 && s->type != DTYPE_BF16, err, AXL_INTERNAL,
              "a block of matrices is f32 or bf16");
    frozen_source from = *s;
    const frozen_maker by = {&from, block_matrix, block_vector};
    FORWARD(frozen_make(out, t, &by, err));
    out->embed = out->head.dense;
    return AXL_OK;
}

void frozen_free(frozen *m) {
    mem_free(m->blocks);
    mem_free(m->rounds);
    if (m->memory && m->owned)
        m->memory->free(m->owned);
    else
        mem_free(m->owned);
    memset(m, 0, sizeof *m);
}
