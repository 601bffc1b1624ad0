// The fine exit as a llama network: the fine stack with the embedding as its head.
#include "store/export_llama.h"

#include <string.h>

llama_shape llama_exit_shape(const model_config *c) {
    return (llama_shape){.vocab = c->vocab_size,
                         .d = c->d_model,
                         .heads = c->n_heads,
                         .ff = c->d_ff,
                         .layers = c->n_layers,
                         .context = c->max_seq_len,
                         .norm_eps = c->norm_eps,
                         .rope_theta = c->rope_theta};
}

// Where a tensor lies in the block; the scale of its rows where it has one.
typedef struct place {
    size_t at, scale;
    bool scaled;
} place;

// The fine stack is the first of the three, so layer i of it is block i. What the file calls gate
// is w3, which SiLU is taken of, and up is w1.
static place place_of(const param_table *t, const llama_tensor *of) {
    const size_t d = t->config.d_model, f = t->config.d_ff;
    const block_params *b = &t->blocks[of->layer];
    switch (of->part) {
    case LLAMA_EMBED:
        return (place){.at = t->embed};
    case LLAMA_ATTN_NORM:
        return (place){.at = b->attn_norm};
    case LLAMA_Q:
        return (place){.at = b->qkv};
    case LLAMA_K:
        return (place){.at = b->qkv + d * d};
    case LLAMA_V:
        return (place){.at = b->qkv + 2 * d * d};
    case LLAMA_O:
        return (place){.at = b->o, .scale = b->attn_scale, .scaled = true};
    case LLAMA_FFN_NORM:
        return (place){.at = b->ffn_norm};
    case LLAMA_GATE:
        return (place){.at = b->w13 + f * d};
    case LLAMA_UP:
        return (place){.at = b->w13};
    case LLAMA_DOWN:
        return (place){.at = b->w2, .scale = b->ffn_scale, .scaled = true};
    default:
        return (place){.at = t->stack_norm[0]};
    }
}

void llama_exit_numbers(const param_table *t, const float *block, const llama_tensor *of,
                        float *out) {
    const place p = place_of(t, of);
    memcpy(out, block + p.at, of->rows * of->cols * sizeof *out);
    for (size_t r = 0; p.scaled && r < of->rows; r++)
        for (size_t c = 0; c < of->cols; c++) out[r * of->cols + c] *= block[p.scale + r];
}

void llama_exit_put(const param_table *t, float *block, const llama_tensor *of, const float *x) {
    const place p = place_of(t, of);
    memcpy(block + p.at, x, of->rows * of->cols * sizeof *x);
    for (size_t r = 0; p.scaled && r < of->rows; r++) block[p.scale + r] = 1;
}
