#include "model/frozen.h"

#include "base/alloc.h"
#include "base/error.h"
#include "model/views.h"

#include <string.h>

static view matrix_at(const frozen_source *s, size_t offset, size_t rows, size_t cols) {
    const size_t size = s->type == DTYPE_F32 ? sizeof(float) : sizeof(bf16);
    return matrix_of(s->type, (void *)(uintptr_t)((const char *)s->matrices + offset * size), rows,
                     cols);
}

static frozen_core core_at(const frozen_source *s, const model_config *c, const pair_params *p) {
    const size_t d = c->d_model, f = c->d_ff;
    return (frozen_core){.o = matrix_at(s, p->o, d, d),
                         .w13 = matrix_at(s, p->w13, 2 * f, d),
                         .w2 = matrix_at(s, p->w2, d, f),
                         .attn_scale = s->block + p->attn_scale,
                         .ffn_norm = s->block + p->ffn_norm,
                         .ffn_scale = s->block + p->ffn_scale};
}

static frozen_block block_at(const frozen_source *s, const model_config *c, const block_params *p) {
    const pair_params core = {.o = p->o,
                              .w13 = p->w13,
                              .w2 = p->w2,
                              .attn_scale = p->attn_scale,
                              .ffn_norm = p->ffn_norm,
                              .ffn_scale = p->ffn_scale};
    return (frozen_block){.attn_norm = s->block + p->attn_norm,
                          .qkv = matrix_at(s, p->qkv, 3 * c->d_model, c->d_model),
                          .core = core_at(s, c, &core)};
}

static frozen_round round_at(const frozen_source *s, const model_config *c, const round_params *p) {
    frozen_round out;
    for (size_t i = 0; i < MODEL_SCALES; i++)
        out.project[i] = matrix_at(s, p->project[i], CROSS_PARTS * c->d_model, c->d_model);
    for (size_t i = 0; i < MODEL_PAIRS; i++) {
        const pair_params *pair = &p->pair[i];
        out.pair[i] = (frozen_pair){.q_norm = s->block + pair->q_norm,
                                    .kv_norm = s->block + pair->kv_norm,
                                    .null_k = s->block + pair->null_k,
                                    .null_v = s->block + pair->null_v,
                                    .core = core_at(s, c, pair)};
    }
    return out;
}

static void ends_at(const frozen_source *s, const param_table *t, frozen *out) {
    const size_t d = t->config.d_model;
    out->embed = matrix_at(s, t->embed, t->config.vocab_size, d);
    const view gate = matrix_at(s, t->gate, MODEL_SCALES, MODEL_SCALES * d);
    for (size_t a = 0; a < MODEL_SCALES; a++) {
        const size_t k = model_factor(a);
        out->stack_norm[a] = s->block + t->stack_norm[a];
        out->gate[a] = columns_of(gate, a * d, d);
        if (a == 0) continue;
        out->down[a] = matrix_at(s, t->down[a], d, k * d);
        out->up[a] = matrix_at(s, t->up[a], k * d, d);
        out->start[a] = s->block + t->start[a];
    }
    out->fuse = matrix_at(s, t->fuse, d, d);
    out->norm = s->block + t->norm;
}

axl_status frozen_of_block(frozen *out, const param_table *t, const frozen_source *s,
                           axl_error *err) {
    memset(out, 0, sizeof *out);
    RETURN_IF(s->type != DTYPE_F32 && s->type != DTYPE_BF16, err, AXL_INTERNAL,
              "a block of matrices is f32 or bf16");
    const model_config *c = &t->config;
    const size_t blocks = MODEL_SCALES * c->n_layers;
    out->table = t;
    out->blocks = mem_zalloc_array(blocks, sizeof *out->blocks);
    out->rounds = mem_zalloc_array(c->n_cross + 1, sizeof *out->rounds);
    if (!out->blocks || !out->rounds) {
        frozen_free(out);
        return error_no_memory(err, "a model's layers", blocks * sizeof *out->blocks);
    }
    for (size_t i = 0; i < blocks; i++) out->blocks[i] = block_at(s, c, &t->blocks[i]);
    for (size_t r = 0; r < c->n_cross; r++) out->rounds[r] = round_at(s, c, &t->rounds[r]);
    ends_at(s, t, out);
    return AXL_OK;
}

void frozen_free(frozen *m) {
    mem_free(m->blocks);
    mem_free(m->rounds);
    memset(m, 0, sizeof *m);
}
